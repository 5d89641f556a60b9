//! What the command line changes in a scenario.

use crate::clock::Nanos;
use crate::forwarder;
use crate::human;
use crate::kind::{Carrier, Profile, Transport};
use crate::link::Wanted;
use crate::preset::Preset;
use crate::scenario::{Overrides, Repeats, Warmup};
use crate::system::{self, Placement};
use crate::threshold::Threshold;
use clap::{Args, Command, FromArgMatches, ValueEnum};
use std::time::Duration;

#[derive(Debug, Args)]
pub(super) struct Changes {
    /// How long steady lasts, in every trial
    #[arg(short, long, value_name = "TIME", value_parser = human::duration, allow_hyphen_values = true)]
    duration: Option<Nanos>,
    /// How many clients follow the feed
    #[arg(short, long, value_name = "N", value_parser = human::count::<u32>, allow_negative_numbers = true)]
    clients: Option<u32>,
    /// Updates per second
    #[arg(short, long, value_name = "RATE", value_parser = human::rate, allow_negative_numbers = true)]
    rate: Option<f64>,
    /// How long the feed runs before anything counts. `auto`: as long as pilot trials, made first, take to settle
    #[arg(short, long, value_name = "TIME", allow_hyphen_values = true)]
    warmup: Option<Warmup>,
    /// How many blocks: each holds every trial once. `auto`: as many as `--precision` takes, 6 to 30
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    repeats: Option<Repeats>,
    /// With `--repeats auto`: how narrow the intervals of p50, bytes and server CPU have to be, to either side
    #[arg(long, value_name = "PERCENT", value_parser = human::percent, allow_negative_numbers = true)]
    precision: Option<f64>,
    /// Fixes the feed, the clients' phases and the order
    #[arg(long, value_name = "N", value_parser = human::count::<u64>, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// These transports only, separated by commas
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    transport: Option<Vec<Transport>>,
    /// On these carriers only, separated by commas: h1, h1+tls, h2, h2+tls
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    carrier: Option<Vec<Carrier>>,
    /// How many clients share a connection on h2 and h2+tls
    #[arg(long, value_name = "N", value_parser = human::count::<u32>, allow_negative_numbers = true)]
    clients_per_connection: Option<u32>,
    /// An update's size, everything counted
    #[arg(long, value_name = "SIZE", value_parser = human::size, allow_hyphen_values = true)]
    payload: Option<usize>,
    /// What heads hold beyond what the protocol needs: minimal, or browser
    #[arg(long, value_name = "PROFILE")]
    headers: Option<Profile>,
    /// A cookie of this size with every request; 0: none
    #[arg(long, value_name = "SIZE", value_parser = human::size, allow_hyphen_values = true)]
    cookie: Option<usize>,
    /// The emulated round trip; either way takes half of it
    #[arg(long, value_name = "TIME", value_parser = human::duration, allow_hyphen_values = true)]
    rtt: Option<Nanos>,
    /// A link by name, in place of the scenario's: loopback, lan, same-region, cross-continent, 4g, satellite
    #[arg(long, value_name = "NAME")]
    preset: Option<Preset>,
    /// What emulates the link: portable, packets, or auto, the best that this machine allows
    #[arg(long, value_name = "LEVEL")]
    link: Option<Wanted>,
    /// What a figure has to keep to, beside what the scenario says; can be given several times. `websocket.p99<5ms`,
    /// `*.bytes<=1KiB`, `sse[h2, clients=1000].cpu<40us`: transport, or `*`; where several points are measured it must hold
    /// at each, unless one is named by carrier, clients, payload, rate or rtt; a metric by its key in the JSON summary; `<`,
    /// `<=`, `>` or `>=`; a time, size, percentage or number. Where one is missed the exit code is 99
    #[arg(long, value_name = "WHAT<LIMIT")]
    threshold: Vec<Threshold>,
    /// Whether server and load stay on CPUs of their own
    #[arg(long, value_enum, default_value_t = Affinity::Auto)]
    affinity: Affinity,
    /// The CPUs that the server stays on
    #[arg(long, value_name = "LIST", value_parser = system::cpu_list)]
    server_cpus: Option<Cpus>,
    /// The CPUs that the load stays on
    #[arg(long, value_name = "LIST", value_parser = system::cpu_list)]
    load_cpus: Option<Cpus>,
    /// The server's worker threads; a thread a CPU where it is left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..), allow_negative_numbers = true)]
    server_threads: Option<u8>,
    /// The load's worker threads
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..), allow_negative_numbers = true)]
    load_threads: Option<u8>,
}

/// A list of CPUs is one value, not several: clap looks at the name.
type Cpus = Vec<usize>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Affinity {
    /// Disjoint CPUs where there are two
    Auto,
    /// The system decides
    None,
}

impl Changes {
    /// What stands in place of the scenario's own values.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            packets: Some(|| forwarder::available().is_ok()),
            duration_ns: self.duration,
            warmup: self.warmup,
            clients: self.clients,
            rate: self.rate,
            payload: self.payload,
            repeats: self.repeats,
            precision: self.precision,
            seed: self.seed,
            transports: self.transport.clone(),
            profile: self.headers,
            cookie: self.cookie,
            carriers: self.carrier.clone(),
            clients_per_connection: self.clients_per_connection,
            rtt_ns: self.rtt,
            preset: self.preset,
            link: self.link,
            thresholds: self.threshold.clone(),
        }
    }

    /// Where server and load run.
    pub(super) fn placement(&self) -> Placement {
        Placement::new(
            self.affinity == Affinity::Auto,
            [self.server_cpus.clone(), self.load_cpus.clone()],
            [self.server_threads.map(usize::from), self.load_threads.map(usize::from)],
        )
    }

    /// Refuses flags of which one would make another mean nothing.
    ///
    /// # Errors
    /// A sentence that names them.
    pub(super) fn check(&self) -> Result<(), String> {
        let lists = [("--server-cpus", &self.server_cpus), ("--load-cpus", &self.load_cpus)];
        match lists.iter().find(|(_, list)| list.is_some()) {
            Some((flag, _)) if self.affinity == Affinity::None => {
                Err(format!("--affinity none: {flag} says where it stays: one of the two"))
            }
            _ => Ok(()),
        }
    }

    /// What [`Changes::flags`] gave.
    ///
    /// # Errors
    /// The first flag that this version does not take so.
    pub(super) fn from_flags(flags: &[String]) -> Result<Changes, String> {
        let command = Changes::augment_args(Command::new("").no_binary_name(true).disable_help_flag(true));
        let words = flags.iter().map(|flag| flag.replacen(' ', "=", 1));
        let matches = command.try_get_matches_from(words);
        let changes = matches.and_then(|matches| Changes::from_arg_matches(&matches));
        changes.map_err(|error| error.to_string().lines().next().unwrap_or_default().replacen("error: ", "", 1))
    }

    /// What changes the work, as it would be typed.
    pub(super) fn flags(&self) -> Vec<String> {
        let time = |ns: Nanos| humantime::format_duration(Duration::from_nanos(ns)).to_string().replace(' ', "");
        let percent = |share: f64| format!("{}%", human::in_percent(share));
        let cpus = |list: &[usize]| list.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
        let transports = |list: &Vec<Transport>| list.iter().map(|t| t.name()).collect::<Vec<_>>().join(",");
        let carriers = |list: &Vec<Carrier>| list.iter().map(|c| c.name()).collect::<Vec<_>>().join(",");
        let flags = [
            ("--duration", self.duration.map(time)),
            ("--clients", self.clients.map(|n| n.to_string())),
            ("--rate", self.rate.map(|rate| rate.to_string())),
            ("--warmup", self.warmup.map(|warmup| warmup.to_string())),
            ("--repeats", self.repeats.map(|n| n.to_string())),
            ("--precision", self.precision.map(percent)),
            ("--seed", self.seed.map(|n| n.to_string())),
            ("--transport", self.transport.as_ref().map(transports)),
            ("--carrier", self.carrier.as_ref().map(carriers)),
            ("--clients-per-connection", self.clients_per_connection.map(|n| n.to_string())),
            ("--payload", self.payload.map(|n| n.to_string())),
            ("--headers", self.headers.map(|profile| profile.name().to_owned())),
            ("--cookie", self.cookie.map(|n| n.to_string())),
            ("--rtt", self.rtt.map(time)),
            ("--preset", self.preset.map(|preset| preset.name().to_owned())),
            ("--link", self.link.map(|wanted| wanted.name().to_owned())),
            ("--server-cpus", self.server_cpus.as_deref().map(cpus)),
            ("--load-cpus", self.load_cpus.as_deref().map(cpus)),
            ("--server-threads", self.server_threads.map(|n| n.to_string())),
            ("--load-threads", self.load_threads.map(|n| n.to_string())),
            ("--affinity", (self.affinity == Affinity::None).then(|| "none".to_owned())),
        ];
        let held = self.threshold.iter().map(|threshold| ("--threshold", Some(threshold.to_string())));
        let flags = flags.into_iter().chain(held);
        flags.filter_map(|(flag, value)| value.map(|value| format!("{flag} {value}"))).collect()
    }
}
