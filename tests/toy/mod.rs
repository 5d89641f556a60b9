//! A client, a wire and a server that hand each other messages: what happens, one after the other, without a formula.

use pushbench::clock::Nanos;
use pushbench::kind::{Carrier, Pacing, Persistence, Transport};
use pushbench::theory::oracle::Takes;
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What is played.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Toy {
    pub(crate) transport: Transport,
    pub(crate) takes: Takes,
    pub(crate) persistence: Persistence,
    pub(crate) carrier: Carrier,
    pub(crate) one_way_ns: Nanos,
    pub(crate) period_ns: Nanos,
    pub(crate) pacing: Pacing,
    pub(crate) phase_ns: Nanos,
    pub(crate) hold_ns: Nanos,
    /// Whatever happens may happen up to so much later than it should.
    pub(crate) late_ns: Nanos,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Played {
    /// When each update was received; `None`: superseded.
    pub(crate) received: Vec<Option<Nanos>>,
    pub(crate) requests: u64,
    pub(crate) empty: u64,
    pub(crate) skipped: u64,
}

/// In the order in which they happen when they happen at the same moment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// All updates up to this one are there.
    Published(usize),
    /// The server got the beginning of a TCP connection, or of TLS.
    Greeted(Greeting),
    /// The server got a request.
    Asked,
    /// The client got the server's part of that beginning.
    GreetedBack(Greeting),
    /// The client got these updates: from, to.
    Answered(usize, usize),
    /// The client's timer.
    Tick(u64),
    /// The server's timer for the request of this number.
    HeldLongEnough(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Greeting {
    Tcp,
    Tls,
}

struct Play<'a> {
    toy: &'a Toy,
    random: Pcg64,
    events: BinaryHeap<Reverse<(Nanos, Event)>>,
    now: Nanos,
    published: usize,
    /// Up to here the client was answered.
    sent: usize,
    /// The request that the server holds.
    held: bool,
    /// The client waits for an answer.
    asking: bool,
    connected: bool,
    played: Played,
}

impl Toy {
    /// Plays until all of `plan` is received or superseded.
    pub(crate) fn play(&self, plan: &[Nanos], seed: u64) -> Played {
        let mut play = Play {
            toy: self,
            random: Pcg64::seed_from_u64(seed),
            events: BinaryHeap::new(),
            now: 0,
            published: 0,
            sent: 0,
            held: false,
            asking: false,
            connected: true,
            played: Played { received: vec![None; plan.len()], ..Played::default() },
        };
        let mut late = 0;
        for (index, &at) in plan.iter().enumerate() {
            if plan.get(index + 1) != Some(&at) {
                late = (at + play.lateness()).max(late); // in order
                play.events.push(Reverse((late, Event::Published(index + 1))));
            }
        }
        match self.transport {
            Transport::LongPolling => {
                play.asking = true;
                play.events.push(Reverse((0, Event::Asked)));
            }
            Transport::Polling => play.events.push(Reverse((self.phase_ns, Event::Tick(0)))),
            _ => {}
        }
        let mut answered = 0;
        while answered < plan.len() {
            let Reverse((now, event)) = play.events.pop().expect("something happens until the end");
            play.now = now;
            if let Event::Answered(_, to) = event {
                answered = to;
            }
            play.happens(event);
        }
        play.played
    }
}

impl Play<'_> {
    fn lateness(&mut self) -> Nanos {
        if self.toy.late_ns == 0 { 0 } else { self.random.next_u64() % self.toy.late_ns }
    }

    /// It happens `wait` from now, if not later.
    fn after(&mut self, wait: Nanos, event: Event) {
        let at = self.now + wait + self.lateness();
        self.events.push(Reverse((at, event)));
    }

    fn crosses(&mut self, event: Event) {
        self.after(self.toy.one_way_ns, event);
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Published(count) => {
                self.published = count;
                if self.held {
                    self.answer();
                } else if !self.toy.transport.asks_each_time() {
                    self.stream();
                }
            }
            Event::Greeted(greeting) => self.crosses(Event::GreetedBack(greeting)),
            Event::GreetedBack(Greeting::Tcp) if self.toy.carrier == Carrier::H1Tls => {
                self.crosses(Event::Greeted(Greeting::Tls));
            }
            Event::GreetedBack(_) => self.crosses(Event::Asked),
            Event::Asked => {
                self.played.requests += 1;
                if self.published > self.sent || self.toy.transport == Transport::Polling {
                    self.answer();
                } else {
                    self.held = true;
                    self.after(self.toy.hold_ns, Event::HeldLongEnough(self.played.requests));
                }
            }
            Event::HeldLongEnough(request) => {
                if self.held && request == self.played.requests {
                    self.answer();
                }
            }
            Event::Answered(from, to) => self.receive(from, to),
            Event::Tick(number) => self.tick(number),
        }
    }

    /// A stream's messages keep their order, however late one is.
    fn stream(&mut self) {
        let at = self.now + self.toy.one_way_ns + self.lateness();
        let last = self.events.iter().filter_map(|Reverse((at, event))| match event {
            Event::Answered(..) => Some(*at),
            _ => None,
        });
        let at = last.max().unwrap_or(0).max(at);
        self.events.push(Reverse((at, Event::Answered(self.sent, self.published))));
        self.sent = self.published;
    }

    fn answer(&mut self) {
        self.held = false;
        let (from, to) = match self.toy.takes {
            _ if self.published == self.sent => (self.sent, self.sent),
            Takes::All => (self.sent, self.published),
            Takes::Latest => (self.published - 1, self.published),
            Takes::One => (self.sent, self.sent + 1),
        };
        self.sent = to;
        self.played.empty += u64::from(from == to);
        self.crosses(Event::Answered(from, to));
    }

    fn receive(&mut self, from: usize, to: usize) {
        self.played.received[from..to].fill(Some(self.now));
        if !self.toy.transport.asks_each_time() {
            return;
        }
        self.asking = false;
        self.connected = self.toy.persistence == Persistence::KeepAlive;
        match (self.toy.transport, self.toy.pacing) {
            (Transport::LongPolling, _) => self.ask(),
            (_, Pacing::AfterResponse) => self.after(self.toy.period_ns, Event::Tick(0)),
            _ => {}
        }
    }

    fn tick(&mut self, number: u64) {
        if self.toy.pacing == Pacing::FixedRate {
            let at = self.toy.phase_ns + (number + 1) * self.toy.period_ns;
            self.events.push(Reverse((at, Event::Tick(number + 1))));
            if self.asking {
                self.played.skipped += 1;
                return;
            }
        }
        self.ask();
    }

    fn ask(&mut self) {
        self.asking = true;
        self.crosses(if self.connected { Event::Asked } else { Event::Greeted(Greeting::Tcp) });
    }
}
