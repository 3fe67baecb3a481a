"""A person in a terminal: at nc, telnet and their like, or at gateway chat."""

import codecs
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pyte

from ..e2e.peers import Terminal
from ..patience import PATIENCE
from .locales import UTF_8, Locale
from .place import Place
from .programs import need
from .stage import Stage
from .story import NAME, Person, eventually

COLUMNS, LINES = 200, 60
READS = 100
"""A terminal whose program has gone can be read for ever."""

GREETING = "你已连接到服务器"


class Emulator(Terminal):
    """A program in a terminal of its own, as it looks: what is erased is gone."""

    def __init__(self, charset: str, *command: str, **environment: str) -> None:
        super().__init__(*command, size=(LINES, COLUMNS), **environment)
        self._charset = charset
        self._decoder = codecs.getincrementaldecoder(charset)(errors="replace")
        self._drawn = _Drawn(COLUMNS, LINES, self)
        self._stream = pyte.Stream(self._drawn)
        self._shown: str | None = ""

    def type(self, text: str) -> None:
        os.write(self._master, text.encode(self._charset, "replace"))

    def look(self) -> str:
        """What stands on the screen now."""
        for _ in range(READS):
            if not self._look(0):
                break
        if self._shown is None:
            self._shown = self._drawn.text()
        return self._shown

    def _heard(self, data: bytes) -> None:
        self._stream.feed(self._decoder.decode(data))
        self._shown = None


class _Drawn(pyte.Screen):
    """The screen, that answers where its cursor is: some programs ask."""

    def __init__(self, columns: int, lines: int, terminal: Terminal) -> None:
        super().__init__(columns, lines)
        self._terminal = terminal

    def text(self) -> str:
        """The same as its `display`, which takes a hundred times as long: most of a screen is empty."""
        rows = [self.buffer[line] for line in range(self.lines)]
        return "\n".join(
            "".join(row[at].data for at in range(max(row, default=-1) + 1)).rstrip() for row in rows
        ).strip()

    def write_process_input(self, data: str) -> None:
        self._terminal.type(data)


class _Typist(Person):
    """Who types lines into a program that knows nothing of the room, and starts it anew when it ends."""

    def __init__(self, start: Callable[[], Emulator], history: int) -> None:
        self._start = start
        self._history = history
        self._terminal = start()

    async def come_in(self, name: str) -> None:
        await self._is_greeted()
        if name:
            self._terminal.type(f"/name {name}\n")
        if self._history:
            self._terminal.type(f"/history {self._history}\n")

    async def say(self, text: str) -> None:
        self._terminal.type(f"{text}\n")

    async def screen(self) -> str:
        return self._terminal.look()

    async def come_back(self) -> None:
        self.close()
        self._terminal = self._start()
        await self.come_in("")

    def close(self) -> None:
        self._terminal.close()

    async def _is_greeted(self) -> None:
        await eventually(self.screen, lambda screen: GREETING in screen, "the server should greet")


@dataclass(frozen=True, slots=True)
class AtProgram:
    """In a terminal at a program, whose words {host} and {port} tell where to; `history` messages are asked for."""

    command: tuple[str, ...]
    history: int = 20

    @asynccontextmanager
    async def __call__(self, stage: Stage) -> AsyncIterator[Person]:
        program, *words = self.command
        # No program need look a name up, or try ::1 first.
        where = {"host": "127.0.0.1", "port": stage.place.raw_port}
        command = (need(program), *(word.format(**where) for word in words))
        typist = _Typist(lambda: Emulator("utf-8", *command), self.history)
        try:
            yield typist
        finally:
            typist.close()


def at(line: str) -> AtProgram:
    """At a program, as one types that into a shell."""
    return AtProgram(tuple(line.split()))


BASH = AtProgram(
    ("bash", "-c", 'exec 3<>/dev/tcp/{host}/{port}; cat <&3 & while read -r line; do printf "%s\\n" "$line" >&3; done')
)
"""Nothing but bash."""


class _Chatter(Person):
    """Who types at gateway chat."""

    keeps = True

    def __init__(self, terminal: Emulator, locale: Locale) -> None:
        self._terminal = terminal
        self._locale = locale

    async def come_in(self, name: str) -> None:
        """That is in its command."""

    async def say(self, text: str) -> None:
        self._terminal.type(f"{text}\r")

    async def screen(self) -> str:
        return self._terminal.look()

    async def come_back(self) -> None:
        """It comes back by itself."""

    def writes(self, text: str) -> str:
        return self._locale.writes(text)

    async def notices(self, what: str) -> None:
        word = {"in": "· connected", "lost": "· connecting"}[what]
        await eventually(self.screen, lambda screen: word in screen, f"gateway chat should be {what}")

    async def trouble(self) -> str:
        return "a traceback" if "Traceback" in self._terminal.look() else ""


@dataclass(frozen=True, slots=True)
class AtChat:
    """In a terminal at gateway chat."""

    locale: Locale = UTF_8

    @asynccontextmanager
    async def __call__(self, stage: Stage) -> AsyncIterator[Person]:
        terminal = Emulator(self.locale.charset, *_chat(stage.place), **_environment(stage, self.locale))
        try:
            yield _Chatter(terminal, self.locale)
        finally:
            terminal.close()


class _Piper(Person):
    """Who pipes lines into gateway chat, and reads what it prints."""

    keeps = True

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, locale: Locale) -> None:
        self._process = process
        self._folder = folder
        self._locale = locale

    async def come_in(self, name: str) -> None:
        """That is in its command."""

    async def say(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n".encode(self._locale.charset))
        self._process.stdin.flush()

    async def screen(self) -> str:
        return self._read("printed")

    async def come_back(self) -> None:
        """It comes back by itself."""

    def writes(self, text: str) -> str:
        return self._locale.writes(text)

    async def notices(self, what: str) -> None:
        if what == "lost":
            complaint = "the connection is lost"
            await eventually(self._complaints, lambda told: complaint in told, "gateway chat should tell")

    async def trouble(self) -> str:
        told = await self._complaints()
        return told if "Traceback" in told or self._process.poll() is not None else ""

    async def _complaints(self) -> str:
        return self._read("complained")

    def _read(self, name: str) -> str:
        return (self._folder / name).read_text(self._locale.charset, "replace")


@dataclass(frozen=True, slots=True)
class ByPipe:
    """A script that pipes into gateway chat, and out of it."""

    locale: Locale = UTF_8

    @asynccontextmanager
    async def __call__(self, stage: Stage) -> AsyncIterator[Person]:
        command = (*_chat(stage.place), "--history", "20", "--follow")
        environment = {"PATH": os.environ["PATH"], **_environment(stage, self.locale)}
        with (stage.folder / "printed").open("wb") as printed, (stage.folder / "complained").open("wb") as complained:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=printed, stderr=complained, env=environment
            )
        try:
            yield _Piper(process, stage.folder, self.locale)
        finally:
            process.kill()
            process.communicate(timeout=PATIENCE)


def _chat(place: Place) -> tuple[str, ...]:
    return (sys.executable, "-m", "gateway", "chat", place.page, "--name", NAME)


def _environment(stage: Stage, locale: Locale) -> dict[str, str]:
    """What gateway chat finds around it."""
    trusted = stage.folder / "authority.pem"
    return {"HOME": str(stage.folder), "SSL_CERT_FILE": str(trusted), **locale.environment(stage.folder.parent)}
