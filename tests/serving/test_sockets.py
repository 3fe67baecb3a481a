"""Listening sockets: which families they take, and what is said where there is none."""

import errno
import logging
import resource
import socket
import subprocess
import sys

import pytest

from gateway.config import LoopName
from gateway.serving.ports import ServerError
from gateway.serving.sockets import SELECT_LIMIT, descriptors, open_port

from ..processes import skip

BOTH = """
import socket
from gateway.serving.sockets import open_port
with open_port("::", 0, "--tcp-port") as listener:
    for host in ("127.0.0.1", "::1"):
        socket.create_connection((host, listener.getsockname()[1]), 5).close()
"""


@pytest.mark.parametrize(("host", "others"), [("127.0.0.1", []), ("0.0.0.0", []), ("::1", []), ("::", ["127.0.0.1"])])
def test_who_can_connect(host: str, others: list[str]) -> None:
    with open_port(host, 0, "--tcp-port") as listener:
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        for each in (here, *others):
            socket.create_connection((each, listener.getsockname()[1]), 5).close()


def test_both_families_whatever_the_machine_does_with_them() -> None:
    """Some machines have net.ipv6.bindv6only."""
    script = 'echo 1 > /proc/sys/net/ipv6/bindv6only && ip link set lo up && exec "$@"'
    command = ["unshare", "--net", "sh", "-c", script, "sh"]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        skip("unshare can not make a network of its own here")
    ended = subprocess.run([*command, sys.executable, "-c", BOTH], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_without_ipv6_all_addresses_are_those_of_ipv4(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = socket.socket

    def without_ipv6(family: int = socket.AF_INET, *arguments: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return real(family, *arguments)

    monkeypatch.setattr("gateway.serving.sockets.socket.socket", without_ipv6)
    with caplog.at_level(logging.WARNING), open_port("::", 0, "--tcp-port") as listener:
        assert listener.family == socket.AF_INET
    assert "no IPv6 here" in caplog.text
    with pytest.raises(ServerError, match=r"--host ::1: Address family not supported"):
        open_port("::1", 0, "--tcp-port")


def test_a_port_is_shared_by_those_that_say_so() -> None:
    with open_port("127.0.0.1", 0, "--tcp-port", share=True, listen=False) as kept:
        port = kept.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 5)
        opened = [open_port("127.0.0.1", port, "--tcp-port", share=True) for _ in range(2)]
        with opened[0], opened[1]:
            socket.create_connection(("127.0.0.1", port), 5).close()
            with pytest.raises(ServerError, match="Address already in use; choose another with --tcp-port"):
                open_port("127.0.0.1", port, "--tcp-port")
    with pytest.raises(ServerError, match="that is no address of this machine: see --host"):
        open_port("192.0.2.1", 0, "--tcp-port")


@pytest.mark.parametrize(
    ("level", "option", "value"),
    [
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1),
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60),
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 120_000),
        (socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 128 * 1024),
    ],
)
def test_a_connection_has_what_its_listener_was_given(level: int, option: int, value: int) -> None:
    """Who is gone without a word is found out, and nothing waits in the kernel for more to come."""
    with open_port("127.0.0.1", 0, "--tcp-port") as listener, socket.create_connection(listener.getsockname()):
        here, _ = listener.accept()
        with here:
            assert here.getsockopt(level, option) == value


INFINITE = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("soft", "hard", "loop", "can_raise", "limit"),
    [
        (1024, 20_000, "epoll", True, 20_000),
        (1024, 20_000, "epoll", False, 1024),
        (20_000, 20_000, "epoll", True, 20_000),
        (1024, INFINITE, "uvloop", True, 2**20),
        (1024, 20_000, "select", True, SELECT_LIMIT),
        (256, 256, "select", True, 256),
    ],
)
def test_as_many_descriptors_count_as_there_may_be_by_now(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, loop: LoopName, can_raise: bool, limit: int
) -> None:
    now = (soft, hard)

    def raised(_: int, wanted: tuple[int, int]) -> None:
        nonlocal now
        if not can_raise:
            raise ValueError("not allowed to raise maximum limit")
        now = wanted

    monkeypatch.setattr("gateway.serving.sockets.resource.getrlimit", lambda _: now)
    monkeypatch.setattr("gateway.serving.sockets.resource.setrlimit", raised)
    assert descriptors(loop) == limit
    assert now == ((hard, hard) if can_raise else (soft, hard))


def test_what_is_urgent_stays_in_the_stream() -> None:
    """Telnet's Ctrl-C is IAC IP, then IAC DM with the DM urgent: without it IAC would take the next byte."""
    with open_port("127.0.0.1", 0, "--tcp-port") as listener, socket.create_connection(listener.getsockname()) as peer:
        here, _ = listener.accept()
        with here:
            peer.sendall(b"\xff\xf4\xff")
            peer.send(b"\xf2", socket.MSG_OOB)
            peer.sendall(b"x")
            got = b""
            while len(got) < 5:
                got += here.recv(5)
            assert got == b"\xff\xf4\xff\xf2x"
