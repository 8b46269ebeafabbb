//! `rarefy serve`: studies in a browser, as they run.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use rarefy_view::serve::{ServeError, Shelf, serve};
use serde_json::json;

use crate::output::{note, print_json, print_whole};

/// Arguments of `rarefy serve`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../help/serve.txt"))]
pub struct ServeArguments {
    /// Folder of a study, or a folder of such folders
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Port to listen on; 0 for any free one
    #[arg(long, value_name = "N", default_value_t = 8080)]
    port: u16,
    /// Address to listen on
    ///
    /// If it is not a loopback address, everyone who can reach it can read the studies.
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// Print the address as one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy serve`.
pub fn run(arguments: &ServeArguments) -> anyhow::Result<()> {
    let shelf = Shelf::open(&arguments.folder)?;
    let studies = shelf.names();
    if studies.is_empty() {
        note(&format!("no study in {} yet", arguments.folder.display()));
    }
    if !arguments.bind.is_loopback() {
        note(&format!(
            "everyone who can reach {} can read these studies: there is no password",
            arguments.bind
        ));
    }
    let begun = |address: SocketAddr| -> anyhow::Result<()> {
        // A browser cannot open the unspecified address, so the loopback address is shown.
        let shown = match address.ip() {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
            one => one,
        };
        let url = format!("http://{}/", SocketAddr::new(shown, address.port()));
        match arguments.json {
            true => print_json(&json!({ "url": url, "port": address.port(), "studies": studies })),
            false => print_whole(&format!("{url}\n")),
        }
    };
    let address = SocketAddr::new(arguments.bind, arguments.port);
    serve(shelf, address, begun).map_err(|error| match error.downcast::<ServeError>() {
        Ok(ServeError::Listen { address, source }) => anyhow::Error::new(source)
            .context(format!("cannot listen on {address}; --port 0 takes a free port")),
        Ok(other) => other.into(),
        Err(other) => other,
    })
}
