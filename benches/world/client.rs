//! One client of a world, and the hall in which all of them say what they have.

use super::{PAYLOAD, Shape};
use pushbench::clock::{self, Nanos, SECOND};
use pushbench::kind::{Answer, Encoding, LOCALHOST, Pacing, Persistence};
use pushbench::pacing::Pacer;
use pushbench::profile;
use pushbench::sink::Sink;
use pushbench::transport;
use pushbench::transport::room::Course;
use pushbench::trial::{PhaseClock, Polling, Windows};
use pushbench::update;
use pushbench::wire::dissect::connection::Dissector;
use pushbench::wire::exchange::{Dial, Exchange, Line};
use pushbench::wire::tap::Tap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::{Notify, watch};

/// Between two polls of a client that has what it asked for: another round begins before that.
const NEVER: Nanos = 24 * 3600 * SECOND;

/// Where the clients of a kind say what they have.
#[derive(Default)]
pub(super) struct Hall {
    /// Clients that have yet to connect, or to receive the last update.
    missing: Cell<u32>,
    /// When the first of them asked: a client that polls says so, just before it does.
    asked: Cell<Option<Nanos>>,
    last: Cell<Nanos>,
    octets: Cell<u64>,
    news: Notify,
    fault: RefCell<Option<String>>,
}

impl Hall {
    /// From now on so many clients have something to say.
    pub(super) fn expect(&self, clients: u32) {
        self.missing.set(clients);
        self.octets.set(0);
        self.asked.set(None);
    }

    /// Waits until they have said it.
    pub(super) async fn complete(&self) {
        while self.missing.get() > 0 {
            self.news.notified().await;
            if let Some(fault) = self.fault.take() {
                panic!("{fault}");
            }
        }
    }

    /// When the first poll began; `None` where nobody polls.
    pub(super) fn asked(&self) -> Option<Nanos> {
        self.asked.get()
    }

    /// When the last one did.
    pub(super) fn last(&self) -> Nanos {
        self.last.get()
    }

    /// Octets of all of them, each counted when it did.
    pub(super) fn octets(&self) -> u64 {
        self.octets.get()
    }

    fn check_in(&self, octets: u64) {
        let missing = self.missing.get();
        if missing == 0 {
            return self.fail("a client says what nobody asked for".into());
        }
        self.missing.set(missing - 1);
        self.octets.set(self.octets.get() + octets);
        if missing == 1 {
            self.last.set(clock::now());
            self.news.notify_one();
        }
    }

    fn fail(&self, fault: String) {
        self.fault.borrow_mut().get_or_insert(fault);
        self.news.notify_one();
    }
}

/// The sink of one client: holds every update to the one it has to be.
struct Receiver {
    hall: Rc<Hall>,
    tap: Arc<Tap>,
    opened: bool,
    received: u64,
    /// For whoever polls: has what it asked for.
    served: Rc<Notify>,
}

impl Receiver {
    fn receive(&mut self, update: &[u8]) {
        let number = update::number(update);
        if number != Some(self.received + 1) || update.len() != PAYLOAD {
            let octets = update.len();
            return self.hall.fail(format!("update {number:?} of {octets} B after {}", self.received));
        }
        self.received += 1;
        self.hall.check_in(self.tap.counts().into_iter().sum());
        self.served.notify_one();
    }
}

impl Sink for Receiver {
    fn opened(&mut self) {
        // whoever polls opens at each round
        if !std::mem::replace(&mut self.opened, true) {
            self.hall.check_in(0);
        }
    }

    fn answered<'a>(&mut self, updates: impl Iterator<Item = &'a [u8]>) {
        let _ = self.tap.take_message(); // the phase, as a meter asks
        let before = self.received;
        updates.for_each(|update| self.receive(update));
        if self.received != before + 1 {
            self.hall.fail(format!("{} updates in an answer in lock-step", self.received - before));
        }
    }

    fn deliver(&mut self, update: &[u8]) {
        let _ = self.tap.take_message(); // as above
        self.receive(update);
    }

    fn lost(&mut self, numbers: std::ops::Range<u64>) {
        self.hall.fail(format!("{numbers:?} are gone"));
    }

    fn skipped(&mut self, _: u64) {
        // behind the pacer's timer, which has a millisecond's grain
        self.hall.asked.set(self.hall.asked.get().or_else(|| Some(clock::now())));
    }
}

/// One client.
pub(super) struct Seat {
    shape: Shape,
    exchange: Exchange,
    course: Course,
    sink: Receiver,
    asking: watch::Receiver<u64>,
    /// Of everybody's polls: long ago.
    start: watch::Sender<Option<Nanos>>,
}

impl Seat {
    /// One that has not connected yet.
    pub(super) fn new(shape: &Shape, dial: Dial, hall: Rc<Hall>, asking: watch::Receiver<u64>) -> Seat {
        let Shape { transport, carrier, ref headers, .. } = *shape;
        // the port is not to be in the head: it has four digits or five
        let head = profile::request(headers, Persistence::KeepAlive, transport, carrier, LOCALHOST);
        let start = watch::Sender::new(Some(0));
        let course = Course {
            since: 0,
            answer: Answer::All,
            conditional: false,
            encoding: Encoding::Text,
            payload: PAYLOAD,
            hold_ns: pushbench::transport::ask::HOLD,
            head: head.expect("the profile's"),
            pacer: at_once(&start),
        };
        let clock = PhaseClock::new(Windows { warmup_ns: 0, steady_ns: 0, drain_ns: 0 });
        let tap = Tap::dissecting(Dissector::new(transport, Encoding::Text, carrier.is_h2()), Arc::new(clock));
        let exchange = Exchange::on(&Line::new(dial, tap));
        let sink = Receiver { hall, tap: exchange.tap(), opened: false, received: 0, served: Rc::default() };
        Seat { shape: shape.clone(), exchange, course, sink, asking, start }
    }

    /// Follows as long as the world lasts.
    pub(super) async fn follow(mut self) {
        let hall = Rc::clone(&self.sink.hall);
        let broken = if self.shape.polls() { self.poll().await } else { self.stay().await };
        hall.fail(broken);
    }

    async fn stay(&mut self) -> String {
        let Seat { shape, exchange, course, sink, .. } = self;
        transport::follow(shape.transport, exchange, course, sink).await.to_string()
    }

    /// Connects, and polls once when it is told to.
    async fn poll(&mut self) -> String {
        if let Err(broken) = self.exchange.connect().await {
            return broken.to_string();
        }
        self.sink.opened();
        while self.asking.changed().await.is_ok() {
            self.course.pacer = at_once(&self.start);
            let served = Rc::clone(&self.sink.served);
            // follows first: what it does with an answer is done before it waits for its next turn, and ends there
            tokio::select! { biased; broken = self.stay() => return broken, () = served.notified() => {} }
        }
        "the world has ended".into()
    }
}

/// The first turn now, and no other.
fn at_once(start: &watch::Sender<Option<Nanos>>) -> Pacer {
    Pacer::new(Polling { interval_ns: NEVER, pacing: Pacing::AfterResponse }, 0, start.subscribe())
}
