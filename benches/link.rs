//! What the portable link costs the load, and how exact its timer is.
//!
//! ```text
//! cargo bench --bench link
//! ```
//!
//! An update's cost is the difference between a round trip with nothing emulated and one over a link without delay (a
//! bandwidth that nothing fills): two wakes of the connection's task, and two copies. How late an echo comes behind its
//! round trip is printed before; what a direct echo takes is no error of the link's.

use criterion::{Criterion, criterion_group, criterion_main};
use pushbench::clock::{self, MILLISECOND, Nanos};
use pushbench::link::Link;
use pushbench::wire::link::{Bottlenecks, Io, Network};
use std::io::{Read, Write};
use std::net::SocketAddr;
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

fn runtime() -> (Runtime, LocalSet) {
    (tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"), LocalSet::new())
}

/// How much later than its round trip an echo comes, sorted.
fn lateness(link: Link, rounds: usize) -> Vec<Nanos> {
    let (runtime, tasks) = runtime();
    let server = echo();
    let mut late = tasks.block_on(&runtime, async {
        let mut io = connect(link, server).await;
        let mut late = Vec::with_capacity(rounds);
        for _ in 0..rounds {
            late.push(round_trip(&mut io).await - link.rtt_ns);
        }
        late
    });
    late.sort_unstable();
    late
}

fn exactness(_: &mut Criterion) {
    for (ms, rounds) in [(0, 5000), (2, 2000), (10, 500)] {
        let late = lateness(Link { rtt_ns: ms * MILLISECOND, ..Link::default() }, rounds);
        let [p50, p99, most] = [rounds / 2, rounds * 99 / 100, rounds - 1].map(|place| late[place] as f64 / 1e3);
        println!("an echo over {ms} ms is late by {p50:.0} µs (p50), {p99:.0} µs (p99), {most:.0} µs (max)");
    }
}

fn cost(criterion: &mut Criterion) {
    let wide = Link { bandwidth: Some(1_000_000_000_000), ..Link::default() };
    let mut group = criterion.benchmark_group("link");
    for (name, link) in [("direct", Link::default()), ("without delay", wide)] {
        let (runtime, tasks) = runtime();
        let mut io = tasks.block_on(&runtime, connect(link, echo()));
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|rounds| {
                tasks.block_on(&runtime, async {
                    let began = std::time::Instant::now();
                    for _ in 0..rounds {
                        round_trip(&mut io).await;
                    }
                    began.elapsed()
                })
            });
        });
    }
    group.finish();
}

criterion_group!(link, exactness, cost);
criterion_main!(link);
