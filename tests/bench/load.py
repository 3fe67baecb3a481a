"""The load: WebSocket members on one epoll, one of them a sender that keeps so many messages under way."""

import base64
import os
import select
import socket
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Result:
    """What a run delivered, and what it took the server."""

    deliveries: int
    seconds: float
    cpu_seconds: float

    @property
    def per_cpu_second(self) -> float:
        """Deliveries per second of the server's processor time."""
        return self.deliveries / self.cpu_seconds


def connect(port: int, path: str, subprotocol: str | None) -> socket.socket:
    """A WebSocket, its handshake done."""
    peer = socket.create_connection(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    protocol = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
    peer.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{protocol}\r\n".encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += peer.recv(65536)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    return peer


def frame(payload: bytes) -> bytes:
    """A masked text frame; the mask of zeros is as good as any here."""
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
    return head + bytes(4) + payload


def cpu_seconds(pid: int) -> float:
    """Processor time of all threads of a process so far, to the nanosecond."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def run(pid: int, peers: list[socket.socket], says: list[bytes], mark: bytes, window: int) -> Result:
    """Send `says` by the first peer, `window` of them under way; until each peer has got `mark` that often."""
    poll = select.epoll()
    by_fd = {peer.fileno(): peer for peer in peers}
    got = dict.fromkeys(by_fd, 0)
    tails = dict.fromkeys(by_fd, b"")
    for fd, peer in by_fd.items():
        peer.setblocking(False)
        poll.register(fd, select.EPOLLIN)
    sender = peers[0]
    sent = 0
    waiting = set(by_fd)
    cpu, start = cpu_seconds(pid), time.perf_counter()
    while waiting:
        room = min(window - (sent - got[sender.fileno()]), len(says) - sent)
        if room > 0:
            sender.setblocking(True)
            sender.sendall(b"".join(says[sent : sent + room]))
            sender.setblocking(False)
            sent += room
        for fd, _ in poll.poll(1):
            data = tails[fd] + by_fd[fd].recv(1 << 18)
            got[fd] += data.count(mark)
            tails[fd] = data[len(data) - len(mark) + 1 :]
            if got[fd] >= len(says):
                waiting.discard(fd)
    seconds = time.perf_counter() - start
    return Result(sum(got.values()), seconds, cpu_seconds(pid) - cpu)
