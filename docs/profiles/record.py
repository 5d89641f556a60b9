#!/usr/bin/env python3
"""Records the heads of the header profile `browser`: what a real browser sends, and what a real proxy answers.

    docs/profiles/record.py requests  [--chromium /usr/bin/chromium]
    docs/profiles/record.py responses [--nginx /usr/sbin/nginx] [--pushbench target/debug/pushbench]

Each prints sections for `src/profile/browser.txt`. Only Python's standard library is needed, and the program that is
recorded. Without a display, Chromium runs under `xvfb-run`: headless it would call itself `HeadlessChrome`.

A page of ours makes the requests, as an application's own page would: `fetch`, again and again on one connection;
`EventSource`, which is cut once so that it reconnects; `WebSocket`. In a second round the page has a cookie, which
tells where in the head it stands.
"""

import argparse
import base64
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

PAGE = """<!doctype html><meta charset="utf-8"><title>page</title><script>
const said = name => fetch('/said-' + name);
const polls = async (path) => { for (let n = 0; n < 3; n++) await (await fetch(path + '?since=' + n)).text(); };
const events = () => new Promise(done => {
  const source = new EventSource('/sse?since=0');
  source.onmessage = event => { if (event.data === 'two') { source.close(); done(); } };
});
const frames = () => new Promise(done => { new WebSocket(`ws://${location.host}/websocket?since=0`).onclose = done; });
const all = async () => { await polls('/polling'); await polls('/long-polling'); await events(); await frames(); };
(async () => { await all(); document.cookie = 'name=value'; await all(); await said('all'); })();
</script>"""


def head_of(connection):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return None
        head += byte
    return head.decode("latin-1")


class Recorder:
    """A server that answers just enough, and keeps every request's head."""

    def __init__(self):
        self.heads = []  # (connection's number, head)
        self.done = threading.Event()
        self.events = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        number = 0
        while True:
            connection, _ = self.listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(connection, number), daemon=True).start()
            number += 1

    def serve(self, connection, number):
        with connection:
            while (head := head_of(connection)) is not None:
                self.heads.append((number, head))
                if not self.answer(connection, head):
                    return

    def answer(self, connection, head):
        path = head.split(" ")[1]

        def whole(body, kind):
            head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
            connection.sendall((head + body).encode())
            return True

        if path.startswith("/polling"):
            return whole("0000000000000017 abc", "text/plain")
        if path.startswith("/long-polling"):
            time.sleep(0.2)
            return whole("0000000000000017 abc", "text/plain")
        if path.startswith("/sse"):
            self.events += 1
            data = "one" if self.events % 2 else "two"  # the first is followed by the connection's end
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
            connection.sendall(f"retry: 100\nid: 17\ndata: {data}\n\n".encode())
            return False
        if path.startswith("/websocket"):
            key = next(line for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key:"))
            accept = hashlib.sha1((key.split(": ")[1] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
            connection.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
                b"sec-websocket-accept: " + base64.b64encode(accept) + b"\r\n\r\n\x88\x02\x03\xe8"
            )
            return False
        if path.startswith("/said-all"):
            whole("", "text/plain")
            self.done.set()
            return True
        if path == "/":
            return whole(PAGE, "text/html")
        return whole("", "text/plain")


def requests(chromium):
    version = subprocess.run([chromium, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    recorder = Recorder()
    host = f"127.0.0.1:{recorder.port}"
    with tempfile.TemporaryDirectory() as profile:
        command = [chromium, "--no-sandbox", "--no-first-run", "--disable-extensions", "--lang=en-US"]
        command += [f"--user-data-dir={profile}", f"http://{host}/"]
        if "DISPLAY" not in os.environ:
            command = ["xvfb-run", "--auto-servernum"] + command
        environment = dict(os.environ, LANG="en_US.UTF-8", LANGUAGE="en_US")
        quiet = subprocess.DEVNULL
        browser = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment, start_new_session=True)
        done = recorder.done.wait(60)
        os.killpg(browser.pid, 15)
        browser.wait()
        time.sleep(1)  # its helpers leave their folder
    if not done:
        sys.exit(f"the page did not finish; heads so far: {recorder.heads}")

    def stencil(head):
        lines = head.replace(host, "{host}").split("\r\n")[:-2]
        first = lines[0].split(" ")
        lines[0] = f"{first[0]} {{target}} {first[2]}"
        keyed = (line.split(": ", 1) for line in lines[1:])
        stencils = {"cookie": "{cookie}", "sec-websocket-key": "{key}", "last-event-id": "{id}"}
        return "\n".join([lines[0]] + [f"{name}: {stencils.get(name.lower(), value)}" for name, value in keyed])

    def recorded(path, cookie, index):
        matching = [
            (number, stencil(head))
            for number, head in recorder.heads
            if head.split(" ")[1].startswith(path + "?") and ("{cookie}" in stencil(head)) == cookie
        ]
        if path.endswith("polling"):
            assert len({head for _, head in matching}) == 1, matching  # a later request is the first one again
            print(f"{path}: {len(matching)} requests on {len({n for n, _ in matching})} connections", file=sys.stderr)
        return matching[index][1]

    print(f"# Requests: {version}, its default window, recorded {time.strftime('%Y-%m-%d')} by docs/profiles/record.py.")
    for name, path, index in [
        ("polling", "/polling", 0),
        ("long-polling", "/long-polling", 0),
        ("sse", "/sse", 0),
        ("sse-reconnect", "/sse", 1),
        ("websocket", "/websocket", 0),
    ]:
        plain, with_cookie = recorded(path, False, index), recorded(path, True, index)
        if "\n".join(line for line in with_cookie.split("\n") if "{cookie}" not in line) != plain:
            sys.exit(f"a cookie changes more than its own line:\n{plain}\n\n{with_cookie}")
        print(f"\n== request {name}\n{with_cookie}")


NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    # Debian's own nginx.conf, as far as it changes a head
    sendfile on; tcp_nopush on; types_hash_max_size 2048; gzip on; default_type application/octet-stream;
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            # nginx's documentation, "WebSocket proxying", and no buffer in an event stream's way
            proxy_pass http://{upstream}; proxy_http_version 1.1; proxy_buffering off;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection;
        }}
    }}
}}
"""


def responses(nginx, pushbench):
    version = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=True).stderr.strip()
    serve = [pushbench, "serve", "--listen", "127.0.0.1:0", "--format", "text", "--rate", "5"]
    server = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)
    upstream = server.stdout.readline().split("http://")[1].split(",")[0]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        configuration = os.path.join(folder, "nginx.conf")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(NGINX.format(folder=folder, port=port, upstream=upstream))
        proxy = subprocess.Popen([nginx, "-e", "stderr", "-c", configuration])
        try:
            time.sleep(1)
            print(f"# Responses: {version} before `pushbench serve`, recorded {time.strftime('%Y-%m-%d')} by the same.")
            upgrade = (
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            )
            for name, target, more in [
                ("polling", "/polling?since=0", ""),
                ("polling, nothing new", "/polling", ""),
                ("polling, Connection: close", "/polling?since=0", "Connection: close\r\n"),
                ("long-polling", "/long-polling?since=0", ""),
                ("sse", "/sse", ""),
                ("websocket", "/websocket", upgrade),
            ]:
                with socket.create_connection(("127.0.0.1", port)) as connection:
                    request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{more}\r\n"
                    connection.sendall(request.encode())
                    print(f"\n== response {name}\n" + "\n".join(head_of(connection).split("\r\n")[:-2]))
        finally:
            proxy.terminate()
            server.terminate()
            proxy.wait()
            server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("what", choices=["requests", "responses"])
    parser.add_argument("--chromium", default="chromium")
    parser.add_argument("--nginx", default=shutil.which("nginx") or "/usr/sbin/nginx")
    parser.add_argument("--pushbench", default="target/debug/pushbench")
    chosen = parser.parse_args()
    if chosen.what == "requests":
        requests(chosen.chromium)
    else:
        responses(chosen.nginx, chosen.pushbench)


if __name__ == "__main__":
    main()
