//! Writing the figures of a report to files.

use std::path::PathBuf;

use clap::Args;
use rarefy_view::figure::{Figure, Length, Print};
use rarefy_view::saved::{Format, save};

use crate::arguments::one_of;
use crate::destination;
use crate::output::note;

/// Options for writing figures.
#[derive(Debug, Args)]
pub struct FiguresArguments {
    /// Folder to write each figure and each of its panels to
    #[arg(long, value_name = "OUT", value_parser = destination::folder())]
    figures: Option<PathBuf>,
    /// File formats
    ///
    /// By default svg, and png if this build has it.
    #[arg(long, value_name = "FORMAT,...", value_delimiter = ',', requires = "figures", value_parser = one_of::<Format>())]
    format: Vec<Format>,
    /// Printed width in mm, cm, in or pt, at least 70mm [default: 180mm, panels 85mm]
    #[arg(long, value_name = "WIDTH", requires = "figures", value_parser = width)]
    width: Option<Length>,
    /// Pixels per inch of PNG
    #[arg(
        long,
        value_name = "N",
        requires = "figures",
        default_value_t = 300,
        value_parser = clap::value_parser!(u32).range(50..=1200)
    )]
    dpi: u32,
    /// Leave out titles, for a paper that has captions
    #[arg(long, requires = "figures")]
    no_title: bool,
}

fn width(text: &str) -> Result<Length, String> {
    const MOST: Length = Length(2000.0);
    let width: Length = text.parse()?;
    match (Print::LEAST..=MOST).contains(&width) {
        true => Ok(width),
        false => Err(format!("expected a width from {} to {MOST}", Print::LEAST)),
    }
}

impl FiguresArguments {
    /// Writes the figures and returns the files; writes none if no folder is given.
    pub fn write(&self, figures: &[Figure]) -> anyhow::Result<Vec<PathBuf>> {
        let Some(folder) = &self.figures else { return Ok(Vec::new()) };
        let print = Print { width: self.width, untitled: self.no_title };
        Ok(save(figures, folder, &print, &self.format, self.dpi, note)?)
    }
}
