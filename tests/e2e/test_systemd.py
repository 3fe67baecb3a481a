"""The shipped unit under a real systemd, which boots in a container over this machine's own files."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trustme

import gateway

from ..processes import need, skip

pytestmark = [pytest.mark.worlds, pytest.mark.xdist_group("systemd")]

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
TRIAL = Path(__file__).with_name("systemd_trial.py")
BOOT_SECONDS = 240
TRY = """
[Unit]
Requires=basic.target
After=basic.target
SuccessAction=poweroff
FailureAction=poweroff
[Service]
Type=oneshot
ExecStart=/opt/gateway/python /opt/gateway/trial.py
TimeoutStartSec=180
"""
PYTHON = """#!/bin/sh
export LD_LIBRARY_PATH=/opt/python/lib PYTHONHOME=/opt/python PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH=/opt/gateway/lib:/opt/gateway/site
exec /opt/python/bin/python3 "$@"
"""
GATEWAY = """#!/bin/sh
exec /opt/gateway/python -m gateway "$@"
"""


def run(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True, timeout=BOOT_SECONDS)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """This machine's files, in a copy that is thrown away."""
    if os.geteuid() != 0:
        skip("only root can boot a container")
    need("systemd-nspawn")
    need("fail2ban-regex")
    if not Path("/usr/lib/python3/dist-packages/systemd").exists():
        skip("python3-systemd is not installed: make worlds installs it as root with apt-get")
    folder = tmp_path_factory.mktemp("machine")
    with ExitStack() as undo:
        run("mount", "-t", "tmpfs", "tmpfs", folder)
        undo.callback(run, "umount", "-l", folder)
        for name in ("upper", "work", "root"):
            (folder / name).mkdir()
        options = f"lowerdir=/,upperdir={folder}/upper,workdir={folder}/work"
        run("mount", "-t", "overlay", "overlay", "-o", options, folder / "root")
        undo.callback(run, "umount", "-l", folder / "root")
        yield folder / "root"


def install(root: Path) -> None:
    """The gateway as docs/operations.md says, in /opt, by the Python that runs these tests."""
    opt, units = root / "opt/gateway", root / "etc/systemd/system"
    source = Path(gateway.__file__).parent
    for name in ("gateway", "static"):
        shutil.copytree(source.parent / name, opt / "lib" / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TRIAL, opt / "trial.py")
    shutil.copy(DEPLOY / "fail2ban-filter.conf", opt)
    (opt / ".venv/bin").mkdir(parents=True)
    for path, text in ((opt / "python", PYTHON), (opt / ".venv/bin/gateway", GATEWAY)):
        path.write_text(text)
        path.chmod(0o755)
    (root / "etc/gateway.toml").write_text('language = "en"\n')
    shutil.copy(DEPLOY / "gateway.service", units)
    (units / "gateway.service.d").mkdir()
    shutil.copy(DEPLOY / "gateway-tls.conf", units / "gateway.service.d/tls.conf")
    shutil.copy(DEPLOY / "gateway-sockets.conf", opt / "sockets.conf")
    (units / "try.service").write_text(TRY)


def issue(results: Path) -> None:
    for number in (1, 2):
        issued = trustme.CA().issue_cert("chat.example.org")
        (results / f"fullchain{number}.pem").write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
        (results / f"privkey{number}.pem").write_bytes(issued.private_key_pem.bytes())


@pytest.fixture(scope="module")
def found(machine: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was found while it ran there."""
    results = tmp_path_factory.mktemp("results")
    install(machine)
    issue(results)
    site = Path(msgspec.__file__).parents[1]
    nats = Path(sys.executable).with_name("nats-server")
    command = [
        "systemd-nspawn", "--quiet", "--directory", str(machine), "--register=no", "--keep-unit", "--private-network",
        "--console=pipe", f"--bind={results}:/results", f"--bind-ro={sys.base_prefix}:/opt/python",
        f"--bind-ro={site}:/opt/gateway/site", f"--bind-ro={nats}:/usr/local/bin/nats-server",
        "--boot", "systemd.unit=try.service",
    ]  # fmt: skip
    booted = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=BOOT_SECONDS, check=False)
    if not (results / "found.json").exists():
        skip(f"systemd does not boot in a container here: {booted.stderr.decode(errors='replace')[-300:]}")
    told: dict[str, Any] = json.loads((results / "found.json").read_text())
    return {**told, "journal": (results / "journal").read_text()}


def test_a_certificate_that_certbot_renews_reaches_the_gateway(found: dict[str, Any]) -> None:
    tls = found["tls"]
    assert (tls["start"], tls["first"]) == (0, True), found["journal"]
    assert tls["user"] > 60_000  # DynamicUser's
    assert (tls["reload"], tls["second"], tls["same-process"]) == (0, True, True), found["journal"]
    assert tls["mode"] == 0o600
    assert "the certificate was read again" in found["journal"]


def test_a_reload_that_finds_no_certificate_fails_and_the_old_one_stays(found: dict[str, Any]) -> None:
    tls = found["tls"]
    assert tls["broken-reload"] != 0
    assert tls["still"]
    assert (tls["rest"], tls["leftovers"]) == (["tls.pem"], [])


def test_both_families_are_served_and_it_stops_well(found: dict[str, Any]) -> None:
    for each in (found["tls"], found["workers"]):
        assert (each["start"], each["stop"], each["result"]) == (0, 0, "success"), found["journal"]
        assert each["seconds"] < 10
    assert found["workers"]["greetings"] == [f"你已连接到服务器,IP为{host}:8001\n\n" for host in ("127.0.0.1", "::1")]


def test_the_journal_has_our_priorities_and_no_second_time_and_fail2ban_finds_who_guesses_there(
    found: dict[str, Any],
) -> None:
    log = found["log"]
    assert (log["start"], log["stop"]) == (0, 0), found["journal"]
    told, warnings = log["told"].splitlines(), log["warnings"].splitlines()
    assert "the room is open: http://" in log["told"]
    assert not [line for line in told if line.startswith(("<", "20"))]
    assert "refused 127.0.0.1: password-wrong (room) by raw" in warnings
    assert not [line for line in warnings if "is open" in line or "stopping" in line]
    assert log["fail2ban"].split() == ["127.0.0.1"]


def test_root_asks_the_service_copies_its_room_and_puts_the_copy_in_its_place(found: dict[str, Any]) -> None:
    told = [*found["workers"]["operator"], *found["log"]["operator"]]
    assert [status for status, _ in told] == [0] * 6, told
    workers, copied, status, reload, _, restored = [text for _, text in told]
    assert "(worker 2, started again 0 times)" in workers
    assert "a copy, up to seq 0 of log" in copied
    assert "/var/lib/gateway/chat-gateway/room.db" in status
    assert reload == "nothing is another one\n"
    assert "0 messages, in a new log" in restored
    assert found["sockets"]["start"] == 0, found["journal"]  # by DynamicUser, whose file it is


def test_systemd_complains_of_nothing(found: dict[str, Any]) -> None:
    # A busy machine's container can lose its own control group while it powers off: that is not about the unit.
    lines = [line for line in found["journal"].splitlines() if "Input/output error" not in line]
    for complaint in ("reception only permitted", "Traceback", "Unknown key", "Failed to kill", "SIGKILL"):
        assert not [line for line in lines if complaint in line]


def test_sockets_are_for_the_proxy_alone_and_a_reload_reads_the_settings(found: dict[str, Any]) -> None:
    sockets = found["sockets"]
    assert (sockets["start"], sockets["stop"], sockets["result"]) == (0, 0, "success"), found["journal"]
    assert (sockets["groups"], sockets["modes"]) == (["www-data"] * 2, [0o660] * 2)
    assert sockets["others"] == 7  # curl: it could not connect
    assert (sockets["reload"], sockets["title"]) == (0, True), found["journal"]
    assert "reload: --title is Two now, it was none" in found["journal"]


def test_one_that_hangs_is_started_again_and_one_that_drains_is_waited_for(found: dict[str, Any]) -> None:
    patience = found["patience"]
    assert (patience["start"], patience["again"]) == (0, True), found["journal"]
    assert (patience["stop"], patience["result"]) == (0, "success"), found["journal"]
    assert 4 < patience["seconds"] < 12
