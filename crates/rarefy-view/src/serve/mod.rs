//! A live view of studies: an HTTP server that reads their folders.
//!
//! Pages are complete without a script. When the server reports a change, the script fetches the
//! page again and replaces the parts that are new. So there is only one way in which a number
//! reaches the screen.
//!
//! Nothing runs while nobody looks. A request or an open page causes the folders to be read, at
//! most twice a second (`shelf`). `guard` decides which requests are answered; `connections` limits
//! how many there are and how long they may take. `query` parses the address of a page of trials.
//! `overview` and `trial` fill the templates in `templates/serve/`, with pictures from `curves` and
//! `masks`.

mod address;
mod connections;
mod curves;
mod guard;
mod masks;
mod moved;
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

/// How often the server looks for changes for an open page.
const LOOK: Duration = Duration::from_secs(1);
/// Time left for pending answers once the server is to end.
const ENDING: Duration = Duration::from_secs(1);

/// Most pages made at a time.
const PAGES: usize = 16;

const SCRIPT: &str = concat!(
    include_str!("../../templates/serve/live.js"),
    include_str!("../../templates/report/page.js")
);

#[derive(Clone)]
struct App {
    shelf: Arc<Shelf>,
    /// Turns true when the server is to end.
    ending: watch::Receiver<bool>,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The asynchronous runtime cannot be started.
    #[error("cannot begin to serve")]
    Runtime(#[source] io::Error),
    /// The address is taken, or does not belong to this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The reason.
        source: io::Error,
    },
    /// Interruption by Ctrl-C cannot be handled.
    #[error("cannot wait for Ctrl-C")]
    Signal(#[source] ctrlc::Error),
}

/// Serves until the program is interrupted. `begun` receives the address.
///
/// # Errors
/// If it cannot listen at the address, and any error of `begun`.
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
            // Without a receiver, everything has ended already.
            let _ = end.send(true);
        })
        .map_err(ServeError::Signal)?;
        let app = App { shelf: Arc::new(shelf), ending: ending.clone() };
        // Read the records ahead of the first request.
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
    // Pages still being made are not waited for.
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

/// The record file of a trial.
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

/// Streams the newest version of a page: at once, and whenever it changes.
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

/// Waits for a moment; returns `None` if the server ends meanwhile.
async fn wait(app: &App) -> Option<()> {
    tokio::select! {
        () = tokio::time::sleep(LOOK) => Some(()),
        () = ended(app.ending.clone()) => None,
    }
}

/// Makes a page outside the server's own thread, where it may take its time.
async fn page(make: impl FnOnce() -> Option<String> + Send + 'static) -> Response {
    match aside(make).await {
        Some(html) => Html(html).into_response(),
        None => not_found("there is no such study or trial here"),
    }
}

/// Runs work that reads files or draws on another thread, so that other answers do not wait for it.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Option<T> + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok().flatten()
}

fn not_found(why: &'static str) -> Response {
    (StatusCode::NOT_FOUND, format!("{why}\n")).into_response()
}
