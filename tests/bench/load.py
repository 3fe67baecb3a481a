"""The load: peers of any dialect on one epoll. It counts what each gets and what that takes the server."""

import base64
import json
import os
import select
import socket
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.swarm.histogram import Histogram


class RefusedError(Exception):
    """The server lets no more in; what it says."""


class Peer:
    """A connection of the load. Dialects know how to say something and how many messages are in what comes."""

    mark = b""
    echoes = True
    """Whether a peer gets its own messages."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.got = 0
        self.bytes = 0
        self.checksum = 0
        self._tail = b""
        self.greet(port)
        self.socket.setblocking(False)

    def greet(self, port: int) -> None:
        """Come in."""

    def say(self, text: str) -> bytes:
        """The bytes that say it."""
        raise NotImplementedError

    def feed(self, data: bytes) -> int:
        """How many messages ended in these bytes."""
        data = self._tail + data
        self._tail = data[len(data) - len(self.mark) + 1 :]
        return data.count(self.mark)

    def until(self, mark: bytes) -> bytes:
        """Read until this has come."""
        data = b""
        while mark not in data:
            more = self.socket.recv(65536)
            assert more, data
            data += more
        return data


class Raw(Peer):
    """The gateway's raw wire, and the post's server."""

    mark = "的消息:".encode()
    echoes = False

    def greet(self, port: int) -> None:
        greeting = self.until(b"\n\n")
        if not greeting.startswith("你已连接".encode()):
            raise RefusedError(greeting.decode().strip())

    def say(self, text: str) -> bytes:
        return text.encode() + b"\n\n"


class Floor(Raw):
    """The bare C loop, with lines as long as the gateway's."""

    mark = b"\n\n"

    def greet(self, port: int) -> None:
        self.head = f"来自{self.socket.getsockname()}的消息:".encode()

    def say(self, text: str) -> bytes:
        return self.head + text.encode() + b"\n\n"


class Nats(Peer):
    """nats-server's own protocol."""

    mark = b"MSG room "

    def greet(self, port: int) -> None:
        self.until(b"\r\n")
        self.socket.sendall(b'CONNECT {"verbose":false}\r\nSUB room 1\r\nPING\r\n')
        self.until(b"PONG\r\n")

    def say(self, text: str) -> bytes:
        data = text.encode()
        return b"PUB room %d\r\n%s\r\n" % (len(data), data)


class WebSocket(Peer):
    """A WebSocket server that relays each frame."""

    mark = b'"type":"message"'
    path = "/"
    fields = ""

    def greet(self, port: int) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{self.fields}\r\n".encode()
        )
        answer = self.until(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101"), answer

    def say(self, text: str) -> bytes:
        event = {"type": "message", "seq": 123456, "at": "2026-11-24T11:00:00.123Z", "from": "guest-abcdef"}
        return frame(json.dumps({**event, "via": "web", "text": text}, separators=(",", ":"), ensure_ascii=False))


class Json(WebSocket):
    """The gateway's chat.v1.json."""

    path = "/ws"
    fields = "Sec-WebSocket-Protocol: chat.v1.json\r\n"

    def __init__(self, port: int, hello: str = '{"type":"hello"}') -> None:
        self._hello = hello
        super().__init__(port)

    def greet(self, port: int) -> None:
        super().greet(port)
        self.socket.sendall(frame(self._hello))
        self.welcome = self.until(b'"welcome"')
        self.got += self.feed(self.welcome)  # what it missed may come right behind

    def say(self, text: str) -> bytes:
        return frame(json.dumps({"type": "say", "text": text}, ensure_ascii=False))


_inflated: dict[bytes, int] = {}


class Events(Peer):
    """The gateway's GET /events: it only listens."""

    mark = b'"via":'

    def greet(self, port: int) -> None:
        self.socket.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        assert self.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200")


class JsonDeflate(Json):
    """The same with permessage-deflate as browsers offer it. Frames that came before are counted from memory."""

    fields = Json.fields + "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"

    def feed(self, data: bytes) -> int:
        data = self._tail + data
        count = start = 0
        while (end := _frame_end(data, start)) <= len(data) and end > start:
            count += self._count(data[start:end])
            start = end
        self._tail = data[start:]
        return count

    def _count(self, whole: bytes) -> int:
        if not whole[0] & 0x40:
            return whole.count(self.mark)
        if whole not in _inflated:
            if len(_inflated) > 256:
                _inflated.clear()
            payload = zlib.decompress(whole[2 if whole[1] < 126 else 4 :] + b"\x00\x00\xff\xff\x03\x00", wbits=-15)
            _inflated[whole] = payload.count(self.mark)
        return _inflated[whole]


def frame(text: str) -> bytes:
    """A masked text frame; the mask of zeros is as good as any here."""
    payload = text.encode()
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
    return head + bytes(4) + payload


def _frame_end(data: bytes, start: int) -> int:
    """Where the server's frame that starts here ends; past the data if it is not all there."""
    if len(data) < start + 4:
        return len(data) + 1
    size = data[start + 1]
    if size < 126:
        return start + 2 + size
    return start + 4 + int.from_bytes(data[start + 2 : start + 4], "big")


@dataclass(frozen=True, slots=True)
class Result:
    """What a run delivered, and what it took the server."""

    deliveries: int
    bytes: int
    seconds: float
    cpu_seconds: float
    latencies: Histogram = field(default_factory=Histogram)

    @property
    def per_cpu_second(self) -> float:
        """Deliveries per second of the server's processor time."""
        return self.deliveries / self.cpu_seconds

    @property
    def bytes_each(self) -> float:
        """Bytes on the wire for each delivery."""
        return self.bytes / self.deliveries


def cpu_seconds(pid: int) -> float:
    """Processor time of all threads of a process so far, to the nanosecond."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def resident(pid: int) -> int:
    """Bytes of a process that are in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Load:
    """Peers, read on one epoll."""

    def __init__(self, peers: Sequence[Peer], *, sums: bool = False) -> None:
        self._sums = sums  # of all that each gets: who gets the same in the same order has the same
        self._poll = select.epoll()
        self._peers = {peer.socket.fileno(): peer for peer in peers}
        for fd in self._peers:
            self._poll.register(fd, select.EPOLLIN)

    def read(self, on_message: Callable[[Peer, int], None]) -> None:
        """Read what is there once, and tell of each peer that got messages.

        It spins: a load that sleeps has to be woken, and on one machine it is the server that pays for that.
        """
        for fd, _ in self._poll.poll(0):
            peer = self._peers[fd]
            data = peer.socket.recv(1 << 18)
            assert data, "the server closed a peer"
            peer.bytes += len(data)
            if self._sums:
                peer.checksum = zlib.crc32(data, peer.checksum)
            if count := peer.feed(data):
                peer.got += count
                on_message(peer, count)

    def close(self) -> None:
        """Close all."""
        self._poll.close()
        for peer in self._peers.values():
            peer.socket.close()


def saturate(pid: int, peers: Sequence[Peer], texts: Sequence[str], window: int, *, sums: bool = False) -> Result:
    """One says all of them, `window` at once and the next when those have come back, until everybody has got them.

    Each server so gets the same batches; refilled one by one they would fall into lumps, by chance.
    """
    load = Load(peers, sums=sums)
    sender, watcher = peers[0], peers[0] if peers[0].echoes else peers[1]
    says = [sender.say(text) for text in texts]
    start_of = {peer: (peer.got, peer.bytes) for peer in peers}
    waiting = set(peers if sender.echoes else peers[1:])
    sent = 0

    def note(peer: Peer, count: int) -> None:
        if peer.got - start_of[peer][0] >= len(says):
            waiting.discard(peer)

    cpu, start = cpu_seconds(pid), time.perf_counter()
    while waiting:
        if sent < len(says) and watcher.got - start_of[watcher][0] >= sent:
            send(sender, b"".join(says[sent : sent + window]))
            sent = min(sent + window, len(says))
        load.read(note)
    seconds = time.perf_counter() - start
    cpu = cpu_seconds(pid) - cpu
    got = sum(peer.got - start_of[peer][0] for peer in peers)
    size = sum(peer.bytes - start_of[peer][1] for peer in peers)
    return Result(got, size, seconds, cpu)


def one_by_one(pid: int, peers: Sequence[Peer], texts: Sequence[str]) -> Result:
    """Each message alone: the next is said when everybody has got the last."""
    load = Load(peers)
    sender = peers[0]
    listeners = peers if sender.echoes else peers[1:]
    left = 0
    said = 0.0
    latencies = Histogram()

    def note(peer: Peer, count: int) -> None:
        nonlocal left
        left -= count
        latencies.record(int((time.perf_counter() - said) * 1e6))

    cpu, start = cpu_seconds(pid), time.perf_counter()
    before = sum(peer.bytes for peer in peers)
    for text in texts:
        left = len(listeners)
        said = time.perf_counter()
        send(sender, sender.say(text))
        while left:
            load.read(note)
    seconds = time.perf_counter() - start
    cpu = cpu_seconds(pid) - cpu
    size = sum(peer.bytes for peer in peers) - before
    return Result(len(texts) * len(listeners), size, seconds, cpu, latencies)


def send(peer: Peer, data: bytes) -> None:
    """Send all of it."""
    peer.socket.setblocking(True)
    peer.socket.sendall(data)
    peer.socket.setblocking(False)
