//! Tells the binary what it was built from and by what.

use std::process::Command;

fn main() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let rustc = first_line(Command::new(rustc).arg("--version"));
    let revision = first_line(Command::new("git").args(["describe", "--always", "--dirty", "--abbrev=12"]));
    // `pushbench 0.1.0 (0123456789ab, rustc 1.95.0)`
    let compiler = rustc.as_deref().map(|line| line.split(" (").next().unwrap_or(line));
    let built: Vec<&str> = revision.as_deref().into_iter().chain(compiler).collect();
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    set("PUSHBENCH_VERSION", Some(format!("{version} ({})", built.join(", "))));
    set("PUSHBENCH_RUSTC", rustc);
    set("PUSHBENCH_REVISION", revision);
    // a commit moves one of these; where there is no git they do not exist, and cargo looks at the package
    for path in [".git/HEAD", ".git/refs/heads", "src", "build.rs"] {
        if std::path::Path::new(path).exists() {
            println!("cargo:rerun-if-changed={path}");
        }
    }
}

fn first_line(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()?.lines().next().map(str::to_owned)
}

fn set(name: &str, value: Option<String>) {
    println!("cargo:rustc-env={name}={}", value.unwrap_or_default());
}
