"""A person at a terminal: what is typed is said, or obeyed, or held back; and what of it is kept."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.key_binding.defaults import load_key_bindings
from prompt_toolkit.output import DummyOutput, Output
from prompt_toolkit.utils import get_cwidth

from gateway.client import told
from gateway.client.address import LOST, ChatError, PasswordError
from gateway.client.conversation import HELD
from gateway.client.json_session import JsonSession
from gateway.client.memory import Memory
from gateway.client.raw_session import RawSession
from gateway.client.screen import plain
from gateway.client.session import Session
from gateway.client.terminal import DELETE_ONCE_MORE, Terminal
from gateway.client.typed import NameCompleter
from gateway.phrases import Phrases
from gateway.vocabulary import COMMANDS, command_word

from ..patience import PATIENCE
from ..tables import each_of, in_worlds
from ..typed import CASES
from .recorder import Recorder

KEYS = cache(load_key_bindings)
"""What each prompt would make anew, which took a fifth of the time."""


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prompt_toolkit.application.application.load_key_bindings", KEYS)


class Person:
    """Someone who types; `shown` is what the client showed."""

    def __init__(self, terminal: Terminal, link: Recorder, keys: asyncio.Queue[str]) -> None:
        self.terminal, self.link, self.keys = terminal, link, keys
        self.shown: list[told.Told] = []
        self.running: asyncio.Task[None]

    async def type(self, *lines: str) -> None:
        """Type lines, and wait until all that they ask for was done."""
        for line in lines:
            await self.keys.put(line.replace("\n", "\x1b\r") + "\r")
        await self._done()

    async def paste(self, text: str) -> None:
        """The same with what is in the clipboard: there, Tab completes nothing."""
        await self.keys.put(f"\x1b[200~{text}\x1b[201~\r")
        await self._done()

    async def until(self, seen: Callable[[], object]) -> None:
        """Wait until it is so."""
        async with asyncio.timeout(PATIENCE):
            while not seen():
                await asyncio.sleep(0.001)

    @property
    def notices(self) -> list[str]:
        return [event.text for event in self.shown if isinstance(event, told.Notice)]

    async def _done(self) -> None:
        ends = self._ends
        await self.keys.put("\x1b[200~the end\x1b[201~\r")  # by key, each would draw the screen
        async with asyncio.timeout(PATIENCE):
            while self._ends == ends:
                await asyncio.sleep(0)

    @property
    def _ends(self) -> int:
        return sum(text.endswith("the end") for text in self.link.said)


@asynccontextmanager
async def person(history: Path | None, *, tag: str = "", output: Output | None = None) -> AsyncIterator[Person]:
    with create_pipe_input() as typed, create_app_session(input=typed, output=output or DummyOutput()):
        terminal = Terminal(history, Memory(None, ""), tag=tag)
        link = Recorder(lambda event: terminal.hear(event))
        link.session.is_in = True
        keys: asyncio.Queue[str] = asyncio.Queue()
        someone = Person(terminal, link, keys)
        hear = terminal.hear

        def hear_and_keep(event: told.Told) -> None:
            someone.shown.append(event)
            hear(event)

        terminal.hear = hear_and_keep  # type: ignore[method-assign]

        async def press() -> None:
            while True:
                typed.send_text(await keys.get())

        pressing = asyncio.create_task(press())
        running = someone.running = asyncio.create_task(terminal.run(link))
        try:
            yield someone
        finally:
            link.session.is_in = False
            link.session.ledger.pending.clear()
            terminal._held.clear()
            terminal._choice.end()
            if not running.done():
                typed.send_text("\x03\x03\x03")  # the first may take back what is typed
                await running
            pressing.cancel()


SECRETS = [
    "/op secret",
    "/PASS secret",
    "  /op secret",
    "\uff0fop secret",
    "/op\u200bsecret",
    "a\n/op secret",
    "/Op",
]


@pytest.mark.parametrize("typed", SECRETS)
async def test_a_secret_is_neither_said_nor_kept_nor_shown(typed: str, tmp_path: Path) -> None:
    history = tmp_path / "chat" / "history"
    async with person(history) as ann:
        await ann.type("first", typed, "last")
        prompt = "".join(text for _, text, *_ in ann.terminal._prompt())
        assert ann.link.said == ["first", "last", "the end"]
        assert "first" in prompt
        assert "secret" not in prompt
        is_command = bool(command_word(typed))
        assert ann.link.commands == ([typed] if is_command else [])
        assert (told.Error("secret", HELD) in ann.shown) is not is_command
    kept = history.read_text()
    assert "+first" in kept
    assert "+last" in kept
    assert "/op" not in kept.casefold()
    assert "secret" not in kept


@pytest.mark.parametrize("leaving", ["/quit\r", "/exit\r", "/QUIT\r", "/quit now\r", "\x03\x03", "\x04"])
async def test_who_leaves_says_first_what_was_typed(leaving: str) -> None:
    async with person(None) as ann:
        await ann.keys.put(f"last words\r{leaving}")
        async with asyncio.timeout(PATIENCE):
            while not ann.link.said:
                await asyncio.sleep(0)
            for _ in range(100):
                await asyncio.sleep(0)
            assert not ann.link.is_closed
            ann.link.ack()
            while not ann.link.is_closed:
                await asyncio.sleep(0)


async def test_secrets_that_a_file_keeps_from_before_are_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "history"
    file.write_text("\n# 2026-11-24\n+one\n\n# 2026-11-24\n+/op secret\n\n# 2026-11-24\n+two\n+lines\n")
    async with person(file) as ann:
        await ann.type("three")
    assert "secret" not in file.read_text()
    assert list(FileHistory(str(file)).load_history_strings()) == ["the end", "three", "two\nlines", "one"]


async def test_what_is_typed_is_obeyed_said_or_held_back() -> None:
    async with person(None) as ann:
        for case in CASES:
            for before in (ann.link.commands, ann.link.said, ann.shown):
                before.clear()
            await ann.paste(case.typed)
            assert ann.link.commands == ([case.typed.rstrip()] if case.command else []), case
            assert ann.link.said == ([case.say] if case.say else []) + ["the end"], case
            assert (told.Error("secret", HELD) in ann.shown) is case.held, case


async def test_how_one_says_a_command_is_remembered_as_it_was_typed(tmp_path: Path) -> None:
    async with person(tmp_path / "history") as ann:
        await ann.type("//op is how one says it")
    assert "+//op is how one says it" in (tmp_path / "history").read_text()


def completions(names: list[str], typed: str, idle: frozenset[str] = frozenset()) -> list[str]:
    found = NameCompleter(dict.fromkeys(names), lambda: idle).get_completions(Document(typed), CompleteEvent())
    return [each.text for each in found]


@each_of(
    ("typed", "expected"),
    [
        ("/", [f"/{each.name} " for each in COMMANDS]),
        ("/ban", ["/ban ", "/banned "]),
        ("/WHO", ["/who ", "/whois "]),
        ("say /ban", []),
        ("a", ["ann: "]),
        ("@A", ["ann: "]),
        ("hi \uff20\uff21\uff4e", ["ann "]),
        ("hi a", ["ann "]),
        ("", []),
    ],
)
def test_tab_completes_commands_at_the_start_and_names_anywhere(typed: str, expected: list[str]) -> None:
    assert completions(["bob", "ann"], typed) == expected


def test_tab_completes_a_name_without_its_accents_by_any_of_its_words_but_first_who_is_called_so() -> None:
    names = ["Ann Lee", "José", "Leo", "Priya Raghunathan", "Søren", "jean-luc"]
    typed = ("hi jose", "hi @SOR", "hi @le", "hi raghu", "hi luc", "hi @hunathan", "hi @josé")
    assert [completions(names, each) for each in typed] == [
        ["José "], ["Søren "], ["Leo ", "Ann Lee "], ["Priya Raghunathan "], ["jean-luc "], [], ["José "],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("session", "lacking"), [(JsonSession, {"pass", "times", "joins"}), (RawSession, {"pass", "times"})]
)
def test_tab_offers_no_command_that_does_nothing_here(session: type[Session], lacking: set[str]) -> None:
    """It offered /times, which both wires answer by saying that it does nothing."""
    offered = [f"/{each.name} " for each in COMMANDS if each.name not in lacking]
    assert completions([], "/", session.idle) == offered
    assert completions(["/times"], "/ti", session.idle) == []


async def test_tab_asks_the_session_what_does_nothing() -> None:
    async with person(None) as ann:
        await ann.type("hello")
        completer = ann.terminal._session.completer
        assert completer is not None
        assert not [*completer.get_completions(Document("/tim"), CompleteEvent())]
        assert [*completer.get_completions(Document("/nam"), CompleteEvent())]


async def test_the_toolbar_tells_how_it_is_and_what_came_is_shown() -> None:
    async with person(None) as ann:
        await ann.type("hello")
        session = ann.link.session
        session.is_in = False
        assert "a guest · 127.0.0.1:1 · connecting …" in "".join(text for _, text, *_ in ann.terminal._toolbar())
        session.name, session.label, session.members, session.ledger.lag, session.is_in = "ann", "ann", 3, 0.012, True
        toolbar = "".join(text for _, text, *_ in ann.terminal._toolbar())
        assert toolbar == "ann · 127.0.0.1:1 · 3 here · connected · lag 12 ms"
        mine = told.Person("ann")
        for event in (told.State("connected"), told.State("connected"), told.Presence(3, [mine, told.Person("bob")])):
            ann.terminal.hear(event)
        assert ann.terminal._take()[-2:] == [
            told.State("connected", "back"),
            told.Presence(3, [told.Person("bob")]),
        ]
        ann.terminal.hear(told.Message("bob", "hi"))
        async with asyncio.timeout(PATIENCE):
            while ann.terminal._waiting:
                await asyncio.sleep(0.01)


async def test_what_we_are_called_now_is_told_once() -> None:
    """`you are now ann` and `guest-a is now ann` were."""
    async with person(None) as ann:
        await ann.type("hello")
        ann.link.session.label = "ann"
        guest, named, bob, rob = map(told.Person, ("guest-a", "ann", "bob", "rob"))
        renamed = [told.Renamed("guest-a", "ann"), told.Renamed("bob", "rob")]
        ann.terminal._people.hear(told.Message("guest-a", "hi"))
        ann.terminal.hear(told.Named("ann"))
        ann.terminal.hear(told.Presence(3, [named, rob], [guest, bob], renamed=renamed))
        shown = [text for event in ann.terminal._take()[-2:] for text in plain(event)]
        assert shown == ["you are now ann", "bob is now rob"]
        assert "guest-a" not in ann.terminal._people


# --- leaving, and what waits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leaving", ["/quit\r", "\x04", "\x03\x03"])
async def test_who_leaves_with_something_unsent_is_told_once(leaving: str) -> None:
    """It was gone without a word."""
    async with person(None) as ann:
        ann.link.session.is_in = False
        await ann.type("one")
        await ann.keys.put(f"/who\r{leaving}")
        await ann.until(lambda: ann.notices)
        assert ann.notices == ["not sent yet: 3 lines; leave once more and they are lost"]
        assert not ann.link.is_closed
        await ann.type("two")  # who goes on is told again
        await ann.keys.put(leaving)
        await ann.until(lambda: len(ann.notices) == 2)
        await ann.keys.put(leaving)
        with pytest.raises(ChatError, match=r"^left; not sent: 5 lines$") as caught:  # it ended with 0
            await ann.running
        assert (ann.link.is_closed, caught.value.status) == (True, LOST)


async def test_a_command_that_is_typed_without_a_connection_waits_for_one() -> None:
    """It vanished."""
    async with person(None) as ann:
        ann.link.session.is_in = False
        await ann.type("/who", "/op sesame")
        prompt = "".join(text for _, text, *_ in ann.terminal._prompt())
        assert "…  /who\n" in prompt
        assert "…  /op\n" in prompt
        assert "sesame" not in prompt
        assert ann.link.commands == []
        ann.link.session.is_in = True
        ann.terminal.hear(told.State("connected"))
        assert ann.link.commands == ["/who", "/op sesame"]
        assert "/who" not in "".join(text for _, text, *_ in ann.terminal._prompt())


async def test_without_a_connection_nothing_is_taken_back_and_that_is_told() -> None:
    """When there is one again, the last message may be another."""
    async with person(None) as ann:
        ann.link.session.is_in = False
        await ann.type("/delete")
        assert any(isinstance(event, told.Error) and "/delete" in event.message for event in ann.shown)
        ann.link.session.is_in = True
        ann.terminal.hear(told.State("connected"))
        assert ann.link.commands == []


async def test_a_tag_stands_before_what_is_said_at_a_terminal_too() -> None:
    async with person(None, tag="ops") as ann:
        await ann.until(lambda: ann.terminal._session.app.is_running)
        ann.terminal._hear_line("hello")
        await ann.until(lambda: ann.link.said)
        assert ann.link.said == ["[ops] hello"]
        await ann.keys.put("/who\r")
        await ann.until(lambda: ann.link.commands)
        assert ann.link.commands == ["/who"]


# --- who is here, what was said before, what is unread ----------------------------------------------------------------


async def test_who_is_here_is_asked_for_and_shown_to_tab_alone() -> None:
    """Only who had spoken was completed."""
    async with person(None) as ann:
        await ann.type("x")
        ann.terminal.hear(told.State("connected"))
        assert ann.link.asked == [("who", 0)]
        before = list(ann.terminal._waiting)
        ann.terminal.hear(told.Who(2, [told.Person("bob")]))
        assert list(ann.terminal._waiting) == before
        await ann.keys.put("bo\t")
        await ann.until(lambda: ann.terminal._session.default_buffer.text == "bob: ")
        ann.terminal.hear(told.Who(2, [told.Person("bob")]))  # that one was asked for
        assert list(ann.terminal._waiting)[-1] == told.Who(2, [told.Person("bob")])


async def test_page_up_brings_older_messages() -> None:
    async with person(None) as ann:
        ann.terminal.hear(told.Message("bob", "hi", 41))
        await ann.until(lambda: ann.terminal._timeline.oldest == 41)
        await ann.keys.put("\x1b[5~")
        await ann.until(lambda: ann.link.asked)
        assert ann.link.asked == [("older", 41)]
        lines = [
            "".join(text for _, text in line) for line in ann.terminal._lines(told.Page([told.Message("b", "x", 40)]))
        ]
        assert lines[0].startswith("—— older messages")
        assert len([*ann.terminal._lines(told.Page([told.Message("b", "x", 40)]))]) == 2  # by /history


# --- a message that is chosen -----------------------------------------------------------------------------------------

ALT_UP, ALT_DOWN, DELETE, ESCAPE = "\x1b[1;3A", "\x1b[1;3B", "\x1b[3~", "\x1b"


def chosen(ann: Person) -> str:
    """The line that tells which one is."""
    shown = [text for style, text, *_ in ann.terminal._prompt() if style == "class:chosen"]
    return "".join(shown).removeprefix("   ↑  ").rstrip("\n")


async def told_some(ann: Person) -> None:
    for seq, (label, text) in enumerate([("bob", "one"), ("bob", "two"), ("guest-abcdef", "own")], 41):
        ann.terminal.hear(told.Message(label, text, seq))
    ann.link.session.label = "guest-abcdef"
    await ann.until(lambda: ann.terminal._timeline.seen == 43)


async def press(ann: Person, *keys: str, then: str) -> None:
    """Press keys, one after the other; then that one is chosen."""
    for key in keys:
        await ann.keys.put(key)
    await ann.until(lambda: ann.keys.empty() and chosen(ann) == then)


async def test_alt_up_chooses_a_message_and_what_is_typed_answers_it() -> None:
    async with person(None, tag="ops") as ann:
        await told_some(ann)
        assert chosen(ann) == ""
        await press(ann, ALT_UP, then="guest-abcdef: own")
        await press(ann, ALT_UP, ALT_UP, then="bob: one")
        await press(ann, ALT_UP, then="bob: one")
        await press(ann, ALT_DOWN, then="bob: two")
        await ann.type("I am at it")
        assert chosen(ann) == ""
        await press(ann, ALT_UP, then="guest-abcdef: own")
        await ann.type("/me nods")
        await ann.type("bob: no answer")
        for number in range(2):
            await press(ann, *[ALT_UP] * (number + 1), then=("guest-abcdef: own", "bob: two")[number])
            await ann.type(("of one's own", "bob: you are named here")[number])
        pending = ann.link.session.ledger.pending
        said = [(each.text, each.re, each.kind) for each in pending if "the end" not in each.text]
        assert said == [
            ("[ops] @bob I am at it", 42, ""),
            ("nods", 43, "action"),
            ("[ops] bob: no answer", 0, ""),
            ("[ops] of one's own", 43, ""),
            ("[ops] bob: you are named here", 42, ""),
        ]


async def test_enter_begins_an_answer_and_escape_ctrl_c_and_the_end_let_it_be() -> None:
    async with person(None) as ann:
        await told_some(ann)
        await press(ann, ALT_UP, ALT_UP, "\r", then="bob: two")
        await ann.until(lambda: ann.terminal._session.default_buffer.text == "@bob ")
        assert "Escape" in ann.terminal._toolbar()[0][1]
        await press(ann, "\x03", then="bob: two")  # the line first
        await ann.until(lambda: not ann.terminal._session.default_buffer.text)
        await press(ann, "\x03", then="")
        await press(ann, ALT_UP, then="guest-abcdef: own")
        await press(ann, ALT_DOWN, then="")
        await press(ann, ALT_UP, then="guest-abcdef: own")
        ann.terminal._session.app.timeoutlen = ann.terminal._session.app.ttimeoutlen = 0.01  # no other key comes
        await press(ann, ESCAPE, then="")
        assert ann.link.said == []


@pytest.mark.parametrize("way", [(DELETE, DELETE), (*"/delete", "\r")])
async def test_what_is_chosen_is_deleted_by_a_key_that_asks_or_by_the_command(way: Sequence[str]) -> None:
    async with person(None) as ann:
        await told_some(ann)
        await press(ann, ALT_UP, DELETE, then="guest-abcdef: own")
        await ann.until(lambda: ann.terminal._toolbar()[0][1] == DELETE_ONCE_MORE)
        await press(ann, ALT_UP, then="bob: two")  # another one: it is asked anew
        assert ann.link.asked == []
        for key in way:
            await ann.keys.put(key)
        await ann.until(lambda: ann.link.asked)
        assert (ann.link.asked, ann.link.commands, chosen(ann)) == ([("delete", 42)], [], "")
        ann.link.session.is_in = False
        await press(ann, ALT_UP, DELETE, DELETE, then="")
        await ann.until(lambda: any(isinstance(event, told.Error) for event in ann.shown))


async def test_delete_in_a_line_that_is_typed_is_a_key_of_that() -> None:
    async with person(None) as ann:
        await told_some(ann)
        await press(ann, "xy", "\x01", ALT_UP, DELETE, DELETE, then="guest-abcdef: own")
        await ann.until(lambda: not ann.terminal._session.default_buffer.text)
        assert ann.link.asked == []


async def test_what_is_taken_back_is_neither_shown_nor_chosen_any_more() -> None:
    async with person(None) as ann:
        await told_some(ann)
        await press(ann, ALT_UP, ALT_UP, then="bob: two")
        ann.terminal.hear(told.Message("bob", "a secret", 44))
        ann.terminal.hear(told.Page([told.Message("bob", "a secret", 44)]))
        ann.terminal.hear(told.Deleted([42, 44], 45, "bob"))
        assert "secret" not in repr(ann.terminal._waiting)
        assert chosen(ann) == "bob: message deleted"
        await ann.until(lambda: ann.terminal._timeline.seen == 45)
        await press(ann, ALT_UP, then="bob: one")
        await press(ann, ALT_DOWN, then="guest-abcdef: own")
        await press(ann, ALT_DOWN, then="")


class Titled(DummyOutput):
    """Keeps what it was told to do."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.pasting = 0

    def set_title(self, title: str) -> None:
        """See Output."""
        self.titles.append(title)

    def disable_bracketed_paste(self) -> None:
        """See Output."""
        self.pasting += 1


async def test_the_title_tells_what_is_unread_until_a_key_is_pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    output = Titled()
    async with person(None, output=output) as ann:
        await ann.until(lambda: output.titles == ["127.0.0.1:1"])
        for label in ("bob", ann.link.session.label, "bob"):
            ann.terminal.hear(told.Message(label, "hi"))
        await ann.until(lambda: output.titles[-1] == "(2) 127.0.0.1:1")
        await ann.keys.put("x")
        await ann.until(lambda: output.titles[-1] == "127.0.0.1:1")


async def test_what_comes_leaves_a_paste_whole() -> None:
    """Of twenty blocks that were pasted in a busy room two were said line by line."""
    output = Titled()
    async with person(None, output=output) as ann:
        await ann.type("x")
        for number in range(5):
            ann.terminal.hear(told.Message("bob", f"{number}", number + 1))
            await ann.until(lambda: not ann.terminal._waiting)
        await ann.type("y") if not ann.link.said else None
        assert output.pasting == 0


async def test_a_room_with_a_password_says_so_to_who_can_be_asked() -> None:
    async with person(None) as ann:
        await ann.type("x")
        with pytest.raises(PasswordError):
            ann.terminal.hear(told.Notice("this room has a password", "password-needed"))
        before, wrong = list(ann.terminal._waiting), told.Error("password-wrong", "that is not the password")
        ann.link.session.is_in = False
        ann.terminal.hear(wrong)  # it closes, and the end says it
        assert list(ann.terminal._waiting) == before
        ann.link.session.is_in = True
        ann.terminal.hear(wrong)  # the answer to /op, which nobody saw
        assert list(ann.terminal._waiting)[-1] == wrong


# --- long texts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [in_worlds(64_000), 300_000])
@pytest.mark.parametrize("line", ["word ", "a line\n"])
async def test_a_key_costs_a_screen_and_not_the_texts_that_wait(
    size: int, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """26 KB took 1.5 s at each key, and 267 KB over 80 s."""
    text = (line * size)[:size]
    drawn: list[int] = []

    def counted(given: str) -> int:
        drawn.append(len(given))
        return get_cwidth(given)

    for module in ("formatted_text.utils", "layout.containers", "layout.screen"):
        monkeypatch.setattr(f"prompt_toolkit.{module}.get_cwidth", counted)
    async with person(None) as ann:
        buffer = ann.terminal._session.default_buffer
        ann.link.session.is_in = False
        ann.terminal._held.append(f"/me {text}")
        await ann.type("x")
        for wanted in (f"y{text}", ""):  # in the line that is typed, then waiting
            drawn.clear()
            buffer.text = wanted
            await ann.keys.put("z")
            await ann.until(lambda: drawn and "z" in buffer.text)
            ann.terminal._session.app._redraw()
            assert sum(drawn) < 100_000
            ann.link.session.say(text, 0)


def words_of(most: int) -> str:
    return Phrases("zh", most)("too-long")


def too_long(most: int) -> told.Error:
    return told.Error("too-long", f"that was not said: the room takes no text of more than {most} bytes")


@pytest.mark.parametrize(("words", "most"), [(words_of(100), 100), (words_of(5000), 999), ("you are now x", 999)])
async def test_what_the_room_does_not_take_does_not_wait_for_its_answer(words: str, most: int) -> None:
    async with person(None) as ann:
        await ann.until(lambda: ann.terminal._session.app.is_running)
        await ann.terminal._do("x" * (2**20 + 1))
        assert (ann.shown[-1], ann.link.said) == (too_long(2**20), [])
        await ann.terminal._do("x" * 1000)
        number = ann.link.session.ledger.pending[0].id
        ann.link.session.take(json.dumps({"type": "error", "code": "too-long", "message": words, "id": number}), 0)
        await ann.terminal._do("x" * (most + 1))
        assert ann.shown[-1] == too_long(most)
        await ann.terminal._do("x" * most)
        assert ann.link.said == ["x" * 1000, "x" * most]
