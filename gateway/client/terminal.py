"""A person at a terminal: what comes is shown above the line that is being typed, which stays whole."""

import asyncio
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import is_searching
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import Style

from ..text.controls import clean
from ..text.lookalikes import holds_secret
from ..vocabulary import COMMANDS, command_word, unescaped
from . import told
from .link import Link
from .screen import NOT_SAID, indented, label_of, show

COMPLETED = tuple(f"/{each.name}" for each in COMMANDS)
SHOWN_PENDING = 5
KNOWN_NAMES = 1000
GATHER_SECONDS = 0.05
TWICE_SECONDS = 2.0
LEAVE_SECONDS = 2.0
_GREY = "fg:#808080"
_STYLE = Style.from_dict(
    {"time": _GREY, "note": f"{_GREY} italic", "pending": _GREY, "bottom-toolbar": f"noreverse {_GREY}"}
)


class Terminal:
    """One conversation. `hear` is for the session of the link that is given to `run`."""

    def __init__(self, history: Path | None, *, bell: bool) -> None:
        self._bell = bell
        self._link: Link
        self._names: dict[str, None] = {}  # whom Tab completes, those heard of last at the end
        self._waiting: list[told.Told] = []
        self._came = asyncio.Event()
        self._interrupted_at = 0.0
        self._was_connected = False
        self._typed: asyncio.Queue[str] = asyncio.Queue()
        self._session: PromptSession[str] = PromptSession(
            history=_history(history), completer=_NameCompleter(self._names), complete_while_typing=False,
            key_bindings=self._bindings(), multiline=True, erase_when_done=True, style=_STYLE, message=self._prompt,
            bottom_toolbar=self._toolbar, prompt_continuation="  ", color_depth=_depth(), refresh_interval=1.0,
            enable_history_search=False, enable_suspend=True,
        )  # fmt: skip

    def hear(self, event: told.Told) -> None:
        """Something was told: it is shown soon, with what comes along."""
        if isinstance(event, told.State) and event.state == "connected":
            event = told.State("connected", "back" if self._was_connected else "")
            self._was_connected = True
        if isinstance(event, told.Presence):  # that we are here, we know
            others = [person for person in event.joined if person.name != self._link.session.label]
            event = told.Presence(event.members, others, event.left, event.more)
        if isinstance(event, told.Message):
            self._know(event.label)
        elif isinstance(event, told.Who | told.Presence):
            for person in event.names if isinstance(event, told.Who) else event.joined:
                self._know(person.name)
        self._waiting.append(event)
        self._came.set()

    async def run(self, link: Link) -> None:
        """Until the person leaves, or the room does not let us in. Raises ChatError."""
        self._link = link
        talking = asyncio.create_task(link.run())
        typing = asyncio.create_task(self._session.prompt_async())
        others = [asyncio.create_task(run) for run in (self._show(), self._say())]
        try:
            await asyncio.wait((talking, typing, *others), return_when=asyncio.FIRST_COMPLETED)
            if typing.done():
                await self._leave(link)
            for running in (talking, *others):
                if running.done():
                    running.result()
        except EOFError:
            pass
        finally:
            for task in (talking, typing, *others):
                task.cancel()
            await asyncio.gather(talking, typing, *others, return_exceptions=True)
            self._print(self._take())

    def _know(self, name: str) -> None:
        if label := label_of(name):
            self._names.pop(label, None)
            self._names[label] = None
        if len(self._names) > KNOWN_NAMES:
            del self._names[next(iter(self._names))]

    async def _leave(self, link: Link) -> None:
        """What was said last is still sent, if that can be."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                if link.session.is_in:
                    await link.drained()
        await link.close()

    # --- what comes -----------------------------------------------------------------------------------------------

    async def _show(self) -> None:
        """Show what came, gathered: 50 messages a second are some redraws."""
        while True:
            await self._came.wait()
            await asyncio.sleep(GATHER_SECONDS)
            # Where the cursor was is not where it is after a print: by such an answer the prompt would push lines away.
            await self._session.app.renderer.wait_for_cpr_responses()
            self._came.clear()
            events = self._take()
            self._print(events)
            if self._bell and any(self._is_mention(event) for event in events):
                self._session.output.bell()

    def _take(self) -> list[told.Told]:
        waiting, self._waiting = self._waiting, []
        return waiting

    def _print(self, events: Iterable[told.Told]) -> None:
        """Take the line that is typed away, print, and have it drawn again.

        run_in_terminal would do that in cooked mode, in which the terminal obeys Ctrl-C and swallows other keys.
        """
        text = [fragment for event in events for line in show(event) for fragment in (*line, ("", "\n"))]
        app, output = self._session.app, self._session.output
        if text and app.is_running:
            app.renderer.erase()
        if text:
            print_formatted_text(output, FormattedText(text), _STYLE, color_depth=_depth())
        if text and app.is_running:
            app.renderer.request_absolute_cursor_position()
        app.invalidate()

    def _is_mention(self, event: told.Told) -> bool:
        name = self._link.session.name.casefold()
        return (
            isinstance(event, told.Message)
            and bool(name)
            and name in event.text.casefold()
            and (event.label.casefold() != name)
        )

    # --- what is typed --------------------------------------------------------------------------------------------

    async def _say(self) -> None:
        """Say what was typed, or ask for it."""
        while True:
            text = await self._typed.get()
            if command_word(text):
                self._link.command(text)
            elif holds_secret(clean(text)):
                self.hear(told.Error("secret", NOT_SAID))
            else:
                await self._link.say(unescaped(text))
            self._session.app.invalidate()

    def _prompt(self) -> FormattedText:
        """What is not acked yet, then where one types."""
        pending = list(self._link.session.pending)
        lines = [("class:pending", f"   …  {indented(said.text)}\n") for said in pending[:SHOWN_PENDING]]
        if len(pending) > SHOWN_PENDING:
            lines.append(("class:pending", f"   …  and {len(pending) - SHOWN_PENDING} more\n"))
        return FormattedText([*lines, ("bold", "> ")])

    def _toolbar(self) -> FormattedText:
        session = self._link.session
        state = "connected" if session.is_in else "connecting …"
        parts = [label_of(session.label) or "a guest", str(session.address), state]
        if session.members:
            parts.insert(2, f"{session.members} here")
        if session.lag is not None:
            parts.append(f"lag {session.lag * 1000:.0f} ms")
        if time.monotonic() < self._interrupted_at + TWICE_SECONDS:
            parts = ["Ctrl-C once more leaves"]
        return FormattedText([("class:bottom-toolbar", " · ".join(parts))])

    def _bindings(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("enter", filter=~is_searching)
        def _(event: KeyPressEvent) -> None:
            # A byte that is no text in this locale is half a character here, which can be neither kept nor said.
            event.current_buffer.text = clean(event.current_buffer.text)
            text = event.current_buffer.text.strip("\n").rstrip()
            # What one types for oneself alone is not kept in a file.
            event.current_buffer.reset(append_to_history=bool(text) and not holds_secret(clean(text)))
            if text in ("/quit", "/exit"):
                event.app.exit(exception=EOFError)
            elif text:
                self._typed.put_nowait(text)

        @keys.add("escape", "enter")
        def _(event: KeyPressEvent) -> None:
            event.current_buffer.insert_text("\n")

        @keys.add("c-c", filter=~is_searching)
        def _(event: KeyPressEvent) -> None:
            now = time.monotonic()
            if event.current_buffer.text:
                event.current_buffer.reset()
            elif now < self._interrupted_at + TWICE_SECONDS:
                event.app.exit(exception=EOFError)
            else:
                self._interrupted_at = now

        return keys


class _NameCompleter(Completer):
    """Commands at the start of a line, names anywhere."""

    def __init__(self, names: dict[str, None]) -> None:
        self._names = names

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Those that go on as the word does."""
        word = document.get_word_before_cursor(WORD=True)
        is_first = document.text_before_cursor.strip() == word
        known = COMPLETED if word.startswith("/") and is_first else sorted(self._names)
        typed = word.removeprefix("@")
        if typed:
            for each in known:
                if each.casefold().startswith(typed.casefold()):
                    yield Completion(each + (": " if is_first and known is not COMPLETED else " "), -len(typed))


def _history(file: Path | None) -> History:
    if file is None:
        return InMemoryHistory()
    history = FileHistory(str(file))
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        _forget_secrets(history, file)
    except OSError:
        return InMemoryHistory()
    return history


def _forget_secrets(history: FileHistory, file: Path) -> None:
    """Up to 0.1.0 the file kept what was typed as /op and /pass too. Raises OSError."""
    kept = list(history.load_history_strings())  # newest first
    harmless = [text for text in kept if not holds_secret(clean(text))]
    if len(harmless) < len(kept):
        file.write_bytes(b"")
        for text in reversed(harmless):
            history.store_string(text)


def _depth() -> ColorDepth | None:
    """No colours where they are not wanted (no-color.org)."""
    return ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else None
