//! The sections on prediction, made from a synthetic table.

use rarefy::graph::Properties;
use rarefy::random::Stream;
use roxmltree::Document;

use crate::darji2021::prediction::Prediction;
use crate::darji2021::report::input::{DataDescription, Report, StudyReport};
use crate::darji2021::report::render;
use crate::darji2021::report::tests::{DATA, markup, synthetic, table, text, wording};

/// The prediction for two cells with this many graphs each. Their accuracy is noise plus a function
/// of the number of source nodes.
pub fn found(graphs: usize, accuracy: impl Fn(f64) -> f64) -> Prediction {
    let noise = std::cell::RefCell::new(Stream::new(6, "noise"));
    found_of(graphs, |_, sources| accuracy(sources) + 0.01 * noise.borrow_mut().uniform())
}

/// The same for an accuracy that depends on the number of the graph and on its source nodes. One
/// network diverged.
fn found_of(graphs: usize, accuracy: impl Fn(usize, f64) -> f64) -> Prediction {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = format!(
        "cell,graph,graph_nr,gate_mask,diverged,{},test_acc\n",
        Properties::THESIS.join(",")
    );
    let mut stream = Stream::new(4, "graphs");
    for cell in ["gru", "lstm"] {
        for graph in 0..graphs {
            let values: Vec<f64> = Properties::THESIS.iter().map(|_| stream.uniform()).collect();
            let sources =
                values[Properties::THESIS.iter().position(|p| *p == "source_nodes").unwrap()];
            let texts: Vec<String> = values.iter().map(f64::to_string).collect();
            let accuracy = accuracy(graph, sources);
            // Two seeds of each graph make one row.
            for seed in [-0.001, 0.001] {
                rows += &format!(
                    "{cell},g,{graph},tiled,false,{},{}\n",
                    texts.join(","),
                    accuracy + seed
                );
            }
        }
    }
    rows += &format!("gru,g,0,tiled,true,{},\n", ["1"; 23].join(","));
    std::fs::create_dir(folder.path().join("structure")).unwrap();
    std::fs::write(folder.path().join("structure/records.csv"), rows).unwrap();
    let found = Prediction::compute(folder.path(), 1, 2, &()).unwrap();
    // The stored prediction is read, not computed again.
    assert_eq!(Prediction::read(folder.path()).unwrap().as_ref(), Some(&found));
    let table = std::fs::read_to_string(folder.path().join("prediction/records.csv")).unwrap();
    assert_eq!(table.lines().count(), 1 + 2 * (11 + 5 + 9));
    // It still applies where other columns were added, and no longer where a network was.
    let path = folder.path().join("structure/records.csv");
    let table = std::fs::read_to_string(&path).unwrap();
    let wider: Vec<String> = table.lines().map(|line| format!("{line},1\n")).collect();
    std::fs::write(&path, wider.concat().replacen("test_acc,1", "test_acc,more", 1)).unwrap();
    assert!(Prediction::read(folder.path()).unwrap().is_some());
    let longer = format!("{table}gru,g,{graphs},tiled,false,{},0.5\n", ["1"; 23].join(","));
    std::fs::write(&path, longer).unwrap();
    let refused = Prediction::read(folder.path()).unwrap_err().to_string();
    assert!(refused.contains("other records"), "{refused}");
    found
}

fn page(found: &Prediction, data: DataDescription) -> String {
    let study = synthetic::structure(4, 1);
    let structure = Some(StudyReport { study: &study, records: &[], data, version: "9.9.9" });
    render(&Report { structure, prediction: Some(found), ..Report::default() })
}

#[test]
fn what_is_predicted_is_said_and_drawn() {
    let found = found(30, |sources| 0.7 + 0.2 * sources);
    assert!(found.cells.iter().all(|cell| cell.measured.len() == 30));
    let page = page(&found, DATA);
    let markup = markup(&page);
    let document = Document::parse(&markup).unwrap();
    assert!(!markup.contains("NaN"));
    wording::opening("prediction", &page);
    let rows = table(&page, "R² where every graph");
    assert_eq!((rows.len(), &*rows[0][1], &*rows[4][0]), (10, "least squares", "best chosen"));
    let rows = table(&page, "R² the thesis’s way");
    assert!(rows[0][3].ends_with("thesis 0.88"), "{rows:?}");
    let marks = document.descendants().filter(|n| n.attribute("class") == Some("mark")).count();
    // The thesis's importance for each cell and property, and its best R^2 for each cell.
    assert_eq!(marks, 46 + 2);
}

#[test]
fn noise_is_not_called_a_prediction() {
    let found = found(12, |_| 0.8);
    let own = DataDescription { reber: false, ..DATA };
    let page = page(&found, own);
    wording::opening("prediction of noise", &page);
    assert!(!text(&page).contains("thesis’s best"), "{page}");
}

#[test]
fn graphs_of_one_accuracy_leave_open_what_cannot_be_said() {
    // All accuracies but one are equal, so most draws have no variance to explain.
    let found = found_of(8, |graph, _| if graph == 0 { 0.5 } else { 0.9 });
    let page = page(&found, DATA);
    assert!(page.contains("prediction-summary"));
    Document::parse(&markup(&page)).unwrap();
    assert!(!page.contains("NaN") && !text(&page).contains("e+"), "{}", text(&page));
}

#[test]
fn too_few_graphs_have_no_section() {
    let folder = tempfile::tempdir().unwrap();
    let header = format!(
        "cell,graph,graph_nr,gate_mask,diverged,{},test_acc\n",
        Properties::THESIS.join(",")
    );
    let row = format!("gru,g,0,tiled,false,{},0.5\n", ["1"; 23].join(","));
    std::fs::create_dir(folder.path().join("structure")).unwrap();
    std::fs::write(folder.path().join("structure/records.csv"), header + &row).unwrap();
    let found = Prediction::compute(folder.path(), 0, 1, &()).unwrap();
    assert!(found.cells.is_empty());
    assert!(!page(&found, DATA).contains("prediction-summary"));
    let gone = Prediction::compute(&folder.path().join("gone"), 0, 1, &()).unwrap_err();
    assert!(gone.to_string().contains("needs the part structure"), "{gone}");
}
