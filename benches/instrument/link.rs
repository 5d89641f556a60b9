//! What the portable link costs the load, and how exact its timer is.
//!
//! An update's cost is half the difference between a round trip with nothing emulated and one over a link without delay
//! (a bandwidth that nothing fills): two wakes of the connection's task, and two copies. *Late* is how much later than
//! its round trip an echo comes; what a direct echo takes is no error of the link's.

use crate::brief::WARM_UP;
use criterion::Criterion;
use pushbench::clock::{self, MILLISECOND, Nanos};
use pushbench::link::Link;
use pushbench::wire::link::{Bottlenecks, Io, Network};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

/// Of 100 octets, as an update is.
const UPDATE: [u8; 100] = [7; 100];

fn echo() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a client");
            stream.set_nodelay(true).expect("a socket");
            std::thread::spawn(move || {
                let mut bytes = [0; 4096];
                while let Ok(octets @ 1..) = stream.read(&mut bytes) {
                    stream.write_all(&bytes[..octets]).expect("it reads");
                }
            });
        }
    });
    address
}

async fn connect(link: Link, server: SocketAddr) -> Io {
    let began = clock::now();
    let stream = TcpStream::connect(server).await.expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    match Network::start(link, &Bottlenecks::default(), 1).expect("a timer") {
        Some(network) => network.reach(stream, began, 0).await,
        None => stream.into(),
    }
}

async fn round_trip(io: &mut Io) -> Nanos {
    let began = clock::now();
    io.write_all(&UPDATE).await.expect("it is open");
    io.read_exact(&mut [0; UPDATE.len()]).await.expect("an echo");
    clock::now() - began
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

pub(crate) fn link(criterion: &mut Criterion) {
    let wide = Link { bandwidth: Some(1_000_000_000_000), ..Link::default() };
    let far = |ms| Link { rtt_ns: ms * MILLISECOND, ..Link::default() };
    let mut group = criterion.benchmark_group("link");
    let echoes =
        [("direct", Link::default()), ("without delay", wide), ("late, 2 ms", far(2)), ("late, 10 ms", far(10))];
    for (name, link) in echoes {
        let (mut late, mut connected) = (Vec::new(), None);
        group.bench_function(name, |bencher| {
            let (runtime, tasks, io, warm) = connected.get_or_insert_with(|| {
                let (runtime, tasks) = (runtime(), LocalSet::new());
                let io = tasks.block_on(&runtime, connect(link, echo()));
                (runtime, tasks, io, Instant::now() + WARM_UP)
            });
            bencher.iter_custom(|rounds| {
                let measured = Instant::now() >= *warm;
                let echoes = async {
                    let mut sum = 0;
                    for _ in 0..rounds {
                        let behind = round_trip(io).await.checked_sub(link.rtt_ns);
                        let behind = behind.expect("no echo is sooner than its round trip");
                        sum += behind;
                        if measured {
                            late.push(behind);
                        }
                    }
                    Duration::from_nanos(sum)
                };
                tasks.block_on(runtime, echoes)
            });
        });
        if late.len() >= 100 {
            late.sort_unstable();
            let [p50, p99] = [50, 99].map(|percent| late[late.len() * percent / 100] as f64 / 1e3);
            println!("{:24}of {} echoes: p50 {p50:.1} µs, p99 {p99:.1} µs", "", late.len());
        }
    }
    group.finish();
}
