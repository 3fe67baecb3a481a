"""gateway swarm: it passes a gateway that does right, and tells what a server does wrong."""

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import create_connection, create_server, socket
from xml.etree import ElementTree

import pytest

from . import nursery
from .conftest import Start
from .gateway import Gateway


def swarm(*flags: str) -> subprocess.CompletedProcess[str]:
    return nursery.run(["swarm", *flags])


def test_a_gateway_passes(start: Start, tmp_path: Path) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    figures, plot = tmp_path / "run.json", tmp_path / "run.svg"
    ended = swarm(
        *gateway.ports, "--tcp", "20", "--ws", "20", "--senders", "8", "--rate", "25", "--messages", "400",
        "--churn", "20", "--stall", "6", "--processes", "2", "--json", str(figures), "--plot", str(plot),
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr + ended.stdout
    assert ended.stderr == ""
    assert "lost 0, repeated 0, out of order 0, damaged 0" in ended.stdout
    report = json.loads(figures.read_bytes())
    assert report["spoken"] == report["heard"] == 400
    # All hear everything, but senders on the raw wire not their own, and those that were away on it not all.
    own = 400 // 8 * sum(1 for number in range(8) if number % 2)
    assert 400 * 30 < report["deliveries"] <= 400 * 40 - own
    assert report["returns"] > 0
    assert report["server"]["talk_cpu"] > 0
    assert ElementTree.parse(plot).getroot().tag.endswith("svg")


@pytest.mark.worlds
def test_a_room_with_a_password(start: Start, tmp_path: Path) -> None:
    gateway = start("--password", "sesame")
    key, figures = tmp_path / "key", tmp_path / "run.json"
    key.write_text("sesame\n")
    crowd = [*gateway.ports, "--tcp", "3", "--ws", "3", "--senders", "2", "--rate", "20", "--messages", "20"]
    ended = swarm(*crowd, "--password-file", str(key), "--json", str(figures))
    assert ended.returncode == 0, ended.stderr + ended.stdout
    assert "lost 0, repeated 0, out of order 0, damaged 0" in ended.stdout
    assert "sesame" not in figures.read_text() + ended.stdout
    for flags, told in (([], "password"), (["--password", "guess"], "that is not the password")):
        ended = swarm(*crowd, *flags)
        assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
        assert told in ended.stderr


def test_a_report_that_can_not_be_written_is_told_before_the_run(gateway: Gateway, tmp_path: Path) -> None:
    """It was told after it."""
    there = tmp_path / "there.svg"
    for flag in ("--plot", "--json"):
        ended = swarm(*gateway.ports, "--ws", "3", flag, str(tmp_path / "none" / "x"))
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr == f"gateway: {tmp_path}/none/x: No such file or directory\n"
    swarm("--ws", "3", "--http-port", "1", "--plot", str(there))
    assert not there.exists()
    assert not gateway.has_logged("ended")


@pytest.mark.worlds
def test_who_stops_it_gets_the_report_of_what_was_said(start: Start) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    crowd = ["--tcp", "4", "--ws", "4", "--seconds", "600", "--processes", "2"]
    with nursery.in_pipes("swarm", *gateway.ports, *crowd) as process:
        with create_connection(("127.0.0.1", gateway.tcp_port)) as listener:
            heard = b""
            while heard.count(b":swarm ") < 20:
                heard += listener.recv(65536)
        process.send_signal(signal.SIGINT)
        errors, output = process.last_words(60), process.stdout.read()
    assert (process.returncode, errors) == (130, "")
    assert "lost 0, repeated 0, out of order 0, damaged 0" in output


@pytest.mark.worlds
def test_by_window_it_talks_as_fast_as_it_is_heard(start: Start) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    ended = swarm(*gateway.ports, "--tcp", "5", "--ws", "5", "--senders", "2", "--window", "20", "--messages", "3000")
    assert ended.returncode == 0, ended.stderr + ended.stdout
    assert "3,000 messages" in ended.stdout


@pytest.mark.worlds
def test_members_that_are_closed_come_back_and_are_heard_out(start: Start) -> None:
    """The server is killed and started again while they talk: who can resume loses nothing."""
    gateway = start("--rate", "0", "--rate-kib", "0")
    crowd = ["--ws", "12", "--senders", "4", "--rate", "20", "--messages", "320"]
    with nursery.in_pipes("swarm", *gateway.ports, *crowd) as process:
        with create_connection(("127.0.0.1", gateway.tcp_port)) as listener:
            heard = b""
            while b":swarm " not in heard:
                heard += listener.recv(65536)
        gateway.kill()
        gateway.again()
        errors, output = process.last_words(60), process.stdout.read()
    assert process.returncode == 0, errors + output
    assert "resumed    12 times" in output
    assert "320 messages" in output


Wrong = Callable[[list[bytes]], list[bytes]]
WRONGS: dict[str, tuple[Wrong, str]] = {
    "lost": (lambda said: [*said[:4], *said[5:]], "lost 1, repeated 0, out of order 0, damaged 0"),
    "repeated": (lambda said: [*said[:5], *said[4:]], "lost 0, repeated 1, out of order 0, damaged 0"),
    "out of order": (
        lambda said: [*said[:4], said[5], said[4], *said[6:]],
        "lost 0, repeated 0, out of order 1, damaged 0",
    ),
    "damaged": (
        lambda said: [*said[:4], said[4][:-3] + b"~\n\n", *said[5:]],
        "lost 1, repeated 0, out of order 0, damaged 1",
    ),
}


@pytest.mark.worlds
@pytest.mark.parametrize("fault", list(WRONGS))
def test_what_a_server_does_wrong_to_one_member_is_told(fault: str) -> None:
    wrong, verdict = WRONGS[fault]
    with relay(members=4, messages=10, wrong=wrong) as port:
        ended = swarm("--tcp-port", str(port), "--tcp", "4", "--senders", "1", "--rate", "1000", "--messages", "10")
    assert ended.returncode == 1
    assert verdict in ended.stdout


@contextmanager
def relay(members: int, messages: int, wrong: Wrong) -> Iterator[int]:
    """A server for one raw sender that tells the others all it says, at once; but the last one something else."""

    def serve() -> None:
        peers = [closing.enter_context(accept(listener)) for _ in range(members)]
        sender = next(peer for peer in peers if peer.getpeername()[0] == "127.0.0.1")  # the first member's address
        data = b""
        while data.count(b"\n\n") < messages:
            data += sender.recv(65536)
        said = ["来自x的消息:".encode() + line + b"\n\n" for line in data.split(b"\n\n")[:messages]]
        others = [peer for peer in peers if peer is not sender]
        for peer in others:
            peer.sendall(b"".join(wrong(said) if peer is others[-1] else said))
        for peer in peers:
            peer.recv(1)  # until it goes

    with ExitStack() as closing, create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def accept(listener: socket) -> socket:
    peer, _ = listener.accept()
    peer.sendall("你已连接到服务器,IP为127.0.0.1:1\n\n".encode())
    return peer


@pytest.mark.parametrize(
    ("flags", "status", "named"),
    [
        (["--tcp", "5", "--host", "192.0.2.1"], 2, "--i-own-this-server"),
        (["--tcp", "5", "--size", "10"], 2, "--size"),
        (["--tcp", "many"], 2, "--tcp"),
        ([], 2, "--tcp N"),
        (["--tcp", "5", "--tcp-port", "1"], 1, "127.0.0.1 port 1: Connection refused"),
    ],
)
def test_what_can_not_be_is_one_line(flags: list[str], status: int, named: str) -> None:
    ended = swarm(*flags)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (status, "", 1)
    assert ended.stderr.startswith("gateway: ")
    assert named in ended.stderr


def test_a_server_that_speaks_something_else_is_told(gateway: Gateway) -> None:
    ended = swarm("--http-port", str(gateway.tcp_port), "--ws", "2")
    assert ended.returncode == 1
    assert "no chat gateway" in ended.stderr
    assert ended.stderr.count("\n") == 1
