//! The wording of the page in snapshots: the only place in the crate where tests hold sentences.
//! Other tests check values, and store the sentences about them here.

use roxmltree::{Document, Node};

use crate::darji2021::report::input::{DataDescription, Report, StudyReport};
use crate::darji2021::report::tests::{DATA, markup, page, page_of, prediction, synthetic};
use crate::darji2021::report::{Question, questions, render};

/// The elements that contain prose.
const PROSE: [&str; 10] =
    ["h1", "h2", "h3", "p", "li", "dt", "dd", "figcaption", "summary", "caption"];

fn words(node: Node) -> String {
    let text: String =
        node.descendants().filter_map(|n| n.is_text().then_some(n.text()?)).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('\u{a0}', " ")
}

/// Stores the opening of a part: its remarks and its findings.
pub fn opening(name: &str, page: &str) {
    let markup = markup(page);
    let document = Document::parse(&markup).expect("well-formed markup");
    let is_opening = |node: &Node| {
        let class = node.attribute("class");
        (node.has_tag_name("ul") && class == Some("lead")) || class == Some("note")
    };
    let openings = document.descendants().filter(is_opening);
    let lines: Vec<String> = openings
        .flat_map(|node| match node.has_tag_name("ul") {
            true => node.children().filter(Node::is_element).map(words).collect(),
            false => vec![words(node)],
        })
        .collect();
    hold(name, &lines.join("\n"));
}

/// Stores a text in `snapshots/`.
pub fn hold(name: &str, text: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name.replace(' ', "-"), text);
    });
}

/// Stores all prose of a page, except tables and drawings.
fn prose(name: &str, page: &str) {
    let markup = markup(page);
    let document = Document::parse(&markup).expect("well-formed markup");
    let holds = |node: &Node| {
        let is_caption = node.attribute("class") == Some("caption");
        is_caption || PROSE.iter().any(|name| node.has_tag_name(*name))
    };
    let is_panel = |node: &Node| node.attribute("class") == Some("panel-title");
    let outermost =
        |node: &Node| !is_panel(node) && !node.ancestors().skip(1).any(|outer| holds(&outer));
    let found = document.descendants().filter(holds).filter(outermost);
    let lines: Vec<String> = found.map(words).collect();
    hold(name, &lines.join("\n"));
}

#[test]
fn a_page_of_the_pruning_experiment() {
    let study = synthetic::laptop();
    prose("page of pruning", &page(&study, &synthetic::records(&study)));
}

#[test]
fn a_page_of_own_data() {
    let data = DataDescription { train_strings: 900, reber: false, ..DATA };
    let study = synthetic::smoke();
    prose("page of own data", &page_of(data, &study, &synthetic::records(&study)));
}

#[test]
fn a_page_of_structure_and_prediction() {
    let study = synthetic::structure(20, 1);
    let records = synthetic::wired_records(&study, |_, w| 0.55 + 0.008 * synthetic::nodes(w));
    let found = prediction::found(30, |sources| 0.7 + 0.2 * sources);
    let structure = StudyReport { study: &study, records: &records, data: DATA, version: "9.9.9" };
    let report =
        Report { structure: Some(structure), prediction: Some(&found), ..Report::default() };
    prose("page of structure and prediction", &render(&report));
}

#[test]
fn what_the_terminal_says() {
    let study = synthetic::full(3);
    let records = synthetic::records(&study);
    let pruning = StudyReport { study: &study, records: &records, data: DATA, version: "9.9.9" };
    let all = questions(&Report { pruning: Some(pruning), ..Report::default() });
    let lines: Vec<String> = all.iter().map(Question::lines).collect();
    hold("terminal", &lines.join("\n"));
}
