"""Graphs as NetworkX, igraph and pandas write and read them.

    peers.py write FOLDER   writes graphs in the ways of these libraries, and to stdout what each
                            file holds: {file: [[node, node], ...]}, or null where rarefy is to
                            refuse the file
    peers.py read FOLDER    reads what rarefy wrote: the same to stdout
"""

import json
import sys
from pathlib import Path

import igraph
import networkx as nx
import pandas


def graphs():
    """Numbers, names, names with blanks and commas, tuples, and numbers with gaps."""
    yield "karate", nx.karate_club_graph()
    yield "miserables", nx.les_miserables_graph()
    yield "families", nx.florentine_families_graph()
    yield "cities", nx.Graph([("New York", "Paris"), ("Paris", "San Jose, CR"), ("Paris", "say \"hi\"")])
    yield "grid", nx.grid_2d_graph(3, 3)
    yield "gaps", nx.Graph([(5, 600), (600, 7), (7, 5), (12, 5)])
    yield "regular", nx.random_regular_graph(3, 20, seed=1)
    yield "tree", nx.balanced_tree(2, 3)
    yield "tags", nx.Graph([("#metoo", "politics"), ("#metoo", "#timesup")])
    weighted = nx.gnm_random_graph(12, 30, seed=2)
    for at, (_, _, data) in enumerate(weighted.edges(data=True)):
        data["weight"] = at + 1
        data["kind"] = "it's"
    yield "weighted", weighted
    yield "directed", nx.DiGraph([(0, 1), (2, 1), (2, 3)])


def edges(graph):
    return [[str(a), str(b)] for a, b in graph.edges()]


def is_plain(graph):
    """Whether names survive where blanks separate them."""
    return not any(set(str(node)) & set(" #\",") for node in graph)


def write(folder):
    held = {}

    def keep(name, found):
        held[name] = found

    for name, graph in graphs():
        found = edges(graph)
        plain = found if is_plain(graph) else None
        # What stands in a file without quotes can still be read if nothing of it is a comma.
        bare = found if not any("," in str(node) or "#" in str(node) for node in graph) else None

        nx.write_edgelist(graph, folder / f"{name}.edgelist")
        keep(f"{name}.edgelist", plain)
        nx.write_edgelist(graph, folder / f"{name}.data.txt", data=False)
        keep(f"{name}.data.txt", plain)
        nx.write_edgelist(graph, folder / f"{name}.comma.csv", delimiter=",")
        keep(f"{name}.comma.csv", bare)
        nx.write_adjlist(graph, folder / f"{name}.adjlist")
        keep(f"{name}.adjlist", None)
        nx.write_graphml(graph, folder / f"{name}.graphml")
        keep(f"{name}.graphml", found)
        nx.write_gml(graph, folder / f"{name}.gml", stringizer=str)
        keep(f"{name}.gml", None)
        nx.write_gexf(graph, folder / f"{name}.gexf")
        keep(f"{name}.gexf", None)
        if not isinstance(next(iter(graph)), tuple):
            text = json.dumps(nx.node_link_data(graph))
            (folder / f"{name}.json").write_text(text)
            keep(f"{name}.json", found)

        table = nx.to_pandas_edgelist(graph)
        table.to_csv(folder / f"{name}.pandas.csv")
        table.to_csv(folder / f"{name}.index.csv", index=False)
        table.to_csv(folder / f"{name}.tab.tsv", index=False, sep="\t")
        table.to_csv(folder / f"{name}.semicolon.csv", index=False, sep=";")
        for kind in ["pandas.csv", "index.csv", "tab.tsv", "semicolon.csv"]:
            keep(f"{name}.{kind}", found)
        if all(isinstance(node, int) for node in graph):
            table[["source", "target"]].astype(float).to_csv(folder / f"{name}.float.csv")
            keep(f"{name}.float.csv", found)
        if "weight" in table:
            nx.write_weighted_edgelist(graph, folder / f"{name}.weighted.edges")
            keep(f"{name}.weighted.edges", plain)

        vertices = [str(node) for node in graph]
        other = igraph.Graph.TupleList([tuple(edge) for edge in found], directed=graph.is_directed())
        numbers = [[str(edge.source), str(edge.target)] for edge in other.es]
        other.write_edgelist(str(folder / f"{name}.igraph.edges"))
        keep(f"{name}.igraph.edges", numbers)
        # igraph writes a file of n0, n1, ... with names as data.
        other.write_graphml(str(folder / f"{name}.igraph.graphml"))
        keep(f"{name}.igraph.graphml", found)
        if plain and not graph.is_directed():
            other.write_ncol(str(folder / f"{name}.ncol"))
            keep(f"{name}.ncol", found)
            other.write_lgl(str(folder / f"{name}.lgl"), weights=None)
            keep(f"{name}.lgl", None)
        other.write_pajek(str(folder / f"{name}.net"))
        keep(f"{name}.net", None)
        other.write_adjacency(str(folder / f"{name}.matrix.txt"))
        keep(f"{name}.matrix.txt", None)
        bare_igraph = igraph.Graph(n=len(vertices), edges=[(e.source, e.target) for e in other.es])
        bare_igraph.write_graphml(str(folder / f"{name}.numbers.graphml"))
        keep(f"{name}.numbers.graphml", numbers)
    return held


def read(folder):
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix == ".edges":
            graph = nx.read_edgelist(path)
        elif path.suffix in (".csv", ".tsv"):
            separator = {".csv": ",", ".tsv": "\t"}[path.suffix]
            # Nodes without an edge are told in a comment, and those are numbers.
            comment = "#" if path.read_text().startswith("# nodes") else None
            table = pandas.read_csv(
                path, sep=separator, dtype=str, keep_default_na=False, comment=comment
            )
            graph = nx.from_pandas_edgelist(table)
        elif path.suffix == ".graphml":
            graph = nx.read_graphml(path)
        else:
            continue
        found[path.name] = edges(graph)
    return found


if __name__ == "__main__":
    way = {"write": write, "read": read}[sys.argv[1]]
    print(json.dumps(way(Path(sys.argv[2]))))
