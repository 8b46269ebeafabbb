//! Figures of a report as files.

use std::path::Path;

use anyhow::Context;
use rarefy::format::write_atomically;
use rarefy_view::figure::FigureFile;
use rarefy_view::raster::Painter;

use crate::output::note;

/// Figures for papers: SVG, and PNG of twice the size.
pub fn write(figures: Vec<FigureFile>, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let painter = Painter::new().map_err(|why| note(&format!("only SVG is written: {why}")));
    for FigureFile { name, svg } in figures {
        write_atomically(&folder.join(format!("{name}.svg")), svg.as_bytes())?;
        if let Ok(painter) = &painter {
            let png = painter.png(&svg).with_context(|| format!("cannot draw {name}"))?;
            write_atomically(&folder.join(format!("{name}.png")), &png)?;
        }
    }
    Ok(())
}
