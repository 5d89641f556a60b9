//! The server: every endpoint on one port, over one feed.
//!
//! Each worker is a thread with a single-threaded runtime and a hub of its own; the first one accepts and deals
//! connections out in turn. Nothing is shared between workers on an update's way to its readers.

mod carriage;
mod config;

pub use config::{Config, Limits};

use crate::feed::hub::Hub;
use crate::feed::ring::Feed;
use crate::kind::{Answer, Transport};
use crate::profile::Answers;
use crate::totals::{Connection, SocketReport};
use crate::transport;
use crate::transport::ask::Ask;
use crate::transport::room::{Reply, Updates, refuse};
use crate::wire::socket;
use crate::wire::stream::Stream;
use crate::wire::tls::Identity;
use carriage::{Carriage, Welcomed};
use futures_util::future::Either;
use hyper::body::Incoming;
use hyper::ext::Protocol;
use hyper::header::{ALLOW, CONNECTION, HOST, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Version};
use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::ready;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::LocalSet;
use tokio_rustls::TlsAcceptor;

/// A running server.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    workers: Vec<JoinHandle<io::Result<Totals>>>,
    closing: watch::Sender<bool>,
    ended: Arc<AtomicUsize>,
}

/// What a server saw.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Every connection that ended.
    pub connections: Vec<Connection>,
    /// Readers ended for being too slow.
    pub cut_off: u64,
    /// Connections refused.
    pub refused: u64,
    /// Options of an accepted connection, read back.
    pub socket: Option<SocketReport>,
}

impl Server {
    /// Starts serving `feed`, on TLS as `identity`.
    ///
    /// # Errors
    /// When the address cannot be had, the system gives no thread, or the identity is none.
    pub fn start(config: &Config, identity: Option<&Identity>, feed: &Feed) -> io::Result<Server> {
        let tls = identity.map(|identity| identity.server(config.carrier)).transpose().map_err(io::Error::other)?;
        let listener = socket::listen(config.listen, config.sockets, config.limits.stalled)?;
        let address = listener.local_addr()?;
        let (closing, closed) = watch::channel(false);
        let (doors, guests): (Vec<_>, Vec<_>) = (0..config.workers.max(1)).map(|_| mpsc::unbounded_channel()).unzip();
        let mut doors = Some((listener, doors));
        let (built, all_built) = std::sync::mpsc::channel();
        let ended = Arc::new(AtomicUsize::new(0));
        let mut workers = Vec::new();
        for (index, guests) in guests.into_iter().enumerate() {
            let (mut config, feed, closed, doors) = (config.clone(), feed.clone(), closed.clone(), doors.take());
            // the first guest comes to the first worker
            config.followed = config.followed.filter(|_| index == 0);
            let tls = tls.clone().map(TlsAcceptor::from);
            let (built, ended) = (built.clone(), Arc::clone(&ended));
            let work = move || Worker::run((config, tls), &feed, doors, guests, closed, (built, ended));
            workers.push(std::thread::Builder::new().name(format!("serve-{index}")).spawn(work)?);
        }
        drop(built);
        // what a worker needs for itself is there before the first client is; one that failed says so when it is joined
        all_built.iter().count();
        Ok(Server { address, workers, closing, ended })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many of its connections have ended, as it goes on.
    #[must_use]
    pub fn ended(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.ended)
    }

    /// Closes: accepts no more, ends every stream and held request completely, waits for the connections' ends (for at
    /// most a few seconds), and gives the totals.
    ///
    /// # Errors
    /// What a worker ended with.
    pub fn stop(self) -> io::Result<Totals> {
        self.closing.send_replace(true);
        let mut all = Totals::default();
        for worker in self.workers {
            let totals = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            all.connections.extend(totals.connections);
            all.cut_off += totals.cut_off;
            all.refused += totals.refused;
            all.socket = all.socket.or(totals.socket);
        }
        Ok(all)
    }
}

type Guest = (std::net::TcpStream, SocketAddr);
type Doors = (std::net::TcpListener, Vec<mpsc::UnboundedSender<Guest>>);

/// One worker: a thread, a runtime, a hub.
struct Worker {
    config: Config,
    hub: Rc<Hub>,
    closing: watch::Receiver<bool>,
    open: Cell<usize>,
    totals: RefCell<Totals>,
    carriage: Carriage,
    answers: Answers,
    ended: Arc<AtomicUsize>,
}

/// How long closing may take.
const CLOSING: Duration = Duration::from_secs(3);

impl Worker {
    fn run(
        (config, tls): (Config, Option<TlsAcceptor>),
        feed: &Feed,
        doors: Option<Doors>,
        guests: mpsc::UnboundedReceiver<Guest>,
        closed: watch::Receiver<bool>,
        (built, ended): (std::sync::mpsc::Sender<()>, Arc<AtomicUsize>),
    ) -> io::Result<Totals> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let answers = Answers::new(&config.headers).map_err(io::Error::other)?;
        let limits = (config.limits.head, config.limits.idle);
        let carriage = Carriage::new(config.carrier, tls, config.streams, limits, config.followed.clone());
        // a worker's own: connections poll it at every turn, and its lock is then nobody else's
        let (close, closing) = watch::channel(false);
        let worker = Rc::new(Worker {
            config,
            hub: Hub::new(feed),
            closing,
            open: Cell::new(0),
            totals: RefCell::default(),
            carriage,
            answers,
            ended,
        });
        drop(built);
        let result = LocalSet::new().block_on(&runtime, Rc::clone(&worker).serve(doors, guests, closed, close));
        let mut totals = worker.totals.take();
        totals.cut_off += worker.hub.cut_off();
        result.map(|()| totals)
    }

    async fn serve(
        self: Rc<Self>,
        doors: Option<Doors>,
        mut guests: mpsc::UnboundedReceiver<Guest>,
        mut closed: watch::Receiver<bool>,
        close: watch::Sender<bool>,
    ) -> io::Result<()> {
        let (dispatcher, gather) = (Rc::clone(&self.hub), self.config.coalesce);
        tokio::task::spawn_local(async move { dispatcher.run(gather).await });
        if let Some((listener, doors)) = doors {
            let listener = TcpListener::from_std(listener)?;
            let accepting = accept(listener, doors);
            let mut until = closed.clone();
            tokio::task::spawn_local(async move {
                tokio::select! { () = accepting => {}, _ = until.wait_for(|&closed| closed) => {} }
            });
        }
        loop {
            tokio::select! {
                guest = guests.recv() => match guest {
                    Some((stream, client)) => self.welcome(TcpStream::from_std(stream)?, client),
                    None => break,
                },
                _ = closed.wait_for(|&closed| closed) => break,
            }
        }
        self.hub.close();
        close.send_replace(true);
        let _ = tokio::time::timeout(CLOSING, async {
            while self.open.get() > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
        Ok(())
    }

    fn welcome(self: &Rc<Self>, stream: TcpStream, client: SocketAddr) {
        if self.open.get() >= self.config.limits.connections.div_ceil(self.config.workers) {
            self.totals.borrow_mut().refused += 1;
            tokio::task::spawn_local(turn_away(stream));
            return;
        }
        self.open.set(self.open.get() + 1);
        let worker = Rc::clone(self);
        tokio::task::spawn_local(async move {
            let totals = worker.converse(stream, client).await;
            worker.totals.borrow_mut().connections.push(totals);
            worker.ended.fetch_add(1, Ordering::Relaxed);
            worker.open.set(worker.open.get() - 1);
        });
    }

    async fn converse(self: &Rc<Self>, stream: TcpStream, client: SocketAddr) -> Connection {
        // inherited from the listener on Linux; elsewhere it is set here
        if stream.set_nodelay(true).is_ok() && self.totals.borrow().socket.is_none() {
            self.totals.borrow_mut().socket = socket::report(&stream).ok();
        }
        let Welcomed { io, mut home, http2 } = match self.carriage.welcome(stream, client).await {
            Ok(welcomed) => welcomed,
            Err(ended) => return ended,
        };
        let service = service_fn(|request| Rc::clone(self).answer(request));
        let served = self.carriage.serve(io, http2, service, self.closing.clone());
        if served.await.is_err_and(|error| timed_out(&error)) {
            self.hub.count_cut_off();
        }
        home.finish(CLOSING).await
    }

    /// Answers a request. No `async fn`: its head is read and gone when this returns.
    fn answer(
        self: Rc<Self>,
        mut request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Updates>, Infallible>> {
        let (transport, ask) = match self.read(&mut request) {
            Ok(read) => read,
            Err(refusal) => return Either::Left(ready(Ok(*refusal))),
        };
        let cursor = self.hub.cursor(ask.since);
        let asked_to_close = ask.headers.get(CONNECTION).is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"close"));
        let (mut response, talk) = match transport::serve(transport, ask, cursor) {
            Reply::Response(response) => (response, None),
            Reply::Held(held) => {
                return Either::Right(async move {
                    let mut response = held.await;
                    self.complete(transport, asked_to_close, &mut response);
                    Ok(response)
                });
            }
            Reply::Upgrade(response, talk) => (response, Some(talk)),
        };
        self.complete(transport, asked_to_close, &mut response);
        if let Some(talk) = talk {
            let upgrade = hyper::upgrade::on(&mut request);
            tokio::task::spawn_local(async move {
                // a client that leaves before the head was written has nothing to say
                if let Ok(upgraded) = upgrade.await {
                    talk(Stream::new(upgraded)).await;
                }
            });
        }
        Either::Left(ready(Ok(response)))
    }

    fn complete(&self, transport: Transport, asked_to_close: bool, response: &mut Response<Updates>) {
        self.answers.add(transport, asked_to_close || *self.closing.borrow(), response.headers_mut());
    }

    fn read(&self, request: &mut Request<Incoming>) -> Result<(Transport, Ask), Box<Response<Updates>>> {
        let path = request.uri().path();
        let Some(transport) = Transport::ALL.into_iter().find(|transport| transport.path() == path) else {
            let there_are = Transport::ALL.map(Transport::path).join(", ");
            return Err(Box::new(refuse(StatusCode::NOT_FOUND, &format!("nothing at {path}; there are {there_are}"))));
        };
        // RFC 9112, 3.2
        if request.version() == Version::HTTP_11 && !request.headers().contains_key(HOST) {
            return Err(Box::new(refuse(StatusCode::BAD_REQUEST, "a request names its `Host`")));
        }
        let tunnel = request.extensions().get::<Protocol>().is_some_and(|protocol| protocol.as_str() == "websocket");
        let may = if tunnel { transport == Transport::Websocket } else { request.method() == Method::GET };
        if !may {
            let mut refusal = refuse(StatusCode::METHOD_NOT_ALLOWED, "only GET");
            refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
            return Err(Box::new(refusal));
        }
        let ask = Ask {
            since: None,
            hold_ns: self.config.hold_ns,
            answer: Answer::All,
            encoding: self.config.encoding,
            compression: self.config.compression,
            stalled: self.config.limits.stalled,
            silent: self.config.limits.silent,
            largest_message: self.config.limits.message,
            tunnel,
            headers: std::mem::take(request.headers_mut()),
        };
        let ask = ask.with_query(request.uri().query());
        ask.map(|ask| (transport, ask)).map_err(|reason| Box::new(refuse(StatusCode::BAD_REQUEST, &reason)))
    }
}

async fn accept(listener: TcpListener, doors: Vec<mpsc::UnboundedSender<Guest>>) {
    for door in doors.iter().cycle() {
        let guest = loop {
            match listener.accept().await {
                Ok((stream, client)) => match stream.into_std() {
                    Ok(stream) => break (stream, client),
                    Err(_) => continue,
                },
                // out of descriptors, most likely: those who hold them have to let go first
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        if door.send(guest).is_err() {
            return;
        }
    }
}

async fn turn_away(mut stream: TcpStream) {
    let answer = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let _ = stream.write_all(answer).await; // whoever left already needs no answer
    let _ = stream.shutdown().await;
}

fn timed_out(error: &hyper::Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    source.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
}
