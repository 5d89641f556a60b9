//! One trial: its children from their start to their end.

use super::child::{Child, Interrupt, Program};
use super::deliveries;
use super::fault;
use super::judge::{self, Sides};
use super::probes;
use super::progress::Progress;
use super::way::Way;
use crate::calibration::KnownDelay;
use crate::clock::{self, MILLISECOND, Nanos};
use crate::control::{Deliveries, Order, Part, Report, Task};
use crate::human;
use crate::record::{EndReason, Failure, Outcome};
use crate::system::Placement;
use crate::timeline::Followed;
use crate::totals::{Connection, LoadTotals, Probes};
use crate::trial::Trial;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

/// From the last client's connection to t0, and a round trip more over a link: both children have heard of it by then, and every first long poll is held.
const LEAD: u64 = 50 * MILLISECOND;

/// Deliveries that the slowest disk takes in a second: 6 MB.
const SLOWEST_DISK: f64 = 100_000.0;

/// Deliveries that are held against the oracle in a second by a slow machine, without optimisation.
const SLOWEST_CHECK: f64 = 1_000_000.0;

/// What a trial of a run is made with.
pub(super) struct Setting<'a> {
    /// What server and load are processes of.
    pub(super) program: &'a Program,
    pub(super) places: &'a Places,
    pub(super) progress: &'a Progress,
}

/// Where server and load run.
pub(super) struct Places(pub(super) Placement);

impl Places {
    fn server(&self, trial: &Trial) -> Task {
        Task {
            trial: trial.clone(),
            server: None,
            root: None,
            cpus: self.0.server_cpus.clone(),
            workers: self.0.server_threads,
            deliveries: None,
            injected_delay_ns: None,
            bin_ns: None,
            part: Part::All,
        }
    }

    pub(super) fn load(&self, trial: &Trial, server: Option<SocketAddr>, root: Option<String>) -> Task {
        Task {
            trial: trial.clone(),
            server,
            root,
            cpus: self.0.load_cpus.clone(),
            workers: self.0.load_threads,
            deliveries: None,
            injected_delay_ns: None,
            bin_ns: None,
            part: Part::All,
        }
    }
}

/// What a trial's children are to do beside it.
#[derive(Clone, Debug, Default)]
pub(super) struct Beside {
    /// Every delivery is written.
    pub(super) deliveries: Option<Deliveries>,
    /// The server holds half of the updates for so long, in nanoseconds.
    pub(super) injected_delay_ns: Option<Nanos>,
    /// The load tells the median latency of each part of steady of so many nanoseconds.
    pub(super) bin_ns: Option<Nanos>,
}

/// Makes one trial.
///
/// # Errors
/// The reason for which the run has to end now.
pub(super) async fn make(
    setting: &Setting<'_>,
    trial: &Trial,
    deliveries: Option<Deliveries>,
    interrupt: &mut Interrupt,
) -> Result<Outcome, EndReason> {
    let beside = Beside { deliveries, ..Beside::default() };
    Ok(match attempt(setting, trial, beside, interrupt).await? {
        Ok((sides, last_words)) => judge::judge(trial, sides, last_words),
        Err(failure) => Outcome::Error(failure),
    })
}

/// Both sides of a trial, not judged yet, and what the children last said; or why there are none.
///
/// # Errors
/// As [`make`].
pub(super) async fn attempt(
    setting: &Setting<'_>,
    trial: &Trial,
    beside: Beside,
    interrupt: &mut Interrupt,
) -> Result<Result<(Sides, String), Failure>, EndReason> {
    let failed = |reason: String, last_words: String| Ok(Err(Failure { reason, last_words }));
    let laid = tokio::select! {
        laid = Way::lay(trial) => laid,
        reason = interrupt.came() => return Err(reason),
    };
    let mut way = match laid {
        Ok(way) => way,
        Err((reason, last_words)) => return failed(reason, last_words),
    };
    let mut children = match Children::spawn(setting.program, trial, &way) {
        Ok(children) => children,
        Err(error) => return failed(format!("starting a child: {error}"), way.end().await),
    };
    let patience = patience(trial, beside.deliveries.is_some());
    let result = tokio::select! {
        result = conduct(setting, trial, beside, &mut children) => result,
        reason = way.broke() => Err(reason),
        () = tokio::time::sleep(patience) => Err(format!("it hung: nothing after {} s", patience.as_secs())),
        reason = interrupt.came() => return Err(reason), // the children die with their handles
    };
    let result = match result {
        Err(reason) => Err(first_cause(reason, &mut way, &mut children).await),
        Ok(sides) => way.forwarded().await.map(|forwarded| Sides { forwarded, ..sides }),
    };
    let last_words = children.end().await + &way.end().await;
    match result {
        Ok(sides) => Ok(Ok((sides, last_words))),
        Err(reason) => failed(reason, last_words),
    }
}

/// A trial's processes.
struct Children {
    serve: Child,
    load: Child,
    /// A load of the probes alone, where the trial has any.
    probe: Option<Child>,
}

impl Children {
    fn spawn(program: &Program, trial: &Trial, way: &Way) -> io::Result<Children> {
        let probe = trial.probes().map(|_| Child::spawn_as(program, "probe", "load", way.load())).transpose()?;
        let serve = Child::spawn(program, "serve", way.server())?;
        Ok(Children { serve, load: Child::spawn(program, "load", way.load())?, probe })
    }

    /// Ends them. Gives their last words.
    async fn end(self) -> String {
        let of_probe = match self.probe {
            Some(probe) => probe.end().await,
            None => String::new(),
        };
        self.serve.end().await + &self.load.end().await + &of_probe
    }
}

/// Puts before `reason` that a child was killed, where it does not say so: a broken pipe, connection or network is what
/// followed.
async fn first_cause(reason: String, way: &mut Way, children: &mut Children) -> String {
    let Children { serve, load, probe } = children;
    let probe = async {
        match probe {
            Some(probe) => probe.killed().await,
            None => None,
        }
    };
    let killed = tokio::join!(way.killed(), serve.killed(), load.killed(), probe);
    let unsaid = [killed.0, killed.1, killed.2, killed.3].into_iter().flatten().filter(|killed| *killed != reason);
    unsaid.chain([reason.clone()]).collect::<Vec<_>>().join("; ")
}

/// When the watchdog bites: the plan, and ample time for connecting and closing, and for writing deliveries.
fn patience(trial: &Trial, exports: bool) -> Duration {
    let phases = Duration::from_nanos(trial.windows.total_ns());
    let updates = trial.feed.schedule.rate() * Duration::from_nanos(trial.windows.steady_ns).as_secs_f64();
    let deliveries = updates * f64::from(trial.clients);
    let writing = if exports { deliveries / SLOWEST_DISK } else { 0.0 };
    let after = Duration::try_from_secs_f64(writing + deliveries / SLOWEST_CHECK).unwrap_or_default();
    // setting up and closing are some ten ways, of a thousand clients at a time
    let far = Duration::from_nanos(trial.link.rtt_ns.saturating_mul(10 + u64::from(trial.clients) / 200));
    phases + after + far + Duration::from_secs(20 + u64::from(trial.clients) / 500)
}

async fn conduct(
    setting: &Setting<'_>,
    trial: &Trial,
    Beside { deliveries, injected_delay_ns, bin_ns }: Beside,
    Children { serve, load, probe }: &mut Children,
) -> Result<Sides, String> {
    let Setting { places, progress, .. } = setting;
    let serving = Order::Serve(Task { injected_delay_ns, ..places.server(trial) });
    progress.detail(|| told("serve", &serving));
    serve.tell(&serving).await?;
    let (server, root) = match serve.hear().await? {
        Report::Ready { server, root } => (server, root),
        other => return Err(unexpected("serve", &other)),
    };
    let part = if probe.is_some() { Part::Bulk } else { Part::All };
    let task = Task { deliveries, injected_delay_ns, bin_ns, part, ..places.load(trial, server, root) };
    let loading = Order::Load(task.clone());
    progress.detail(|| told("load", &loading));
    let connecting_at = clock::now();
    load.tell(&loading).await?;
    if let Some(probe) = probe {
        let deliveries = task.deliveries.clone();
        let deliveries = deliveries.map(|part| Deliveries { file: deliveries::of_probes(&part.file), ..part });
        probe.tell(&Order::Load(Task { part: Part::Probes, workers: 1, deliveries, ..task })).await?;
        connect_in_turn(trial, load, probe, serve).await?;
    }
    hear_both(load, probe, serve, |report| matches!(report, Report::Ready { .. })).await?;
    let lead = LEAD + trial.link.rtt_ns;
    let t0 = clock::now() + lead;
    let t0_unix_ms = clock::unix_ms(SystemTime::now()) + lead / MILLISECOND;
    progress.detail(|| connected(trial, t0 - lead - connecting_at));
    let start = Order::Start { t0 };
    // the load first: an update that came before it knew t0 could not be placed
    tell_both(load, probe, &start).await?;
    hear_both(load, probe, serve, |report| matches!(report, Report::Started)).await?;
    serve.tell(&start).await?;
    let stopping = fault::befall(trial, serve.pid(), t0);
    let (ended, stops) = tokio::try_join!(hear_from(serve, [Some(load), probe.as_mut()]), stopping)?;
    let emitted = match ended {
        Report::FeedEnded { emitted } => emitted,
        other => return Err(unexpected("serve", &other)),
    };
    progress.detail(|| format!("at {}: the feed has ended, {} updates; drain", since(t0), emitted.len()));
    tell_both(load, probe, &Order::Emitted(emitted)).await?;
    let loaded = hear_both(load, probe, serve, |report| matches!(report, Report::Loaded { .. })).await?;
    let Loaded { load: load_totals, connections: load_connections, followed, delay, bins, probes } =
        together(trial, loaded)?;
    progress.detail(|| format!("at {}: load has closed {} connections", since(t0), load_connections.len()));
    serve.tell(&Order::Stop).await?;
    match serve.hear().await? {
        Report::Served { totals, connections, calls } => {
            progress.detail(|| format!("at {}: serve has closed {} connections", since(t0), connections.len()));
            let workers = (places.0.server_threads, places.0.load_threads);
            let (load, serve) = (load_totals, *totals);
            let timeline = followed.map(|followed| followed.against(&calls, t0)).unwrap_or_default();
            Ok(Sides {
                t0,
                t0_unix_ms,
                workers,
                load,
                load_connections,
                serve,
                serve_connections: connections,
                timeline,
                stops,
                forwarded: None,
                delay,
                bins,
                probes,
            })
        }
        other => Err(unexpected("serve", &other)),
    }
}

pub(super) fn told(name: &str, order: &Order) -> String {
    format!("{name} is told {}", serde_json::to_string(order).unwrap_or_default())
}

fn connected(trial: &Trial, took_ns: Nanos) -> String {
    let windows = trial.windows;
    format!(
        "{} clients connected in {}; from t0: warm-up to {}, steady to {}, drain to {}",
        trial.clients,
        human::precise(took_ns),
        human::precise(windows.warmup_ns),
        human::precise(windows.feed_ns()),
        human::precise(windows.total_ns())
    )
}

/// The time since `t0`.
fn since(t0: Nanos) -> String {
    human::precise(clock::now().saturating_sub(t0))
}

/// Waits for `child`'s report, while the other ones must not end or say anything.
async fn hear_from(child: &mut Child, others: [Option<&mut Child>; 2]) -> Result<Report, String> {
    let [one, other] = others;
    tokio::select! {
        report = child.hear() => report,
        said = interjection(one) => Err(said),
        said = interjection(other) => Err(said),
    }
}

/// What a child says, or ends with, that was not asked.
async fn interjection(child: Option<&mut Child>) -> String {
    let Some(child) = child else { return pending().await };
    match child.hear().await {
        Ok(report) => unexpected("the other child", &report),
        Err(reason) => reason,
    }
}

async fn tell_both(load: &mut Child, probe: &mut Option<Child>, order: &Order) -> Result<(), String> {
    load.tell(order).await?;
    match probe {
        Some(probe) => probe.tell(order).await,
        None => Ok(()),
    }
}

/// Waits for the reports of both loads, which have to be `expected`.
async fn hear_both(
    load: &mut Child,
    probe: &mut Option<Child>,
    serve: &mut Child,
    expected: fn(&Report) -> bool,
) -> Result<(Report, Option<Report>), String> {
    let of_probe = async {
        match probe {
            Some(probe) => probe.hear().await.map(Some),
            None => Ok(None),
        }
    };
    let reports = tokio::select! {
        reports = async { tokio::try_join!(load.hear(), of_probe) } => reports?,
        said = interjection(Some(serve)) => return Err(said),
    };
    for (name, report) in [("load", Some(&reports.0)), ("probe", reports.1.as_ref())] {
        if let Some(report) = report.filter(|report| !expected(report)) {
            return Err(unexpected(name, report));
        }
    }
    Ok(reports)
}

/// Lets the probes connect between the others: the server wakes its readers in the order in which it got to know them.
async fn connect_in_turn(trial: &Trial, load: &mut Child, probe: &mut Child, serve: &mut Child) -> Result<(), String> {
    for index in trial.probes().unwrap_or_default() {
        for (below, child) in [(index, &mut *load), (index + 1, &mut *probe)] {
            child.tell(&Order::Connect { below }).await?;
            match hear_from(child, [Some(serve), None]).await? {
                Report::Connected => {}
                other => return Err(unexpected("a load", &other)),
            }
        }
    }
    // nobody is behind the last probe
    load.tell(&Order::Connect { below: trial.clients }).await?;
    match hear_from(load, [Some(serve), None]).await? {
        Report::Connected => Ok(()),
        other => Err(unexpected("a load", &other)),
    }
}

/// The clients' side of a trial, of one process or of two.
struct Loaded {
    load: LoadTotals,
    connections: Vec<Connection>,
    followed: Option<Followed>,
    delay: Option<KnownDelay>,
    /// Of the clients that are no probes.
    bins: Option<Vec<Option<Nanos>>>,
    probes: Option<Probes>,
}

fn together(trial: &Trial, (load, probe): (Report, Option<Report>)) -> Result<Loaded, String> {
    let Report::Loaded { totals, mut connections, followed, delay, bins } = load else {
        return Err(unexpected("load", &load));
    };
    let Some(probe) = probe else {
        return Ok(Loaded { load: *totals, connections, followed, delay, bins, probes: None });
    };
    let Report::Loaded { totals: of_probes, connections: more, .. } = probe else {
        return Err(unexpected("probe", &probe));
    };
    connections.extend(more);
    let (load, probes) = probes::merge(trial, *totals, *of_probes).map_err(|error| error.to_string())?;
    Ok(Loaded { load, connections, followed, delay, bins, probes: Some(probes) })
}

pub(super) fn unexpected(name: &str, report: &Report) -> String {
    let json = serde_json::to_string(report).unwrap_or_default();
    format!("{name} says {} out of turn", json.chars().take(60).collect::<String>())
}
