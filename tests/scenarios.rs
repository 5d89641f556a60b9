//! Scenarios as users write them: every file of `tests/scenarios/invalid` is refused with its message and its line, and
//! no input at all makes the reader panic.

use pushbench::record::Record;
use pushbench::scenario::{Overrides, Scenario, shipped};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// A case is `name.toml` and `name.expected`, which holds how the error goes on behind `name.toml:`.
#[test]
fn what_is_wrong_is_said_with_its_place() {
    let mut cases = 0;
    let mut faults = Vec::new();
    for entry in std::fs::read_dir(folder("scenarios/invalid")).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        cases += 1;
        let text = std::fs::read_to_string(&path).expect("text");
        let expected = std::fs::read_to_string(path.with_extension("expected")).expect("what is expected of it");
        let name = Path::new(path.file_name().expect("a file"));
        let error = match Scenario::parse(name, &text, &Overrides::default()) {
            Ok(_) => "is accepted".into(),
            Err(error) => error.to_string(),
        };
        if !error.starts_with(&format!("{}:", name.display()))
            || !error.contains(expected.trim_end())
            || error.contains('\n')
        {
            faults.push(format!("{}\n   expected {}     got      {error}", name.display(), expected));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(cases >= 40, "{cases} cases");
}

/// Seeded mutations of what is valid: octets flipped, cut out, doubled, pieces of other files put in.
#[test]
fn no_scenario_and_no_record_makes_the_reader_panic() {
    let golden = std::fs::read(folder("golden/quick.ndjson")).expect("the golden record");
    // its first lines will do: the readers treat every trial alike
    let record: Vec<u8> = golden.split_inclusive(|&byte| byte == b'\n').take(2).flatten().copied().collect();
    let scenarios: Vec<&[u8]> = shipped::ALL.iter().map(|shipped| shipped.text.as_bytes()).collect();
    let mut random = Pcg64::seed_from_u64(20_261_121);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..4000 {
        let mutant = mutated(pick(&scenarios, &mut random), &scenarios, &mut random);
        let Ok(text) = String::from_utf8(mutant) else { continue };
        match Scenario::parse(Path::new("mutant.toml"), &text, &Overrides::default()) {
            Ok(scenario) => {
                accepted += 1;
                assert!(scenario.planned_trials() > 0);
            }
            Err(error) => {
                refused += 1;
                assert!(error.to_string().starts_with("mutant.toml"), "{error}");
            }
        }
        let mutant = mutated(&record, &[&record], &mut random);
        if let Ok(read) = Record::parse(Path::new("mutant.ndjson"), &mutant) {
            let _ = pushbench::report::Page::from_record(&read); // an error is fine, a panic is not
        }
    }
    assert!(
        accepted > 100 && refused > 100,
        "{accepted} accepted, {refused} refused: the mutations are too weak or too strong"
    );
}

fn pick<'a>(texts: &[&'a [u8]], random: &mut Pcg64) -> &'a [u8] {
    texts[below(texts.len(), random)]
}

fn below(limit: usize, random: &mut Pcg64) -> usize {
    usize::try_from(random.next_u64() % limit.max(1) as u64).expect("below a length")
}

fn mutated(text: &[u8], others: &[&[u8]], random: &mut Pcg64) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..=below(3, random) {
        let (from, to) = (below(text.len(), random), below(text.len(), random));
        let (from, to) = (from.min(to), from.max(to).min(from.min(to) + 40));
        match random.next_u64() % 5 {
            0 if !text.is_empty() => text[from] ^= 1 << (random.next_u64() % 7),
            1 => drop(text.drain(from..to)),
            2 => {
                let piece = text[from..to].to_vec();
                text.splice(to..to, piece);
            }
            3 => {
                let other = pick(others, random);
                let at = below(other.len(), random);
                text.splice(from..from, other[at..(at + 30).min(other.len())].iter().copied());
            }
            _ => {
                let digits = ["0", "-1", "99999999999999999999", "1e300", "nan", "\"1s\"", "[]", "{}", "\u{1F980}"];
                text.splice(from..to.min(from + 3), digits[below(digits.len(), random)].bytes());
            }
        }
    }
    text
}
