//! What SciPy and others say of the same samples: `make.py` made `scipy.json`.

use pushbench::stats::{self, bca::Bootstrap, student};
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    student: Vec<Student>,
    interval: Vec<Ranged>,
    bca: Bca,
    paired: Vec<Pair>,
    unpaired: Vec<Pair>,
    holm: Vec<Holm>,
    drift: Vec<Trend>,
    fences: Vec<Ranged>,
    mser: Vec<Settling>,
}

#[derive(Deserialize)]
struct Student {
    t: f64,
    freedom: f64,
    p: f64,
    quantile: f64,
}

#[derive(Deserialize)]
struct Ranged {
    values: Vec<f64>,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct Bca {
    one: Vec<One>,
    two: Vec<Two>,
}

#[derive(Deserialize)]
struct One {
    values: Vec<f64>,
    low: f64,
    high: f64,
    bias: f64,
    acceleration: f64,
}

#[derive(Deserialize)]
struct Two {
    old: Vec<f64>,
    new: Vec<f64>,
    low: f64,
    high: f64,
    bias: f64,
    acceleration: f64,
}

#[derive(Deserialize)]
struct Pair {
    old: Vec<f64>,
    new: Vec<f64>,
    p: f64,
    ratio: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

#[derive(Deserialize)]
struct Holm {
    p: Vec<f64>,
    adjusted: Vec<f64>,
}

#[derive(Deserialize)]
struct Trend {
    values: Vec<f64>,
    tau: f64,
    p: f64,
}

#[derive(Deserialize)]
struct Settling {
    values: Vec<f64>,
    cut: usize,
}

fn cases() -> Cases {
    serde_json::from_str(include_str!("scipy.json")).expect("what make.py wrote")
}

#[track_caller]
fn same(ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() <= 1e-8 * theirs.abs() + 1e-12, "{ours} is not {theirs}");
}

#[test]
fn students_t() {
    for case in cases().student {
        same(student::beyond(case.t, case.freedom), case.p);
        same(student::quantile(0.975, case.freedom), case.quantile);
    }
}

#[test]
fn intervals_of_a_centre() {
    for case in cases().interval {
        let interval = stats::interval(&case.values).expect("they differ");
        same(interval.low, case.low);
        same(interval.high, case.high);
    }
}

/// SciPy draws 200,000 resamples; here they are counted out. An end lies where 2.5 % of them do, give or take 0.035 %.
#[test]
fn the_bca_bootstrap() {
    let near = |ours: f64, theirs: f64, spread: f64| {
        assert!((ours - theirs).abs() < 0.02 * spread, "{ours} is not near {theirs} for a spread of {spread}");
    };
    for case in cases().bca.one {
        let (ours, interval) = (Bootstrap::of(&case.values), stats::interval(&case.values).expect("they differ"));
        assert!((ours.correction.bias - case.bias).abs() < 0.01, "{:?} {}", ours.correction, case.bias);
        assert!((ours.correction.acceleration - case.acceleration).abs() < 1e-9, "{:?}", ours.correction);
        let spread = case.high - case.low;
        // between two steps of a staircase ours rises evenly, so that it may be up to a step wider, never narrower
        let mut sorted = case.values.clone();
        sorted.sort_by(f64::total_cmp);
        let below = sorted.iter().rev().find(|value| **value < case.low - 1e-9).copied().unwrap_or(case.low);
        let above = sorted.iter().find(|value| **value > case.high + 1e-9).copied().unwrap_or(case.high);
        if case.values.len() % 2 == 0 {
            near(interval.low, case.low, spread);
            near(interval.high, case.high, spread);
        } else {
            assert!((below..=case.low + 1e-9).contains(&interval.low), "{interval:?} {}", case.low);
            assert!((case.high - 1e-9..=above).contains(&interval.high), "{interval:?} {}", case.high);
        }
    }
    for case in cases().bca.two {
        let ours = Bootstrap::of_difference(&case.old, &case.new);
        assert!((ours.correction.bias - case.bias).abs() < 0.01, "{:?} {}", ours.correction, case.bias);
        assert!((ours.correction.acceleration - case.acceleration).abs() < 1e-9, "{:?}", ours.correction);
        near(ours.interval().low, case.low, case.high - case.low);
        near(ours.interval().high, case.high, case.high - case.low);
    }
}

#[test]
fn paired_and_unpaired_effects() {
    for case in cases().paired {
        same(stats::paired(&case.old, &case.new).expect("all above 0").p, case.p);
    }
    for case in cases().unpaired {
        let effect = stats::unpaired(&case.old, &case.new).expect("all above 0");
        let interval = effect.interval.expect("they differ");
        same(effect.p, case.p);
        same(effect.ratio, case.ratio.expect("given"));
        same(interval.low, case.low.expect("given"));
        same(interval.high, case.high.expect("given"));
    }
}

#[test]
fn holms_correction() {
    for case in cases().holm {
        for (ours, theirs) in stats::holm(&case.p).into_iter().zip(case.adjusted) {
            same(ours, theirs);
        }
    }
}

#[test]
fn drift_fences_and_settling() {
    for case in cases().drift {
        let drift = stats::drift(&case.values).expect("eight at least");
        same(drift.tau, case.tau);
        same(drift.p, case.p);
    }
    for case in cases().fences {
        let fences = stats::fences(&case.values).expect("eight at least");
        same(fences.low, case.low);
        same(fences.high, case.high);
    }
    for case in cases().mser {
        assert_eq!(stats::settled(&case.values), Some(case.cut));
    }
}
