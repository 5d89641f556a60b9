//! The portable link between a plain echo and a plain client: neither is ours, only what stands between them.
//!
//! What is asserted of times are lower bounds, which no busy machine breaks; but for the slope, where the quickest of
//! several round trips is taken, as noise only ever adds.

use pushbench::clock::{self, MILLISECOND, Nanos, SECOND};
use pushbench::link::Link;
use pushbench::wire::link::{Bottlenecks, Io, Network};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// Serves each connection in a thread of its own, for as long as the test runs.
fn serve(each: impl Fn(std::net::TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, each) = (stream.expect("a client"), each.clone());
            stream.set_nodelay(true).expect("a socket");
            std::thread::spawn(move || each(stream));
        }
    });
    address
}

fn echo() -> SocketAddr {
    serve(|mut stream| {
        let mut bytes = [0; 4096];
        while let Ok(octets @ 1..) = stream.read(&mut bytes) {
            if stream.write_all(&bytes[..octets]).is_err() {
                return;
            }
        }
    })
}

fn far(ms: u64) -> Link {
    Link { rtt_ns: ms * MILLISECOND, ..Link::default() }
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, test)
}

fn network(link: Link) -> Option<Network> {
    Network::start(link, &Bottlenecks::default(), 1).expect("a timer")
}

async fn connect(network: Option<&Network>, server: SocketAddr) -> Io {
    let began = clock::now();
    let stream = TcpStream::connect(server).await.expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    match network {
        Some(network) => network.reach(stream, began, 0).await,
        None => stream.into(),
    }
}

async fn round_trip(io: &mut Io) -> Nanos {
    let began = clock::now();
    io.write_all(b"there").await.expect("it is open");
    let mut back = [0; 5];
    io.read_exact(&mut back).await.expect("and back");
    assert_eq!(&back, b"there");
    clock::now() - began
}

/// The quickest of several echoes' round trips, one shortly after the other: a busy machine is not busy at all of them.
async fn quickest(network: Option<&Network>, server: SocketAddr) -> Nanos {
    let clients: Vec<_> = (0..30)
        .map(|index| {
            let network = network.cloned();
            tokio::task::spawn_local(async move {
                let mut io = connect(network.as_ref(), server).await;
                tokio::time::sleep(Duration::from_millis(7 * index)).await;
                let mut quickest = Nanos::MAX;
                for _ in 0..4 {
                    quickest = quickest.min(round_trip(&mut io).await);
                }
                quickest
            })
        })
        .collect();
    let mut quickest = Nanos::MAX;
    for client in clients {
        quickest = quickest.min(client.await.expect("it does not panic"));
    }
    quickest
}

/// The slope of the quickest round trips over what was asked for, by least squares.
fn slope(emulated: bool) -> f64 {
    let server = echo();
    let points = [5, 50, 200].map(|ms| {
        run(async {
            let network = network(far(ms)).filter(|_| emulated);
            (ms as f64, quickest(network.as_ref(), server).await as f64 / 1e6)
        })
    });
    let mean = |of: &dyn Fn((f64, f64)) -> f64| points.iter().map(|&point| of(point)).sum::<f64>() / 3.0;
    let (x, y) = (mean(&|(x, _)| x), mean(&|(_, y)| y));
    mean(&|point| (point.0 - x) * (point.1 - y)) / mean(&|point| (point.0 - x).powi(2))
}

#[test]
fn a_round_trip_takes_what_was_asked_for() {
    let with = slope(true);
    assert!((0.99..=1.01).contains(&with), "slope {with}");
    let without = slope(false);
    assert!(without.abs() < 0.5, "without a link there is none: slope {without}");
}

#[test]
fn setting_up_is_a_round_trip_and_a_server_that_speaks_first_is_heard_after_two() {
    let server = serve(|mut stream| {
        stream.write_all(b"hello").expect("a client");
        let _ = stream.read(&mut [0]); // until it leaves
    });
    run(async {
        let network = network(far(40));
        let began = clock::now();
        let mut io = connect(network.as_ref(), server).await;
        assert!(clock::now() - began >= 40 * MILLISECOND);
        let mut hello = [0; 5];
        io.read_exact(&mut hello).await.expect("it speaks");
        assert!(clock::now() - began >= 80 * MILLISECOND);
    });
}

#[test]
fn nothing_to_emulate_is_nothing_at_all() {
    run(async {
        assert!(network(Link::default()).is_none());
        let packets = Link { level: pushbench::link::Level::Packets, ..far(40) };
        assert!(network(packets).is_none(), "packets wait elsewhere");
    });
}

#[test]
fn jitter_keeps_the_order() {
    run(async {
        let network = network(Link { jitter_ns: 5 * MILLISECOND, ..far(10) });
        let io = connect(network.as_ref(), echo()).await;
        let (mut from, mut to) = tokio::io::split(io);
        let sending = async {
            for number in 0..2000u64 {
                to.write_all(&number.to_be_bytes()).await.expect("it is open");
                if number.is_multiple_of(8) {
                    tokio::task::yield_now().await;
                }
            }
        };
        let receiving = async {
            for number in 0..2000u64 {
                assert_eq!(from.read_u64().await.expect("an echo"), number);
            }
        };
        tokio::join!(sending, receiving);
    });
}

#[test]
fn a_bottleneck_takes_its_time_for_each_or_for_all() {
    const OCTETS: usize = 50_000;
    let server = echo();
    for shared in [false, true] {
        let link = Link { bandwidth: Some(8_000_000), shared, ..far(10) };
        run(async {
            let network = network(link).expect("there is something to emulate");
            let (mut one, mut other) = (connect(Some(&network), server).await, connect(Some(&network), server).await);
            let began = clock::now();
            let through = async |io: &mut Io| {
                io.write_all(&[7; OCTETS]).await.expect("it is open");
                io.read_exact(&mut [0; OCTETS]).await.expect("an echo");
            };
            tokio::join!(through(&mut one), through(&mut other));
            let took = clock::now() - began;
            let clients = if shared { 2 } else { 1 };
            let least = link.rtt_ns + clients * link.occupied_ns(OCTETS as u64);
            assert!(took >= least, "{took} of {least}, shared: {shared}");
        });
    }
}

#[test]
fn the_end_comes_after_the_data_and_takes_as_long() {
    run(async {
        let network = network(far(30));
        let mut io = connect(network.as_ref(), echo()).await;
        let began = clock::now();
        io.write_all(&[7; 30_000]).await.expect("it is open");
        io.shutdown().await.expect("it is open");
        assert!(clock::now() - began >= 15 * MILLISECOND, "the other side has been told");
        let mut all = Vec::new();
        io.read_to_end(&mut all).await.expect("to its end");
        assert_eq!(all, [7; 30_000]);
        assert!(clock::now() - began >= 30 * MILLISECOND);
        let error = io.write_all(b"more").await.expect_err("it said that there is no more");
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn what_was_accepted_arrives_though_the_stream_is_dropped() {
    let (send, received) = std::sync::mpsc::channel();
    let server = serve(move |mut stream| {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).expect("to its end");
        send.send(all).expect("the test waits");
    });
    run(async {
        let network = network(far(30));
        let mut io = connect(network.as_ref(), server).await;
        io.write_all(&[7; 30_000]).await.expect("it is open");
        drop(io);
        tokio::task::spawn_blocking(move || assert_eq!(received.recv().expect("a client"), [7; 30_000]))
            .await
            .expect("it does not panic");
    });
}

#[test]
fn a_reset_is_heard_of_when_it_has_come_all_the_way() {
    let server = serve(|mut stream| {
        stream.write_all(b"so far").expect("a client");
        let _ = stream.read(&mut [0]);
        // no lingering: an RST instead of a FIN
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("a socket");
    });
    run(async {
        let network = network(far(40));
        let mut io = connect(network.as_ref(), server).await;
        let began = clock::now();
        io.write_all(b"go").await.expect("it is open");
        let mut all = Vec::new();
        let error = io.read_to_end(&mut all).await.expect_err("it is reset");
        assert_eq!((error.kind(), &all[..]), (ErrorKind::ConnectionReset, &b"so far"[..]));
        assert!(clock::now() - began >= 40 * MILLISECOND);
        assert!(io.write_all(b"more").await.is_err());
    });
}

/// As much as the kernel's buffers of a connection, at both ends, may hold beside the link.
const KERNEL: usize = 16 << 20;

#[test]
fn a_writer_whom_nobody_reads_has_to_wait() {
    let server = serve(|stream| {
        std::thread::sleep(Duration::from_secs(3600));
        drop(stream);
    });
    run(async {
        let network = network(far(2)).expect("there is something to emulate");
        let mut io = connect(Some(&network), server).await;
        let piece = [7; 16 << 10];
        let mut at_once = 0;
        // at once: up to the window and not beyond, as nothing has left yet
        std::future::poll_fn(|context| {
            while let Poll::Ready(written) = Pin::new(&mut io).poll_write(context, &piece) {
                at_once += written.expect("it is open");
            }
            Poll::Ready(())
        })
        .await;
        assert_eq!(at_once, network.window());
        let mut accepted = at_once;
        while let Ok(written) = tokio::time::timeout(Duration::from_millis(500), io.write(&piece)).await {
            accepted += written.expect("it is open");
            assert!(accepted < 4 * KERNEL, "{} MiB were accepted", accepted >> 20);
        }
    });
}

#[test]
fn a_server_whom_nobody_reads_has_to_wait() {
    let (send, blocked) = tokio::sync::mpsc::unbounded_channel();
    let server = serve(move |mut stream| {
        stream.set_write_timeout(Some(Duration::from_millis(500))).expect("a socket");
        let mut written = 0;
        while let Ok(octets) = stream.write(&[7; 16 << 10]) {
            written += octets;
            if written > 4 * KERNEL {
                break;
            }
        }
        send.send(written).expect("the test waits");
        let _ = stream.read(&mut [0]); // until it leaves
    });
    let mut blocked = blocked;
    run(async {
        let network = network(far(2));
        let mut io = connect(network.as_ref(), server).await;
        let written = blocked.recv().await.expect("it is blocked");
        assert!(written < KERNEL, "{written} B were taken");
        // and who reads again gets all of it
        let mut all = vec![0; written];
        io.read_exact(&mut all).await.expect("it is there");
        assert!(all.iter().all(|&octet| octet == 7));
    });
}

#[test]
fn many_connections_are_as_far_as_one() {
    let server = {
        let (send, bound) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            run(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                send.send(listener.local_addr().expect("it is bound")).expect("the test waits");
                while let Ok((mut stream, _)) = listener.accept().await {
                    tokio::task::spawn_local(async move {
                        let (mut from, mut to) = stream.split();
                        let _ = tokio::io::copy(&mut from, &mut to).await; // until it leaves
                    });
                }
            });
        });
        bound.recv().expect("it listens")
    };
    run(async {
        let network = network(far(50)).expect("there is something to emulate");
        let clients: Vec<_> = (0..400)
            .map(|index| {
                let network = network.of(index);
                tokio::task::spawn_local(async move {
                    let mut io = connect(Some(&network), server).await;
                    let mut trips = Vec::new();
                    for _ in 0..3 {
                        trips.push(round_trip(&mut io).await);
                    }
                    trips
                })
            })
            .collect();
        for client in clients {
            let trips = client.await.expect("it does not panic");
            assert!(trips.iter().all(|&trip| (50 * MILLISECOND..10 * SECOND).contains(&trip)), "{trips:?}");
        }
    });
}
