//! Makes the sample that `sample:ticker` replays: 75 seconds of an invented exchange's ticker, in bursts and lulls.
//!
//! ```sh
//! cargo run --example make-sample > scenarios/samples/ticker.ndjson
//! ```
//!
//! Whole numbers only: logarithms round differently from system to system, and the file must not.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use std::fmt::Write;

/// 2026-03-02T14:30:00Z, in milliseconds since 1970.
const OPENING_MS: u64 = 1_772_461_800_000;
const SYMBOLS: [&str; 12] =
    ["ALDR", "BRIX", "CALQ", "DOVE", "ELMA", "FJRD", "GRIT", "HALO", "IVOR", "JADE", "KITE", "LUMO"];
const VENUES: [&str; 3] = ["XA", "XB", "XDRK"];
/// From one second after the opening to the next, how many milliseconds lie between two events on average, and whether
/// it begins with news.
const DAY: [(u64, u64, u64, bool); 8] = [
    (0, 6, 22, false),    // the opening
    (6, 24, 105, false),  // calm
    (24, 27, 8, true),    // a surprise
    (27, 38, 55, false),  // it settles
    (38, 43, 1900, true), // a trading halt: next to nothing
    (43, 58, 140, false), // calm
    (58, 60, 9, true),    // another surprise
    (60, 75, 70, false),  // busy to the end
];
const SENTENCES: [&str; 6] = [
    "The board said that it had not expected the result, and that it would comment when the audit is complete.",
    "Analysts had asked for half as much.",
    "Two of the three plants are back at work; the third follows before the end of the month.",
    "The regulator has asked for the order book of the last two sessions and halted trading for some seconds meanwhile.",
    "A spokesman declined to name the buyer.",
    "Shares of suppliers moved with it, those of competitors against it.",
];

struct Exchange {
    random: Pcg64,
    now_ms: u64,
    /// By symbol, in cents.
    prices: [u64; SYMBOLS.len()],
    trades: u64,
    out: String,
}

/// The sample, as it stands in the repository.
pub(crate) fn sample() -> String {
    let mut random = Pcg64::seed_from_u64(17);
    let prices = SYMBOLS.map(|_| 2_000 + random.next_u64() % 40_000);
    let mut exchange = Exchange { random, now_ms: OPENING_MS, prices, trades: 48_000, out: String::new() };
    for (from_s, to_s, gap_ms, news) in DAY {
        exchange.now_ms = exchange.now_ms.max(OPENING_MS + from_s * 1000);
        if news {
            exchange.news();
        }
        while exchange.now_ms < OPENING_MS + to_s * 1000 {
            exchange.event();
            // an order that takes several others is several events of one millisecond
            while exchange.below(4) == 0 {
                exchange.event();
            }
            exchange.now_ms += 1 + exchange.below(2 * gap_ms - 1);
        }
    }
    exchange.out
}

impl Exchange {
    fn below(&mut self, end: u64) -> u64 {
        self.random.next_u64() % end
    }

    fn symbol(&mut self) -> usize {
        // some are traded more than others
        let (a, b) = (self.below(SYMBOLS.len() as u64), self.below(SYMBOLS.len() as u64));
        usize::try_from(a.min(b)).expect("there are twelve")
    }

    fn event(&mut self) {
        let symbol = self.symbol();
        // up to a fifth of a percent at a time, either way
        let step = self.prices[symbol] / 500 + 1;
        self.prices[symbol] = (self.prices[symbol] + self.below(2 * step + 1)).saturating_sub(step).max(100);
        let (name, price) = (SYMBOLS[symbol], self.prices[symbol]);
        let size = 100 * (1 + self.below(9) * self.below(9));
        let line = if self.below(3) == 0 {
            let (below, above) = (price - 1 - self.below(3), price + 1 + self.below(3));
            let other = 100 * (1 + self.below(40));
            format!(
                r#""type":"quote","symbol":"{name}","bid":{},"bid_size":{size},"ask":{},"ask_size":{other}"#,
                money(below),
                money(above)
            )
        } else {
            self.trades += 1;
            let (id, venue) = (self.trades, VENUES[usize::try_from(self.below(3)).expect("there are three")]);
            format!(
                r#""type":"trade","symbol":"{name}","price":{},"size":{size},"venue":"{venue}","id":{id}"#,
                money(price)
            )
        };
        self.write(&line);
    }

    fn news(&mut self) {
        let name = SYMBOLS[self.symbol()];
        let first = usize::try_from(self.below(3)).expect("small");
        let body = SENTENCES[first..first + 4].join(" ");
        self.write(&format!(r#""type":"news","symbol":"{name}","headline":"{name} surprises","body":"{body}""#));
    }

    fn write(&mut self, fields: &str) {
        writeln!(self.out, "{{\"ts\":{},{fields}}}", self.now_ms).expect("a String takes everything");
    }
}

/// Cents as a JSON number.
fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[allow(dead_code)] // the test that holds the file to this takes `sample` alone
fn main() {
    print!("{}", sample());
}
