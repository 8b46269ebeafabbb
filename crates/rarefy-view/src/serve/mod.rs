//! A live view of studies: an HTTP server that reads their folders.
//!
//! Pages are whole without a script; the script fetches a page again when the server says
//! that something has changed, and puts its new parts in the place of the old. There is no
//! second way in which a number gets to the screen.
//!
//! Nothing runs while nobody looks: a request, or a page that is open, has the folders
//! looked through, at most twice a second (`shelf`). `guard` says who may ask for what,
//! `connections` how many may ask and how long they may take. `query` is what the address of a page of trials says; `overview` and `trial` fill
//! the templates in `templates/serve/`, with `curves` and `masks` for pictures.

mod address;
mod connections;
mod curves;
mod guard;
mod masks;
mod overview;
mod query;
mod shelf;
mod trial;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use shelf::{Shelf, ShelfError};

use self::connections::ended;
use crate::{chart, drawing, page};

/// How often a page that is open asks whether something has changed.
const LOOK: Duration = Duration::from_secs(1);
/// What is still being answered when the server is told to end has so long.
const ENDING: Duration = Duration::from_secs(1);

/// Pages that are made at a time.
const PAGES: usize = 16;

const SCRIPT: &str = concat!(
    include_str!("../../templates/serve/live.js"),
    include_str!("../../templates/report/page.js")
);

#[derive(Clone)]
struct App {
    shelf: Arc<Shelf>,
    /// Whether the server is to end.
    ending: watch::Receiver<bool>,
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Nothing can wait for connections.
    #[error("cannot begin to serve")]
    Runtime(#[source] io::Error),
    /// The address is taken, or none of this machine's.
    #[error("cannot listen on {address}")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The program cannot be told to end.
    #[error("cannot wait for Ctrl-C")]
    Signal(#[source] ctrlc::Error),
}

/// Serves until the program is told to end. `begun` is told the address.
///
/// # Errors
/// When it cannot listen there, and what `begun` returns.
pub fn serve<E: From<ServeError>>(
    shelf: Shelf,
    address: SocketAddr,
    begun: impl FnOnce(SocketAddr) -> Result<(), E>,
) -> Result<(), E> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(PAGES)
        .build()
        .map_err(ServeError::Runtime)?;
    let (end, ending) = watch::channel(false);
    let result = runtime.block_on(async move {
        let failed = |source| ServeError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        ctrlc::set_handler(move || {
            // If nobody is told, everything has ended.
            let _ = end.send(true);
        })
        .map_err(ServeError::Signal)?;
        let app = App { shelf: Arc::new(shelf), ending: ending.clone() };
        // So that the first page finds the records read.
        let early = Arc::clone(&app.shelf);
        tokio::task::spawn_blocking(move || early.look());
        begun(address)?;
        let server = connections::serve(listener, router(app), ending.clone());
        let late = async {
            ended(ending).await;
            tokio::time::sleep(ENDING).await;
        };
        tokio::select! {
            () = server => {}
            () = late => {}
        }
        Ok(())
    });
    // Nobody waits for a page that is still being made.
    runtime.shutdown_background();
    result
}

fn router(app: App) -> Router {
    Router::new()
        .route("/", get(front))
        .route("/study/{study}", get(study))
        .route("/study/{study}/trial/{trial}", get(one_trial))
        .route("/study/{study}/trial/{trial}/record.json", get(record))
        .route("/events", get(events))
        .route("/style.css", get(style))
        .route("/script.js", get(script))
        .fallback(|| async { not_found("there is no such page") })
        .layer(middleware::from_fn(guard::guard))
        .with_state(app)
}

type Pairs = Query<Vec<(String, String)>>;

async fn front(State(app): State<App>, Query(pairs): Pairs) -> Response {
    page(move || match app.shelf.only() {
        Some(view) => Some(overview::study(&app.shelf, &view, &query::Query::parse(&pairs))),
        None => Some(overview::studies(&app.shelf)),
    })
    .await
}

async fn study(State(app): State<App>, Path(study): Path<String>, Query(pairs): Pairs) -> Response {
    page(move || {
        let view = app.shelf.view(&study)?;
        Some(overview::study(&app.shelf, &view, &query::Query::parse(&pairs)))
    })
    .await
}

async fn one_trial(
    State(app): State<App>,
    Path((study, trial)): Path<(String, String)>,
) -> Response {
    page(move || {
        let view = app.shelf.view(&study)?;
        Some(trial::page(&app.shelf, &view, view.find(&trial)?))
    })
    .await
}

/// The file itself.
async fn record(State(app): State<App>, Path((study, trial)): Path<(String, String)>) -> Response {
    let read = move || {
        let view = app.shelf.view(&study)?;
        let known = view.find(&trial)?;
        app.shelf.read(&view.folder.record_path(&known.trial))
    };
    match aside(read).await {
        Some(bytes) => ([(header::CONTENT_TYPE, "application/json")], bytes).into_response(),
        None => not_found("there is no such record"),
    }
}

async fn style() -> impl IntoResponse {
    let css =
        [chart::STYLE, page::STYLE, drawing::STYLE, include_str!("../../templates/serve/live.css")];
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], css.concat())
}

async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT)
}

/// Says which version of a page is the newest: at once, and whenever it changes.
async fn events(State(app): State<App>, Query(pairs): Pairs) -> Response {
    let of = |key: &str| {
        let value = pairs.iter().find(|(name, _)| name == key);
        value.map(|(_, value)| value.clone())
    };
    let asked = (of("study"), of("trial"));
    let stream = futures_util::stream::unfold(None, move |last: Option<String>| {
        let (app, asked) = (app.clone(), asked.clone());
        async move {
            if last.is_some() {
                wait(&app).await?;
            }
            loop {
                let (shelf, asked) = (Arc::clone(&app.shelf), asked.clone());
                let key = aside(move || Some(shelf.key(asked.0.as_deref(), asked.1.as_deref())));
                let key = key.await.unwrap_or_default();
                if last.as_ref() != Some(&key) {
                    let event = Event::default().data(&key);
                    return Some((Ok::<_, std::convert::Infallible>(event), Some(key)));
                }
                wait(&app).await?;
            }
        }
    });
    Sse::new(stream).keep_alive(KeepAlive::default()).into_response()
}

/// A moment; `None` when the server ends meanwhile.
async fn wait(app: &App) -> Option<()> {
    tokio::select! {
        () = tokio::time::sleep(LOOK) => Some(()),
        () = ended(app.ending.clone()) => None,
    }
}

/// Makes a page where it may take its time.
async fn page(make: impl FnOnce() -> Option<String> + Send + 'static) -> Response {
    match aside(make).await {
        Some(html) => Html(html).into_response(),
        None => not_found("there is no such study or trial here"),
    }
}

/// Reading files and drawing take longer than others should wait for their answers.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Option<T> + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok().flatten()
}

fn not_found(why: &'static str) -> Response {
    (StatusCode::NOT_FOUND, format!("{why}\n")).into_response()
}
