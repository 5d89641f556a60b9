//! `pushbench serve`, on its own: the endpoints over an endless feed, for people and other tools.

use crate::clock;
use crate::feed::publisher::Publisher;
use crate::feed::ring::Feed;
use crate::kind::{Compression, Encoding, Transport};
use crate::plan::PlannedUpdates;
use crate::server::{Config, Server};
use crate::system;
use crate::trial::FeedPlan;
use crate::wire::tls::Identity;
use std::io::{self, Write};
use std::net::SocketAddr;

/// A key for a handshake typed by hand: RFC 6455's own (1.3).
const SAMPLE_KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// Serves until SIGINT or SIGTERM, then closes what is open completely.
///
/// # Errors
/// When the address cannot be had or a worker fails.
pub fn serve(listen: SocketAddr, plan: FeedPlan) -> io::Result<()> {
    system::raise_descriptor_limit();
    let feed = Feed::new(plan.retention_ns);
    let config = Config {
        encoding: plan.encoding,
        compression: Compression::Gzip, // for who asks for it: `curl --compressed`
        workers: system::cpus().len(),
        ..Config::new(listen)
    };
    let identity = Identity::of(None).map_err(io::Error::other)?;
    let server = Server::start(&config, Some(&identity), &feed)
        .map_err(|error| io::Error::new(error.kind(), format!("listening on {listen}: {error}")))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut int, mut term) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let encoding = plan.encoding;
        let plan = PlannedUpdates::of(&plan).map_err(io::Error::other)?;
        let publisher = Publisher::spawn(feed, plan, clock::now(), None)?;
        // nobody may be reading: that is no reason not to serve
        let _ = introduce(&mut io::stdout().lock(), server.address(), encoding);
        tokio::select! { _ = int.recv() => {}, _ = term.recv() => {} }
        publisher.stop();
        server.stop().map(drop)
    })
}

fn introduce(out: &mut impl Write, address: SocketAddr, encoding: Encoding) -> io::Result<()> {
    writeln!(out, "serving on http://{address}, one feed by every transport; Ctrl-C ends it\n")?;
    for transport in Transport::ALL {
        writeln!(out, "{:<13} {}", transport.name(), curl(transport, address))?;
    }
    let binary = if encoding == Encoding::Binary { " (updates are binary: pipe them into `xxd`)" } else { "" };
    writeln!(out, "\nHTTP/2 and TLS on the same port: --http2-prior-knowledge, or -k https://{address}/…")?;
    writeln!(out, "?since=N resumes behind update N on all of them; ?answer=latest on the polls{binary}")?;
    out.flush()
}

/// How curl reads `transport`. The upgrades are spelled out: few builds of curl know `ws://`.
fn curl(transport: Transport, address: SocketAddr) -> String {
    let url = format!("http://{address}{}", transport.path());
    let upgrade = "curl -sN --http1.1 -H 'Connection: upgrade' -H 'Upgrade:";
    match transport {
        Transport::Polling => format!("curl -si -w '\\n' '{url}?since=0'"),
        Transport::LongPolling => format!("curl -si -w '\\n' '{url}?timeout=10'"),
        Transport::Sse => format!("curl -sN '{url}'"),
        Transport::Websocket => format!(
            "{upgrade} websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: {SAMPLE_KEY}' --output - '{url}'"
        ),
        Transport::RawTcp => format!("{upgrade} raw-tcp' --output - '{url}'"),
    }
}
