"""Python's `websockets` against /websocket, frame by frame: what is allowed is taken, what is not has its close code.

The library makes the handshake, reads what the server says and sends all that it can be made to; what it refuses to
send goes past it, octet by octet, to the same socket. Run by `frames.rs`; by hand:

    python3 tests/foreign/frames.py ws://127.0.0.1:8080/websocket
"""

import socket
import struct
import sys

from websockets.frames import Opcode
from websockets.uri import parse_uri

try:
    from websockets.client import ClientProtocol
except ImportError:  # its name until version 11
    from websockets.client import ClientConnection as ClientProtocol

URL = sys.argv[1]
PATIENCE = 20  # seconds; only a failure ever waits for it
LARGEST = 64 << 10  # octets in a message that the server takes
TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 0x1, 0x2, 0x0, 0x8, 0x9, 0xA
FIN, RSV1, RSV2, RSV3 = 0x80, 0x40, 0x20, 0x10
MASK = b"\x37\xfa\x21\x3d"


class Client:
    def __init__(self):
        uri = parse_uri(URL)
        self.protocol = ClientProtocol(uri)
        self.socket = socket.create_connection((uri.host, uri.port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.events = []
        self.protocol.send_request(self.protocol.connect())
        response = self.next()
        assert response.status_code == 101, response

    def flush(self):
        for octets in self.protocol.data_to_send():
            if octets:  # none: the library would half-close
                self.raw(octets)

    def raw(self, octets):
        try:
            self.socket.sendall(octets)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server need not read on behind what it refuses; what it said is still to be read

    def next(self):
        """What the library makes of the server's next octets: a response, a frame; None at the end of the stream."""
        while not self.events:
            self.flush()
            octets = self.socket.recv(1 << 16)
            if octets:
                self.protocol.receive_data(octets)
            else:
                self.protocol.receive_eof()
            self.flush()
            self.events = self.protocol.events_received()
            if not octets and not self.events:
                return None
        return self.events.pop(0)

    def answer(self):
        """The next frame that is no update."""
        for _ in range(10_000):
            frame = self.next()
            if frame is None or frame.opcode is not Opcode.TEXT:
                return frame
        raise AssertionError("updates only")

    def pong(self):
        frame = self.answer()
        assert frame is not None and frame.opcode is Opcode.PONG, f"{frame} and no pong"
        return frame.data

    def closed(self):
        """The code of the server's close, behind which nothing may come but the end of the stream."""
        frame = self.answer()
        assert frame is not None and frame.opcode is Opcode.CLOSE, f"{frame} and no close"
        code = struct.unpack("!H", frame.data[:2])[0] if frame.data else None
        after = self.next()
        assert after is None, f"{after} behind the close"
        return code


def frame(first, payload=b"", masked=True, announced=None):
    """A client's frame: `first` as it is, the shortest length."""
    length = len(payload) if announced is None else announced
    bit = 0x80 if masked else 0
    if length < 126:
        head = struct.pack("!BB", first, bit | length)
    elif length < 1 << 16:
        head = struct.pack("!BBH", first, bit | 126, length)
    else:
        head = struct.pack("!BBQ", first, bit | 127, length)
    if not masked:
        return head + payload
    return head + MASK + bytes(octet ^ MASK[i % 4] for i, octet in enumerate(payload))


def closed_with(code, *octets):
    """`octets`, said past the library, are the last thing said: the server closes with `code`."""

    def run(client):
        for piece in octets:
            client.raw(piece)
        closed = client.closed()
        assert closed == code, f"closed with {closed}, not {code}"

    return run


def taken(send):
    """What `send` says is taken: a ping behind it is answered, and the updates go on."""

    def run(client):
        send(client.protocol)
        client.protocol.send_ping(b"and now?")
        assert client.pong() == b"and now?"
        update = client.next()
        assert update is not None and update.opcode is Opcode.TEXT, update

    return run


def in_parts(begin, *parts):
    """A message in as many fragments."""

    def send(protocol):
        begin(protocol)(parts[0], fin=False)
        for part in parts[1:-1]:
            protocol.send_continuation(part, fin=False)
        protocol.send_continuation(parts[-1], fin=True)

    return send


def text(protocol):
    return protocol.send_text


def binary(protocol):
    return protocol.send_binary


def ping_between(client):
    client.protocol.send_text(b"caf\xc3", fin=False)
    client.protocol.send_ping(b"between")
    assert client.pong() == b"between", "it is answered before the message is whole"
    client.protocol.send_pong(b"unasked for")
    client.protocol.send_continuation(b"\xa9", fin=False)
    client.protocol.send_ping(b"")
    assert client.pong() == b""
    client.protocol.send_continuation(b"", fin=True)
    taken(lambda protocol: None)(client)


def close_comes_back(code, reason=""):
    def run(client):
        client.protocol.send_close(code, reason)
        closed = client.closed()
        assert closed == code, f"{code} is answered with {closed}"

    return run


def longest_ping(client):
    client.protocol.send_ping(b"p" * 125)
    assert client.pong() == b"p" * 125


def cases():
    """Of what kind, what, and how it is said and answered."""
    kind = "fragmentation"
    yield kind, "a text in two parts", taken(in_parts(text, b"hel", b"lo"))
    octets = [bytes([octet]) for octet in "κόσμε".encode()]
    yield kind, "a part for each octet, characters cut", taken(in_parts(text, *octets))
    yield kind, "parts without an octet", taken(in_parts(binary, b"", b"", b"x", b""))
    yield kind, "the largest message in parts", taken(in_parts(binary, *[b"x" * (LARGEST // 4)] * 4))
    yield kind, "a continuation of nothing", closed_with(1002, frame(FIN | CONTINUATION, b"x"))
    yield kind, "the beginning of a continuation of nothing", closed_with(1002, frame(CONTINUATION, b"x"))
    whole = frame(TEXT, b"x") + frame(FIN | CONTINUATION, b"y")
    yield kind, "a continuation behind the last", closed_with(1002, whole, frame(FIN | CONTINUATION, b"z"))
    yield kind, "a text within a text", closed_with(1002, frame(TEXT, b"x"), frame(FIN | TEXT, b"y"))
    yield kind, "a binary message within a text", closed_with(1002, frame(TEXT, b"x"), frame(BINARY, b"y"))

    kind = "control frames between fragments"
    yield kind, "pings and a pong", ping_between
    yield kind, "a close", closed_with(1000, frame(TEXT, b"never to be"), frame(FIN | CLOSE, b"\x03\xe8enough"))
    for name, opcode in ("ping", PING), ("pong", PONG), ("close", CLOSE):
        yield kind, f"a {name} that is itself in parts", closed_with(1002, frame(TEXT, b"x"), frame(opcode))
    yield kind, "an unknown one", closed_with(1002, frame(TEXT, b"x"), frame(FIN | 0xB))

    kind = "bad UTF-8"
    for name, octets in [
        ("a continuation octet alone", b"\x80"),
        ("a character that does not go on", b"\xc3\x28"),
        ("a character longer than it has to be", b"\xc0\xaf"),
        ("half of a surrogate pair", b"\xed\xa0\x80"),
        ("beyond the last character", b"\xf4\x90\x80\x80"),
        ("an octet that no character has", b"ok\xff"),
        ("an end within a character", b"caf\xc3"),
    ]:
        yield kind, name, closed_with(1007, frame(FIN | TEXT, octets))
        parts = [frame(TEXT)] + [frame(CONTINUATION, bytes([octet])) for octet in octets]
        yield kind, f"{name}, a part for each octet", closed_with(1007, *parts, frame(FIN | CONTINUATION))
    yield kind, "in the first part", closed_with(1007, frame(TEXT, b"\xc3\x28"))
    yield kind, "in the last part", closed_with(1007, frame(TEXT, b"ok"), frame(FIN | CONTINUATION, b"\xff"))
    yield kind, "in the reason of a close", closed_with(1007, frame(FIN | CLOSE, b"\x03\xe8\xff"))
    yield kind, "binary is not text", taken(lambda protocol: protocol.send_binary(b"\xff\xfe\xc3\x28"))

    kind = "bad opcodes"
    for opcode in *range(0x3, 0x8), *range(0xB, 0x10):
        yield kind, f"{opcode:#x}", closed_with(1002, frame(FIN | opcode, b"x"))

    kind = "reserved bits"
    for name, bits in ("1", RSV1), ("2", RSV2), ("3", RSV3), ("1 to 3", RSV1 | RSV2 | RSV3):
        for of, opcode in ("text", TEXT), ("ping", PING), ("close", CLOSE):
            yield kind, f"{name} of a {of}", closed_with(1002, frame(FIN | bits | opcode))
    yield kind, "1 of a continuation", closed_with(1002, frame(TEXT, b"x"), frame(FIN | RSV1 | CONTINUATION, b"y"))

    kind = "oversized messages"
    yield kind, "the largest", taken(lambda protocol: protocol.send_binary(b"x" * LARGEST))
    yield kind, "an octet more", closed_with(1009, frame(FIN | BINARY, b"x" * (LARGEST + 1)))
    part = frame(BINARY, b"x" * (LARGEST // 2)), frame(CONTINUATION, b"x" * (LARGEST // 2))
    yield kind, "an octet more in parts", closed_with(1009, *part, frame(FIN | CONTINUATION, b"x"))
    for name, announced in ("2^32", 1 << 32), ("2^63 - 1", (1 << 63) - 1), ("2^64 - 1", (1 << 64) - 1):
        yield kind, f"{name} octets announced", closed_with(1009, frame(FIN | BINARY, announced=announced))

    kind = "unmasked frames"
    for name, opcode in ("text", TEXT), ("binary", BINARY), ("ping", PING):
        yield kind, f"a {name}", closed_with(1002, frame(FIN | opcode, b"x", masked=False))
    yield kind, "a close", closed_with(1002, frame(FIN | CLOSE, b"\x03\xe8", masked=False))
    yield kind, "a second part", closed_with(1002, frame(TEXT, b"x"), frame(FIN | CONTINUATION, b"y", masked=False))

    kind = "valid close codes"
    yield kind, "none", closed_with(None, frame(FIN | CLOSE))
    # 1014 (a bad gateway), registered with IANA since, is unknown to tungstenite, which answers 1002
    for code in 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4999:
        yield kind, f"{code}", close_comes_back(code)
    yield kind, "the longest reason", close_comes_back(1000, "é" * 61 + "e")

    kind = "invalid close codes"
    yield kind, "half a one", closed_with(1002, frame(FIN | CLOSE, b"\x03"))
    for code in 0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535:
        yield kind, f"{code}", closed_with(1002, frame(FIN | CLOSE, struct.pack("!H", code)))

    kind = "control frames of more than 125 octets"
    yield kind, "a ping of 125", longest_ping
    yield kind, "a ping of 126", closed_with(1002, frame(FIN | PING, b"p" * 126))
    yield kind, "a ping of 65,536", closed_with(1002, frame(FIN | PING, b"p" * (1 << 16)))
    yield kind, "a pong of 126", closed_with(1002, frame(FIN | PONG, b"p" * 126))
    yield kind, "a close of 126", closed_with(1002, frame(FIN | CLOSE, b"\x03\xe8" + b"r" * 124))


def main():
    failed = 0
    for kind, what, run in cases():
        client = Client()
        try:
            run(client)
            print(f"{kind}: {what}")
        except Exception as error:  # each case says its own
            failed += 1
            print(f"{kind}: {what}: {type(error).__name__}: {error}", file=sys.stderr)
        client.socket.close()
    sys.exit(1 if failed else 0)


main()
