//! `rarefy serve`: studies in a browser, as they run.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use rarefy_view::serve::{ServeError, Shelf, serve};
use serde_json::json;

use crate::output::{note, print_json, print_whole};

/// Arguments of `rarefy serve`.
#[derive(Debug, Args)]
#[command(after_help = "\
Shows which trials are done, running, failed and waiting, the time left, and the curves of those that \
run as they grow; each trial with its settings, curves, what was pruned of which gate, a picture of its \
masks, and the graph that it is wired as. Open the address that is printed; Ctrl-C ends it.

It only reads, so it may be started before, during and after a run, as often as one likes; pages follow \
what happens by themselves. A trial that runs for more than a second shows its epochs.

Only programs on this machine can connect. To look on from another one, let ssh carry it: \
`ssh -L 8080:localhost:8080 MACHINE`, then open http://localhost:8080 there.

Examples:
  rarefy serve sweep                         a study that `rarefy study run --out sweep` runs
  rarefy serve rarefy-results/laptop         the studies of `rarefy reproduce`
  rarefy serve sweep --port 0                on a port that is free")]
pub struct ServeArguments {
    /// Folder of a study, or a folder that holds folders of studies
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Port to listen on; 0: any that is free
    #[arg(long, value_name = "N", default_value_t = 8080)]
    port: u16,
    /// Address to listen on; with another than a loopback address, whoever reaches it can read
    /// the studies
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
        note(&format!("{} holds no study yet", arguments.folder.display()));
    }
    if !arguments.bind.is_loopback() {
        note(&format!(
            "whoever can reach {} can read these studies: there is no password",
            arguments.bind
        ));
    }
    let begun = |address: SocketAddr| -> anyhow::Result<()> {
        // All addresses of this machine are no address that a browser could ask.
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
            .context(format!("cannot listen on {address}; --port 0 takes a port that is free")),
        Ok(other) => other.into(),
        Err(other) => other,
    })
}
