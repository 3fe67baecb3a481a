"""gateway serve --check: what is wrong, a line each; and nothing is opened, made or noticed."""

import os
import shutil
import socket
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
import trustme

from gateway.stores.sqlite import SqliteStore

from ..nats import free_ports
from ..papers import Office
from ..samples import a_draft
from .conftest import Start
from .gateway import Gateway, ended, serve
from .peers import chat


def check(folder: Path, *flags: str) -> "subprocess.CompletedProcess[str]":
    """On free ports, if the flags name none."""
    return ended("--check", *flags, HOME=str(folder), PATH="/usr/bin:/bin", LANG="C.UTF-8")


def files_in(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(each): (each.stat().st_mtime_ns, each.stat().st_size) for each in folder.rglob("*")}


def test_what_could_be_opened_is_and_no_file_is_made(tmp_path: Path) -> None:
    found = check(tmp_path)
    assert (found.returncode, found.stdout, found.stderr) == (0, "it could be opened; nothing was\n", "")
    assert files_in(tmp_path) == {}


def test_each_fault_is_a_line(tmp_path: Path) -> None:
    found = check(tmp_path, "--rate", "fast", "--keep", "0", "--title", "")
    assert found.returncode == 2
    assert [line.partition(":")[0] for line in found.stderr.splitlines()] == ["gateway"] * 3
    assert all(flag in found.stderr for flag in ("--rate: 'fast'", "--keep: '0'", "--title: ''"))


def test_files_ports_and_the_store_are_looked_at_together(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "other.db").write_text("no room\n" * 100)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        flags = ["--tcp-port", f"{port}", "--http-port", "0", "--password-file", f"{tmp_path}/empty"]
        flags += ["--tls-cert", f"{tmp_path}/none.pem", "--store", f"sqlite:{tmp_path}/other.db"]
        before = files_in(tmp_path)
        found = check(tmp_path, *flags)
    assert found.returncode == 2
    assert found.stderr.splitlines() == [
        f"gateway: {tmp_path}/empty: its first line must be some printable characters, without spaces around them",
        f"gateway: --tls-cert {tmp_path}/none.pem: No such file or directory",
        f"gateway: --tcp-port {port}: 127.0.0.1 port {port}: Address already in use; choose another with --tcp-port",
        f"gateway: --store {tmp_path}/other.db: not a gateway's file; give --store another one",
    ]
    assert files_in(tmp_path) == before


async def test_what_is_no_whole_room_is_told(tmp_path: Path) -> None:
    room = await SqliteStore.open(tmp_path / "room.db", 100, 10**6)
    await room.append([a_draft("one")])
    shutil.copy(tmp_path / "room.db", tmp_path / "copy.db")
    await room.close()
    (tmp_path / "room.db.filling").touch()
    before = files_in(tmp_path)
    for name, expected in (("copy.db", "a copy made by hand"), ("room.db", "gateway import or move into it has not")):
        found = check(tmp_path, "--store", f"sqlite:{tmp_path}/{name}")
        assert (found.returncode, found.stdout) == (1, "")
        assert found.stderr.startswith(f"gateway: --store {tmp_path}/{name}: {expected}")
    assert files_in(tmp_path) == before


def test_a_store_whose_folder_is_not_there_has_its_own_status(tmp_path: Path) -> None:
    found = check(tmp_path, "--store", f"sqlite:{tmp_path}/none/room.db")
    assert found.returncode == 1
    assert "its folder is not there" in found.stderr


def test_a_nats_that_nobody_answers_for_is_told_and_its_password_is_not(tmp_path: Path) -> None:
    found = check(tmp_path, "--store", "nats://u:s3cret@127.0.0.1:1/room")
    assert found.returncode == 1
    assert "is nats-server running" in found.stderr
    assert "s3cret" not in found.stderr


@pytest.mark.parametrize(
    ("until", "status", "expected"),
    [("2020-01-02", 2, "ends on 2020-01-02 00:00 UTC, which has passed: renew it"), ("2070-01-02", 0, "2070-01-02")],
)
def test_a_certificate_tells_until_when(tmp_path: Path, until: str, status: int, expected: str) -> None:
    """Before 2050 its time is written with two digits of the year, and from then on with four."""
    issued = trustme.CA().issue_cert("localhost", not_after=datetime.fromisoformat(until))
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    found = check(tmp_path, "--tls-cert", f"{tmp_path}/both.pem")
    assert found.returncode == status, found.stderr
    assert expected in found.stdout + found.stderr


def test_the_user_of_a_creds_file_tells_until_when(tmp_path: Path) -> None:
    file = tmp_path / "room.creds"
    store = ("--store", "nats://127.0.0.1:1/room", "--nats-creds", str(file))
    for end, told in (("2020-01-02", ", which has passed: renew it"), ("2070-01-02", ", in ")):
        file.write_text(Office().creds(datetime.fromisoformat(f"{end}T00:00+00:00").timestamp()))
        found = check(tmp_path, *store)
        assert f"--nats-creds {file}: it ends on {end} 00:00 UTC{told}" in found.stdout + found.stderr
    file.write_text("none")
    found = check(tmp_path, *store)
    assert found.returncode == 2
    assert found.stderr.count(f"--nats-creds {file}: no whole .creds file, with a user's JWT and seed") == 1


async def test_a_running_room_does_not_notice_and_what_it_holds_is_no_fault(start: Start, tmp_path: Path) -> None:
    gateway: Gateway = start(prefix=("/usr/bin/env",))
    flags = ["--tcp-port", f"{gateway.tcp_port}", "--http-port", f"{gateway.http_port}"]
    async with chat(gateway) as ann:
        before = files_in(tmp_path)
        found = check(tmp_path, *flags, "--store", f"sqlite:{gateway.store}")
        assert (found.returncode, found.stderr) == (0, "")
        assert found.stdout.splitlines() == [
            f"--http-port {gateway.http_port}: held by the gateway that runs (process {gateway.pid})",
            f"--tcp-port {gateway.tcp_port}: held by the gateway that runs (process {gateway.pid})",
            f"--store sqlite:{gateway.store}: held by the gateway that runs",
            "it could be opened; nothing was",
        ]
        assert files_in(tmp_path) == before
        await ann.say("still here")
        assert await ann.texts(1) == ["still here"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    """By somebody who may read what the tests are, and write nothing."""
    folder = Path("/usr/share/chat-gateway-none")
    command = serve("--check", "--store", f"sqlite:{folder.parent}/room.db")
    found = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert found.returncode == 1, found.stderr
    assert "no file can be made in /usr/share" in found.stderr


def last_of_three_free() -> int:
    """The last of three ports side by side: workers' metrics have one after the other."""
    while True:
        (port,) = free_ports(1)
        try:
            for beside in (port - 1, port - 2):
                socket.create_server(("127.0.0.1", beside)).close()
        except OSError:
            continue
        return port


@pytest.mark.parametrize(
    ("flags", "faulty", "other"),
    [
        (["--tcp-port", "{0}", "--http-port", "{0}"], "--tcp-port {0}", "--http-port"),
        (["--tcp-port", "{0}", "--metrics", "127.0.0.1:{0}"], "--metrics {0}", "--tcp-port"),
        (["--http-port", "{0}", "--metrics", "0.0.0.0:{0}"], "--metrics {0}", "--http-port"),
        (["--tcp-port", "unix:{1}/s", "--http-port", "unix:{1}/./s"], "--tcp-port unix:{1}/s", "--http-port"),
        (
            ["--tcp-port", "{0}", "--metrics", "localhost:{2}", "--embedded-nats", "--workers", "3", "--host", "::"],
            "--metrics {0}",
            "--tcp-port",
        ),
    ],
)
def test_two_that_want_one_place_are_told_by_the_check_and_the_start(
    tmp_path: Path, flags: list[str], faulty: str, other: str
) -> None:
    port = last_of_three_free()
    flags, (faulty,) = [[each.format(port, tmp_path, port - 2) for each in some] for some in (flags, [faulty])]
    expected = f"gateway: {faulty}: {other} is there already; choose another with {faulty.split()[0]}\n"
    before = files_in(tmp_path)
    for found in (
        check(tmp_path, *flags),
        ended(*flags, HOME=str(tmp_path), PATH="/usr/bin:/bin", LANG="C.UTF-8"),
    ):
        assert (found.returncode, found.stderr) == (2, expected)
    assert files_in(tmp_path) == before


def test_places_of_their_own_are_no_fault(tmp_path: Path) -> None:
    """One port of two addresses, and two that are free to choose."""
    (port,) = free_ports(1)
    assert check(tmp_path, "--tcp-port", f"{port}", "--metrics", f"127.0.0.2:{port}").returncode == 0
    assert check(tmp_path, "--metrics", "127.0.0.1:0").returncode == 0


def test_the_port_of_each_workers_metrics_is_looked_at(tmp_path: Path) -> None:
    flags = ("--embedded-nats", "--workers", "3")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        found = check(tmp_path, *flags, "--metrics", f"127.0.0.1:{port - 2}")
    assert (found.returncode, found.stdout) == (1, "")
    assert f"gateway: --metrics {port}: 127.0.0.1 port {port}: Address already in use" in found.stderr
    found = check(tmp_path, *flags, "--metrics", "127.0.0.1:65534")
    assert found.returncode == 2
    assert "--metrics 127.0.0.1:65534: the ports of 3 --workers end beyond it" in found.stderr


def test_what_is_secret_and_everybody_may_read_is_told_and_no_fault(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("sesame\n")
    for mode, told in (
        (0o644, f"--password-file {tmp_path}/word: everybody may read it (0644): chmod 600\n"),
        (0o640, ""),
    ):
        (tmp_path / "word").chmod(mode)
        found = check(tmp_path, "--password-file", f"{tmp_path}/word")
        assert (found.returncode, found.stderr) == (0, "")
        assert found.stdout == f"{told}it could be opened; nothing was\n"
