use super::*;
use crate::clock::{MILLISECOND, SECOND};
use crate::kind::{Answer, Carrier, Compression, Encoding, Persistence, Profile};
use crate::link::Link;
use crate::trial::{FeedPlan, Headers, Polling, Sockets, Windows};

fn trial(transport: Transport, clients: u32, rate: f64, steady_s: u64) -> Trial {
    let schedule = Schedule::Periodic { rate };
    let polling = Polling { interval_ns: 300 * MILLISECOND, pacing: Pacing::default() };
    aspects::normalised(&Trial {
        transport,
        carrier: Carrier::H1,
        clients,
        feed: FeedPlan { schedule, payload: 100, encoding: Encoding::Text, seed: 1, retention_ns: SECOND },
        polling,
        answer: Answer::All,
        hold_ns: SECOND,
        persistence: Persistence::default(),
        conditional: false,
        compression: Compression::None,
        headers: Headers::default(),
        clients_per_connection: 1,
        credentials: None,
        link: Link::default(),
        windows: Windows { warmup_ns: SECOND, steady_ns: steady_s * SECOND, drain_ns: SECOND },
        sockets: Sockets::default(),
    })
}

#[test]
fn heads_are_an_axis_of_words_from_light_to_heavy() {
    let with = |profile, cookie| Trial {
        headers: Headers { profile, cookie, ..Headers::default() },
        ..trial(Transport::Polling, 1, 1.0, 5)
    };
    let mut trials = [with(Profile::Browser, 1024), with(Profile::Browser, 0), with(Profile::Minimal, 0)];
    trials.sort_by_key(aspects::place);
    let sweep = Sweep::of(&trials);
    assert_eq!(sweep.axes.iter().map(Column::title).collect::<Vec<_>>(), ["heads"]);
    let cells = ["minimal heads", "browser heads", "browser heads + 1\u{a0}KiB cookie"];
    assert_eq!(sweep.axes[0].values(&trials), cells);
    assert_eq!(sweep.names(&trials)[1].label, "polling · browser heads");
}

#[test]
fn distance_is_the_first_axis_and_loopback_its_origin() {
    let far = |ms, rate| Trial {
        link: Link { rtt_ns: ms * MILLISECOND, ..Link::default() },
        ..trial(Transport::Websocket, 1, rate, 5)
    };
    let trials = [far(0, 1.0), far(40, 1.0), far(400, 1.0), far(0, 9.0), far(40, 9.0), far(400, 9.0)];
    let sweep = Sweep::of(&trials);
    assert_eq!(sweep.axes.iter().map(Column::title).collect::<Vec<_>>(), ["rtt", "rate"]);
    assert_eq!(sweep.axes[0].axis(), "round trip");
    assert_eq!(sweep.axes[0].values(&trials).join(", ").replace('\u{a0}', " "), "loopback, 40 ms, 400 ms");
    let names: Vec<_> = sweep.names(&trials).iter().take(2).map(|name| name.label.replace('\u{a0}', " ")).collect();
    assert_eq!(names, ["websocket · loopback · 1/s", "websocket · 40 ms rtt · 1/s"]);
    assert_eq!(sweep.axes[0].number(&trials[1]), Some(4e7));
}

#[test]
fn what_goes_in_step_is_no_axis() {
    let of = |clients, rate, steady| trial(Transport::Sse, clients, rate, steady);
    let trials = [of(200, 0.2, 155), of(100, 10.0, 5), of(100, 100.0, 5)];
    let sweep = Sweep::of(&trials);
    assert_eq!(sweep.axes.iter().map(Column::title).collect::<Vec<_>>(), ["rate"]);
    assert_eq!(sweep.columns().map(Column::title).collect::<Vec<_>>(), ["rate", "clients"]);
    assert_eq!(sweep.cells(&trials[0]), ["0.2/s", "200"]);
    assert_eq!(
        sweep.in_step(&trials)[0].replace('\u{a0}', " "),
        "With the rate (0.2/s · 10/s · 100/s) change: clients (200 · 100 · 100), steady (155 s · 5 s · 5 s)."
    );
    assert_eq!(sweep.names(&trials)[0].label, "sse · 0.2/s");
    assert_eq!(sweep.constants(&trials), ["evenly spaced updates"]);
}

#[test]
fn what_changes_by_itself_is_an_axis() {
    let of = |clients, rate| trial(Transport::Sse, clients, rate, 5);
    let trials = [of(10, 1.0), of(10, 2.0), of(20, 1.0), of(20, 2.0)];
    let sweep = Sweep::of(&trials);
    assert_eq!(sweep.axes.iter().map(Column::title).collect::<Vec<_>>(), ["rate", "clients"]);
    assert!(sweep.in_step(&trials).is_empty());
    assert_eq!(sweep.order(&trials[1], &trials[2]), Ordering::Greater);
    assert!(Sweep::of(&trials[..1]).axes.is_empty());
}

#[test]
fn an_axis_means_nothing_to_who_has_no_such_setting() {
    let mut polls = [1, 2, 3].map(|_| trial(Transport::Polling, 1, 1.0, 5)).to_vec();
    polls.iter_mut().zip([100, 200, 500]).for_each(|(trial, ms)| trial.polling.interval_ns = ms * MILLISECOND);
    polls.push(trial(Transport::Websocket, 1, 1.0, 5));
    let sweep = Sweep::of(&polls);
    assert_eq!(sweep.axes[0].title(), "poll every");
    assert_eq!(sweep.axes[0].values(&polls).join(" ").replace('\u{a0}', " "), "100 ms 200 ms 500 ms");
    assert_eq!(sweep.axes[0].number(&polls[3]), None);
    assert_eq!(sweep.names(&polls)[3].label, "websocket");
}
