"""A person at a terminal: what comes is shown above the line that is being typed, which stays whole."""

import asyncio
import os
import time
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition, is_searching
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.renderer import CPR_Support, print_formatted_text
from prompt_toolkit.styles import Style

from ..text.controls import clean
from ..text.lookalikes import holds_secret
from . import told
from .choosing import Choice, excerpt
from .conversation import Conversation
from .folding import LongLine, cut, folded
from .memory import Memory
from .screen import Fragments
from .status import status, title
from .typed import NameCompleter, history_in

SHOWN_PENDING = 5
TWICE_SECONDS = 2.0
ONCE_MORE = "Ctrl-C once more leaves"
DELETE_ONCE_MORE = "Delete once more deletes it, for everybody"
CHOSEN = "Enter answers it · Delete deletes it · Escape lets it be"
_PENDING, _CHOSEN = "   …  ", "   ↑  "
_GREY = "fg:#808080"
_STYLE = Style.from_dict(
    {
        "time": _GREY, "note": f"{_GREY} italic", "pending": _GREY, "bottom-toolbar": f"noreverse {_GREY}",
        "rule": _GREY, "quote": _GREY, "chosen": "bold", "mention": "fg:#d75f00 bold",
        "code": "reverse", "block": "fg:#008787",
    }
)  # fmt: skip
_PUSH_TITLE, _POP_TITLE = "\x1b[22;2t", "\x1b[23;2t"
_TITLELESS = ("linux", "eterm-color")
"""Terminals without a title, as prompt_toolkit knows them."""


class Terminal(Conversation):
    """One conversation, above a line that is typed. `history` is a file of what was typed before."""

    def __init__(self, history: Path | None, memory: Memory, *, tag: str = "", bell: bool = False) -> None:
        super().__init__(memory, tag=tag, bell=bell)
        self._interrupted_at = self._deleted_at = 0.0
        self._choice = Choice(self._timeline.recent)
        self._unread = 0
        self._title = ""
        self._locating: asyncio.Task[None] | None = None
        self._session: PromptSession[str] = PromptSession(
            history=history_in(history), completer=NameCompleter(self._people, self._idle), complete_while_typing=False,
            key_bindings=self._bindings(), multiline=True, erase_when_done=True, style=_STYLE, message=self._prompt,
            bottom_toolbar=self._toolbar, prompt_continuation="  ", color_depth=_depth(),
            enable_history_search=False, enable_suspend=True, input_processors=[LongLine()],
        )  # fmt: skip
        self._has_title = os.environ.get("TERM", "") not in _TITLELESS

    async def _type(self) -> None:
        app = self._session.app
        app.key_processor.before_key_press += self._read
        app.after_render += self._drawn
        self._title, self._locating = "", None
        self._write(_PUSH_TITLE)
        try:
            await self._session.prompt_async(pre_run=self._entitle, default=self._session.default_buffer.text)
        finally:
            app.key_processor.before_key_press -= self._read
            app.after_render -= self._drawn
            self._session.output.clear_title()  # for those that keep no stack of them
            self._write(_POP_TITLE)

    # --- what comes -----------------------------------------------------------------------------------------------

    async def _ready(self) -> None:
        # Where the cursor was is not where it is after a print: by such an answer the prompt would push lines away.
        await self._session.app.renderer.wait_for_cpr_responses()

    def _print(self, lines: Sequence[Fragments]) -> None:
        """Take the line that is typed away, print, and have it drawn again.

        run_in_terminal would do that in cooked mode, in which the terminal obeys Ctrl-C and swallows other keys.
        """
        text = [fragment for line in lines for fragment in (*line, ("", "\n"))]
        app, output = self._session.app, self._session.output
        if text and app.is_running:
            self._erase()
        if text:
            print_formatted_text(output, FormattedText(text), _STYLE, color_depth=_depth())
        if text and app.is_running:
            app.renderer.request_absolute_cursor_position()
        self._entitle()
        app.invalidate()

    def _lines(self, event: told.Told) -> Iterable[Fragments]:
        if isinstance(event, told.Message) and event.via != "own" and event.label != self._link.session.label:
            self._unread += 1
        return super()._lines(event)

    def _erase(self) -> None:
        """Take the line that is typed away, and not the mode in which a paste is one.

        Pasted between the two, a text was said line by line.
        """
        output = self._session.output
        disable = output.disable_bracketed_paste
        output.disable_bracketed_paste = lambda: None  # type: ignore[method-assign]
        try:
            self._session.app.renderer.erase()
        finally:
            output.disable_bracketed_paste = disable  # type: ignore[method-assign]

    def _drawn(self, app: Application[str]) -> None:
        """Nothing is drawn below the line that is typed until the terminal has told on which row that is."""
        answers = app.renderer.cpr_support is CPR_Support.SUPPORTED
        if answers and not app.renderer.height_is_known and not self._locating:
            self._locating = app.create_background_task(self._locate(app))

    async def _locate(self, app: Application[str]) -> None:
        """Take it for the last row if the answer is lost, or a row of a larger window than the system knows of.

        tmux tells of one when it is resized twice in a moment.
        """
        await app.renderer.wait_for_cpr_responses()
        self._locating = None
        if not app.renderer.height_is_known:
            app.renderer.report_absolute_cursor_row(app.output.get_size().rows)
            app.invalidate()

    def _ring(self) -> None:
        self._session.output.bell()

    def _entitle(self) -> None:
        """Tell the room and what is unread in the terminal's title, if that is not there yet."""
        wanted = title(self._link.session, self._unread)
        if self._has_title and self._session.app.is_running and wanted != self._title:
            self._title = wanted
            self._session.output.set_title(wanted)
            self._session.output.flush()

    def _write(self, sequence: str) -> None:
        if self._has_title:
            self._session.output.write_raw(sequence)
            self._session.output.flush()

    # --- what is typed --------------------------------------------------------------------------------------------

    def _read(self, _: object) -> None:
        """A key was pressed: somebody is there."""
        self._unread = 0
        self._entitle()

    def _prompt(self) -> FormattedText:
        """What is not acked yet, then where one types."""
        pending, columns = self._link.session.ledger.pending, self._columns - len(_PENDING)
        texts = (folded(text, columns) for text in chain((said.text for said in pending), self._held))
        shown = [text.split()[0] if holds_secret(text) else text for text in islice(texts, SHOWN_PENDING)]
        lines = [("class:pending", f"{_PENDING}{text}\n") for text in shown]
        if (more := len(pending) + len(self._held) - SHOWN_PENDING) > 0:
            lines.append(("class:pending", f"{_PENDING}and {more} more\n"))
        if chosen := self._choice.message:
            lines.append(("class:chosen", f"{_CHOSEN}{excerpt(chosen, columns)}\n"))
        return FormattedText([*lines, ("bold", "> ")])

    def _idle(self) -> frozenset[str]:
        return self._link.session.idle

    @property
    def _columns(self) -> int:
        return self._session.output.get_size().columns - 1

    def _toolbar(self) -> FormattedText:
        columns, now = self._columns, time.monotonic()
        if now < self._interrupted_at + TWICE_SECONDS:
            text = cut(ONCE_MORE, columns)
        elif self._choice.message:
            text = cut(DELETE_ONCE_MORE if now < self._deleted_at + TWICE_SECONDS else CHOSEN, columns)
        else:
            text = status(self._link.session, columns)
        return FormattedText([("class:bottom-toolbar", text)])

    def _bindings(self) -> KeyBindings:
        keys = KeyBindings()
        is_empty = Condition(lambda: not self._session.default_buffer.text)

        @keys.add("enter", filter=~is_searching)
        def _(event: KeyPressEvent) -> None:
            # A byte that is no text in this locale is half a character here, which can be neither kept nor said.
            event.current_buffer.text = clean(event.current_buffer.text)
            text = event.current_buffer.text.strip("\n").rstrip()
            # What one types for oneself alone is not kept in a file.
            event.current_buffer.reset(append_to_history=bool(text) and not holds_secret(clean(text)))
            if text:
                self._enter_line(text)
            elif chosen := self._choice.message:
                event.current_buffer.insert_text(self._whom(chosen, ""))

        @keys.add("escape", "enter")
        def _(event: KeyPressEvent) -> None:
            event.current_buffer.insert_text("\n")

        @keys.add("pageup")
        def _(event: KeyPressEvent) -> None:
            self._look_back()

        self._bind_choice(keys, is_empty)

        @keys.add("c-d", filter=~is_searching & is_empty)
        def _(event: KeyPressEvent) -> None:
            self.leave()

        @keys.add("c-c", filter=~is_searching)
        def _(event: KeyPressEvent) -> None:
            self._interrupted(event)

        return keys

    def _bind_choice(self, keys: KeyBindings, is_empty: Condition) -> None:
        is_chosen = Condition(lambda: self._choice.message is not None)

        @keys.add("escape", "up", filter=~is_searching)
        def _(event: KeyPressEvent) -> None:
            self._choice.up()
            self._deleted_at = 0.0

        @keys.add("escape", "down", filter=~is_searching)
        def _(event: KeyPressEvent) -> None:
            self._choice.down()
            self._deleted_at = 0.0

        @keys.add("escape", filter=~is_searching & is_chosen)
        def _(event: KeyPressEvent) -> None:
            self._choice.end()

        @keys.add("delete", filter=~is_searching & is_chosen & is_empty)
        def _(event: KeyPressEvent) -> None:
            self._delete_chosen(event)

    def _enter_line(self, text: str) -> None:
        """Enter: what is chosen is answered, or taken back."""
        chosen = self._choice.message
        self._choice.end()
        if chosen and text.strip().casefold() == "/delete":
            self._take_back(chosen)
        else:
            self._hear_line(text, chosen)

    def _delete_chosen(self, event: KeyPressEvent) -> None:
        """Delete: it asks once."""
        now, chosen = time.monotonic(), self._choice.message
        if chosen and now < self._deleted_at + TWICE_SECONDS:
            self._deleted_at = 0.0
            self._choice.end()
            self._take_back(chosen)
        else:
            self._deleted_at = now
            asyncio.get_running_loop().call_later(TWICE_SECONDS, event.app.invalidate)

    def _interrupted(self, event: KeyPressEvent) -> None:
        """Ctrl-C: it takes the line back, lets be what is chosen, or leaves, if it is meant."""
        now = time.monotonic()
        if event.current_buffer.text:
            event.current_buffer.reset()
        elif self._choice.message:
            self._choice.end()
        elif now < self._interrupted_at + TWICE_SECONDS:
            self._interrupted_at = 0.0
            self.leave()
        else:
            self._interrupted_at = now
            asyncio.get_running_loop().call_later(TWICE_SECONDS, event.app.invalidate)


def _depth() -> ColorDepth | None:
    """No colours where they are not wanted (no-color.org)."""
    return ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else None
