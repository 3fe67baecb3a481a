"""Lines in, lines or JSON out: for scripts, logs and CI jobs."""

import asyncio
import os
import signal
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from math import inf

from msgspec import structs

from ..searches import Sought
from ..signals import STOPPED
from ..text.controls import clean, one_line
from ..text.lookalikes import holds_secret
from . import told
from .address import LOST, USAGE, ChatError, NothingFoundError, OutputClosedError, PasswordError
from .ledger import Ledger
from .link import Link
from .progress import Progress
from .refused import Refused
from .screen import NOT_SAID, json_of, line_of, plain
from .signals import stopped
from .stdin import NotTextError, Piped, last_state, text_of
from .stdout import check_open, print_line, problem_of

_ENDS = (signal.SIGINT, signal.SIGTERM)
FOUND_AT_ONCE = 500
MOST_STALLED = 20
_UNREAD = "nobody reads what this prints any more"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a pipe is for. `prints`, or who said nothing; `follow`: it goes on after the input's end.

    `most`: until something is said so many messages are printed, however many come meanwhile; without it, all.
    `sought`: what is looked for; that alone is printed then.
    """

    sends: bool
    whole: bool = False
    tag: str = ""
    as_json: bool = False
    prints: bool = True
    follow: bool = False
    progress: bool = False
    most: int | None = None
    sought: Sought | None = None


class Pipe:
    """One run. `hear` is for the session of the link that is given to `run`."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._refused = Refused()
        self._last = 0  # seq that was printed
        self._printed = 0
        self._until = 0  # seq after which it is over; 0 as long as that is not known
        self._over = asyncio.Event()
        self._connected = asyncio.Event()
        self._said = 0
        self._piped = Piped(sys.stdin.buffer)
        self._has_read = False  # all that is piped in
        self._declined = 0  # of those, by the room
        self._link: Link
        self._label = ""  # as the room has it
        self._not_named = ""  # why that is not what was wanted
        self._progress = Progress(sys.stdin.buffer, sys.stderr) if wishes.progress and wishes.sends else None
        self._prints = wishes.prints
        self._stalled = 0  # answers one after the other that came no further
        self._sought = wishes.sought  # what is still to be looked for

    def hear(self, event: told.Told) -> None:
        """Something was told. Raises OSError if it can't be printed."""
        match event:
            case told.State(state="connected"):
                self._connected.set()
                self._look()
            case told.Welcome():
                self._last = max(self._last, event.seq)
                self._label = event.name
                self._tell_whose()
            case told.Error(id=str()):
                self._declined += 1
                self._refuse(event)
            case told.Notice(code="password-needed"):
                raise PasswordError(self._link.session.address)
            case told.Found():
                self._find(event)
            case told.Message() if self._wishes.sought:
                pass
            case told.Error(code="password-needed" | "password-wrong"):
                pass  # it closes, and the end says it
            case told.Error(code="name-taken"):
                self._not_named = event.message
                self._tell_whose()
            case told.Error() if self._wishes.sought and self._link.session.is_in:
                raise ChatError(f"{self._link.session.address}: {event.message}", USAGE)
            case told.Page():
                self._until = event.messages[-1].seq if event.messages else -1
            case told.Message():
                self._print(event)
                self._last = max(self._last, event.seq)
            case told.Deleted():  # among them may be the one up to which it is to be printed
                self._last = max(self._last, event.seq)
            case told.Notice(code="greeting"):
                pass
            case told.Notice(code="missed") if not self._prints:
                pass
            case told.State() | told.Notice() | told.Gap() | told.Error():
                self._warn(event)
            case _:
                pass
        self._show_progress()
        if self._has_all or (self._until and self._last >= self._until):
            self._over.set()

    async def run(self, link: Link) -> None:
        """Say what comes on stdin, and print what is wished for. Raises ChatError, OutputClosedError."""
        self._link = link
        if self._prints:
            _check_output()
        runs = (link.run(), self._work(link), self._output_closed(), stopped(*_ENDS))
        tasks = [asyncio.create_task(run) for run in runs]
        done: set[asyncio.Task[None]] = set()
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if done == {tasks[0]} and not tasks[0].exception():  # the work has closed it, and may have to look back
                done, _ = await asyncio.wait(tasks[1:], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                if task not in done:
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._end_progress()
        for task in done:
            try:
                task.result()
            except ChatError as error:
                raise self._with_rest(error, link) from error
            except OutputClosedError as closed:
                if rest := self._rest_of_closed(link.session.ledger):
                    raise ChatError(f"{str(closed) or _UNREAD}{rest}", LOST) from closed
                raise
        if self._refused.count:
            raise ChatError(self._not_said, LOST)
        if self._wishes.sought and not self._printed:
            raise NothingFoundError

    def _with_rest(self, error: ChatError, link: Link) -> ChatError:
        """The same, with how much of what came was not said."""
        was_stopped = error.status >= STOPPED  # then the room has what was sent, and goes on with it
        how = "may still be said" if was_stopped else "may not have been said"
        ledger = link.session.ledger
        unsure = 0 if link.session.is_over else ledger.unsure  # that is what the error tells
        return ChatError(f"{error}{self._rest(unsure, how, ledger.unsent)}", error.status)

    def _rest_of_closed(self, ledger: Ledger) -> str:
        """What was left to say when nobody read us any more; else that is no failure: `head` has what it wanted."""
        rest = self._rest(ledger.unsure, "may still be said", ledger.unsent)
        if self._wishes.sends and not self._has_read and self._piped.has_more(waits=self._wishes.whole):
            rest += "; what was piped in was not read to its end"
        return rest

    def _rest(self, unsure: int, how: str, unsaid: int) -> str:
        rest = f"; as many as {unsure} of {self._said} {how}" if unsure else ""
        rest += f"; {_of(unsaid, self._said)} not said" if unsaid else ""
        return rest + (f"; {self._not_said}" if self._refused.count else "")

    @property
    def _not_said(self) -> str:
        return f"{_of(self._refused.count, self._said)} not said: {self._refused.reason}"

    async def _output_closed(self) -> None:
        """Wait until nobody reads what is printed any more, as tail -f does: else only the next message would tell.

        Whether there is a room comes first: the exit status tells it, whoever reads.
        """
        await self._connected.wait()
        closed = asyncio.Event()
        if self._prints and stat.S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode):
            # A pipe that we only write to is readable when its other end is closed.
            asyncio.get_running_loop().add_reader(sys.stdout.fileno(), closed.set)
        await closed.wait()
        raise OutputClosedError

    def _look(self) -> None:
        """Look for what is sought: on each connection, from where the one before had come to."""
        if self._sought is not None:
            self._link.find(self._sought, FOUND_AT_ONCE)

    def _find(self, found: told.Found) -> None:
        for message in found.messages:
            self._print(message)
        # A server that is busy may not come further for a while; who never does would be asked for ever.
        at = inf if self._sought is None or self._sought.before is None else self._sought.before
        self._stalled = 0 if found.before < at else self._stalled + 1
        if self._sought is not None and found.more and 0 < found.before <= at and self._stalled < MOST_STALLED:
            self._sought = structs.replace(self._sought, before=found.before)
            self._look()
        else:
            self._sought = None
            self._over.set()

    async def _work(self, link: Link) -> None:
        await self._connected.wait()
        if self._wishes.sought:
            await self._over.wait()
            await link.finish()
            return
        if self._wishes.sends:
            await self._say_all(link)
        self._prints = self._prints or not self._said
        if self._wishes.follow and self._prints:
            await asyncio.Event().wait()
        if self._prints and link.ask_last():  # up to where it is to be printed
            await self._over.wait()
        await link.finish()

    async def _say_all(self, link: Link) -> None:
        tag = f"[{self._wishes.tag}] " if self._wishes.tag else ""
        pieces = self._piped.whole() if self._wishes.whole else self._piped.lines()
        number = 0
        async for piece in pieces:
            number += 1
            if self._progress is not None:
                self._progress.read += len(piece) + 1
            try:
                text = "\n".join(map(last_state, text_of(piece).split("\n"))).strip("\n")
            except NotTextError as error:
                self._said += 1
                self._refuse(told.Error("not-text", str(error), str(number)))
                continue
            cleaned = clean(text)
            if not cleaned.strip():
                continue
            if holds_secret(cleaned):  # a pipe's lines are text; but nobody means to say this one
                self._refuse(told.Error("secret", NOT_SAID, str(number)))
            else:
                await link.say(tag + text, number)
            self._said += 1
        self._has_read = True
        await link.drained()

    @property
    def _has_all(self) -> bool:
        """Whether all is printed that was asked for."""
        return self._wishes.most is not None and not self._said and self._printed >= self._wishes.most

    def _print(self, message: told.Message) -> None:
        if not self._prints or message.via == "own" or self._has_all:
            return
        self._printed += 1
        print_line(json_of(message, sys.stdout.encoding) if self._wishes.as_json else line_of(message))

    def _tell_whose(self) -> None:
        """Where the name is another's all is said as a guest, and nothing fails: so whose that is has to be told."""
        if self._not_named and self._label:
            self._warn(told.Notice(f"{self._not_named}; this is said as {self._label}"))
            self._not_named = ""

    def _show_progress(self) -> None:
        if self._progress is not None:
            with suppress(OSError):  # it is not the room's, nor what is printed
                self._progress.show(self._link.session.ledger.settled - self._declined, self._said)

    def _end_progress(self) -> None:
        if self._progress is not None:
            with suppress(OSError):
                self._progress.end(self._link.session.ledger.settled - self._declined, self._said)

    def _refuse(self, event: told.Error) -> None:
        if event.id and not self._wishes.whole:
            event = told.Error(event.code, f"line {event.id}: {event.message}")
        for each in self._refused.add(event):
            self._warn(each)

    def _warn(self, event: told.Told) -> None:
        with suppress(OSError):  # the exit status tells it, too
            if self._progress is not None:
                self._progress.clear()
            for text in plain(event):
                sys.stderr.write(f"gateway chat: {one_line(text)}\n")


def _check_output() -> None:
    try:
        check_open()
    except OSError as error:
        raise OutputClosedError(f"standard output: {problem_of(error)}") from error


def _of(count: int, said: int) -> str:
    return f"{count} of {said} {'was' if count == 1 else 'were'}"
