//! How each kind of file is read, and what is written.

use super::*;
use crate::graph::{Family, Parameters};

fn read(name: &str, text: &str) -> Result<Graph, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    read_graph(&path).map_err(|error| {
        let message = error.to_string();
        message.split_once(&format!("{name}: ")).map_or(message.clone(), |m| m.1.to_owned())
    })
}

#[test]
fn every_kind_of_file_gives_back_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let named = ["a<b", "c&d", "\"e\""].map(str::to_owned).to_vec();
    for graph in [
        Family::WattsStrogatz.generate(&Parameters::of(12).k(4).p(1.0).tries(9), 1).unwrap(),
        Graph::new(5, [(3, 1)]).unwrap(),
        Graph::named(named, [(2, 0), (0, 1)]).unwrap(),
    ] {
        for name in ["g.json", "g.graphml", "g.edges", "g.csv", "g.tsv"] {
            let path = folder.path().join(name);
            let written = write_graph(&graph, &path);
            if name == "g.edges" && graph.names().is_some() {
                let error = written.unwrap_err().to_string();
                assert!(error.contains("cannot hold the name '\"e\"'"), "{error}");
                continue;
            }
            written.unwrap();
            let back = read_graph(&path).unwrap();
            if ["g.csv", "g.tsv"].contains(&name) && graph.names().is_some() {
                // Numbered in order of occurrence.
                assert_eq!(back.names().unwrap(), ["\"e\"", "a<b", "c&d"]);
            } else {
                assert_eq!(back, graph, "{name}");
            }
        }
    }
}

#[test]
fn nodes_without_numbers_of_their_own_are_numbered_and_keep_their_names() {
    let graph = read("g.txt", "# comment\n10 7 {}\n\n9\t10 0.5\n").unwrap();
    assert_eq!(graph.names().unwrap(), ["7", "9", "10"]);
    assert_eq!(graph.edges().collect::<Vec<_>>(), [(2, 0), (1, 2)]);
    let graph = read("g.csv", "\u{feff}Source,Target,Weight\r\n0,1,3\r\n1,2,3\r\n").unwrap();
    assert_eq!((graph.nodes(), graph.names()), (3, None));
    let graph = read("g.csv", "anna,ben\nben,carl\n").unwrap();
    assert_eq!(graph.names().unwrap(), ["anna", "ben", "carl"]);
    assert_eq!(read("g.csv", "2;0\n1;0\n").unwrap().names(), None);
}

#[test]
fn tables_of_edges_have_a_heading_and_one_only() {
    let folder = tempfile::tempdir().unwrap();
    let named = |names: [&str; 3]| {
        Graph::named(names.map(str::to_owned).to_vec(), [(0, 1), (1, 2)]).unwrap()
    };
    for (name, text) in
        [("g.csv", "source,target\na,b\nb,c\n"), ("g.edges", "# source target\na b\nb c\n")]
    {
        let path = folder.path().join(name);
        write_graph(&named(["a", "b", "c"]), &path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        assert_eq!(read_graph(&path).unwrap(), named(["a", "b", "c"]));
    }
    // An edge that looks like names of columns.
    let graph = named(["from", "to", "c"]);
    write_graph(&graph, &folder.path().join("h.csv")).unwrap();
    assert_eq!(read_graph(&folder.path().join("h.csv")).unwrap(), graph);
    write_graph(&graph, &folder.path().join("h.edges")).unwrap();
    assert_eq!(read_graph(&folder.path().join("h.edges")).unwrap(), graph);
}

#[test]
fn graph_ml_of_others_is_read() {
    let igraph = "<?xml version='1.0'?><graphml xmlns='http://graphml.graphdrawing.org/xmlns'>\
        <key id='v_name' for='node'/><graph id='G' edgedefault='undirected'>\
        <node id='n0'><data key='v_name'>x</data></node><node id='n1'/><node id='n2'/>\
        <edge source='n0' target='n2'/></graph></graphml>";
    let graph = read("g.graphml", igraph).unwrap();
    assert_eq!((graph.nodes(), graph.edge_count(), graph.names()), (3, 1, None));
}

#[test]
fn what_is_no_graph_is_refused_with_its_place() {
    let error = |name, text| read(name, text).unwrap_err();
    assert!(error("g.json", "{\"nodes\": 2}").contains("missing field `edges`"));
    assert!(error("g.json", "{\"nodes\":2,\"edges\":[[0,2]]}").contains("(0, 2)"));
    assert!(error("g.json", "{\"nodes\":2,\"edges\":[],\"names\":[]}").contains("0 names for 2"));
    assert!(error("g.txt", "0 1\n2\n").contains("line 2: '2'"));
    assert!(error("g.txt", "0 1\n1 0\n").contains("(1, 0)"));
    assert!(error("g.txt", "").contains("0 node(s)"));
    assert!(error("g.txt", "# nodes: 3\na b\n").contains("0 to 2"));
    assert!(error("g.graphml", "<graph").contains("XML"));
    assert!(error("g.xml", "<a/>").contains("no <graph>"));
    let stray = "<graph><node id='a'/>\n<edge source='a' target='b'/></graph>";
    assert!(error("g.xml", stray).contains("line 2: there is no node 'b'"));
    assert!(error("g.gml", "").contains("unknown kind"));
    assert!(error("g.xml", "<!DOCTYPE g><graph/>").contains("it has a DOCTYPE"));
    let twice = "{\"nodes\":2,\"edges\":[],\"names\":[\"a\",\"a\"]}";
    assert!(error("g.json", twice).contains("nodes are named a"));
    let folder = tempfile::tempdir().unwrap();
    for (name, edges) in
        [("New York", &[(0, 1)][..]), ("#1", &[(0, 1)]), ("", &[(0, 1)]), ("c", &[])]
    {
        let graph = Graph::named(vec![name.to_owned(), "b".to_owned()], edges.iter().copied());
        let error = write_graph(&graph.unwrap(), &folder.path().join("g.edges")).unwrap_err();
        assert!(error.to_string().contains("an edge list cannot hold"), "{error}");
    }
}

/// How a file is read: the names (or numbers) of the nodes of each edge, or the error.
fn edges(name: &str, text: &str) -> Result<String, String> {
    let graph = read(name, text)?;
    let edges = graph.edges().map(|(from, to)| format!("{}-{}", graph.name(from), graph.name(to)));
    Ok(edges.collect::<Vec<_>>().join(" "))
}

#[test]
fn tables_are_read_by_the_names_of_their_columns() {
    for (name, text, expected) in [
        ("r.csv", "\"\",\"from\",\"to\"\n\"1\",\"a\",\"b\"\n\"2\",\"b\",\"c\"\n", "a-b b-c"),
        ("r.txt", "\"from\" \"to\"\n\"1\" \"a\" \"b\"\n\"2\" \"b\" \"c\"\n", "a-b b-c"),
        ("g.csv", "Id,Source,Target,Type,Weight\n0,5,6,Undirected,1.0\n", "5-6"),
        ("t.csv", "target,weight,source\nb,2,a\nc,,b\n", "a-b b-c"),
        ("q.csv", "source,target\n\"Smith, \"\"J\"\"\", \"b\nc\"\n", "Smith, \"J\"-b\nc"),
        ("q.csv", "\"a\", \"b, c\"\n\"b, c\", \"d\"\n", "a-b, c b, c-d"),
        ("s.csv", "sep=;\nfrom;to;weight\na;b;0,5\n", "a-b"),
        ("u.txt", "u v\n0 1\n1 2\n", "0-1 1-2"),
        ("h.csv", "node1,node2\nnode2,node3\n", "node1-node2 node2-node3"),
        ("m.csv", "id_1,id_2\n0,23\n0,1\n", "0-23 0-1"),
        ("c.txt", "# FromNodeId\tToNodeId\tSign\n3\t7\t1\n7\t9\t1\n", "3-7 7-9"),
        ("p.txt", "protein1 protein2 score\n9606.A 9606.B 150\n", "9606.A-9606.B"),
        ("f.csv", "source,target\n0,1.0\n1,2.0\n1e1,2.0\n", "0-1 1-2 10-2"),
        ("z.csv", "source,target\n007,8\n", "007-8"),
        ("z.edges", "18446744073709551615 2\n", "18446744073709551615-2"),
        ("k.csv", "source,target\n#metoo,#b\n", "#metoo-#b"),
    ] {
        assert_eq!(edges(name, text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_others_write_without_names_of_columns_is_read() {
    for (name, text, expected) in [
        ("networkx.edgelist", "0 1 {}\n1 2 {'weight': 3, 'x': \"it's\"}\n", "0-1 1-2"),
        ("networkx.csv", "0,1,{}\n1,2,{'weight': 3, 'b': 2}\n", "0-1 1-2"),
        ("out.konect", "% sym w\n1 2 1 1082040961\n1 3 1 1082155839\n", "1-2 1-3"),
        ("w.ncol", "a b 3\nb c 2\n", "a-b b-c"),
        ("w.txt", "1 2 10\n2 3 20\n3 1 30\n", "1-2 2-3 3-1"),
        ("one.txt", "0 1 1\n1 2 1\n2 3 1\n", "0-1 1-2 2-3"),
        ("v.txt", "// c\n0|1\n1|2\n", "0-1 1-2"),
        ("n.csv", "a b,c d\r\nc d,e\r\n", "a b-c d c d-e"),
    ] {
        assert_eq!(edges(name, text).as_deref(), Ok(expected), "{text}");
    }
    assert!(read("e.txt", "; ;\n").unwrap_err().contains("a graph of 0 node(s)"));
    assert!(read("q.txt", "#\n \"b\ta\t").is_err(), "a quote that does not end");
    assert_eq!(read("c.txt", "# Nodes: 5 Edges: 1\n0 1\n").unwrap().nodes(), 5);
    assert_eq!(read("c.txt", "#NODES: 5\n0 1\n").unwrap().nodes(), 5);
    assert_eq!(edges("c.txt", "# Nodes: 3 Edges: 2\n3 7\n7 9\n").as_deref(), Ok("3-7 7-9"));
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    for (name, text, expected) in [
        ("a.edges", "a -> b\n", "arrow"),
        ("a.edges", "a--b\nb--c\n", "arrow"),
        ("m.edges", "%%MatrixMarket matrix\n3 3 2\n2 1\n3 2\n", "MatrixMarket"),
        ("m.txt", "3 2\n0 1\n1 2\n", "line 1 looks like"),
        ("m.txt", "0 1 0\n1 0 1\n0 1 0\n", "adjacency matrix"),
        ("m.csv", ",a,b\na,0,1\nb,1,0\n", "adjacency matrix"),
        ("l.adjlist", "#\n0 1 2 3\n1 2\n3\n", "adjacency list"),
        ("l.txt", "0: 1 2\n1: 2 3\n", "adjacency list"),
        ("l.txt", "0 1 2\n1 2 3\n2 3 4\n3 4 5\n", "each node with its neighbours"),
        ("m.graph", "4 3\n2\n1 3\n2 4\n3\n", "METIS"),
        ("i.csv", "0,5,6\n1,6,7\n", "ambiguous without names"),
        ("k.tsv", "a\tlikes\tb\nb\thates\tc\n", "a relation"),
        ("s.txt", "New York Paris {}\n", "a name with a blank"),
        ("s.txt", "New York Paris\nParis Rome\n", "one edge per line"),
        ("h.csv", "Person,Friend\nanna,ben\nben,carl\n", "'Person' and 'Friend' occur nowhere"),
        ("h.csv", "Id,Label\n0,anna\n1,ben\n", "'Id', 'Label'"),
        ("h.csv", "x1,x2,x3\n1,2,3\n4,5,6\n", "'x1', 'x2', 'x3'"),
        ("c.csv", "0;1;0,5\n1;2;0,7\n", "commas or by semicolons"),
        ("c.txt", "0 1 0,5\n1 2 0,7\n", "commas or by blanks"),
        ("c.csv", "2;0\n1,0\n", "is not an edge"),
        ("r.csv", "source,target\nParis, France,Rome\n", "line 2 has 3 fields, but the header 2"),
        ("r.csv", "source,target\n1,2,10\n2,3,20\n", "line 2 has 3 fields, but the header 2"),
        ("r.csv", "source,target\n0,\n", "line 2: a node of the edge is missing"),
        ("r.csv", "source,target\n0,1.0\n2.0,nan\n", "line 3: a node of the edge is missing"),
        ("f.csv", "0,1.5\n1,2\n", "line 1: '1.5'"),
        ("f.csv", "source,target\n1.2345E+17,2\n", "'1.2345E+17'"),
        ("f.csv", "source,target\n01,2\n1,3\n", "'01' and '1'"),
        ("#.csv", "#metoo,b\n", "begins with #"),
        ("#.txt", "a b\n#a c\nb c\n", "line 2 could be a comment"),
        ("#.csv", "source,target\na,b\n# b,c\n", "line 3 begins with '# '"),
        ("n.txt", "# nodes: 3\nn0 0\n", "0 to 2"),
        ("d.txt", "p edge 3 2\ne 1 2\ne 2 3\n", "DIMACS"),
        ("d.txt", "digraph {\n a -> b;\n}\n", "DOT"),
        ("d.txt", "Creator \"x\"\ngraph\n[\n node [ id 0 ] ]\n", "GML"),
        ("d.txt", "*Vertices 2\n*Edges\n1 2\n", "Pajek"),
        ("d.gml", "graph [ ]", "GML"),
        ("d.xlsx", "PK\u{3}\u{4}", "spreadsheet"),
    ] {
        let error = edges(name, text).expect_err(text);
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn graph_ml_is_read_as_networkx_reads_it_or_refused() {
    let read = |body: &str| {
        let text =
            format!("<graphml xmlns='http://graphml.graphdrawing.org/xmlns'>{body}</graphml>");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("g.graphml");
        std::fs::write(&path, text).unwrap();
        open_graph(&path).map_err(|error| error.to_string())
    };
    let (yed, remarks) = read(
        "<graph><node id='n0'/><node id='g' yfiles.foldertype='group'><graph><node id='g::n0'/>\
         <edge source='g::n0' target='n0'/></graph></node><edge source='g' target='n0'/></graph>",
    )
    .unwrap();
    assert_eq!(yed.names().unwrap(), ["n0", "g", "g::n0"]);
    assert_eq!(yed.edges().collect::<Vec<_>>(), [(2, 0), (1, 0)]);
    assert_eq!(remarks, [GraphRemark::Groups { names: vec!["g".to_owned()] }]);
    let (igraph, _) = read(
        "<key id='v_name' for='node' attr.name='name' attr.type='string'/><graph>\
         <node id='n1'><data key='v_name'>anna</data></node>\
         <node id='n0'><data key='v_name'>ben</data></node><edge source='n0' target='n1'/></graph>",
    )
    .unwrap();
    assert_eq!(igraph.names().unwrap(), ["ben", "anna"]);
    let two = "<node id='a'/><node id='b'/>";
    let ports = format!(
        "<graph edgedefault='directed'>{two}<edge source='a' target='b' sourceport='p' directed='false'/></graph>"
    );
    let remarks = read(&ports).unwrap().1;
    assert_eq!(remarks, [GraphRemark::Ports, GraphRemark::OtherDirection { edges: 1 }]);
    for (body, expected) in [
        (format!("<graph>{two}</graph><graph/>"), "a second <graph>"),
        ("<graph><node id='a'><graph/></node></graph>".to_owned(), "inside a node"),
        (
            format!("<graph>{two}<edge source='a' target='b'><graph/></edge></graph>"),
            "inside a edge",
        ),
        (format!("<graph>{two}<hyperedge/></graph>"), "a hyperedge"),
        (format!("<graph><nodes>{two}</nodes></graph>"), "inside <nodes>"),
        (format!("<graph>{two}<edge source='a'/></graph>"), "attribute target"),
    ] {
        let error = read(&body).unwrap_err();
        assert!(error.contains(expected), "{body}: {error}");
    }
}

#[test]
fn graph_ml_that_would_take_long_is_refused_at_once() {
    let nested: String = (0..20_000).map(|at| format!("<a xmlns:a{at}='u{at}'>")).collect();
    let attributes: String = (0..70_000).map(|at| format!(" a{at}='1'")).collect();
    for text in [nested, format!("<graph><node{attributes}/></graph>"), "<a>".repeat(300_000)] {
        assert!(edges("g.graphml", &text).unwrap_err().contains("too many "));
    }
    // Brackets and quotes that do not belong to elements.
    let text = "<!-- <a> ' --><graph a='>'><desc><![CDATA[<b>]]></desc><node id='0'/><node id='1'/>\
                <edge source='0' target='1'/></graph>";
    assert_eq!(edges("g.graphml", text).as_deref(), Ok("0-1"));
}

#[test]
fn node_link_data_of_networkx_is_read() {
    let text = |edges: &str, id: &str| {
        format!(
            "{{\"directed\": false, \"multigraph\": false, \"graph\": {{}}, \"nodes\": [{{\"id\": {id}}}, \
             {{\"id\": 1}}], \"{edges}\": [{{\"weight\": 2, \"source\": 1, \"target\": {id}}}]}}"
        )
    };
    assert_eq!(edges("g.json", &text("links", "0")).as_deref(), Ok("1-0"));
    assert_eq!(edges("g.json", &text("edges", "\"x y\"")).as_deref(), Ok("1-x y"));
    assert!(edges("g.json", &text("edges", "null")).unwrap_err().contains("expected {\"nodes\""));
}

mod strings {
    use proptest::prelude::*;

    use super::*;

    /// Names with a special meaning for a reader, and arbitrary ones.
    fn name() -> impl Strategy<Value = String> {
        let odd = [
            "",
            " ",
            " a",
            "a ",
            "a b",
            "a,b",
            "a;b",
            "a|b",
            "a\tb",
            "a\nb",
            "a\rb",
            "\"",
            "\"a\"",
            "a\"b",
            "#",
            "#a",
            "# a",
            "%",
            "//",
            "{}",
            "{'a': 1}",
            "a}",
            "'",
            "\u{feff}",
            "\u{feff}a",
            "0",
            "1",
            "2",
            "1.0",
            "01",
            "1e0",
            "-1",
            "1.5",
            "n0",
            "n1",
            "nan",
            "NA",
            "source",
            "target",
            "from",
            "to",
            "u",
            "v",
            "id",
            "->",
            "--",
            "a:",
            "<",
            ">",
            "&amp;",
            "]]>",
            "\0",
            "\u{1b}",
            "\u{a0}",
            "\u{85}",
            "\u{2028}",
            "\u{fffe}",
            "nodes: 2",
            "sep=;",
        ];
        prop_oneof![
            proptest::sample::select(odd.to_vec()).prop_map(str::to_owned),
            any::<String>(),
            "[a-c0-2]{1,2}",
        ]
    }

    fn graph() -> impl Strategy<Value = Graph> {
        let names = proptest::collection::hash_set(name(), 2..6);
        names.prop_flat_map(|names| {
            let names: Vec<String> = names.into_iter().collect();
            let count = names.len();
            let pairs: Vec<(usize, usize)> =
                (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b))).collect();
            let most = pairs.len();
            let edges = proptest::sample::subsequence(pairs, 0..=most).prop_shuffle();
            (Just(names), edges).prop_map(|(names, edges)| Graph::named(names, edges).unwrap())
        })
    }

    fn named_edges(graph: &Graph) -> Vec<(String, String)> {
        graph.edges().map(|(from, to)| (graph.name(from), graph.name(to))).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]
        #[test]
        fn what_is_written_is_read_again(graph in graph()) {
            let kinds = [None, Some(','), Some('\t')].map(Kind::EdgeList);
            for kind in [Kind::Json, Kind::GraphMl].into_iter().chain(kinds) {
                let Ok(written) = written::text(&graph, kind) else {
                    prop_assert!(kind != Kind::Json);
                    continue;
                };
                let read = kind.read(text(written.as_bytes()).unwrap(), &mut Vec::new());
                let read = read.unwrap().graph().unwrap();
                prop_assert_eq!(read.nodes(), graph.nodes());
                prop_assert_eq!(named_edges(&read), named_edges(&graph));
            }
        }

        #[test]
        fn plain_names_can_be_written_to_every_kind(names in proptest::collection::hash_set("[a-z]{3,9}x", 3)) {
            let graph = Graph::named(names.into_iter().collect(), [(0, 1), (2, 1)]).unwrap();
            let kinds = [None, Some(','), Some('\t')].map(Kind::EdgeList);
            for kind in [Kind::Json, Kind::GraphMl].into_iter().chain(kinds) {
                prop_assert!(written::text(&graph, kind).is_ok());
            }
        }

        #[test]
        fn any_text_is_read_or_refused(content in "[0-9ab ,;|\t\n\"#%{}<>.-]{0,60}") {
            for kind in [Kind::Json, Kind::GraphMl, Kind::EdgeList(None), Kind::EdgeList(Some(','))] {
                _ = kind.read(&content, &mut Vec::new());
            }
        }
    }
}
