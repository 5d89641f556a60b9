//! WebSocket clients of other languages: Python's `websockets`, Node's `ws`.

use crate::served::{Served, assert_consecutive, number, skipped};
use std::process::{Command, Stdio};

const PYTHON: &str = r"
import asyncio, sys, websockets

async def main():
    async with websockets.connect(sys.argv[1]) as socket:
        for _ in range(3):
            print(await asyncio.wait_for(socket.recv(), 20))
        await asyncio.wait_for(await socket.ping(b'still there?'), 20)

asyncio.run(main())
";

const NODE: &str = r"
const WebSocket = require('ws');
const socket = new WebSocket(process.argv[1]);
let left = 3;
socket.on('message', data => {
    if (left-- > 0) console.log(data.toString());
    if (left === 0) socket.ping('still there?');
});
socket.on('pong', () => socket.close(1000));
socket.on('close', code => process.exit(code === 1000 ? 0 : 1));
setTimeout(() => process.exit(2), 20000).unref();
";

/// The Pythons that have `websockets`: Debian's interpreter has Debian's packages, also where another one comes first.
pub(crate) fn pythons() -> impl Iterator<Item = &'static str> {
    ["python3", "/usr/bin/python3"].into_iter().filter(|python| succeeds(python, "-c", "import websockets"))
}

/// Whether a script is run, and to its end.
pub(crate) fn succeeds(interpreter: &str, flag: &str, script: &str) -> bool {
    let run = Command::new(interpreter).args([flag, script]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    run.is_ok_and(|status| status.success())
}

#[test]
fn another_language_reads_the_websocket() {
    let node = succeeds("node", "-e", "require('ws')").then_some(("node", "-e", NODE));
    let mut tried = 0;
    for (interpreter, flag, script) in pythons().map(|python| (python, "-c", PYTHON)).chain(node) {
        let served = Served::start();
        let url = format!("ws://{}/websocket?since=0", served.address);
        let mut client = Command::new(interpreter);
        let output = client.args([flag, script, &url]).env("NO_PROXY", "*").output().expect("it runs");
        assert!(output.status.success(), "{interpreter}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("text");
        let numbers: Vec<_> = text.lines().map(|update| number(update.as_bytes())).collect();
        assert_consecutive(&numbers);
        assert_eq!((numbers.len(), numbers[0]), (3, 1), "{interpreter}");
        served.stop();
        tried += 1;
    }
    if tried == 0 {
        skipped("neither Python's `websockets` nor Node's `ws` is installed");
    }
}
