#!/usr/bin/env python3
"""Records what a real browser sends over HTTP/2: its header lists, and the very octets of its header blocks.

    docs/profiles/record-h2.py lists  [--chromium /usr/bin/chromium]   for `src/profile/browser-h2.txt`
    docs/profiles/record-h2.py blocks [--chromium /usr/bin/chromium]   for `tests/hpack/chromium.txt`

Python's standard library is needed, the package `hpack` to read names and values, `openssl` for a certificate, and the
browser. It runs headless; there it would call itself `HeadlessChrome`, so it is told by the debugging protocol to use
the names that it has with a window. A page of ours makes the requests, as an application's own page would: `fetch`,
again and again; `EventSource`, which is cut once so that it reconnects; `WebSocket`, which goes over the same connection
(RFC 8441), as the server's settings allow it. Each round is a browser of its own, with other cookies.
"""

import argparse
import base64
import json
import os
import queue
import random
import re
import signal
import socket
import ssl
import string
import struct
import subprocess
import sys
import tempfile
import threading
import time

from hpack import Decoder

PAGE = """<!doctype html><meta charset="utf-8"><title>page</title><script>
const poll = (path, more) => fetch(path, more).then(answer => answer.text());
const polls = async path => { for (const n of [0, 9, 17, 1234]) await poll(path + '?since=' + n); };
const conditional = async () => { for (const n of [17, 18, 18])
  await poll('/polling?conditional', {headers: {'If-None-Match': '"' + n + '"'}}); };
const events = () => new Promise(done => {
  const source = new EventSource('/sse?since=0');
  source.onmessage = event => { if (event.data === 'two') { source.close(); done(); } };
});
const frames = () => new Promise(done => { new WebSocket(`wss://${location.host}/websocket?since=0`).onclose = done; });
(async () => {
  for (const cookie of COOKIES) document.cookie = cookie + '; secure';
  await polls('/polling');
  if (!BRIEF) { await conditional(); await polls('/long-polling'); await events(); await frames(); await polls('/polling'); }
  await poll('/said-all');
})();
</script>"""

DATA, HEADERS, RST, SETTINGS, PING, WINDOW, CONTINUATION = 0, 1, 3, 4, 6, 8, 9
SIZES = [("session", 64), ("_ga", 27), ("csrftoken", 64), ("consent", 180), ("theme", 5), ("token", 480)]


def several(octets):
    """Cookies as a site has them, together of so many octets, with what stands between them."""
    chance, pairs, used = random.Random(octets), [], 0
    while used < octets:
        name, size = SIZES[len(pairs) % len(SIZES)]
        name += str(len(pairs) // len(SIZES) + 1) if len(pairs) >= len(SIZES) else ""
        room = octets - used - len(name) - 1
        size = room if room < size + 20 else size
        pairs.append(name + "=" + "".join(chance.choices(string.ascii_letters + string.digits + "-_", k=size)))
        used += len(pairs[-1]) + 2
    return pairs


def single(octets):
    chance = random.Random(octets)
    return ["session=" + "".join(chance.choices(string.ascii_letters + string.digits + "-_", k=octets - 8))]


# name, cookies, the table that the server allows, only polls
ROUNDS = [
    ("without a cookie", [], 4096, False),
    ("several cookies, 1,024 octets", several(1024), 4096, False),
    ("one cookie of 1,024 octets", single(1024), 4096, True),
    ("several cookies, 4,096 octets", several(4096), 4096, True),
    ("one cookie of 4,096 octets", single(4096), 4096, True),
    ("several cookies, 4,096 octets, a table of 65,536", several(4096), 65536, True),
]


class Connection:
    """A server's side that answers just enough, and keeps every header block."""

    def __init__(self, stream, page, table, events):
        self.stream, self.page, self.events = stream, page, events
        self.decoder, self.requests, self.lock = Decoder(), [], threading.Lock()
        self.decoder.max_allowed_table_size = 1 << 20
        settings = struct.pack("!HI", 8, 1) + (struct.pack("!HI", 1, table) if table != 4096 else b"")
        self.send(SETTINGS, 0, 0, settings)

    def send(self, kind, flags, number, payload=b""):
        with self.lock:
            self.stream.sendall(struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, number) + payload)

    def exactly(self, count):
        octets = b""
        while len(octets) < count:
            piece = self.stream.recv(count - len(octets))
            if not piece:
                raise EOFError
            octets += piece
        return octets

    def serve(self, done):
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        if self.exactly(len(preface)) != preface:
            return
        block = b""
        while True:
            head = self.exactly(9)
            kind, flags, number = head[3], head[4], struct.unpack("!I", head[5:])[0] & 0x7FFFFFFF
            payload = self.exactly(int.from_bytes(head[:3], "big"))
            if kind == SETTINGS and not flags & 1:
                self.send(SETTINGS, 1, 0)
            elif kind == PING and not flags & 1:
                self.send(PING, 1, 0, payload)
            elif kind in (HEADERS, CONTINUATION):
                if kind == HEADERS and flags & 8:
                    payload = payload[1 : len(payload) - payload[0]]
                if kind == HEADERS and flags & 0x20:
                    payload = payload[5:]
                block += payload
                if flags & 4:
                    fields = self.decoder.decode(block, raw=False)
                    self.requests.append((block, [(name, value) for name, value in fields]))
                    self.answer(number, dict(fields), done)
                    block = b""

    def answer(self, number, head, done):
        path = head[":path"]

        def literal(name, value):
            return b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()

        def whole(body, kind, more=b""):
            self.send(HEADERS, 4, number, b"\x88" + literal("content-type", kind) + more)
            self.send(DATA, 1, number, body.encode())

        if path.startswith("/sse"):
            self.events[0] += 1
            data = "one" if self.events[0] % 2 else "two"  # the first is followed by the stream's end
            whole(f"retry: 100\nid: 17\ndata: {data}\n\n", "text/event-stream")
        elif path.startswith("/websocket"):
            self.send(HEADERS, 4, number, b"\x88")
            self.send(DATA, 0, number, b"\x88\x02\x03\xe8")
            self.send(DATA, 1, number)
        elif path == "/":
            whole(self.page, "text/html; charset=utf-8")
        else:
            whole("0000000000000017 abc" if "polling" in path else "", "text/plain", literal("cache-control", "no-store"))
            if path == "/said-all":
                done.set()


class Browser:
    """Chromium, told by its debugging pipe (NUL-terminated JSON on descriptors 3 and 4) where to go."""

    def __init__(self, chromium, profile, spki):
        to_read, self.write = os.pipe()
        self.read, to_write = os.pipe()

        def descriptors():
            low, high = os.dup(to_read), os.dup(to_write)
            os.dup2(low, 3)
            os.dup2(high, 4)

        command = [chromium, "--headless", "--no-sandbox", "--no-first-run", "--disable-extensions", "--lang=en-US"]
        command += ["--remote-debugging-pipe", f"--user-data-dir={profile}", "--accept-lang=en-US"]
        command += [f"--ignore-certificate-errors-spki-list={spki}"]
        environment = dict(os.environ, LANG="en_US.UTF-8", LANGUAGE="en_US")
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, start_new_session=True,
            preexec_fn=descriptors, close_fds=False,
        )
        os.close(to_read)
        os.close(to_write)
        self.answers, self.number = queue.Queue(), 0
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        rest = b""
        while piece := os.read(self.read, 1 << 16):
            *whole, rest = (rest + piece).split(b"\0")
            for message in map(json.loads, whole):
                if "id" in message:
                    self.answers.put(message)

    def call(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while (answer := self.answers.get(timeout=30))["id"] != self.number:
            pass
        if "error" in answer:
            sys.exit(f"{method}: {answer['error']}")
        return answer["result"]

    def visit(self, url):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        agent = self.call("Browser.getVersion")["userAgent"].replace("HeadlessChrome", "Chrome")
        major = re.search(r"Chrome/(\d+)", agent).group(1)
        # as the recording of HTTP/1.1 with a window has it
        brands = [{"brand": "Not:A-Brand", "version": "8"}, {"brand": "Chromium", "version": major}]
        metadata = {"brands": brands, "platform": "Linux", "platformVersion": "", "architecture": "x86", "model": "",
                    "mobile": False}
        self.call("Emulation.setUserAgentOverride", session, userAgent=agent, userAgentMetadata=metadata)
        self.call("Page.navigate", session, url=url)

    def end(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()


def record(chromium, cookies, table, brief):
    """The requests of the connection that a page's were made on."""
    page = PAGE.replace("COOKIES", json.dumps(cookies)).replace("BRIEF", json.dumps(brief))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        key, certificate = os.path.join(folder, "key"), os.path.join(folder, "certificate")
        quiet = {"check": True, "capture_output": True}
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
            **quiet)
        public = subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], **quiet).stdout
        der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=public, **quiet).stdout
        digest = subprocess.run(["openssl", "dgst", "-sha256", "-binary"], input=der, **quiet).stdout
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.set_alpn_protocols(["h2"])
        listener = socket.create_server(("127.0.0.1", 0))
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        connections, events, done = [], [0], threading.Event()

        def serve(stream):
            try:
                connection = Connection(context.wrap_socket(stream, server_side=True), page, table, events)
                connections.append(connection)
                connection.serve(done)
            except (EOFError, OSError):
                pass

        def accept():
            while True:
                stream, _ = listener.accept()
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=serve, args=(stream,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        browser = Browser(chromium, os.path.join(folder, "profile"), base64.b64encode(digest).decode())
        browser.visit(f"https://{host}/")
        finished = done.wait(60)
        browser.end()
        time.sleep(1)  # its helpers leave their folder
    used = [connection.requests for connection in connections if connection.requests]
    if not finished or len(used) != 1:
        sys.exit(f"the page did not finish, or not on one connection: {used}")
    return host, used[0]


def lists(chromium, version):
    host, requests = record(chromium, ["name=value"], 4096, False)
    print(f"# {version}, recorded {time.strftime('%Y-%m-%d')} by docs/profiles/record-h2.py.")
    for name, path, index in [
        ("polling", "/polling?since=1234", 0),
        ("long-polling", "/long-polling?since=1234", 0),
        ("sse", "/sse", 0),
        ("sse-reconnect", "/sse", 1),
        ("websocket", "/websocket", 0),
    ]:
        fields = [fields for _, fields in requests if dict(fields)[":path"].startswith(path)][index]
        print(f"\n== request {name}")
        for field, value in fields:
            stencils = {":path": "{target}", "cookie": "{cookie}", "last-event-id": "{id}"}
            print(f"{field}: {stencils.get(field, value.replace(host, '{host}'))}")


def blocks(chromium, version):
    print(f"# The header blocks of a connection, one behind the other, in base64: {version},")
    print(f"# recorded {time.strftime('%Y-%m-%d')} by docs/profiles/record-h2.py. Behind each path the octets.")
    for name, cookies, table, brief in ROUNDS:
        _, requests = record(chromium, cookies, table, brief)
        print(f"\n== {name}; table {table}")
        for block, fields in requests:
            print(dict(fields)[":path"], len(block), base64.b64encode(block).decode())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("what", choices=["lists", "blocks"])
    parser.add_argument("--chromium", default="chromium")
    chosen = parser.parse_args()
    version = subprocess.run([chosen.chromium, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    {"lists": lists, "blocks": blocks}[chosen.what](chosen.chromium, version)


if __name__ == "__main__":
    main()
