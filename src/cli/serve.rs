//! `pushbench serve`

use super::failure::Failure;
use super::place::Place;
use crate::clock::SECOND;
use crate::kind::Encoding;
use crate::schedule::Schedule;
use crate::trial::FeedPlan;
use crate::{child, human, serve, update};
use clap::{Args, ValueEnum};
use std::net::SocketAddr;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = address)]
    listen: SocketAddr,
    /// Updates per second, evenly spaced
    #[arg(short, long, value_name = "RATE", default_value_t = 1.0, value_parser = human::rate)]
    #[arg(allow_negative_numbers = true)]
    rate: f64,
    /// An update's size
    #[arg(long, value_name = "SIZE", value_parser = human::size, default_value = "100")]
    #[arg(allow_hyphen_values = true)]
    payload: usize,
    /// How updates are encoded
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// The server of a trial
    #[arg(long, hide = true)]
    child: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A JSON object a line
    Json,
    /// As trials send it
    Text,
    /// As trials send it
    Binary,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "an IP address and a port, such as `127.0.0.1:8080` or `[::1]:8080`".into())
}

impl Serve {
    pub(super) fn execute(self) -> Result<(), Failure> {
        if self.child {
            return child::serve(self.place.namespace().as_ref()).map_err(Failure::Failed);
        }
        if !(self.rate.is_finite() && (1e-4..=1e6).contains(&self.rate)) {
            return Err(Failure::Usage(format!("--rate {}: updates per second, 0.0001 to 1,000,000", self.rate)));
        }
        if !(update::MIN_LEN..=update::MAX_LEN).contains(&self.payload) {
            return Err(Failure::Usage(format!(
                "--payload {}: an update is {} B to 16 MiB",
                self.payload,
                update::MIN_LEN
            )));
        }
        let encoding = match self.format {
            Format::Json => Encoding::Json,
            Format::Text => Encoding::Text,
            Format::Binary => Encoding::Binary,
        };
        let plan = FeedPlan {
            schedule: Schedule::Periodic { rate: self.rate },
            payload: self.payload,
            encoding,
            seed: 1,
            retention_ns: 60 * SECOND,
        };
        serve::serve(self.listen, plan).map_err(|error| Failure::Failed(error.to_string()))
    }
}
