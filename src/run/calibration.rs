//! Calibration, before a run's first trial: the harness over a pipe in memory, and a trial with a delay that is known.
//!
//! What fails here, or is not found, throws doubt on the run's latencies and ends nothing.

use super::child::{Child, Interrupt};
use super::judge::{self, LONGEST_STALL};
use super::trial::{self, Beside, Setting};
use crate::calibration::{Calibration, KnownDelay, NullRow};
use crate::clock::{self, MILLISECOND, Nanos};
use crate::control::{Order, Report};
use crate::kind::Transport;
use crate::record::{EndReason, Failure, Outcome};
use crate::schedule::Schedule;
use crate::totals::{Doubt, Subject};
use crate::trial::{Trial, Windows};
use std::time::Duration;

/// Much more than anything here differs by on an idle machine, and less than half the feed's gap, so that a held update is
/// there before the next one is due.
const INJECTED: Nanos = 2 * MILLISECOND;

/// A machine that is too restless to tell so often will be so for the trials, too.
const TRIES: u32 = 2;

/// A null row that has said nothing for so long hangs.
const PATIENCE: Duration = Duration::from_secs(15);

/// 100 clients of 2,000 updates a second: 100,000 deliveries of 1,000 updates, so that there is a p99, and more CPU time than
/// makes a figure (on the machine of the reference results 60 to 150 ms).
fn null_trial() -> Trial {
    let windows = Windows { warmup_ns: 20 * MILLISECOND, steady_ns: 500 * MILLISECOND, drain_ns: 100 * MILLISECOND };
    // an unoptimised build, which is no measure of anything, would not keep up
    let rate = if cfg!(debug_assertions) { 1000.0 } else { 2000.0 };
    Trial { clients: 100, ..trial(Transport::RawTcp, rate, windows) }
}

/// 15 pairs of updates, 10 ms apart. No idle window: nothing is read from it.
fn delay_trial() -> Trial {
    let windows = Windows { warmup_ns: 20 * MILLISECOND, steady_ns: 600 * MILLISECOND, drain_ns: 100 * MILLISECOND };
    Trial { clients: 10, ..trial(Transport::Websocket, 100.0, windows) }
}

fn trial(transport: Transport, rate: f64, windows: Windows) -> Trial {
    Trial::plain(transport, Schedule::Periodic { rate }, windows)
}

/// Makes both.
///
/// # Errors
/// The reason for which the run has to end now.
pub(super) async fn calibrate(setting: &Setting<'_>, interrupt: &mut Interrupt) -> Result<Calibration, EndReason> {
    let began = clock::now();
    let mut null = either(null_row(setting), interrupt).await?;
    if !null.as_ref().is_ok_and(|row| row.stalled_ns <= LONGEST_STALL) {
        let again = either(null_row(setting), interrupt).await?;
        null = quieter(null, again);
    }
    let delay = found_delay(setting, interrupt).await?;
    let mistakes = [
        null.as_ref().err().map(|reason| format!("the calibration over a pipe in memory failed: {reason}")),
        match &delay {
            Ok(found) => found.mistake(),
            Err(reason) => Some(format!("the calibration with a known delay failed: {reason}")),
        },
    ];
    let doubts = mistakes.into_iter().flatten().map(|sentence| Doubt { about: Subject::Latency, sentence }).collect();
    Ok(Calibration { took_ns: clock::now() - began, null: null.ok(), delay: delay.ok(), doubts })
}

/// The null row, in a process like the load's and in its place.
async fn null_row(setting: &Setting<'_>) -> Result<NullRow, String> {
    let mut child =
        Child::spawn(setting.program, "load", None).map_err(|error| format!("starting a child: {error}"))?;
    let order = Order::Null(setting.places.load(&null_trial(), None, None));
    setting.progress.detail(|| trial::told("load", &order));
    let heard = tokio::time::timeout(PATIENCE, async {
        child.tell(&order).await?;
        child.hear().await
    });
    let result = match heard.await {
        Ok(Ok(Report::Nulled(row))) => complete(*row),
        Ok(Ok(other)) => Err(trial::unexpected("load", &other)),
        Ok(Err(reason)) => Err(reason),
        Err(_) => Err(format!("it hung: nothing after {} s", PATIENCE.as_secs())),
    };
    let last_words = child.end().await;
    result.map_err(|reason| because(Failure { reason, last_words }))
}

/// What `work` gives, unless the run has to end before.
async fn either<T>(work: impl Future<Output = T>, interrupt: &mut Interrupt) -> Result<T, EndReason> {
    tokio::select! {
        done = work => Ok(done),
        reason = interrupt.came() => Err(reason),
    }
}

/// The one in which the system paused for a shorter time; one that failed says nothing beside one that did not.
fn quieter(first: Result<NullRow, String>, second: Result<NullRow, String>) -> Result<NullRow, String> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok(if second.stalled_ns < first.stalled_ns { second } else { first }),
        (Ok(row), Err(_)) => Ok(row),
        (Err(_), second) => second,
    }
}

/// A row whose accounting does not close is none, nor is one without its slowest deliveries.
fn complete(row: NullRow) -> Result<NullRow, String> {
    match row.accounting {
        all if !all.closes() => Err(format!("the accounting does not close: {all:?}")),
        all if all.lost() > 0 => Err(format!("{} of {} deliveries were not there in time", all.lost(), all.expected)),
        _ => Ok(row),
    }
}

/// The delay as it is found, looked for again where the machine is too restless to tell: what decides is not what is found.
async fn found_delay(
    setting: &Setting<'_>,
    interrupt: &mut Interrupt,
) -> Result<Result<KnownDelay, String>, EndReason> {
    let mut restless = 0;
    loop {
        match known_delay(setting, interrupt).await? {
            // one that came too early is a fault of the clock, however restless the machine is
            Ok(found) if found.is_restless() && found.early == 0 && restless + 1 < TRIES => restless += 1,
            found => return Ok(found.map(|found| KnownDelay { restless, ..found })),
        }
    }
}

async fn known_delay(
    setting: &Setting<'_>,
    interrupt: &mut Interrupt,
) -> Result<Result<KnownDelay, String>, EndReason> {
    let trial = delay_trial();
    let beside = Beside { injected_delay_ns: Some(INJECTED), ..Beside::default() };
    let (mut sides, last_words) = match trial::attempt(setting, &trial, beside, interrupt).await? {
        Ok(attempted) => attempted,
        Err(failure) => return Ok(Err(because(failure))),
    };
    let delay = sides.delay.take();
    // both sides have to agree as in any trial; what else speaks against this one is in its tolerance
    Ok(match judge::judge(&trial, sides, last_words) {
        Outcome::Error(failure) => Err(because(failure)),
        Outcome::Measured(_) => delay.ok_or_else(|| "the load did not look for it".to_owned()),
    })
}

/// A failure in one line.
fn because(Failure { reason, last_words }: Failure) -> String {
    match last_words.lines().last() {
        Some(last) => format!("{reason} ({last})"),
        None => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SECOND;
    use crate::scenario::CALIBRATION;
    use crate::totals::Accounting;

    #[test]
    fn it_takes_what_is_planned_for_it() {
        let phases = null_trial().windows.total_ns() + delay_trial().windows.total_ns();
        let rest = CALIBRATION - phases;
        assert!((300 * MILLISECOND..SECOND).contains(&rest), "{rest} ns for three processes and their start");
    }

    #[test]
    fn a_row_without_its_slowest_deliveries_is_none_and_of_two_the_quieter_one_counts() {
        let of = |lost_deadline| {
            let accounting =
                Accounting { expected: 10, delivered: 10 - lost_deadline, lost_deadline, ..Accounting::default() };
            complete(NullRow { accounting, ..NullRow::default() })
        };
        assert!(of(0).is_ok());
        assert_eq!(of(3).map(drop), Err("3 of 10 deliveries were not there in time".into()));
        let row = |stalled_ns| Ok(NullRow { stalled_ns, ..NullRow::default() });
        let stalled = |first, second| quieter(first, second).map(|row| row.stalled_ns);
        assert_eq!((stalled(row(9), row(7)), stalled(row(5), row(7))), (Ok(7), Ok(5)));
        assert_eq!((stalled(row(9), of(3)), stalled(of(3), row(7))), (Ok(9), Ok(7)));
        assert!(stalled(of(3), of(1)).is_err_and(|reason| reason.starts_with("1 of 10")));
    }

    #[test]
    fn a_held_update_is_there_before_the_next_is_due() {
        let trial = delay_trial();
        assert!(INJECTED * 2 < 10 * MILLISECOND && trial.feed.schedule.rate() <= 100.0);
    }
}
