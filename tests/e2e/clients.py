"""gateway chat and the post's client, as people and scripts start them."""

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ..patience import PATIENCE
from ..processes import need, skip
from . import nursery
from .gateway import Gateway

POST_PACKAGES = Path(__file__).parents[2] / ".venv" / "post-client"
Run = subprocess.CompletedProcess[str]


def pipe(*flags: str, stdin: str | None = "") -> Run:
    return nursery.run(["chat", *flags], stdin=stdin)


def ws(gateway: Gateway) -> str:
    return f"ws://127.0.0.1:{gateway.http_port}"


def tcp(gateway: Gateway) -> str:
    return f"127.0.0.1:{gateway.tcp_port}"


def read(gateway: Gateway, *flags: str) -> list[dict[str, object]]:
    """All that is in the room, by the client itself."""
    ended = pipe(ws(gateway), "--json", "--no-follow", *(flags or ("--from", "1")), stdin=None)
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


POSTS_NUDGE = "\x05"
"""Ctrl-E. Its prompt_toolkit (1.0.18) can lose a wake-up: what came is then shown when the next key is pressed."""


def posts_client(gateway: Gateway, folder: Path) -> list[str]:
    """The command of the post's own client, changed in nothing but the port."""
    if not POST_PACKAGES.is_dir():
        skip("prompt_toolkit 1.0.18 for the post's client is not installed: run make test")
    source = (Path(__file__).parent / "post_client.txt").read_text(encoding="utf-8")
    assert source.count("8001") == 1
    client = folder / "client.py"
    client.write_text(source.replace("8001", str(gateway.tcp_port)), encoding="utf-8")
    return ["env", f"PYTHONPATH={POST_PACKAGES}", sys.executable, str(client)]


class Screen:
    """A client in a terminal of its own."""

    nudge = ""
    """A key that does nothing, which is pressed while we look."""

    def __init__(self, folder: Path, number: int, *command: str) -> None:
        # Else tmux keeps a copy of what stood on a screen that is cleared.
        (folder / "tmux.conf").write_text("set -g scroll-on-clear off\nset -g remain-on-exit off\n")
        self._tmux = [need("tmux"), "-S", str(folder / "tmux"), "-f", str(folder / "tmux.conf")]
        self._name = f"s{number}"
        home = f"HOME={folder}"
        self._errors = folder / f"{self._name}.err"
        line = f"{shlex.join(['env', home, *command])} 2>{self._errors}"
        subprocess.run([*self._tmux, "new-session", "-d", "-s", self._name, "-x", "80", "-y", "24", line], check=True)

    def type(self, *keys: str) -> None:
        subprocess.run([*self._tmux, "send-keys", "-t", self._name, *keys], check=True)

    def paste(self, text: str) -> None:
        subprocess.run([*self._tmux, "load-buffer", "-"], input=text, text=True, check=True)
        subprocess.run([*self._tmux, "paste-buffer", "-p", "-t", self._name], check=True)

    def resize(self, columns: int, rows: int) -> None:
        command = ["resize-window", "-t", self._name, "-x", str(columns), "-y", str(rows)]
        subprocess.run([*self._tmux, *command], check=True)

    def mistake_rows(self, rows: int) -> None:
        """Have the system believe that the window has so many."""
        asked = [*self._tmux, "display-message", "-p", "-t", self._name, "#{pane_tty}"]
        terminal = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
        subprocess.run(["stty", "-F", terminal, "rows", str(rows)], check=True)

    @property
    def lines(self) -> list[str]:
        """All of it, what was scrolled away too; one that is wider than the screen is one."""
        shown = subprocess.run(
            [*self._tmux, "capture-pane", "-pJ", "-S", "-2000", "-t", self._name],
            capture_output=True,
            text=True,
            check=False,
        )
        return [line.rstrip() for line in shown.stdout.split("\n") if line.strip()]

    def wait_for(self, seen: Callable[[list[str]], bool]) -> list[str]:
        """Look until the screen is so."""
        end = time.monotonic() + PATIENCE
        while not seen(lines := self.lines):
            assert time.monotonic() < end, "\n".join([*lines, self._errors.read_text()])
            if self.nudge:
                self.type(self.nudge)
            time.sleep(0.05)
        return lines

    def shows(self, text: str) -> list[str]:
        return self.wait_for(lambda lines: any(text in line for line in lines))

    @property
    def is_over(self) -> bool:
        return (
            subprocess.run([*self._tmux, "has-session", "-t", self._name], capture_output=True, check=False).returncode
            != 0
        )
