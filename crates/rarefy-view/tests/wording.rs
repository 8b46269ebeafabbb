//! The wording of this crate, in one place. To change a sentence, change it in the code and run
//! with `INSTA_UPDATE=always`. Other tests check values.

use rarefy::study::Counts;
use rarefy::train::Merit;
use rarefy_view::curve::{axis_note, axis_of};
use rarefy_view::figure::Length;
use rarefy_view::raster::RasterError;
use rarefy_view::study::progress;

#[test]
fn what_it_says() {
    let counts = Counts { planned: 42, done: 20, diverged: 1, failed: 2, damaged: 1 };
    let axes = [vec![0.999, 1.0, 0.9999], vec![0.995, 0.999], vec![0.5, 0.9]];
    let axes = axes.map(|accuracies| axis_of(Merit::Accuracy, "test", accuracies, &[]));
    let axes = axes.map(|axis| format!("{}:{}", axis.name, axis_note(&axis)));
    let errors = [RasterError::LeftOut, RasterError::NoFonts, RasterError::Size];
    let errors = errors.map(|error| error.to_string());
    let said = [
        vec![progress(&counts)],
        axes.to_vec(),
        errors.to_vec(),
        vec!["85".parse::<Length>().unwrap_err()],
    ];
    insta::assert_snapshot!(said.concat().join("\n"));
}
