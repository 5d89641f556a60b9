//! `pushbench dissect`

use super::failure::Failure;
use super::output;
use crate::dissect::{self, Wish};
use crate::explain::{self, json, pcap, print};
use crate::kind::{self, Carrier, Encoding, Profile, Transport};
use crate::profile::{LARGEST_COOKIE, cookie};
use crate::trial::Headers;
use crate::{human, update};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What a terminal is taken for that does not say how wide it is.
const WIDTH: usize = 100;
/// Nobody reads lines that are longer.
const WIDEST: usize = 120;
/// More than anybody reads.
const MOST_UPDATES: u32 = 1000;

#[derive(Debug, Args)]
pub(super) struct Dissect {
    /// How updates reach the client: polling, long-polling, sse, websocket or raw-tcp
    transport: Transport,
    /// What it rides on: h1, h1+tls, h2 or h2+tls
    #[arg(long, value_name = "CARRIER", default_value_t = Carrier::H1)]
    carrier: Carrier,
    /// How many updates there are
    #[arg(long, value_name = "N", value_parser = human::count::<u32>, default_value = "3")]
    #[arg(allow_negative_numbers = true)]
    updates: u32,
    /// An update's size, everything counted
    #[arg(long, value_name = "SIZE", value_parser = human::size, default_value = "32")]
    #[arg(allow_hyphen_values = true)]
    payload: usize,
    /// How updates are encoded
    #[arg(long, value_enum, default_value_t = Written::Text)]
    encoding: Written,
    /// What heads hold beyond what the protocol needs: minimal, or browser
    #[arg(long, value_name = "PROFILE", default_value = "minimal")]
    headers: Profile,
    /// A cookie of this size with every request; 0: none
    #[arg(long, value_name = "SIZE", value_parser = human::size, default_value = "0", allow_hyphen_values = true)]
    cookie: usize,
    /// Print it as JSON: every message with its parts, and the ledger
    #[arg(long)]
    json: bool,
    /// Write packets that could have carried it to FILE, which must not exist, as pcapng for Wireshark. They are made
    /// up from what the client read and wrote; what decrypts TLS is in the file
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
    /// No colours, as with `NO_COLOR` set
    #[arg(long)]
    no_color: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Written {
    /// Printable, as trials send it
    Text,
    /// Every octet occurs, as trials send it
    Binary,
}

impl Dissect {
    pub(super) fn execute(self) -> Result<(), Failure> {
        let wish = self.wish().map_err(Failure::Usage)?;
        let recording = dissect::record(&wish).map_err(Failure::Failed)?;
        let messages = explain::explain(&recording);
        if let Some(file) = &self.pcap {
            output::write_new_octets(file, &pcap::render(&recording))?;
            eprintln!(
                "pushbench: wrote {}: packets reconstructed from what the client read and wrote, not captured",
                file.display()
            );
        }
        if self.pcap.is_some() && self.carrier == Carrier::H2 {
            // without TLS nothing in the packets says so
            eprintln!("pushbench: to be decoded as HTTP/2: -d tcp.port=={},http2", recording.ends[1].port());
        }
        if self.json {
            return output::print(&json::render(&recording, &messages));
        }
        let width = output::width().map_or(WIDTH, |columns| usize::from(columns).min(WIDEST));
        let style = print::Style { color: output::colour(self.no_color), width };
        output::print(&print::render(&recording, &messages, style))
    }

    fn wish(&self) -> Result<Wish, String> {
        let Dissect { transport, carrier, updates, payload, cookie, .. } = *self;
        kind::rides(transport, carrier).map_err(|reason| format!("--carrier {carrier}: {reason}"))?;
        if !(1..=MOST_UPDATES).contains(&updates) {
            return Err(format!("--updates {updates}: 1 to {MOST_UPDATES}"));
        }
        if !(update::MIN_LEN..=update::MAX_LEN).contains(&payload) {
            return Err(format!("--payload {payload}: an update is {} B to 16 MiB", update::MIN_LEN));
        }
        if cookie > 0 && !(cookie::MIN_LEN..=LARGEST_COOKIE).contains(&cookie) {
            let (least, most) = (cookie::MIN_LEN, LARGEST_COOKIE >> 10);
            return Err(format!("--cookie {cookie}: 0 for none, or {least} B to {most} KiB"));
        }
        let encoding = if self.encoding == Written::Binary { Encoding::Binary } else { Encoding::Text };
        let headers = Headers { profile: self.headers, cookie, ..Headers::default() };
        Ok(Wish { transport, carrier, encoding, updates, payload, headers })
    }
}
