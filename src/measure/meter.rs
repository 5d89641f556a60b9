//! One client's meter: the sink that turns what a room delivers into figures.
//!
//! Steady state allocates nothing an update: the seen updates are bits, the receipts' log is made before; a histogram
//! grows when a latency is longer than all before it.

use crate::clock::{self, Nanos, SECOND};
use crate::histogram::Histogram;
use crate::kind::Answer;
use crate::plan::PlannedUpdates;
use crate::replay;
use crate::sink::Sink;
use crate::totals::{Accounting, PhaseTotals, Phases};
use crate::trial::{Phase, PhaseClock, Trial, Windows};
use crate::update;
use crate::wire::tap::{Tap, Used};
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// The plan of a trial, as the load sees it: when each update is due.
#[derive(Debug)]
pub struct Plan {
    /// Update k (from 1) is due at `planned[k − 1]` nanoseconds after t0; warm-up and steady.
    planned: Vec<Nanos>,
    /// The numbers of the updates planned in steady.
    pub steady: Range<u64>,
    windows: Windows,
    updates: PlannedUpdates,
    answer: Answer,
    clock: Arc<PhaseClock>,
}

impl Plan {
    /// The plan that the server's feed follows, too.
    ///
    /// # Errors
    /// [`replay::Invalid`]: the file that the feed replays is not there any more as it was planned with.
    pub fn new(trial: &Trial) -> Result<Plan, replay::Invalid> {
        let windows = trial.windows;
        let updates = PlannedUpdates::of(&trial.feed)?;
        let planned: Vec<Nanos> = updates.due().take_while(|&at| at < windows.feed_ns()).collect();
        let first = planned.partition_point(|&at| at < windows.warmup_ns) as u64 + 1;
        let clock = Arc::new(PhaseClock::of(trial));
        let steady = first..planned.len() as u64 + 1;
        Ok(Plan { planned, steady, windows, updates, answer: trial.answer, clock })
    }

    /// From now on everything happens after `t0`. To be told before the server is: a worker that is kept from running must
    /// not take the first update for one that came before its time.
    pub fn start(&self, t0: Nanos) {
        self.clock.start(t0);
    }

    fn t0(&self) -> Option<Nanos> {
        self.clock.t0()
    }

    /// When update `number` is due, in nanoseconds after t0; `None` when it is none of the plan's.
    #[must_use]
    pub fn planned(&self, number: u64) -> Option<Nanos> {
        self.planned.get(usize::try_from(number.checked_sub(1)?).ok()?).copied()
    }

    /// When each update is due, in nanoseconds after t0: from number 1, warm-up and steady.
    #[must_use]
    pub fn all(&self) -> &[Nanos] {
        &self.planned
    }

    /// From t0 to steady, in nanoseconds.
    #[must_use]
    pub fn warmup_ns(&self) -> Nanos {
        self.windows.warmup_ns
    }

    /// How long steady lasts, in nanoseconds.
    #[must_use]
    pub fn steady_ns(&self) -> Nanos {
        self.windows.steady_ns
    }

    /// How many updates are planned in steady.
    #[must_use]
    pub fn steady_len(&self) -> u64 {
        self.steady.end - self.steady.start
    }
}

/// What the meters of one worker share.
#[derive(Debug)]
pub struct Gauge {
    plan: Arc<Plan>,
    log: RefCell<Log>,
}

/// That a client received an update planned in steady for the first time. The client stands where the fields would
/// otherwise be padded: to keep it costs no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The update's place in steady, from 0.
    pub place: u32,
    /// The client, from 0.
    pub client: u32,
    /// When.
    pub at: Nanos,
}

#[derive(Debug)]
struct Log {
    seconds: Vec<Histogram>,
    /// In the order of receipt.
    receipts: Vec<Receipt>,
}

impl Gauge {
    /// A gauge for `clients` clients.
    #[must_use]
    pub fn new(plan: Arc<Plan>, clients: usize) -> Rc<Gauge> {
        let seconds = usize::try_from(plan.windows.steady_ns.div_ceil(SECOND)).unwrap_or(0);
        let receipts = usize::try_from(plan.steady_len()).unwrap_or(0) * clients;
        let log = Log { seconds: vec![Histogram::default(); seconds], receipts: Vec::with_capacity(receipts) };
        Rc::new(Gauge { plan, log: RefCell::new(log) })
    }

    /// What says of a moment into which phase it falls.
    #[must_use]
    pub fn clock(&self) -> Arc<PhaseClock> {
        Arc::clone(&self.plan.clock)
    }

    /// Delivery latency of each second of steady, and the receipts' log.
    #[must_use]
    pub fn take(&self) -> (Vec<Histogram>, Vec<Receipt>) {
        let mut log = self.log.borrow_mut();
        (std::mem::take(&mut log.seconds), std::mem::take(&mut log.receipts))
    }
}

/// One client's meter.
#[derive(Debug)]
pub struct Meter<O> {
    gauge: Rc<Gauge>,
    client: u32,
    tap: Arc<Tap>,
    /// Done once, when the client can first receive.
    opened: Option<O>,
    /// Opening is a request of its own.
    opens_stream: bool,
    connected: bool,
    phases: Phases<PhaseTotals>,
    seen: Bits,
    gone: Bits,
    highest: u64,
    delivered: u64,
    /// Of steady's, first seen after the drain's end.
    late: u64,
    idle_updates: u64,
    duplicates: u64,
    reordered: u64,
    foreign: u64,
}

impl<O: FnOnce()> Meter<O> {
    /// A meter for client `client`, whose octets `tap` places. `opened` is called once, when it can first receive;
    /// `opens_stream` says that opening is a request of its own.
    #[must_use]
    pub fn new(gauge: &Rc<Gauge>, client: u32, tap: Arc<Tap>, opens_stream: bool, opened: O) -> Meter<O> {
        let bits = Bits::new(gauge.plan.planned.len() + 1);
        Meter {
            gauge: Rc::clone(gauge),
            client,
            tap,
            opened: Some(opened),
            opens_stream,
            connected: false,
            phases: Phases::default(),
            seen: bits.clone(),
            gone: bits,
            highest: 0,
            delivered: 0,
            late: 0,
            idle_updates: 0,
            duplicates: 0,
            reordered: 0,
            foreign: 0,
        }
    }

    /// The client's connection broke; it is lost to the feed until it opens again. Gives whether it was open.
    pub fn broke(&mut self) -> bool {
        std::mem::take(&mut self.connected)
    }

    /// Whether the client could ever receive.
    #[must_use]
    pub fn has_opened(&self) -> bool {
        self.opened.is_none()
    }

    /// Updates received in the idle window.
    #[must_use]
    pub fn idle_updates(&self) -> u64 {
        self.idle_updates
    }

    /// The phase of what the room gives at `at`: that in which its last octet was read, a little earlier.
    fn phase(&self, at: Nanos) -> Phase {
        self.tap.take_message().unwrap_or_else(|| self.gauge.plan.clock.phase(at))
    }

    fn totals(&mut self, phase: Phase) -> &mut PhaseTotals {
        let [setup, warmup, steady, drain, teardown] = self.phases.all_mut();
        match phase {
            Phase::Setup => setup,
            Phase::Warmup => warmup,
            Phase::Steady => steady,
            Phase::Drain => drain,
            Phase::Teardown => teardown,
        }
    }

    fn receive(&mut self, at: Nanos, phase: Phase, update: &[u8]) {
        let plan = &self.gauge.plan;
        let known = update::number(update).filter(|&number| update.len() == plan.updates.len_of(number));
        let due = known.and_then(|number| Some((number, plan.planned(number)? + plan.t0()?)));
        let Some((number, due)) = due.filter(|&(_, due)| due <= at) else {
            self.foreign += 1;
            return;
        };
        if self.seen.set(number) {
            self.duplicates += 1;
            return;
        }
        self.reordered += u64::from(number < self.highest);
        self.highest = self.highest.max(number);
        let t0 = plan.t0().unwrap_or_default();
        self.idle_updates += u64::from(at >= t0 + plan.windows.idle_ns());
        if !plan.steady.contains(&number) {
            return;
        }
        if phase == Phase::Teardown {
            self.late += 1;
            return;
        }
        self.delivered += 1;
        let mut log = self.gauge.log.borrow_mut();
        let second = (due - t0 - plan.windows.warmup_ns) / SECOND;
        if let Some(histogram) = usize::try_from(second).ok().and_then(|second| log.seconds.get_mut(second)) {
            histogram.record(at - due);
        }
        let place = u32::try_from(number - plan.steady.start).expect("a plan is in memory");
        log.receipts.push(Receipt { place, client: self.client, at });
    }

    /// Ends the measuring. Gives what the phases used and what became of the updates; `used` is what the connections used
    /// by phase, after their end, where they are this client's to report.
    #[must_use]
    pub fn finish(mut self, used: Option<[Used; 5]>) -> (Phases<PhaseTotals>, Accounting) {
        for (totals, used) in self.phases.all_mut().into_iter().zip(used.into_iter().flatten()) {
            let Used { layers, head_lines, packets } = used;
            (totals.up, totals.down) = (layers.up.total(), layers.down.total());
            (totals.layers, totals.head_lines, totals.packets) = (Some(layers), Some(head_lines), Some(packets));
        }
        let plan = &self.gauge.plan;
        let mut accounting = Accounting {
            expected: plan.steady_len(),
            delivered: self.delivered,
            duplicates: self.duplicates,
            reordered: self.reordered,
            foreign: self.foreign,
            lost_deadline: self.late,
            ..Accounting::default()
        };
        for number in plan.steady.clone().filter(|&number| !self.seen.get(number)) {
            let count = if plan.answer == Answer::Latest && number < self.highest {
                &mut accounting.superseded
            } else if self.gone.get(number) {
                &mut accounting.lost_retention
            } else if self.connected {
                &mut accounting.lost_deadline
            } else {
                &mut accounting.lost_cut_off
            };
            *count += 1;
        }
        (self.phases, accounting)
    }
}

impl<O: FnOnce()> Sink for Meter<O> {
    fn opened(&mut self) {
        if self.opens_stream {
            let phase = self.phase(clock::now());
            self.totals(phase).requests += 1;
        }
        self.connected = true;
        if let Some(opened) = self.opened.take() {
            opened();
        }
    }

    fn answered<'a>(&mut self, updates: impl Iterator<Item = &'a [u8]>) {
        let at = clock::now();
        let phase = self.phase(at);
        let (mut count, mut payload) = (0, 0);
        for update in updates {
            self.receive(at, phase, update);
            count += 1;
            payload += update.len() as u64;
        }
        let totals = self.totals(phase);
        totals.requests += 1;
        totals.empty += u64::from(count == 0);
        totals.updates += count;
        totals.payload += payload;
    }

    fn deliver(&mut self, update: &[u8]) {
        let at = clock::now();
        let phase = self.phase(at);
        self.receive(at, phase, update);
        let totals = self.totals(phase);
        totals.updates += 1;
        totals.payload += update.len() as u64;
    }

    fn lost(&mut self, numbers: Range<u64>) {
        for number in numbers.start..numbers.end.min(self.gauge.plan.steady.end) {
            self.gone.set(number);
        }
    }

    fn skipped(&mut self, ticks: u64) {
        if ticks > 0 {
            let phase = self.gauge.plan.clock.phase(clock::now());
            self.totals(phase).skipped += ticks;
        }
    }
}

/// A set of small numbers.
#[derive(Clone, Debug)]
struct Bits(Box<[u64]>);

impl Bits {
    fn new(len: usize) -> Bits {
        Bits(vec![0; len.div_ceil(64)].into())
    }

    fn word(number: u64) -> (usize, u64) {
        (usize::try_from(number / 64).unwrap_or(usize::MAX), 1 << (number % 64))
    }

    fn get(&self, number: u64) -> bool {
        let (word, bit) = Self::word(number);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Whether it was there before.
    fn set(&mut self, number: u64) -> bool {
        let (word, bit) = Self::word(number);
        let Some(word) = self.0.get_mut(word) else { return false };
        let before = *word & bit != 0;
        *word |= bit;
        before
    }
}

/// Builds the naive twin (received − emitted) from the receipts' logs, after the trial, and counts how many distinct
/// updates were received. `emitted` is by number, from 1.
#[must_use]
pub fn naive_twin(plan: &Plan, logs: &[Vec<Receipt>], emitted: &[Nanos]) -> (Histogram, u64) {
    let mut twin = Histogram::default();
    let mut distinct = Bits::new(plan.planned.len() + 1);
    let mut count = 0;
    for &Receipt { place, at, .. } in logs.iter().flatten() {
        let number = plan.steady.start + u64::from(place);
        count += u64::from(!distinct.set(number));
        if let Some(emitted) = usize::try_from(number - 1).ok().and_then(|index| emitted.get(index)) {
            twin.record(at.saturating_sub(*emitted));
        }
    }
    (twin, count)
}

/// How late the feed emitted each update planned in steady.
#[must_use]
pub fn lateness(plan: &Plan, t0: Nanos, emitted: &[Nanos]) -> Histogram {
    let mut lateness = Histogram::default();
    for number in plan.steady.clone() {
        let emitted = usize::try_from(number - 1).ok().and_then(|index| emitted.get(index));
        if let (Some(emitted), Some(planned)) = (emitted, plan.planned(number)) {
            lateness.record(emitted.saturating_sub(t0 + planned));
        }
    }
    lateness
}
