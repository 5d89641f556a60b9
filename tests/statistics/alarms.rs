//! How often a difference is called that is not there, found that is, and whether intervals hold the truth.

use super::draw::{Draw, Shape};
use pushbench::stats::{self, Effect};

/// Comparisons for each number of blocks and way of comparing.
const COMPARISONS: u64 = 10_000;
/// Figures of one comparison.
const FAMILY: usize = 20;

type Judge = fn(&[f64], &[f64]) -> Option<Effect>;

/// Compares two sides between which there is no difference; holds the rate at which one is called to 6 %, for each figure and
/// for families of them, and p to its interval.
fn no_more_alarms_than_allowed(judge: Judge, shapes: &[Shape], n: usize) {
    let each = COMPARISONS / shapes.len() as u64;
    let mut families = (0, 0);
    for (seed, &shape) in (1..).zip(shapes) {
        let mut draw = Draw::new(1000 * n as u64 + seed);
        let p: Vec<f64> = (0..each)
            .map(|_| {
                let (old, new) = draw.blocks(shape, n, 1.0);
                let effect = judge(&old, &new).expect("all above 0");
                let interval = effect.interval.expect("they differ");
                assert_eq!(effect.p < 0.05, !interval.holds(1.0), "{effect:?} of {old:?} and {new:?}");
                effect.p
            })
            .collect();
        let called = p.iter().filter(|p| **p < 0.05).count() as f64 / each as f64;
        println!("{shape:?}, {n}: {:.2} %", called * 100.0);
        assert!(called <= 0.06, "{shape:?}, {n}: {called}");
        for family in p.chunks_exact(FAMILY) {
            families.0 += 1;
            families.1 += usize::from(stats::holm(family).iter().any(|p| *p < 0.05));
        }
    }
    let rate = f64::from(u32::try_from(families.1).expect("few")) / f64::from(families.0);
    println!("families, {n}: {:.2} %", rate * 100.0);
    assert!(rate <= 0.06, "families, {n}: {rate}");
}

/// Comparisons of [`FAMILY`] figures each: enough to tell 5 % from 6.
const FAMILIES: u64 = 3_000;

#[test]
fn corrected_for_a_family_one_comparison_in_twenty_has_a_false_alarm() {
    // where two tests are asked: the surer of the two alone would call 6 to 7 %
    for (judge, n) in [(stats::paired as Judge, 10), (stats::paired, 17), (stats::unpaired, 8), (stats::unpaired, 17)] {
        let mut draw = Draw::new(4242 + n as u64);
        let called = (0..FAMILIES).filter(|_| {
            let p = (0..FAMILY).map(|_| {
                let (old, new) = draw.blocks(Shape::Lognormal, n, 1.0);
                judge(&old, &new).expect("all above 0").p
            });
            stats::holm(&p.collect::<Vec<_>>()).iter().any(|p| *p < 0.05)
        });
        let rate = called.count() as f64 / FAMILIES as f64;
        println!("{n}: {:.2} %", rate * 100.0);
        assert!(rate <= 0.06, "{n}: {rate}");
    }
}

const ALL: [Shape; 3] = [Shape::Lognormal, Shape::Heavy, Shape::Drift];

macro_rules! without_a_difference {
    ($($name:ident: $judge:path, $shapes:expr, $n:expr;)*) => {
        $(#[test] fn $name() { no_more_alarms_than_allowed($judge, $shapes, $n); })*
    };
}

// a test each, so that they share the machine's cores
without_a_difference! {
    paired_3: stats::paired, &ALL, 3;
    paired_5: stats::paired, &ALL, 5;
    paired_6: stats::paired, &ALL, 6;
    paired_10: stats::paired, &ALL, 10;
    paired_20: stats::paired, &ALL, 20;
    paired_30: stats::paired, &ALL, 30;
    // what drifts is not independent: only pairs can be compared
    unpaired_3: stats::unpaired, &ALL[..2], 3;
    unpaired_5: stats::unpaired, &ALL[..2], 5;
    unpaired_6: stats::unpaired, &ALL[..2], 6;
    unpaired_10: stats::unpaired, &ALL[..2], 10;
    unpaired_20: stats::unpaired, &ALL[..2], 20;
    unpaired_30: stats::unpaired, &ALL[..2], 30;
}

/// Comparisons of sides between which there is a difference.
const FEW: u32 = 1_000;

/// Of sides of which one takes a tenth more, how many are called different, and how many intervals hold that ratio.
fn found_and_held(judge: Judge, n: usize) -> (f64, f64) {
    let mut draw = Draw::new(77 + n as u64);
    let (mut found, mut held) = (0, 0);
    for _ in 0..FEW {
        let (old, new) = draw.blocks(Shape::Lognormal, n, 1.1);
        let effect = judge(&old, &new).expect("all above 0");
        found += u32::from(effect.p < 0.05 && effect.ratio > 1.0);
        held += u32::from(effect.interval.expect("they differ").holds(1.1));
    }
    (f64::from(found) / f64::from(FEW), f64::from(held) / f64::from(FEW))
}

#[test]
fn a_tenth_more_is_found_and_the_interval_holds_it() {
    // single trials scatter by a tenth, so that a pair's ratio does by 14 %: ten blocks find it in every fourth case
    for (judge, n, least) in [
        (stats::paired as Judge, 3, 0.05),
        (stats::paired, 10, 0.2),
        (stats::paired, 30, 0.8),
        (stats::unpaired, 3, 0.05),
        (stats::unpaired, 10, 0.45),
        (stats::unpaired, 30, 0.75),
    ] {
        let (found, held) = found_and_held(judge, n);
        println!("{n}: found {found}, held {held}");
        assert!(found >= least && held >= 0.94, "{n}: found in {found}, held by {held}");
    }
}

#[test]
fn what_is_called_detectable_is_found_in_four_of_five_cases() {
    for (judge, n) in [
        (stats::paired as Judge, 5),
        (stats::paired, 12),
        (stats::paired, 24),
        (stats::unpaired, 8),
        (stats::unpaired, 22),
    ] {
        let mut draw = Draw::new(99);
        let mut sizes: Vec<f64> = (0..200)
            .map(|_| {
                let (old, new) = draw.blocks(Shape::Lognormal, n, 1.0);
                stats::detectable(&judge(&old, &new).expect("all above 0"), 1).expect("enough blocks")
            })
            .collect();
        sizes.sort_by(f64::total_cmp);
        let found = (0..500).filter(|_| {
            let (old, new) = draw.blocks(Shape::Lognormal, n, sizes[100]);
            judge(&old, &new).expect("all above 0").p < 0.05
        });
        let power = found.count() as f64 / 500.0;
        println!("{n}: {:.3}, found in {power}", sizes[100]);
        assert!((0.7..0.93).contains(&power), "{n}: {} is found in {power}", sizes[100]);
    }
}

#[test]
fn a_correction_asks_for_more_and_only_single_trials_detect_nothing() {
    let (old, new) = Draw::new(5).blocks(Shape::Lognormal, 8, 1.1);
    let effect = |n: usize| stats::paired(&old[..n], &new[..n]).expect("all above 0");
    for n in [2, 5, 6, 8] {
        let alone = stats::detectable(&effect(n), 1).expect("they differ");
        assert!(stats::detectable(&effect(n), 20).expect("as above") > alone, "{n}");
    }
    assert_eq!(stats::detectable(&effect(1), 1), None);
}

#[test]
fn more_blocks_show_at_least_as_much() {
    // an effect that nobody overlooks: twice as much, from trials that scatter by a tenth
    for judge in [stats::paired as Judge, stats::unpaired] {
        let family = [6, 8, 10, 19].map(|n| {
            let (old, new) = Draw::new(9).blocks(Shape::Lognormal, n, 2.0);
            judge(&old, &new).expect("all above 0").p
        });
        assert!(family.iter().all(|p| p * 44.0 < 0.05), "{family:?}");
    }
}
