//! What one update costs in encoding and parsing alone, without sockets, by transport.

mod brief;

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pushbench::kind::Encoding;
use pushbench::transport::{raw_tcp, sse, websocket};
use pushbench::update;
use std::hint::black_box;

const SIZES: [usize; 3] = [20, 100, 4096];
/// A number of as many digits as a feed gets within a trial.
const NUMBER: u64 = 12_345;

/// A payload into what a transport writes.
type Encode = fn(&Bytes) -> Bytes;

/// How each transport writes one update; the polls as the batch that holds it alone.
const ENCODERS: [(&str, Encoding, Encode); 8] = [
    ("poll, text", Encoding::Text, |payload| update::join([&payload[..]].into_iter(), Encoding::Text)),
    ("poll, binary", Encoding::Binary, |payload| update::join([&payload[..]].into_iter(), Encoding::Binary)),
    ("sse, text", Encoding::Text, sse::text_event),
    ("sse, binary", Encoding::Binary, sse::binary_event),
    ("websocket, text", Encoding::Text, websocket::text_frame),
    ("websocket, binary", Encoding::Binary, websocket::binary_frame),
    ("raw-tcp, text", Encoding::Text, raw_tcp::frame),
    ("raw-tcp, binary", Encoding::Binary, raw_tcp::frame),
];

fn publish(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("publish");
    for (name, encoding) in [("text", Encoding::Text), ("binary", Encoding::Binary), ("json", Encoding::Json)] {
        for size in SIZES {
            group.throughput(Throughput::Bytes(size as u64));
            group.bench_function(BenchmarkId::new(name, size), |bencher| {
                bencher.iter(|| update::encode(black_box(NUMBER), size, encoding));
            });
        }
    }
    group.finish();
}

fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    for (name, encoding, encode) in ENCODERS {
        for size in SIZES {
            let payload = update::encode(NUMBER, size, encoding);
            group.throughput(Throughput::Bytes(size as u64));
            group.bench_with_input(BenchmarkId::new(name, size), &payload, |bencher, payload| {
                bencher.iter(|| encode(black_box(payload)));
            });
        }
    }
    group.finish();
}

/// The way back: what a client does with what it read, a hundred updates of it.
fn parse(criterion: &mut Criterion) {
    const COUNT: u64 = 100;
    let mut group = criterion.benchmark_group("parse 100");
    group.throughput(Throughput::Elements(COUNT));
    let updates = |encoding| (1..=COUNT).map(move |number| update::encode(number, 100, encoding));
    for (name, encoding) in [("poll, text", Encoding::Text), ("poll, binary", Encoding::Binary)] {
        let updates: Vec<_> = updates(encoding).collect();
        let batch = update::join(updates.iter().map(|update| &update[..]), encoding);
        group.bench_function(name, |bencher| {
            bencher.iter(|| update::split(black_box(&batch), encoding).filter_map(update::number).sum::<u64>());
        });
    }
    for (name, encoding, event) in
        [("sse, text", Encoding::Text, sse::text_event as Encode), ("sse, binary", Encoding::Binary, sse::binary_event)]
    {
        let stream: Vec<u8> = updates(encoding).flat_map(|update| event(&update)).collect();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let (mut parser, mut octets) = (sse::Parser::default(), 0);
                parser.push(black_box(&stream), |event| octets += event.data.len());
                octets
            });
        });
    }
    let stream: Vec<u8> = updates(Encoding::Text).flat_map(|update| raw_tcp::frame(&update)).collect();
    group.bench_function("raw-tcp", |bencher| {
        bencher.iter(|| {
            let (mut rest, mut numbers) = (black_box(&stream[..]), 0);
            while let Some((update, after)) = update::split_prefixed(rest) {
                numbers += update::number(update).unwrap_or(0);
                rest = after;
            }
            numbers
        });
    });
    group.finish();
}

criterion_group! {
    name = codec;
    config = brief::nanoseconds();
    targets = publish, encode, parse
}
criterion_main!(codec);
