//! Figures saved as files: SVG, PNG and PDF.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rarefy::format::{WriteError, write_atomically};
use rarefy::named;

use crate::figure::{Figure, FigureFile, Print};
use crate::raster::{Painter, RasterError};

named! {
    /// A kind of file for figures.
    pub enum Format: "format" {
        /// Vectors, with texts as texts.
        Svg = "svg",
        /// Pixels.
        Png = "png",
        /// Vectors, one page as large as the figure.
        Pdf = "pdf",
    }
}

/// Why figures cannot be saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// Their folder cannot be created.
    #[error("cannot make {}: {reason}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The reason.
        reason: io::Error,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The figure cannot be drawn in this format, or not by this build.
    #[error(transparent)]
    Draw(#[from] RasterError),
}

/// Writes `figures` into `folder` in each of `formats` and returns the files. The default is SVG,
/// and PNG with `dpi` pixels per inch if this build supports it; otherwise `note` says that it does
/// not.
///
/// # Errors
/// If a file cannot be drawn or written.
pub fn save(
    figures: &[Figure],
    folder: &Path,
    print: &Print,
    formats: &[Format],
    dpi: u32,
    note: impl Fn(&str),
) -> Result<Vec<PathBuf>, SaveError> {
    let painter = Painter::new();
    let formats = match (formats, &painter) {
        ([], Ok(_)) => vec![Format::Svg, Format::Png],
        ([], Err(why)) => {
            note(&format!("only SVG is written: {why}"));
            vec![Format::Svg]
        }
        (asked, _) => asked.to_vec(),
    };
    // Only formats other than SVG need the painter.
    let painter = match formats.iter().all(|&format| format == Format::Svg) {
        true => None,
        false => Some(painter?),
    };
    let make = |path: &Path| {
        fs::create_dir_all(path)
            .map_err(|reason| SaveError::Folder { path: path.to_owned(), reason })
    };
    make(folder)?;
    let mut written = Vec::new();
    for FigureFile { name, svg } in figures.iter().flat_map(|figure| figure.files(print)) {
        for &format in &formats {
            let path = folder.join(format!("{name}.{format}"));
            path.parent().map_or(Ok(()), make)?;
            let bytes = match (format, &painter) {
                (Format::Png, Some(painter)) => painter.png(&svg, dpi)?,
                (Format::Pdf, Some(painter)) => painter.pdf(&svg)?,
                _ => svg.clone().into_bytes(),
            };
            write_atomically(&path, &bytes)?;
            written.push(path);
        }
    }
    Ok(written)
}
