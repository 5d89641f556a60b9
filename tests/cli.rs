//! The command line from outside: what it refuses and how, where its words go, what it leaves when it is interrupted.

#![cfg(target_os = "linux")]

mod processes;

use nix::sys::signal::{Signal, killpg};
use processes::{Ended, FAST, Process, finished, nanos, pushbench, recorded_trials, run_folder, scenario, text, until};
use pushbench::clock;
use pushbench::record::{EndReason, FILE, Outcome, Record};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);
const RECORDS_OWN: &str = "--resume: scenario and changes are the record's own: leave out --clients 3 --warmup 1s";

fn name(path: &Path) -> &str {
    path.to_str().expect("a temporary folder's name is text")
}

/// It failed with `code` and said one thing: the line, without the program's name.
fn one_error(output: &Output, code: i32) -> String {
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert_eq!(stdout, "", "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    stderr.strip_prefix("pushbench: ").expect("it says who speaks").trim_end().to_owned()
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).expect("it is ours").next().is_none()
}

#[test]
fn bad_usage_is_told_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    for (args, says) in [
        (&["run", "--clinets", "5"][..], "--clinets"),
        (&["run", "--transport", "sse,pigeon"], "no transport `pigeon`"),
        (&["run", "--duration", "2100"], "`2100`: a duration with its unit"),
        (&["benchmark"], "benchmark"),
        (&["run", "--transport", "WS"], "did you mean `websocket`?"),
        (&["run", "--headers", "Browser"], "did you mean `browser`?"),
        (&["run", "--clients", "1e6"], "a whole number in digits"),
        (&["run", "--clients", "5000000000"], "it is too large"),
        (&["run", "--clients", "-5"], "'-5' for '--clients <N>'"),
        (&["run", "--rate", "5/s"], "updates per second: a number without a unit"),
        (&["run", "--duration", "-1s"], "`-1s`: a duration with its unit"),
        (&["run", "--payload", "-1"], "`-1`: a size such as"),
        (&["run", "--seed", "-1"], "a whole number in digits"),
        (&["serve", "--listen", "here"], "an IP address and a port"),
        (&["load"], "--child"),
        (&[], "Usage: pushbench"),
    ] {
        let output = pushbench().args(args).current_dir(folder.path()).output().expect("the binary was built");
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        assert_eq!(text(&output.stdout), "", "{args:?}");
        assert!(text(&output.stderr).contains(says), "{args:?}: {}", text(&output.stderr));
        assert!(is_empty(folder.path()), "{args:?}");
    }
    for (args, says) in [
        (&["run", "quick", "b.toml"][..], "b.toml: No such file"),
        (&["run", "quick", "a/b"], "a/b: No such file"),
        (&["run", "qiuck"], "qiuck: neither a shipped scenario (quick"),
        (&["run", "websocket"], "websocket: a transport, no scenario: `--transport A,B`"),
        (&["run", "latest"], "latest: a record, no scenario: `--resume` goes on with it"),
        (&["run", "Scenarios/60-repaly.toml"], "Scenarios/60-repaly.toml: No such file or directory (os error 2); did"),
        (&["run", "x.toml"], "x.toml: No such file or directory (os error 2); `pushbench scenarios` lists"),
        (&["run", "--transport", "sse,sse"], "--transport: `sse` stands there twice"),
        (&["run", "--transport", "raw-tcp", "--cookie", "1KiB"], "--cookie: raw-tcp, the floor, keeps minimal heads"),
        (&["run", "--rate", "-1"], "--rate: -1: updates per second"),
        (&["run", "--duration", "5M"], "--duration: steady lasts 100ms to 24h, not 5months"),
        (&["run", "--affinity", "none", "--load-cpus", "0"], "--affinity none: --load-cpus says where it stays"),
        (&["run", "--resume", "--clients", "3", "-w", "1s"], RECORDS_OWN),
        (&["run", "--resume", "here", "--out", "there"], "--out there: only `latest` is looked for there, not here"),
        (&["report", "here", "--out", "there"], "--out there: only `latest` is looked for there, not here"),
        (&["report"], "results: no run here: there is no such folder; --out names another"),
        (&["redact", "-o", "x"], "results: no run here: there is no such folder; --results names another"),
        (&["redact", "here", "-o", "x", "--results", "there"], "--results there: only `latest` is looked for there"),
        (&["report", "."], ".: no run's folder: there is no record.ndjson in it"),
        (&["new", "quick"], "quick: `pushbench run` means the scenario of that name that comes with it"),
        (&["new", "."], ".: a folder: name a file in it"),
        (&["run", "--clients", "0"], "--clients: at least one client"),
        (&["run", "--duration", "1ms"], "--duration: steady lasts 100ms to 24h"),
        (&["serve", "--rate", "0"], "--rate 0: updates per second"),
        (&["serve", "--payload", "19"], "--payload 19: an update is 20 B"),
    ] {
        let output = pushbench().args(args).current_dir(folder.path()).output().expect("the binary was built");
        let error = one_error(&output, 2);
        assert!(error.starts_with(says), "{args:?}: {error}");
        assert!(is_empty(folder.path()), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn more_clients_than_descriptors_are_refused_with_how_many_there_can_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = format!("ulimit -n 500; exec {} run --clients 1000", env!("CARGO_BIN_EXE_pushbench"));
    let output =
        std::process::Command::new("sh").args(["-c", &run]).current_dir(folder.path()).output().expect("a shell");
    let error = one_error(&output, 2);
    assert!(error.starts_with("1000 clients need 1064 file descriptors"), "{error}");
    assert!(error.contains("at most 436 clients are possible") && error.contains("ulimit -Hn 1064"), "{error}");
    assert!(is_empty(folder.path()));
}

#[test]
fn a_scenario_that_cannot_be_run_is_refused_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let refused = |file: &Path| {
        let error = one_error(&finished(&["run", name(file), "--out", name(&out)]), 2);
        assert!(!out.exists(), "{error}");
        error
    };
    let missing = folder.path().join("missing.toml");
    assert!(refused(&missing).starts_with(&format!("{}: No such file", missing.display())));
    assert!(refused(folder.path()).starts_with(&format!("{}: ", folder.path().display())));
    for (from, to, line, says) in [
        ("clients = 2", "clients = = 2", 4, ""),
        ("clients = 2", "clients = 0", 4, "clients: at least one client"),
        ("clients = 2", "clients = -1", 4, ""),
        ("rate = 100", "rte = 100", 7, "unknown field `rte`"),
        ("steady = \"100ms\"", "steady = \"99ms\"", 11, "phases.steady: steady lasts 100ms to 24h"),
    ] {
        let file = scenario(folder.path(), "bad.toml", &FAST.replace(from, to));
        let error = refused(&file);
        assert!(error.starts_with(&format!("{}:{line}: {says}", file.display())), "{to}: {error}");
    }
    let record = include_bytes!("golden/quick.ndjson");
    for (text, says) in [
        (&b"clients = 5\nquestion = \"\xff\""[..], ":2: no UTF-8 (octet 0xff): save it as UTF-8"),
        (b"\xff\xfeq\0", ": UTF-16: save it as UTF-8"),
        (b"\x1f\x8b\x08", ": packed by gzip: a scenario is plain text"),
        (b"{\"question\": \"?\"}", ": JSON: a scenario is a TOML file"),
        (record, ": a run's record, no scenario: `--resume "),
    ] {
        let file = folder.path().join("other.toml");
        std::fs::write(&file, text).expect("the folder is ours");
        let error = refused(&file);
        assert!(error.starts_with(&format!("{}{says}", file.display())), "{error}");
    }
    let run = folder.path().join("run");
    std::fs::create_dir(&run).expect("the folder is ours");
    std::fs::write(run.join(FILE), record).expect("the folder is ours");
    assert!(refused(&run).contains(": a run's record, no scenario: `--resume "));
    let error = one_error(&finished(&["report", name(folder.path())]), 2);
    assert!(error.ends_with(&format!(": a folder of runs: name one of them; the newest is {}", run.display())));
}

#[test]
fn a_folder_that_cannot_be_had_is_bad_usage() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = scenario(folder.path(), "fast.toml", FAST);
    // permission bits do not stop root; a path below a file stops everybody
    for out in [file.clone(), file.join("below")] {
        let error = one_error(&finished(&["run", name(&file), "-q", "--out", name(&out)]), 2);
        assert!(error.starts_with(&format!("{}: ", out.display())), "{error}");
    }
    assert_eq!(std::fs::read_to_string(&file).expect("it stands"), FAST);
}

#[test]
fn a_record_that_cannot_be_read_says_which_line_and_nothing_is_written() {
    let whole = include_str!("golden/quick.ndjson");
    let (header, rest) = whole.split_once('\n').expect("lines");
    let newer = whole.replacen("\"format\":2", "\"format\":4000", 1);
    let never = whole.replacen("\"rate\":20.0", "\"rate\":0.0", 1);
    assert_ne!(never, whole);
    let torn_within = whole.replacen("\"order\":2", "\"or", 1);
    for (record, line, says) in [
        ("", None, "empty: the run was stopped before its header was written"),
        (&header[..7], None, "empty: the run was stopped before its header was written"),
        (&header[..100], None, "empty: the run was stopped before its header was written"),
        (rest, Some(1), "not a pushbench record"),
        ("{\"metric\":1}\n", Some(1), "not a pushbench record"),
        ("when,what\n1,2\n", Some(1), "not a pushbench record"),
        ("\n\n", Some(1), "not a pushbench record"),
        ("no line at all", Some(1), "not a pushbench record"),
        (&newer, Some(1), "format 4000"),
        (&torn_within, Some(4), ""),
        (&never, Some(3), "a feed of 0 updates per second"),
        (&format!("{header}\n{whole}"), Some(2), "a second header"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(FILE);
        std::fs::write(&file, record).expect("the folder is ours");
        let error = one_error(&finished(&["report", name(folder.path())]), 2);
        let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        assert!(error.starts_with(&format!("{}: {place}{says}", file.display())), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("it is ours").count(), 1, "{error}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing");
    let error = one_error(&finished(&["report", name(&missing)]), 2);
    assert!(error.starts_with(&format!("{}: ", missing.display())), "{error}");
    let error = one_error(&finished(&["report", "--out", name(folder.path())]), 2);
    assert_eq!(error, format!("{}: no run here", folder.path().display()));
    assert!(is_empty(folder.path()));
}

#[test]
fn a_torn_last_line_is_passed_over() {
    let whole = include_str!("golden/quick.ndjson");
    let folder = tempfile::tempdir().expect("a folder");
    let end = whole.rfind("{\"line\":\"trial\"").expect("trials");
    for cut in [end + 1, end + 1000, whole.len() - 1] {
        std::fs::write(folder.path().join(FILE), &whole[..cut]).expect("the folder is ours");
        let output = finished(&["report", name(folder.path())]);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
        let trials = recorded_trials(folder.path());
        assert!(trials == 14 || cut == whole.len() - 1 && trials == 15);
        assert!(text(&output.stdout).contains(&format!("unfinished: {trials} of 15 trials")), "{cut}");
    }
}

#[test]
fn results_go_to_standard_output_and_all_else_to_standard_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = scenario(folder.path(), "fast.toml", FAST);
    let run = |out: &str, flags: &[&str]| {
        let out = folder.path().join(out);
        let mut run = Process::run(&file, &out, flags);
        let ended = run.end(PATIENCE);
        run.leaves_nothing(Duration::from_secs(2));
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        let folder = run_folder(&out).expect("a run");
        let report = finished(&["report", name(&folder)]);
        assert_eq!(text(&report.stderr), "");
        // what is printed comes from the record alone
        assert_eq!(text(&report.stdout), ended.stdout);
        assert!(ended.stdout.contains(name(&folder.join(FILE))), "{}", ended.stdout);
        assert!(folder.join("report.html").exists());
        ended
    };
    let said = run("talks", &[]).stderr;
    assert!(
        said.contains("2 trials, planned to take") && said.contains("[ 1/2] ") && said.contains("[ 2/2] "),
        "{said}"
    );
    assert!(!said.contains('\r') && !said.contains('\x1b'), "standard error is no terminal: {said:?}");
    assert_eq!(run("silent", &["-q"]).stderr, "");
}

#[test]
fn an_interrupted_run_keeps_and_renders_what_is_finished() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = scenario(folder.path(), "fast.toml", FAST);
        let out = folder.path().join("out");
        let mut run = Process::run(&file, &out, &["--repeats", "20"]);
        until("a finished trial", PATIENCE, || run.stderr().contains("[ 1/40]").then_some(()));
        until("the next one's children", PATIENCE, || run.child("load"));
        // as a terminal does: to the whole group
        killpg(run.pid(), signal).expect("it runs");
        let ended = run.end(PATIENCE);
        run.leaves_nothing(Duration::from_secs(2));
        assert_eq!(ended.status.code(), Some(130), "{signal}: {}", ended.stderr);
        let last = ended.stderr.lines().last().expect("it says something");
        assert_eq!(last, "pushbench: interrupted; what was finished is kept");

        let folder = run_folder(&out).expect("a run");
        let record = Record::read(&folder.join(FILE)).expect("a record");
        let end = record.end.expect("a closing line");
        let finished = record.trials.len();
        assert_eq!((end.reason, end.trials as usize), (EndReason::Interrupted, finished));
        assert!((1..40).contains(&finished), "{finished}");
        assert!(record.trials.iter().all(|line| matches!(line.outcome, Outcome::Measured(_))));
        assert!(ended.stdout.contains(&format!("interrupted: {finished} of 40 trials")), "{}", ended.stdout);
        let page = std::fs::read_to_string(folder.join("report.html")).expect("a page");
        assert!(page.contains(&format!("interrupted: {finished} of 40 trials")));
    }
}

#[test]
fn a_port_in_use_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("it is bound").to_string();
    // the usage is right; the work cannot be done now
    let error = one_error(&finished(&["serve", "--listen", &address]), 1);
    assert!(error.starts_with(&format!("listening on {address}: Address already in use")), "{error}");
}

/// A server of its own over a feed that stays silent, and where it listens.
fn silent_server() -> (Process, SocketAddr) {
    let mut command = pushbench();
    command.args(["serve", "--listen", "127.0.0.1:0", "--rate", "0.001"]);
    let server = Process::start(command);
    let address = until("the address", PATIENCE, || {
        let said = server.stdout();
        let (address, _) = said.strip_prefix("serving on http://")?.split_once(',')?;
        Some(address.parse().expect("an address"))
    });
    (server, address)
}

fn ask(server: SocketAddr, path: &str, more: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {server}\r\n{more}\r\n").expect("it reads");
    stream
}

fn read_until(stream: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    while !all.ends_with(end) {
        let mut octet = [0];
        stream.read_exact(&mut octet).expect("more");
        all.push(octet[0]);
    }
    all
}

/// Whether the server has read all that `stream` has sent, by the kernel's table.
fn was_read(stream: &TcpStream) -> bool {
    let hex = |address: SocketAddr| match address {
        SocketAddr::V4(v4) => format!("{:08X}:{:04X}", u32::from_ne_bytes(v4.ip().octets()), v4.port()),
        SocketAddr::V6(v6) => panic!("{v6}"),
    };
    let ends = [stream.peer_addr(), stream.local_addr()].map(|end| hex(end.expect("it is connected")));
    let table = std::fs::read_to_string("/proc/net/tcp").expect("Linux has one");
    table.lines().any(|line| {
        // number, local, remote, state, octets to be acknowledged : octets to be read
        let fields: Vec<_> = line.split_whitespace().collect();
        fields.get(1..3) == Some(&[ends[0].as_str(), ends[1].as_str()]) && fields[4].ends_with(":00000000")
    })
}

#[test]
fn a_server_that_is_stopped_ends_what_is_open_completely() {
    let (mut server, address) = silent_server();
    let mut events = ask(address, "/sse", "");
    let head = text(&read_until(&mut events, b"\r\n\r\n"));
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("transfer-encoding: chunked"), "{head}");
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let mut socket = ask(address, "/websocket", upgrade);
    let head = text(&read_until(&mut socket, b"\r\n\r\n"));
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    let mut idle = ask(address, "/polling", "");
    assert!(text(&read_until(&mut idle, b"\r\n\r\n")).starts_with("HTTP/1.1 204 "));
    let held = ask(address, "/long-polling?timeout=120", "");
    until("the long poll's arrival", PATIENCE, || was_read(&held).then_some(()));

    server.signal(Signal::SIGTERM);
    let asked_at = clock::now();
    // a close frame with 1001, going away; answered, masked with zeroes, as RFC 6455 wants it
    let mut frame = [0; 4];
    socket.read_exact(&mut frame).expect("a close frame");
    assert!(frame[0] == 0x88 && frame[2..] == 1001u16.to_be_bytes(), "{frame:x?}");
    let reason = read_exactly(&mut socket, usize::from(frame[1]) - 2);
    assert!(std::str::from_utf8(&reason).is_ok());
    socket.write_all(&[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9]).expect("it reads");
    let rest = |mut stream: TcpStream| {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).expect("an end, and no reset");
        text(&rest)
    };
    let (events, held) = (rest(events), rest(held));
    assert!(events.ends_with("\r\n0\r\n\r\n"), "{events:?}");
    assert!(held.starts_with("HTTP/1.1 204 ") && held.ends_with("\r\n\r\n"), "{held:?}");
    assert_eq!((rest(idle), rest(socket)), Default::default());

    let ended = server.end(Duration::from_secs(2));
    let took = clock::now() - asked_at;
    assert!(took < nanos(Duration::from_secs(2)), "{took} ns");
    assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_server_ends_on_ctrl_c() {
    let (mut server, _) = silent_server();
    server.signal(Signal::SIGINT);
    let ended = server.end(Duration::from_secs(2));
    assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""));
    assert!(ended.stdout.contains("/websocket"), "{}", ended.stdout);
}

fn read_exactly(stream: &mut TcpStream, octets: usize) -> Vec<u8> {
    let mut all = vec![0; octets];
    stream.read_exact(&mut all).expect("more");
    all
}

/// Runs `script` where it can mount what nobody else sees; `None` where the system does not let us.
fn with_mounts(script: &str, args: &[&str]) -> Option<Process> {
    let flags: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    let flags = flags.into_iter().find(|flags| {
        let mount = ["sh", "-c", "mount -t tmpfs -o size=64k tmpfs /tmp"];
        let tried = Command::new("unshare").args(*flags).args(mount).output();
        tried.is_ok_and(|output| output.status.success())
    })?;
    let mut command = Command::new("unshare");
    command.args(flags).args(["sh", "-c", script, "sh"]).args(args);
    Some(Process::start(command))
}

#[test]
fn a_full_disk_costs_the_trial_that_did_not_fit_and_no_other() {
    // 24 KiB are left on a disk of its own: a header, a calibration and some trials; the record is brought out of there
    let script = r#"
        mount -t tmpfs -o size=1m tmpfs "$2" && head -c 1024000 /dev/zero >"$2/filler" || exit 99
        "$1" run "$3" --out "$2/out" -q --affinity none --repeats 10
        code=$?
        cp "$2"/out/*/record.ndjson "$4"
        exit $code
    "#;
    let folder = tempfile::tempdir().expect("a folder");
    let file = scenario(folder.path(), "fast.toml", FAST);
    let (disk, record) = (folder.path().join("disk"), folder.path().join(FILE));
    std::fs::create_dir(&disk).expect("the folder is ours");
    let args = [env!("CARGO_BIN_EXE_pushbench"), name(&disk), name(&file), name(&record)];
    let Some(mut run) = with_mounts(script, &args) else {
        assert!(std::env::var_os("PUSHBENCH_NO_SKIP").is_none(), "skipped: nothing can be mounted here");
        // not by the macro: that would only be seen if the test failed
        let _ = writeln!(std::io::stderr(), "skipped: nothing can be mounted here, so there is no disk to be filled");
        return;
    };
    let Ended { status, stdout, stderr } = run.end(PATIENCE);
    run.leaves_nothing(Duration::from_secs(2));
    assert_eq!((status.code(), stdout.as_str()), (Some(1), ""), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with(&format!("pushbench: {}", disk.display())), "{stderr}");
    assert!(stderr.contains(FILE) && stderr.contains("No space left on device"), "{stderr}");

    let trials = recorded_trials(folder.path());
    assert!((1..20).contains(&trials), "{trials}");
    let read = Record::read(&record).expect("what stood before stands");
    assert_eq!((read.trials.len(), read.end), (trials, None));
    assert!(read.trials.iter().all(|line| matches!(line.outcome, Outcome::Measured(_))));
    let report = finished(&["report", name(folder.path())]);
    assert_eq!(report.status.code(), Some(0), "{}", text(&report.stderr));
    assert!(text(&report.stdout).contains(&format!("unfinished: {trials} of 20 trials")), "{}", text(&report.stdout));
}

#[test]
fn what_the_command_line_says_is_not_swept_nor_are_the_points_that_it_makes_alike() {
    // profile and cookie go in step: without the cookie's values two of the profile's are one
    let plan = |flags: &[&str]| {
        let output = finished(&[&["run", "header-tax", "--dry-run"], flags].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        text(&output.stdout)
    };
    assert!(plan(&[]).contains("\n17 trials in 1 block"), "{}", plan(&[]));
    let narrowed = plan(&["--cookie", "1KiB"]);
    assert!(narrowed.contains("\n9 trials in 1 block"), "{narrowed}");
}
