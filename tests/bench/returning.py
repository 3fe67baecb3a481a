"""Named members that come back all at once to a gateway that was started again: each asks the store for its name."""

import base64
import json
import os
import re
import select
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..nats import lone_server, url
from . import servers
from .load import Json, frame
from .servers import Running

MEMBERS = {"SQLite": 19_000, "NATS, 1 server": 4000}
PATIENCE = 300.0
_NAME = re.compile(rb'"welcome".*?"name":"([^"]*)".*?"session":"([^"]*)"')


class _Named(Json):
    """One that comes the first time."""

    def greet(self, port: int) -> None:
        super().greet(port)
        while not (found := _NAME.search(self.welcome)):
            self.welcome += self.socket.recv(65536)
        self.who = (found[1], found[2].decode())


def return_storm() -> None:
    """All named members come back at once to a gateway that was started again, against as many without a name"""
    print("| | members | back under their names | turned away | seconds | times that without names |")
    print("|---|---|---|---|---|---|")
    for store, count in MEMBERS.items():
        with _flags(store) as flags:
            named = _storm(flags, [f"p{number}" for number in range(count)])
            nameless = _storm(flags, [""] * count)
        back, away, seconds = named
        ratio = seconds / nameless[2]
        print(f"| {store} | {count:,} | {back:,} | {away:,} | {seconds:.1f} | {ratio:.2f} |", flush=True)


@contextmanager
def _flags(store: str) -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        if store == "SQLite":
            yield ["--store", f"sqlite:{folder}/room.db"]
            return
        server = lone_server(Path(folder))
        try:
            yield ["--store", url([server])]
        finally:
            server.kill()


def _storm(flags: Sequence[str], names: Sequence[str]) -> tuple[int, int, float]:
    """How many are back under their names, how many were turned away, and after how many seconds."""
    with servers.gateway(*flags) as running:
        come = [_Named(running.port, _hello(name)) for name in names]
        who = [peer.who for peer in come]
        for peer in come:
            peer.socket.close()
    with servers.gateway(*flags) as running:
        return _come_back(running, who, is_named=bool(names[0]))


def _hello(name: str = "", session: str = "") -> str:
    return json.dumps(
        {"type": "hello", **({"name": name} if name else {}), **({"session": session} if session else {})}
    )


def _come_back(running: Running, who: Sequence[tuple[bytes, str]], *, is_named: bool) -> tuple[int, int, float]:
    start = time.perf_counter()
    waiting = {}
    with select.epoll() as poll:
        for name, session in who:
            peer = _connect(running.port, _hello(session=session if is_named else ""))
            poll.register(peer, select.EPOLLIN)
            waiting[peer.fileno()] = (peer, name)
        everybody = list(waiting.values())
        heard = dict.fromkeys(waiting, b"")
        back = away = 0
        while waiting and time.perf_counter() < start + PATIENCE:
            for descriptor, _ in poll.poll(0):
                peer, name = waiting[descriptor]
                heard[descriptor] += (data := peer.recv(65536))
                match = _NAME.search(heard[descriptor])
                if match or not data:
                    back += bool(match and (match[1] == name or not is_named))
                    away += not match
                    poll.unregister(descriptor)
                    del waiting[descriptor]
        seconds = time.perf_counter() - start
    for peer, _ in everybody:
        peer.close()
    return back, away + len(waiting), seconds


def _connect(port: int, hello: str) -> socket.socket:
    """The handshake and the hello in one go; nothing is waited for."""
    peer = socket.create_connection(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    head = (
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{Json.fields}\r\n"
    )
    peer.sendall(head.encode() + frame(hello))
    return peer
