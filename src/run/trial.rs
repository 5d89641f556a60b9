//! One trial: its children from their start to their end.

use super::child::{Child, Interrupt};
use super::fault;
use super::judge::{self, Sides};
use super::progress::Progress;
use super::way::Way;
use crate::clock::{self, MILLISECOND, Nanos};
use crate::control::{Deliveries, Order, Report, Task};
use crate::human;
use crate::record::{EndReason, Failure, Outcome};
use crate::system::Placement;
use crate::trial::Trial;
use std::net::SocketAddr;
use std::time::Duration;

/// From the last client's connection to t0, and a round trip more over a link: both children have heard of it by then, and every first long poll is held.
const LEAD: u64 = 50 * MILLISECOND;

/// Deliveries that the slowest disk takes in a second: 6 MB.
const SLOWEST_DISK: f64 = 100_000.0;

/// Deliveries that are held against the oracle in a second by a slow machine, without optimisation.
const SLOWEST_CHECK: f64 = 1_000_000.0;

/// What holds for all trials of a run.
pub(super) struct Setting<'a> {
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
        }
    }
}

/// What a trial's children are to do beside it.
#[derive(Clone, Debug, Default)]
pub(super) struct Beside {
    /// Every delivery is written.
    pub(super) deliveries: Option<Deliveries>,
    /// The server holds every second update for so long, in nanoseconds.
    pub(super) injected_delay_ns: Option<Nanos>,
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
    let beside = Beside { deliveries, injected_delay_ns: None };
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
    let (mut serve, mut load) = match (Child::spawn("serve", way.server()), Child::spawn("load", way.load())) {
        (Ok(serve), Ok(load)) => (serve, load),
        (Err(error), _) | (_, Err(error)) => return failed(format!("starting a child: {error}"), way.end().await),
    };
    let patience = patience(trial, beside.deliveries.is_some());
    let result = tokio::select! {
        result = conduct(setting, trial, beside, &mut serve, &mut load) => result,
        reason = way.broke() => Err(reason),
        () = tokio::time::sleep(patience) => Err(format!("it hung: nothing after {} s", patience.as_secs())),
        reason = interrupt.came() => return Err(reason), // the children die with their handles
    };
    let result = match result {
        Err(reason) => Err(first_cause(reason, &mut way, &mut serve, &mut load).await),
        Ok(sides) => way.forwarded().await.map(|forwarded| Sides { forwarded, ..sides }),
    };
    let last_words = serve.end().await + &load.end().await + &way.end().await;
    match result {
        Ok(sides) => Ok(Ok((sides, last_words))),
        Err(reason) => failed(reason, last_words),
    }
}

/// Puts before `reason` that a child was killed, where it does not say so: a broken pipe, connection or network is what
/// followed.
async fn first_cause(reason: String, way: &mut Way, serve: &mut Child, load: &mut Child) -> String {
    let killed = tokio::join!(way.killed(), serve.killed(), load.killed());
    let unsaid = [killed.0, killed.1, killed.2].into_iter().flatten().filter(|killed| *killed != reason);
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
    Beside { deliveries, injected_delay_ns }: Beside,
    serve: &mut Child,
    load: &mut Child,
) -> Result<Sides, String> {
    let Setting { places, progress } = setting;
    let serving = Order::Serve(Task { injected_delay_ns, ..places.server(trial) });
    progress.detail(|| told("serve", &serving));
    serve.tell(&serving).await?;
    let (server, root) = match serve.hear().await? {
        Report::Ready { server, root } => (server, root),
        other => return Err(unexpected("serve", &other)),
    };
    let loading = Order::Load(Task { deliveries, injected_delay_ns, ..places.load(trial, server, root) });
    progress.detail(|| told("load", &loading));
    let connecting_at = clock::now();
    load.tell(&loading).await?;
    match hear_from(load, serve).await? {
        Report::Ready { .. } => {}
        other => return Err(unexpected("load", &other)),
    }
    let lead = LEAD + trial.link.rtt_ns;
    let t0 = clock::now() + lead;
    progress.detail(|| connected(trial, t0 - lead - connecting_at));
    let start = Order::Start { t0 };
    // the load first: an update that came before it knew t0 could not be placed
    load.tell(&start).await?;
    match hear_from(load, serve).await? {
        Report::Started => {}
        other => return Err(unexpected("load", &other)),
    }
    serve.tell(&start).await?;
    let stopping = fault::befall(trial, serve.pid(), t0);
    let (ended, stops) = tokio::try_join!(hear_from(serve, load), stopping)?;
    let emitted = match ended {
        Report::FeedEnded { emitted } => emitted,
        other => return Err(unexpected("serve", &other)),
    };
    progress.detail(|| format!("at {}: the feed has ended, {} updates; drain", since(t0), emitted.len()));
    load.tell(&Order::Emitted(emitted)).await?;
    let (load_totals, load_connections, followed, delay) = match hear_from(load, serve).await? {
        Report::Loaded { totals, connections, followed, delay } => (*totals, connections, followed, delay),
        other => return Err(unexpected("load", &other)),
    };
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
                workers,
                load,
                load_connections,
                serve,
                serve_connections: connections,
                timeline,
                stops,
                forwarded: None,
                delay,
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

/// Waits for `child`'s report, while the other one must not end or say anything.
async fn hear_from(child: &mut Child, other: &mut Child) -> Result<Report, String> {
    tokio::select! {
        report = child.hear() => report,
        interjection = other.hear() => Err(match interjection {
            Ok(report) => unexpected("the other child", &report),
            Err(reason) => reason,
        }),
    }
}

pub(super) fn unexpected(name: &str, report: &Report) -> String {
    let json = serde_json::to_string(report).unwrap_or_default();
    format!("{name} says {} out of turn", json.chars().take(60).collect::<String>())
}
