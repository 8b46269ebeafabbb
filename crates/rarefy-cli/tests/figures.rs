//! `rarefy report --figures`: files for papers, whose text is readable at the width of a column.

#[path = "support/kept.rs"]
mod kept;
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use roxmltree::{Document, Node};
use support::rarefy;

const SVG: &str = "http://www.w3.org/2000/svg";
const POINTS: f64 = 72.0 / 25.4;
/// Journals ask for text of at least seven points, and a page has 240 mm for figures.
const SMALLEST: f64 = 7.0;
const PAGE: f64 = 240.0;

/// All files with this ending in a folder and its subfolders.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path, ending)),
            false if path.extension().is_some_and(|e| e == ending) => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

fn number(text: &str) -> f64 {
    text.trim_end_matches(char::is_alphabetic).parse().unwrap()
}

fn view_box(svg: Node) -> f64 {
    number(svg.attribute("viewBox").unwrap().split(' ').nth(2).unwrap())
}

/// Whether a selector of one or two names matches the node.
fn matches(selector: &str, node: Node) -> bool {
    let is = |name: &str, node: Node| match name.strip_prefix('.') {
        Some(class) => node.attribute("class").is_some_and(|c| c.split(' ').any(|c| c == class)),
        None => node.has_tag_name((SVG, name)),
    };
    let names: Vec<&str> = selector.split(' ').collect();
    match names[..] {
        [own] => is(own, node),
        [outer, own] => is(own, node) && node.ancestors().any(|ancestor| is(outer, ancestor)),
        _ => false,
    }
}

/// The printed size in points of the smallest text in a drawing whose size is in millimetres.
fn smallest_text(svg: &str) -> Option<f64> {
    let document = Document::parse(svg).unwrap();
    let style = document.descendants().find(|n| n.has_tag_name((SVG, "style"))).unwrap();
    let rules = style.text().unwrap().split('}').filter_map(|rule| rule.split_once('{'));
    let sizes: Vec<(&str, f64)> = rules
        .filter_map(|(selectors, body)| {
            let size = body.split("font").find_map(|rest| rest.split_once("px"))?.0;
            Some((selectors, number(size.rsplit([':', ' ']).next()?)))
        })
        .collect();
    let size = |text: Node| {
        let of = |(selectors, size): &(&str, f64)| {
            selectors.split(',').any(|one| matches(one.trim(), text)).then_some(*size)
        };
        let own = sizes.iter().filter_map(of).next_back().expect("a text with a size");
        let drawings = text.ancestors().filter(|n| n.has_tag_name((SVG, "svg")));
        drawings.fold(own, |size, svg| {
            let width = svg.attribute("width").unwrap();
            let width = if width.ends_with("mm") { number(width) * POINTS } else { number(width) };
            size * width / view_box(svg)
        })
    };
    let texts = document.descendants().filter(|n| n.has_tag_name((SVG, "text")));
    texts.map(size).min_by(f64::total_cmp)
}

/// Checks that a file can be printed: it has this width, fits on a page, and is readable.
fn can_be_printed(path: &Path, width: f64) {
    let svg = fs::read_to_string(path).unwrap();
    let document = Document::parse(&svg).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().namespace(), Some(SVG), "{}", path.display());
    assert_eq!(root.attribute("width"), Some(&*format!("{width}mm")), "{}", path.display());
    let height = number(root.attribute("height").unwrap());
    assert!(height <= PAGE, "{}: {height} mm high", path.display());
    // Programs that know no custom properties can draw it, and it is light for every reader.
    assert!(!svg.contains("var(") && !svg.contains("prefers-color-scheme"), "{}", path.display());
    let smallest = smallest_text(&svg);
    assert!(smallest.is_none_or(|size| size >= SMALLEST), "{}: {smallest:?}", path.display());
}

/// The width in pixels, and the pixels per metre.
fn png(path: &Path) -> (u32, u32) {
    let bytes = fs::read(path).unwrap();
    assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "{}", path.display());
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    let tag = bytes.windows(4).position(|four| four == b"pHYs").expect("it names its dpi");
    assert_eq!((number(tag + 4), bytes[tag + 12]), (number(tag + 8), 1), "both ways, in metres");
    (number(16), number(tag + 4))
}

/// The width and height of a PDF's page, in points.
fn media_box(path: &Path) -> [f64; 2] {
    let bytes = fs::read(path).unwrap();
    assert!(bytes.starts_with(b"%PDF-"), "{}", path.display());
    let text = String::from_utf8_lossy(&bytes);
    let sides = text.split_once("/MediaBox").unwrap().1.split(['[', ']']).nth(1).unwrap();
    let sides: Vec<f64> = sides.split_whitespace().map(|side| side.parse().unwrap()).collect();
    [sides[2] - sides[0], sides[3] - sides[1]]
}

#[test]
fn figures_are_written_for_the_width_at_which_they_are_printed() {
    let here = tempfile::tempdir().unwrap();
    let run = ["reproduce", "--scale", "smoke", "--cells", "rnn_tanh,gru", "--out", "out"];
    rarefy(here.path(), &[&run[..], &["--json", "--quiet"]].concat()).json();
    let report = |more: &[&str]| rarefy(here.path(), &[&["report", "out"], more].concat());

    let outcome = report(&["--figures", "figures"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let folder = here.path().join("figures");
    for name in ["fig-pruning", "fig-recovery", "appendix/fig-training", "appendix/fig-masks"] {
        can_be_printed(&folder.join(format!("{name}.svg")), 180.0);
    }
    for name in ["fig-pruning-gru", "fig-properties-nodes-gru", "appendix/fig-masks-gru-layer-1"] {
        can_be_printed(&folder.join(format!("{name}.svg")), 85.0);
    }
    // Without fonts on this machine there is no picture.
    if outcome.stderr.contains("no fonts") {
        return;
    }
    assert_eq!(png(&folder.join("fig-pruning.png")), (2126, 11811));

    let narrow = ["--width", "85mm", "--no-title", "--dpi", "150", "--format", "svg,png,pdf"];
    let said = report(&[&["--json", "--figures", "narrow"], &narrow[..]].concat()).json();
    let folder = here.path().join("narrow");
    let svgs = files(&folder, "svg");
    assert_eq!(said["figures"].as_array().unwrap().len(), 3 * svgs.len());
    for svg in &svgs {
        can_be_printed(svg, 85.0);
        let [width, height] = media_box(&svg.with_extension("pdf"));
        assert!((width - 85.0 * POINTS).abs() < 0.01, "{}: {width} pt", svg.display());
        assert!(height <= PAGE * POINTS, "{}: {height} pt", svg.display());
        assert_eq!(png(&svg.with_extension("png")), (502, 5906), "{}", svg.display());
    }
    let title = |folder: &str| {
        let svg = fs::read_to_string(here.path().join(folder).join("fig-recovery.svg")).unwrap();
        svg.contains(">Accuracy during retraining</text>")
    };
    assert_eq!((title("figures"), title("narrow")), (true, false));
}

/// From kept records of every cell and every part.
#[test]
fn no_figure_of_a_whole_report_is_taller_than_a_page() {
    let here = tempfile::tempdir().unwrap();
    kept::unpack("laptop", here.path());
    for width in [70.0, 85.0, 120.0, 180.0] {
        let asked = format!("{width}mm");
        let figures = ["--figures", &asked, "--format", "svg", "--width", &asked];
        let outcome = rarefy(here.path(), &[&["report", "laptop"], &figures[..]].concat());
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let svgs = files(&here.path().join(&asked), "svg");
        assert!(svgs.len() > 60, "{} files", svgs.len());
        svgs.iter().for_each(|svg| can_be_printed(svg, width));
    }
}

#[test]
fn what_cannot_be_printed_is_refused() {
    let here = tempfile::tempdir().unwrap();
    for wrong in [
        &["--figures", "out", "--width", "85"][..],
        &["--figures", "out", "--width", "60mm"],
        &["--figures", "out", "--width", "30in", "--dpi", "2400"],
        &["--figures", "out", "--format", "jpg"],
        &["--width", "85mm"],
        &["--format", "pdf"],
        &["--no-title"],
    ] {
        let outcome = rarefy(here.path(), &[&["report", "."], wrong].concat());
        assert_eq!(outcome.code, 2, "{wrong:?}: {}", outcome.stderr);
    }
}
