"""A person's conversation, whatever their terminal can: what comes is shown, what is typed is said or obeyed.

1. What was typed MUST be said or done in its order; a command that is typed without a connection waits for one, but
   what is about one's last message does not: by then that may be another.
2. Nobody leaves with something unsent before they were told, once.
"""

import asyncio
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import suppress

from msgspec import structs

from ..text.controls import clean
from ..text.lookalikes import holds_secret
from ..vocabulary import command_word, unescaped
from . import told
from .address import LOST, ChatError, PasswordError
from .backlog import Backlog
from .link import Link
from .memory import Known, Memory
from .mentions import mentions
from .people import People
from .screen import NOT_SAID, Fragments, label_of
from .session import IN_ORDER
from .signals import stopped
from .timeline import Timeline

GATHER_SECONDS = 0.05
LEAVE_SECONDS = 2.0
OLDER = 50
LEAVING = ("quit", "exit")
HELD = f"{NOT_SAID}; type the command alone, at the beginning of the line"
_PASSWORD = ("password-needed", "password-wrong")


class Conversation(ABC):
    """One. `hear` is for the session of the link that is given to `run`. `tag` stands before what is said."""

    _ends: tuple[signal.Signals, ...] = (signal.SIGHUP, signal.SIGTERM)

    def __init__(self, memory: Memory, *, tag: str = "", bell: bool = False) -> None:
        self._memory = memory
        self._tag = f"[{tag}] " if tag else ""
        self._bell = bell
        self._link: Link
        self._people = People()
        self._timeline = Timeline()
        self._waiting = Backlog()
        self._came = asyncio.Event()
        self._was_connected = False
        self._typed: asyncio.Queue[tuple[str, told.Message | None]] = asyncio.Queue()
        self._held: list[str] = []  # commands, for the next connection
        self._hides_who = False  # an answer to our own question
        self._asks_older = False
        self._leaving: asyncio.Task[None] | None = None
        self._is_warned = False
        self._over = asyncio.Event()

    def hear(self, event: told.Told) -> None:
        """Something was told: it is shown soon, with what comes along. Raises PasswordError."""
        match event:
            case told.State(state="connected"):
                event = told.State("connected", "back" if self._was_connected else "")
                self._enter()
                self._was_connected = True
            case told.Welcome():
                self._timeline.came_in(event.epoch, time.monotonic(), resumed=event.resumed)
                self._keep(event)
            case told.Named():
                self._keep()
            case told.Notice(code="password-needed"):
                raise PasswordError(self._link.session.address)
            case told.Error(code=code) if code in _PASSWORD and not self._link.session.is_in:
                return  # it closes, and the end says it; to /op of who is in nothing else does
            case told.Pong() | told.Notice(code="greeting" | "deleted-last"):  # of that an event tells, too
                return
            case told.Deleted():
                self._timeline.recent.take_back(event.of)
                self._waiting.take_back(event.of)
            case told.Presence():  # that we are here, we know
                others = [person for person in event.joined if person.name != self._link.session.label]
                event = structs.replace(event, joined=others)
        self._people.hear(event)
        if isinstance(event, told.Presence):
            event = self._of_others(event)
        if isinstance(event, told.Who) and self._hides_who:
            self._hides_who = False
            return
        self._waiting.put(event)
        self._came.set()
        if self._waiting.is_full:
            self._link.pause()

    async def run(self, link: Link) -> None:
        """Until the person leaves, or the room does not let us in. Raises ChatError.

        After a PasswordError it may be run again, by the same link: what was typed is kept until then.
        """
        self._link = link
        known = self._memory.recall()
        self._timeline.remember(known.epoch, known.seq)
        runs = (link.run(), self._over.wait(), self._type(), self._show(), self._say(), stopped(*self._ends))
        tasks: list[asyncio.Task[object]] = [asyncio.create_task(run) for run in runs]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._over.is_set():
                await link.close()
            for task in done:
                task.result()
        except EOFError:  # the terminal is gone
            await link.close()
        except ChatError as error:
            raise self._with_rest(error) from error
        finally:
            await self._end(tasks)
        if self._over.is_set() and self._unsent:  # it was told, and left all the same
            raise self._with_rest(ChatError("left", LOST))

    async def _end(self, tasks: Iterable[asyncio.Task[object]]) -> None:
        ending = [*tasks, *([self._leaving] if self._leaving else [])]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        lines = self._shown(self._take())
        while self._waiting and not self._over.is_set():  # who leaves need not see all of a flood
            lines += self._shown(self._take())
        self._keep()
        with suppress(OSError):  # the terminal may be gone
            self._print(lines)

    # --- the terminal's -------------------------------------------------------------------------------------------

    @abstractmethod
    async def _type(self) -> None:
        """Give what is typed to `_hear_line`, until nothing more can come; then `leave`."""

    @abstractmethod
    def _print(self, lines: Sequence[Fragments]) -> None:
        """Show these."""

    @abstractmethod
    def _ring(self) -> None:
        """Somebody mentions us."""

    @abstractmethod
    async def _ready(self) -> None:
        """Wait until something can be printed."""

    # --- what comes -----------------------------------------------------------------------------------------------

    def _enter(self) -> None:
        self._is_warned = False
        self._hides_who = self._link.ask_who()
        held, self._held = self._held, []
        for text in held:
            self._link.command(text)

    def _of_others(self, event: told.Presence) -> told.Presence:
        """What we are called now we are told anyway."""
        ours = {each.old for each in event.renamed if each.new == self._link.session.label}
        left = [person for person in event.left if person.name not in ours]
        return structs.replace(event, left=left, renamed=[each for each in event.renamed if each.old not in ours])

    def _keep(self, welcome: told.Welcome | None = None) -> None:
        """Remember who we are there, and what we have seen."""
        known, session = self._memory.recall(), self._link.session
        token = welcome.session if welcome else known.session
        if token or session.name:
            self._memory.keep(Known(session.name, token, self._timeline.epoch, self._timeline.seen))

    async def _show(self) -> None:
        """Show what came, gathered: 50 messages a second are some redraws."""
        while True:
            await self._came.wait()
            await asyncio.sleep(GATHER_SECONDS)
            await self._ready()
            self._came.clear()
            self._print(self._shown(self._take()))
            if self._waiting:
                self._came.set()

    def _take(self) -> list[told.Told]:
        """Those that are shown at once; for so many more may come."""
        taken = self._waiting.take()
        if not self._waiting.is_full:
            self._link.resume()
        return taken

    def _shown(self, events: Iterable[told.Told]) -> list[Fragments]:
        lines = [line for event in events for line in self._lines(event)]
        if self._bell and any(style == "class:mention" for line in lines for style, _ in line):
            self._ring()
        return lines

    def _lines(self, event: told.Told) -> Iterable[Fragments]:
        me = label_of(self._link.session.label)
        if isinstance(event, told.Page) and self._asks_older:
            self._asks_older = False
            return self._timeline.older(event, me, self._people)
        return self._timeline.lines(event, time.monotonic(), me, self._people)

    # --- what is typed --------------------------------------------------------------------------------------------

    def _hear_line(self, text: str, about: told.Message | None = None) -> None:
        """Somebody typed that, and pressed Enter; `about`: it is to be an answer to this."""
        self._link.hurry()
        if command_word(text).casefold() in LEAVING:
            self.leave()
        else:
            self._is_warned = False
            self._typed.put_nowait((text, about))

    async def _say(self) -> None:
        """Say what was typed, or ask for it."""
        while True:
            await self._link.has_room()  # and not with a text in hand: who stops this would lose it
            text, about = await self._typed.get()
            await self._do(text, about)
            self._typed.task_done()
            self._came.set()

    async def _do(self, text: str, about: told.Message | None = None) -> None:
        word, most = command_word(text), self._link.session.most
        action = clean(text[len("/me") :]).strip() if word.casefold() == "me" else ""
        if word and not action and self._link.session.is_in:
            self._link.command(text)
        elif word.casefold() in IN_ORDER:
            self.hear(told.Error("not-connected", f"not done, for want of a connection: {text.strip()}"))
        elif word and not action:
            self._held.append(text)
        elif holds_secret(clean(action or text)):
            self.hear(told.Error("secret", HELD))
        elif len((said := action or self._said(text, about)).encode(errors="replace")) > most:
            self.hear(told.Error("too-long", f"that was not said: the room takes no text of more than {most} bytes"))
        else:
            await self._link.say(said, kind="action" if action else "", re=about.seq if about else 0)

    def _said(self, text: str, about: told.Message | None) -> str:
        return self._tag + (self._whom(about, text) if about else "") + unescaped(text)

    def _whom(self, about: told.Message, text: str) -> str:
        """Whom an answer is for, if it does not say so: at nc and telnet that is all there is of an answer."""
        is_said = about.label == self._link.session.label or mentions(text, about.label, self._people)
        return "" if is_said else f"@{label_of(about.label)} "

    def _take_back(self, message: told.Message) -> None:
        """Delete it, for everybody."""
        if not self._link.delete(message.seq):
            self.hear(told.Error("not-connected", "not deleted, for want of a connection"))

    def _look_back(self) -> None:
        """Ask for older messages."""
        if self._link.ask_older(self._timeline.oldest, OLDER):
            self._asks_older = True
        elif self._link.session.is_in:
            self.hear(told.Notice("older messages are asked for here by: /history 100"))

    # --- leaving --------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Somebody wants to leave."""
        if self._leaving is None or self._leaving.done():
            self._leaving = asyncio.create_task(self._leave())

    async def _leave(self) -> None:
        """What was typed last is still sent, if that can be; what can't be is told, and lost only by who insists."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                if self._link.session.is_in:
                    await self._typed.join()
                    await self._link.drained()
        if (unsent := self._unsent) and not self._is_warned:
            self._is_warned = True
            lost = "it is lost" if unsent == 1 else "they are lost"
            self.hear(told.Notice(f"not sent yet: {_lines(unsent)}; leave once more and {lost}"))
            return
        self._over.set()

    @property
    def _unsent(self) -> int:
        return len(self._link.session.ledger.pending) + len(self._held) + self._typed.qsize()

    def _with_rest(self, error: ChatError) -> ChatError:
        """The same, with how much of what was typed is lost."""
        rest = f"; not sent: {_lines(self._unsent)}" if self._unsent else ""
        if isinstance(error, PasswordError):  # nothing is lost yet
            error.rest = rest
            return error
        return ChatError(f"{error}{rest}", error.status)


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"
