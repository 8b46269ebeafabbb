//! Connections: how many are open at once, and how long one may keep others waiting.
//!
//! No client may keep another from its page, not even one that sends half a request, reads its
//! answer byte by byte, or holds hundreds of connections. So the head of a request has to arrive
//! within [`HEAD`], and the client has to take up some of an answer within [`STALL`]. When there
//! are too many connections, a new one replaces an older one, never the other way round. The victim
//! belongs to the address with the most connections: one that has not sent a request yet, otherwise
//! the one whose last request is the oldest. Pages reconnect by themselves.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::time::Sleep;

/// Most connections at a time, in total and per address.
const MOST: usize = 256;
const MOST_OF_ONE: usize = 128;
/// Time for the head of a request, from the end of the answer before it.
const HEAD: Duration = Duration::from_secs(10);
/// Time within which a client has to take up some of an answer.
const STALL: Duration = Duration::from_secs(20);
/// Bytes of the longest head.
const LONGEST_HEAD: usize = 64 << 10;
/// Pause before another attempt when the system has no file descriptors left.
const AGAIN: Duration = Duration::from_millis(50);

/// Answers all connections, until the server is to end and every pending answer is sent.
pub async fn serve(listener: TcpListener, router: Router, ending: watch::Receiver<bool>) {
    let crowd = Arc::new(Crowd::default());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = ended(ending.clone()) => break,
        };
        match accepted {
            Ok((stream, from)) => {
                let guest = crowd.enter(from.ip().to_canonical());
                tokio::spawn(answer(stream, guest, router.clone(), ending.clone()));
            }
            Err(error) if is_of_client(&error) => {}
            Err(_) => {
                crowd.lock().turn_one_out(None);
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
    while !crowd.lock().inside.is_empty() {
        crowd.left.notified().await;
    }
}

/// Returns once the server is to end.
pub async fn ended(mut ending: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is an end as well.
    drop(ending.wait_for(|&ending| ending).await);
}

fn is_of_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Answers the requests of one connection.
async fn answer(stream: TcpStream, guest: Guest, router: Router, ending: watch::Receiver<bool>) {
    let out = Arc::clone(&guest.out);
    let local = ConnectInfo(Local(stream.local_addr().ok()));
    let router = router.layer(Extension(local)).layer(Extension(Arc::new(guest)));
    let io = TokioIo::new(Patient { stream, stalled: None });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(io, TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // The connection is over, whatever the reason.
        _ = connection.as_mut() => return,
        () = out.notified() => return,
        () = ended(ending) => connection.as_mut().graceful_shutdown(),
    }
    drop(connection.await);
}

/// The local address that a connection came to.
#[derive(Clone, Copy, Debug)]
pub struct Local(pub Option<SocketAddr>);

/// All open connections.
#[derive(Default)]
struct Crowd {
    state: Mutex<Connected>,
    /// Notified whenever a connection closes.
    left: Notify,
}

#[derive(Default)]
struct Connected {
    /// Counts connections and requests; it serves as the time of both.
    clock: u64,
    inside: BTreeMap<u64, Inside>,
}

struct Inside {
    address: IpAddr,
    /// When the last request came, by the clock; `None` before the first.
    asked: Option<u64>,
    out: Arc<Notify>,
}

/// One connection; dropping it removes it from the crowd.
pub struct Guest {
    crowd: Arc<Crowd>,
    number: u64,
    out: Arc<Notify>,
}

impl Crowd {
    fn lock(&self) -> MutexGuard<'_, Connected> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(self: &Arc<Self>, address: IpAddr) -> Guest {
        let mut connected = self.lock();
        let of_one = connected.inside.values().filter(|one| one.address == address).count();
        if of_one >= MOST_OF_ONE {
            connected.turn_one_out(Some(address));
        } else if connected.inside.len() >= MOST {
            connected.turn_one_out(None);
        }
        connected.clock += 1;
        let (number, out) = (connected.clock, Arc::new(Notify::new()));
        let inside = Inside { address, asked: None, out: Arc::clone(&out) };
        connected.inside.insert(number, inside);
        Guest { crowd: Arc::clone(self), number, out }
    }
}

impl Connected {
    /// Ends one connection: of this address, or of the address with the most connections.
    fn turn_one_out(&mut self, address: Option<IpAddr>) {
        let mut counts: HashMap<IpAddr, usize> = HashMap::new();
        self.inside.values().for_each(|one| *counts.entry(one.address).or_default() += 1);
        let most = counts.into_iter().max_by_key(|&(_, count)| count).map(|(address, _)| address);
        let of = self.inside.iter().filter(|(_, one)| Some(one.address) == address.or(most));
        let first = of.min_by_key(|&(&number, one)| (one.asked, number)).map(|(&number, _)| number);
        if let Some(one) = first.and_then(|number| self.inside.remove(&number)) {
            one.out.notify_one();
        }
    }
}

impl Guest {
    /// Records that the connection has sent a whole request.
    pub fn asks(&self) {
        let connected = &mut *self.crowd.lock();
        connected.clock += 1;
        if let Some(inside) = connected.inside.get_mut(&self.number) {
            inside.asked = Some(connected.clock);
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.crowd.lock().inside.remove(&self.number);
        self.crowd.left.notify_one();
    }
}

/// A stream that fails when its other end stops reading for too long.
struct Patient {
    stream: TcpStream,
    /// Runs since a write first had to wait.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    fn waited<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(STALL)));
        stalled.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.waited(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.waited(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
