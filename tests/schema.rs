//! The schema for editors, held to the reader of the file by a validator that is not ours: what is right is never marked,
//! what is wrong in shape always, and both know the same keys.

use jsonschema::Validator;
use pushbench::human;
use pushbench::scenario::{Overrides, Scenario, schema, shipped};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// What `pushbench new` writes.
const TEMPLATE: &str = include_str!("../src/cli/new.toml");

/// As short as a scenario can be.
const SHORT: &str = r#"
question = "Is it right?"
feed = { schedule = "periodic", rate = 10, payload = "100 B" }
phases = { warmup = "0s", steady = "1s" }
"#;

/// What is wrong in `tests/scenarios/invalid`, but not in shape: it hangs on several keys, on how much a text says, on
/// another file, or TOML itself refuses it.
const BEYOND_A_SCHEMA: &[&str] = &[
    "beside-a-sweep",
    "bursts-that-overflow",
    "bursts-that-overlap",
    "bursts-with-rate",
    "carrier-that-closes",
    "carrier-without-streams",
    "certificate-nowhere",
    "claim-extrapolates-to-less",
    "claim-of-nobody",
    "claim-over-a-sweep",
    "claim-that-is-not-measured",
    "coalesce-of-polls",
    "coalesce-too-long",
    "compression-of-the-floor",
    "compression-of-websocket",
    "compression-swept-for-nobody",
    "compression-that-nobody-takes",
    "condition-of-our-own",
    "connections-too-many",
    "control-character",
    "cookie-too-large",
    "cookie-too-small",
    "cookie-twice",
    "fault-after-steady",
    "fault-of-no-time",
    "fault-too-early",
    "file-without-replay",
    "header-name",
    "header-of-the-connection",
    "header-with-a-line-end",
    "header-without-a-colon",
    "headers-too-large",
    "hold-too-long",
    "interval-zero",
    "key-twice",
    "link-beyond-the-moon",
    "link-for-ever",
    "link-loss-without-packets",
    "link-queue-of-nothing",
    "link-queue-without-packets",
    "link-shared-nothing",
    "link-swept-without-packets",
    "link-too-narrow",
    "months-for-minutes",
    "not-toml",
    "payload-too-large",
    "payload-too-small",
    "precision-of-a-number",
    "rate-missing",
    "rate-that-publishes-nothing",
    "replay-backwards",
    "replay-binary",
    "replay-blank-line",
    "replay-both-times",
    "replay-bursts",
    "replay-empty",
    "replay-latin-1",
    "replay-missing",
    "replay-no-file",
    "replay-no-sample",
    "replay-no-times",
    "replay-payload",
    "replay-speed-of-rate",
    "replay-too-short",
    "replay-without-field",
    "replay-without-unit",
    "sharing-without-streams",
    "size-without-bursts",
    "steady-too-long",
    "steady-too-short",
    "sweep-in-step-twice",
    "sweep-in-step-with-itself",
    "sweep-of-millions",
    "sweep-out-of-step",
    "sweep-that-concerns-nobody",
    "sweep-value-twice",
    "sweep-without-end",
    "threshold-in-another-unit",
    "threshold-of-no-metric",
    "threshold-of-no-point",
    "threshold-of-no-transport",
    "threshold-of-nobody",
    "too-many-deliveries",
    "twice",
    "warmup-found-and-swept",
    "warmup-found-for-a-replay",
    "warmup-found-for-what-never-settles",
    "warmup-found-in-a-sweep",
];

fn schema() -> Value {
    serde_json::from_str(&schema::text()).expect("it is JSON")
}

fn validator() -> Validator {
    let schema = schema();
    jsonschema::meta::validate(&schema).expect("a schema");
    jsonschema::validator_for(&schema).expect("a schema")
}

fn as_json(toml: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Table>(toml).expect("it is TOML"))
        .expect("JSON has a place for all of it")
}

fn parsed(toml: &str) -> Result<Scenario, String> {
    Scenario::parse(Path::new("mine.toml"), toml, &Overrides::default()).map_err(|error| error.to_string())
}

/// What the validator says of `toml`, where the file's reader says nothing.
fn fault(validator: &Validator, toml: &str) -> Option<String> {
    validator.iter_errors(&as_json(toml)).next().map(|error| format!("{}: {error}", error.instance_path()))
}

#[test]
fn the_verb_prints_it() {
    let output = Command::new(env!("CARGO_BIN_EXE_pushbench")).arg("schema").output().expect("the binary was built");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), schema::text());
}

#[test]
fn what_is_right_is_not_marked() {
    let validator = validator();
    for shipped in shipped::ALL {
        assert_eq!(fault(&validator, shipped.text), None, "{}", shipped.name);
    }
    assert_eq!(fault(&validator, TEMPLATE), None);
    for more in [
        "",
        "transports = [\"raw-tcp\"]\nclients = 4294967\nseed = 0\n",
        "thresholds = [\"websocket.p99<5ms\", \"*[h1, clients=1].bytes >= 1.5 B\", \" sse.overhead<-20 % \"]\n",
        "polling = {}\nlong-polling = {}\nheaders = {}\nsweep = {}\n",
        "compression = \"gzip\"\n[polling]\nconditional = true\n[long-polling]\nconditional = true\n",
        "[sweep]\ncompression = [\"none\", \"gzip\"]\n[sweep.polling]\nconditional = [false, true]\n",
        "[polling]\ninterval = \"1m 30s\"\npacing = \"after-response\"\nanswer = \"latest\"\nconnection = \"close\"\n",
        "[long-polling]\nhold = \"1.5sec\"\nanswer = \"latest\"\nconnection = \"keep-alive\"\n",
        "[claim]\nsource = \"A paper\"\ncounts = \"characters\"\npolling = 871\nwebsocket = 2\nextrapolate = [100000]\n",
        "coalesce = \"10ms\"\n[[fault]]\nat = \"100ms\"\nfreeze = \"200ms\"\n[sweep]\ncoalesce = [\"0ms\", \"20ms\"]\n",
        "[headers]\nprofile = \"browser\"\ncookie = 1024\nrequest = [\"x-api-key: 1\"]\nresponse = []\n",
        "[sweep]\nfeed.schedule = [\"periodic\", \"poisson\"]\nclients = [1, 10]\nfeed.rate = [1, 2.5]\n\
         phases.steady = [\"1s\", \"2000 ms\"]\ntogether = [[\"clients\", \"feed.rate\"], [\"phases.steady\"]]\n",
        "[sweep]\nfeed.encoding = [\"binary\"]\nfeed.payload = [20, \"1KiB\", \".5k\"]\nheaders.cookie = [\"0 B\", \"1 kB\"]\n\
         [sweep.polling]\ninterval = [\"100ms\", \"1s\"]\n[sweep.long-polling]\nhold = [\"30s\"]\n",
        "[sweep]\nheaders.request = [[], [\"a: b\", \"c: d\"]]\npolling = [{}, { interval = \"2s\" }]\n",
        "[sweep]\nfeed = [{ schedule = \"bursts\", size = 3, gap = \"0\", every = \"1s\", payload = \"20\" }]\n",
        "[sweep]\nfeed = [{ schedule = \"replay\", file = \"sample:ticker\", timestamp = \"ts\", timestamp-unit = \"ms\", \
         speed = 2, repeat = true }]\n",
    ] {
        let toml = format!("{SHORT}{more}");
        assert_eq!(parsed(&toml).err(), None, "{more}");
        assert_eq!(fault(&validator, &toml), None, "{more}");
    }
}

/// A case is marked, or it is listed above, and not both.
#[test]
fn what_is_wrong_in_shape_is_marked() {
    let validator = validator();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/invalid");
    let (mut beyond, mut marked) = (BTreeSet::new(), 0);
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("text");
        let name = path.file_stem().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
        if toml::from_str::<toml::Table>(&text).is_ok() && fault(&validator, &text).is_some() {
            marked += 1;
        } else {
            beyond.insert(name);
        }
    }
    assert_eq!(beyond, BEYOND_A_SCHEMA.iter().map(|&name| name.to_owned()).collect());
    assert!(marked >= 25, "{marked} marked");
    for (more, place) in [
        ("sweep = 5\n", "/sweep"),
        ("[sweep]\nclinets = [1]\n", "/sweep"),
        ("[sweep]\nclients = 5\n", "/sweep/clients"),
        ("[sweep]\nclients = [1, 0]\n", "/sweep/clients/1"),
        ("[sweep]\nfeed.rate = [\"often\"]\n", "/sweep/feed/rate/0"),
        ("[sweep]\nphases.steady = [5]\n", "/sweep/phases/steady/0"),
        ("[sweep]\nfeed = [{ rate = 5 }]\n", "/sweep/feed/0"),
        ("[sweep.polling]\nhold = [\"1s\"]\n", "/sweep/polling"),
        ("[sweep.sse]\ninterval = [\"1s\"]\n", "/sweep"),
        ("[sweep]\nclients = [1]\ntogether = [\"clients\"]\n", "/sweep/together/0"),
        ("[sweep]\nclients = [1]\ntogether = [[\"clinets\"]]\n", "/sweep/together/0/0"),
        ("[polling]\npacing = \"fixed\"\n", "/polling/pacing"),
        ("[headers]\nprofile = \"firefox\"\n", "/headers/profile"),
        ("[headers]\nrequest = [5]\n", "/headers/request/0"),
    ] {
        let toml = format!("{SHORT}{more}");
        assert!(parsed(&toml).is_err(), "{more}");
        let fault = fault(&validator, &toml).expect(more);
        assert!(fault.starts_with(&format!("{place}: ")), "{more}: {fault}");
    }
}

/// serde lists the keys that it knows when it meets another one.
fn keys_of_the_reader(prefix: &str) -> BTreeSet<String> {
    let toml = match prefix {
        "" => format!("no-such-key = 1\n{SHORT}"),
        // on one line in SHORT
        "feed" | "phases" => SHORT.replace(&format!("{prefix} = {{"), &format!("{prefix} = {{ no-such-key = 1,")),
        _ => format!("{SHORT}[{prefix}]\nno-such-key = 1\n"),
    };
    let error = parsed(&toml).expect_err("no such key");
    let (_, expected) = error.split_once("expected").expect("it lists the keys");
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn keys_of(schema: &Value) -> &Map<String, Value> {
    assert_eq!(schema["additionalProperties"], false);
    schema["properties"].as_object().expect("a table has keys")
}

#[test]
fn schema_and_reader_know_the_same_keys() {
    let schema = schema();
    let names = |schema: &Value| keys_of(schema).keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&schema), keys_of_the_reader(""));
    let sweep = &schema["properties"]["sweep"];
    let mut swept = BTreeSet::from(["together".to_owned()]);
    let mut dotted = BTreeSet::new();
    for (name, key) in keys_of(&schema).iter().filter(|(name, _)| *name != "sweep") {
        assert!(key["description"].as_str().is_some_and(|text| text.len() > 10), "{name}");
        // nothing is right for every key: a key that may be swept is then blamed for its value
        let error = parsed(&format!("{SHORT}[sweep]\n{name} = [[[]]]\n")).expect_err(name);
        if error.contains("cannot be swept") {
            continue;
        }
        swept.insert(name.clone());
        dotted.insert(name.clone());
        if key.get("properties").is_some() {
            assert_eq!(names(key), keys_of_the_reader(name), "{name}");
            assert_eq!(names(key), names(&sweep["properties"][name]), "sweep.{name}");
            for (inner, key) in keys_of(key) {
                assert!(key["description"].as_str().is_some_and(|text| text.len() > 10), "{name}.{inner}");
                dotted.insert(format!("{name}.{inner}"));
            }
        }
    }
    assert_eq!(names(sweep), swept);
    let together = &sweep["properties"]["together"]["items"]["items"]["enum"];
    assert_eq!(dotted, serde_json::from_value(together.clone()).expect("names"));
}

/// The least and the greatest that a schema allows are allowed, and what lies just beyond is not.
#[test]
fn ranges_are_the_readers_own() {
    let schema = schema();
    let takes = |key: &str, value: f64| {
        let kind = if key == "size" { "bursts" } else { "replay" };
        let feed = match key {
            "rate" => format!("{{ schedule = \"periodic\", payload = 20, rate = {value} }}"),
            "payload" => format!("{{ schedule = \"periodic\", payload = {value}, rate = 1 }}"),
            "size" => {
                format!("{{ schedule = \"{kind}\", payload = 20, size = {value}, gap = \"0s\", every = \"1s\" }}")
            }
            _ => format!(
                "{{ schedule = \"{kind}\", file = \"sample:ticker\", timestamp = \"ts\", timestamp-unit = \"ms\", \
                 repeat = true, speed = {value} }}"
            ),
        };
        let toml = format!("question = \"Q?\"\nfeed = {feed}\nphases = {{ warmup = \"0s\", steady = \"100ms\" }}\n");
        // a feed that is read and then found to be too much for the memory, or nothing at all, is in its range
        let read = [" MiB are allowed", " fit: ", " updates are due"];
        parsed(&toml).map_or_else(|error| read.iter().any(|part| error.contains(part)), |_| true)
    };
    for (key, step) in [("rate", 1e-5), ("payload", 1.0), ("size", 1.0), ("speed", 1e-7)] {
        let words = &schema["properties"]["feed"]["properties"][key];
        let number = |word: &str| words[word].as_f64().expect("a bound");
        let (least, greatest) = (number("minimum"), number("maximum"));
        assert!(takes(key, least) && takes(key, greatest), "{key}");
        assert!(!takes(key, least - step) && !takes(key, greatest + 1.0), "{key}");
    }
}

/// Texts made of pieces that durations and sizes are made of, and of some that they are not.
#[test]
fn patterns_agree_with_what_is_read() {
    const PIECES: &[&str] = &[
        "0", "1", "5", "12", "250", " ", "  ", "\t", ".", ".5", "1.5", "+", "-", ",", "_", "ns", "us", "µs", "ms",
        "msec", "millis", "s", "sec", "secs", "second", "m", "min", "mins", "M", "h", "hr", "hours", "d", "day", "w",
        "wks", "y", "years", "nanos", "parsec", "B", "b", "k", "kB", "K", "KiB", "ki", "MiB", "mb", "GB", "Ti", "iB",
        "bytes", "e",
    ];
    let pattern = |pattern: &str| jsonschema::validator_for(&json!({ "pattern": pattern })).expect("a pattern");
    let (durations, sizes) = (pattern(human::DURATION), pattern(human::SIZE));
    let mut random = Pcg64::seed_from_u64(1);
    let mut below = |limit: usize| usize::try_from(random.next_u64() % limit as u64).expect("below a length");
    let mut read = (0, 0);
    for _ in 0..60_000 {
        let text: String = (0..1 + below(5)).map(|_| PIECES[below(PIECES.len())]).collect();
        let value = Value::from(text.clone());
        let (duration, size) = (human::duration(&text), human::size(&text));
        read = (read.0 + usize::from(duration.is_ok()), read.1 + usize::from(size.is_ok()));
        assert!(duration.is_err() || durations.is_valid(&value), "{text:?} is a duration");
        // a part of a nanosecond, and what is longer than 584 years, the pattern cannot see
        let unseen = text.contains('.') || ["y", "M", "w"].iter().any(|unit| text.contains(unit)) || text.len() > 15;
        assert!(duration.is_ok() || !durations.is_valid(&value) || unseen, "{text:?} is no duration");
        assert!(size.is_err() || sizes.is_valid(&value), "{text:?} is a size");
        assert!(size.is_ok() || !sizes.is_valid(&value) || text.len() > 15, "{text:?} is no size");
    }
    assert!(read.0 > 1000 && read.1 > 1000, "{read:?}");
}
