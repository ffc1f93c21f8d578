//! 监听: connections within limits, so that a client that is slow, silent or many takes the pages from nobody else.
//! hyper speaks the protocol; here stand the limits that it is given and those around it.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::{BoxError, Extension, Router};
use hyper::body::Frame;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceBuilder;

use crate::error::WebError;
use crate::router::router;
use crate::state::AppState;

/// How much of the server one client, and all together, may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once; more wait until one ends.
    pub connections: usize,
    /// Connections at once from one address; more are closed. It does not bind a proxy of ours in front.
    pub from_one: usize,
    /// Within this time the head of a request has come, also of the next one on the same connection.
    pub head: Duration,
    /// Within this time the body of a request has come.
    pub body: Duration,
    /// How long a client may take nothing of an answer that waits for it.
    pub stalled: Duration,
    /// How long a connection may last.
    pub life: Duration,
    /// Headers of a request.
    pub headers: usize,
    /// Bytes of a request's head.
    pub head_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            from_one: 512,
            head: Duration::from_secs(10),
            body: Duration::from_secs(60),
            stalled: Duration::from_secs(30),
            life: Duration::from_secs(600),
            headers: 64,
            head_bytes: 32 * 1024,
        }
    }
}

/// A page under way when the connection has lasted its time may still be finished.
const LAST_PAGE: Duration = Duration::from_secs(30);
/// The system gives no connection, mostly for want of file descriptors.
const BREATH: Duration = Duration::from_millis(100);

/// Serves the pages on a listener within limits until the process ends.
///
/// # Errors
/// None while the listener lives; the type leaves room for it.
pub async fn serve_within(state: AppState, listener: TcpListener, limits: Limits) -> Result<(), WebError> {
    let behind_proxy = state.behind_proxy();
    let pages = router(state).layer(from_fn_with_state(limits.body, in_time));
    // Behind a proxy everybody has its address: how many one client may open is for the proxy to say.
    let from_one = if behind_proxy { limits.connections } else { limits.from_one };
    let places = Arc::new(Semaphore::new(limits.connections));
    let peers = Peers::default();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return Ok(());
        };
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(_) => {
                sleep(BREATH).await;
                continue;
            }
        };
        let Some(seat) = peers.seat(peer.ip(), from_one) else {
            continue;
        };
        tokio::spawn(connection(stream, peer, pages.clone(), limits, (place, seat)));
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    pages: Router,
    limits: Limits,
    _held: (OwnedSemaphorePermit, Seat),
) {
    // Without it a page waits for the client's word on the page before.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.stalled));
    let service = ServiceBuilder::new().layer(Extension(ConnectInfo(peer))).service(pages);
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_headers(limits.headers)
        .max_buf_size(limits.head_bytes);
    let served = builder.serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(service));
    let mut served = std::pin::pin!(served);
    // How a connection ends is the client's affair: what went wrong on a page has been said there.
    if timeout(limits.life, served.as_mut()).await.is_err() {
        served.as_mut().graceful_shutdown();
        let _ = timeout(LAST_PAGE, served).await;
    }
}

/// How many connections each address holds.
#[derive(Clone, Debug, Default)]
struct Peers(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Peers {
    fn seat(&self, peer: IpAddr, most: usize) -> Option<Seat> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(peer).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Seat { peers: self.clone(), peer })
    }
}

/// One connection of an address.
#[derive(Debug)]
struct Seat {
    peers: Peers,
    peer: IpAddr,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut held = self.peers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.peer) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                held.remove(&self.peer);
            }
        }
    }
}

/// A body that does not come in time is an error of the client, whoever reads it.
async fn in_time(
    axum::extract::State(within): axum::extract::State<Duration>,
    request: Request,
    next: Next,
) -> Response {
    let deadline = Box::pin(sleep(within));
    next.run(request.map(|body| Body::new(Timed { body, deadline }))).await
}

struct Timed {
    body: Body,
    deadline: Pin<Box<Sleep>>,
}

impl hyper::body::Body for Timed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err("the body came too slowly".into())));
        }
        Pin::new(&mut self.body).poll_frame(cx).map(|frame| frame.map(|f| f.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}
