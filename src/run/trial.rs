//! One trial: both children from their start to their end.

use super::child::{Child, Interrupt};
use super::judge::{self, Sides};
use crate::clock::{self, MILLISECOND};
use crate::control::{Order, Report, Task};
use crate::record::{Failure, Outcome};
use crate::system;
use crate::trial::Trial;
use std::net::SocketAddr;
use std::time::Duration;

/// From the last client's connection to t0: both children have heard of it by then, and every first long poll is held.
const LEAD: u64 = 50 * MILLISECOND;

/// Where server and load run.
pub(super) struct Places {
    pub(super) server: Vec<usize>,
    pub(super) load: Vec<usize>,
}

impl Places {
    pub(super) fn new(affinity: bool) -> Places {
        let (server, load) = if affinity { system::halves() } else { Default::default() };
        Places { server, load }
    }

    fn task(trial: &Trial, cpus: &[usize], server: Option<SocketAddr>) -> Task {
        Task { trial: trial.clone(), server, cpus: cpus.to_vec(), workers: Self::workers(cpus) }
    }

    /// Worker threads of a child on `cpus`.
    fn workers(cpus: &[usize]) -> usize {
        if cpus.is_empty() { system::cpus().len().div_ceil(2) } else { cpus.len() }
    }
}

/// Makes one trial; `None` when somebody interrupts it.
pub(super) async fn make(trial: &Trial, places: &Places, interrupt: &mut Interrupt) -> Option<Outcome> {
    let failed = |reason: String, last_words: String| Some(Outcome::Error(Failure { reason, last_words }));
    let (mut serve, mut load) = match (Child::spawn("serve"), Child::spawn("load")) {
        (Ok(serve), Ok(load)) => (serve, load),
        (Err(error), _) | (_, Err(error)) => return failed(format!("starting a child: {error}"), String::new()),
    };
    let result = tokio::select! {
        result = conduct(trial, places, &mut serve, &mut load) => result,
        () = tokio::time::sleep(patience(trial)) => {
            Err(format!("it hung: nothing after {} s", patience(trial).as_secs()))
        }
        () = interrupt.came() => return None, // the children die with their handles
    };
    let result = match result {
        Err(reason) => Err(first_cause(reason, &mut serve, &mut load).await),
        went_through => went_through,
    };
    let last_words = serve.end().await + &load.end().await;
    match result {
        Ok(sides) => Some(judge::judge(trial, sides, last_words)),
        Err(reason) => failed(reason, last_words),
    }
}

/// Puts before `reason` that a child was killed, where it does not say so: a broken pipe or connection is what followed.
async fn first_cause(reason: String, serve: &mut Child, load: &mut Child) -> String {
    let killed = tokio::join!(serve.killed(), load.killed());
    let unsaid = [killed.0, killed.1].into_iter().flatten().filter(|killed| *killed != reason);
    unsaid.chain([reason.clone()]).collect::<Vec<_>>().join("; ")
}

/// When the watchdog bites: the plan, and ample time for connecting and closing.
fn patience(trial: &Trial) -> Duration {
    Duration::from_nanos(trial.windows.total_ns()) + Duration::from_secs(20 + u64::from(trial.clients) / 500)
}

async fn conduct(trial: &Trial, places: &Places, serve: &mut Child, load: &mut Child) -> Result<Sides, String> {
    serve.tell(&Order::Serve(Places::task(trial, &places.server, None))).await?;
    let server = match serve.hear().await? {
        Report::Ready { server } => server,
        other => return Err(unexpected("serve", &other)),
    };
    load.tell(&Order::Load(Places::task(trial, &places.load, server))).await?;
    match hear_from(load, serve).await? {
        Report::Ready { .. } => {}
        other => return Err(unexpected("load", &other)),
    }
    let t0 = clock::now() + LEAD;
    let start = Order::Start { t0 };
    // the load first: an update that came before it knew t0 could not be placed
    load.tell(&start).await?;
    match hear_from(load, serve).await? {
        Report::Started => {}
        other => return Err(unexpected("load", &other)),
    }
    serve.tell(&start).await?;
    let emitted = match hear_from(serve, load).await? {
        Report::FeedEnded { emitted } => emitted,
        other => return Err(unexpected("serve", &other)),
    };
    load.tell(&Order::Emitted(emitted)).await?;
    let (load_totals, load_connections) = match hear_from(load, serve).await? {
        Report::Loaded { totals, connections } => (*totals, connections),
        other => return Err(unexpected("load", &other)),
    };
    serve.tell(&Order::Stop).await?;
    match serve.hear().await? {
        Report::Served { totals, connections } => {
            let workers = (Places::workers(&places.server), Places::workers(&places.load));
            let (load, serve) = (load_totals, *totals);
            Ok(Sides { t0, workers, load, load_connections, serve, serve_connections: connections })
        }
        other => Err(unexpected("serve", &other)),
    }
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

fn unexpected(name: &str, report: &Report) -> String {
    let json = serde_json::to_string(report).unwrap_or_default();
    format!("{name} says {} out of turn", json.chars().take(60).collect::<String>())
}
