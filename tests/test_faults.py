"""A fault stays with the one it came from: whatever a member raises, wherever it is called, the others go on."""

import ast
import asyncio
import inspect
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import gateway
from gateway.faults import bare, begin, contained
from gateway.guard.gate import Place
from gateway.members.house import House
from gateway.members.login import HELLO, KNOCK
from gateway.members.member import Member
from gateway.members.stream import StreamMember
from gateway.members.tcp import TcpMember
from gateway.members.websocket import WebSocketMember
from gateway.messages import Draft, new_owner
from gateway.room import inbox as inbox_module
from gateway.stores import StoreError
from gateway.stores.memory import MemoryStore
from gateway.tasks import end
from gateway.wires.closing import Closing
from gateway.wires.json import JsonWire
from gateway.wires.proxy import Proxied
from gateway.wires.raw import RawWire, greeting
from gateway.wires.text import TextWire

from .fakes import FakeTransport, Scene, a_store, reason, scene
from .members.test_websocket import frame
from .sources import nodes_of
from .tables import in_worlds
from .test_machines import STEPS, texts_in

GATEWAY = Path(gateway.__file__).parent
KEPT = {"guard/turns.py"}
"""What raises it where it is waited for, and has let go of all that it could hold: test_turns.py."""


def keeps(handler: ast.ExceptHandler) -> bool:
    """Whether what is caught here is kept as it is: under another name, in a field, a future or a collection."""
    for node in ast.walk(handler):
        match node:
            case ast.Assign(value=ast.Name(id=name)) | ast.AnnAssign(value=ast.Name(id=name)):
                kept = name == handler.name
            case ast.Call(func=ast.Attribute(attr="set_exception" | "append" | "add" | "put" | "put_nowait")):
                kept = any(isinstance(each, ast.Name) and each.id == handler.name for each in node.args)
            case _:
                kept = False
        if kept:
            return True
    return False


def test_an_error_that_is_kept_is_bare() -> None:
    found = set()
    for path in GATEWAY.rglob("*.py"):
        where = path.relative_to(GATEWAY)
        if where.parts[0] not in ("client", "swarm"):
            handlers = [node for node in nodes_of(path) if isinstance(node, ast.ExceptHandler) and node.name]
            found |= {where.as_posix()} if any(map(keeps, handlers)) else set()
    assert found == KEPT


def test_a_bare_error_holds_nothing_of_where_it_was() -> None:
    def fail(cause: Exception | None) -> None:
        raise KeyError from cause

    try:
        fail(None)
    except KeyError as error:
        cause = error
    with pytest.raises(KeyError) as caught:
        fail(cause)
    kept = bare(caught.value)
    assert kept.__traceback__ is None
    assert kept.__cause__ is not None
    assert kept.__cause__.__traceback__ is None


class JsonMember(WebSocketMember):
    """As the handshake makes one."""

    __slots__ = ()

    def __init__(self, house: House, place: Place, host: str) -> None:
        super().__init__(house, place, host, JsonWire(house.settings.max_text, deflate=False), HELLO, deflate=False)


class TextMember(WebSocketMember):
    """As the handshake makes one."""

    __slots__ = ()

    def __init__(self, house: House, place: Place, host: str) -> None:
        wire = TextWire(house.phrases, house.settings.max_text, deflate=False)
        super().__init__(house, place, host, wire, KNOCK, deflate=False)
        self.be(new_owner())


DEEP = '{"type":"ping","x":' + "[" * 1000


class PlannedError(Exception):
    """What is raised in these tests."""


# `fail` and `cut` are how a fault ends; what makes a member is no method of it.
SPARED = {"fail", "cut", "__init__", "meet"}
KINDS: dict[str, type[Any]] = {"raw": TcpMember, "json": JsonMember, "text": TextMember, "events": StreamMember}


def test_each_kind_of_member_is_tried() -> None:
    ours = {each for each in subclasses(Member) if each.__module__.startswith("gateway.")}
    assert {next(base for base in kind.__mro__ if base in ours) for kind in KINDS.values()} == ours


def subclasses(kind: type[Any]) -> set[type[Any]]:
    return {each for child in kind.__subclasses__() for each in (child, *subclasses(child))}


def methods_of(kind: type[Any]) -> list[str]:
    """All methods and properties that our own classes give a member."""
    ours = [each for each in kind.__mro__ if each.__module__.startswith("gateway.")]
    found = {
        name
        for each in ours
        for name, value in vars(each).items()
        if (inspect.isfunction(value) or isinstance(value, property)) and name not in SPARED
    }
    return sorted(name for name in found if not name.startswith("__"))


def broken(kind: type[Any], name: str, armed: list[bool], story: list[str] | None = None) -> type[Any]:
    """This kind of member, one of whose methods raises once that is armed; `story` is how often, and who was blamed."""
    original = inspect.getattr_static(kind, name)
    told = [] if story is None else story

    def call(self: Any, *arguments: Any, **named: Any) -> Any:
        if armed:
            told.append("raised")
            raise PlannedError(name)
        if isinstance(original, property):
            assert original.fget is not None
            return original.fget(self)
        return original(self, *arguments, **named)

    def fail(self: Any) -> None:
        told.append("blamed")
        kind.fail(self)

    return type(
        f"Broken{kind.__name__}",
        (kind,),
        {"__slots__": (), "fail": fail, name: property(call) if isinstance(original, property) else call},
    )


def make(here: Scene, kind: type[Any], number: int) -> Any:
    host = f"10.0.1.{number}"
    place = here.place(host)
    if issubclass(kind, TcpMember):
        wire = RawWire(here.house.phrases, here.house.settings.max_text, here.house.settings.line_grace, lambda: 0)
        return kind(
            here.house, place, Proxied((host, 5000), ("10.0.0.9", 8001)), wire, KNOCK, greeting("10.0.0.9", 8001)
        )
    if issubclass(kind, StreamMember):
        return kind(here.house, place, host, accept="", last_id="", query="")
    return kind(here.house, place, host)


def bytes_for(kind: type[Any], text: str) -> bytes:
    """What says this on its wire."""
    if issubclass(kind, TcpMember):
        return text.encode() + b"\n\n"
    if issubclass(kind, JsonMember):
        return frame(json.dumps({"type": "say", "text": text, "id": text[:60]}).encode())
    return frame(text.encode())


def asking(kind: type[Any]) -> bytes:
    """What asks the store for something."""
    history = '{"type":"history"}' if issubclass(kind, JsonMember) else "/history"
    return history.encode() + b"\n\n" if issubclass(kind, TcpMember) else frame(history.encode())


def come(
    here: Scene, kind: type[Any], number: int, arm: Callable[[], None] = lambda: None
) -> tuple[Any, FakeTransport]:
    """Connect. It can be armed once it is there: whose making fails is nobody yet, see test_arrival."""
    member = make(here, kind, number)
    arm()
    member, transport = here.connect(member)
    if issubclass(kind, JsonMember):
        member.data_received(frame(b'{"type":"hello"}'))
    return member, transport


async def minute(here: Scene, others: list[tuple[Any, FakeTransport]]) -> None:
    """A minute passes, in which the others show that they live."""
    for _ in range(4):
        here.clock.pass_by(15.5)
        for member, _ in others:
            if isinstance(member, JsonMember):
                member.data_received(frame(b'{"type":"ping"}'))
        await here.settle()


def sometimes_full(monkeypatch: pytest.MonkeyPatch) -> tuple[MemoryStore, list[str]]:
    """A store, and a list of why its next appends are to fail."""
    monkeypatch.setattr(inbox_module, "RETRY_SECONDS", 0)
    store, outages = a_store(), list[str]()
    append = store.append

    async def append_or_fail(drafts: Sequence[Draft]) -> list[int]:
        if outages:
            raise StoreError(outages.pop())
        return await append(drafts)

    monkeypatch.setattr(store, "append", append_or_fail)
    return store, outages


def methods() -> Iterator[object]:
    """Each method of each kind; what several have alike is a usual case of the first, and a rarer one of the others."""
    seen: set[tuple[str, object]] = set()
    for wire, kind in KINDS.items():
        for name in methods_of(kind):
            method = name, inspect.getattr_static(kind, name)
            yield in_worlds(wire, name) if method in seen else (wire, name)
            seen.add(method)


@pytest.mark.parametrize(("wire", "name"), list(methods()))
async def test_any_method_of_a_member_may_raise_and_four_others_have_everything(
    wire: str, name: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it is blamed for what it raised first, whoever called it."""
    armed: list[bool] = []
    story: list[str] = []
    kind = broken(KINDS[wire], name, armed, story)
    store, outages = sometimes_full(monkeypatch)
    reached: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reached.append(context))
    async with scene(store, rate=0.0) as here:
        others = [come(here, TcpMember if number % 2 else JsonMember, number) for number in range(4)]
        culprit, its_transport = come(here, kind, 99)
        await here.settle()
        texts = ["before"]
        others[0][0].data_received(bytes_for(JsonMember, "before"))
        await here.settle()
        armed.append(True)

        # Everything in which shared machinery calls a member, twice, with innocents before and behind it.
        for round_number in range(2):
            outages.append("the disk is full")
            if wire != "events":
                culprit.data_received(bytes_for(kind, f"mine {round_number}") + asking(kind))
            texts.append(f"round {round_number}")
            others[0][0].data_received(bytes_for(JsonMember, texts[-1]))
            others[1][0].data_received(b"/who\n\n")
            await here.settle()
            if not its_transport.closed and not its_transport.paused:
                its_transport.fill()
                its_transport.empty()
            contained(culprit, lambda: setattr(culprit, "due", True))
            here.room.pump.add(culprit)
            if round_number:  # it is ended by that
                contained(culprit, culprit.close, Closing.REPLACED)
            here.room._tell_changes()
            here.house.turns.line_up(culprit, "")
            assert not here.house.turns.is_over()
            await minute(here, others)
        assert story[:2] in ([], ["raised", "blamed"])
        culprit.eof_received()
        its_transport.close()
        culprit.connection_lost(None)
        await minute(here, others)
        texts.append("after")
        others[0][0].data_received(bytes_for(JsonMember, "after"))
        await here.settle()

        for number, (member, transport) in enumerate(others):
            assert reason(member) is None, number
            heard = texts_in(transport.data, is_json=isinstance(member, JsonMember))
            assert [text for text in heard if not text.startswith("mine")] == texts, number
        assert culprit not in here.house.members
        assert culprit not in here.room.roster
        assert culprit.alarm is None
        assert here.house.gate.taken == len(here.house.members) == len(here.room.roster.members()) == 4
    assert reached == []  # nothing gets past the guard, not even to the loop
    lines = [record for record in caplog.records if record.name == "gateway.faults"]
    assert all("\n" not in record.getMessage() for record in lines)


async def test_what_runs_beside_the_rest_dies_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[type[BaseException]] = []
    monkeypatch.setattr("gateway.faults.report", lambda fault: told.append(type(fault)))

    async def breaks() -> None:
        raise PlannedError("planned")

    async def waits_for_what_is_cancelled() -> None:
        raise asyncio.CancelledError

    async def is_ended() -> None:
        await asyncio.Event().wait()

    tasks = [begin(run()) for run in (breaks, waits_for_what_is_cancelled, is_ended)]
    await asyncio.sleep(0)
    await end(*tasks)
    assert told == [PlannedError, asyncio.CancelledError]


def test_who_is_called_is_who_is_blamed() -> None:
    """Wherever machinery calls somebody: by their own method, or by one of its own that is told whom it is about."""
    calls = 0
    for path in Path(gateway.__file__).parent.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for node in nodes_of(path) if "contained(" in source else ():
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "contained" and len(node.args) > 1):
                continue
            blamed, called, *arguments = map(ast.unparse, node.args)
            owner = called.rpartition(".")[0]
            about = owner if owner not in ("", "self") else arguments[0] if owner and arguments else "None"
            assert blamed == about, f"{path.name}:{node.lineno}: {ast.unparse(node)}"
            calls += 1
    assert calls > 10


class Faults(RuleBasedStateMachine):
    """Members of all kinds come and do what members do; one method of some of them raises, from some moment on."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.reached: list[dict[str, Any]] = []
        self.loop.set_exception_handler(lambda _, context: self.reached.append(context))
        self.stack = AsyncExitStack()
        self.here: Scene = self.run(self.stack.enter_async_context(scene(rate=0.0)))
        self.here.balances = False  # who breaks within owing keeps its debts
        self.innocent = [
            come(self.here, kind, number) for number, kind in enumerate((TcpMember, JsonMember, TextMember))
        ]
        self.culprits: list[tuple[Any, FakeTransport, list[bool]]] = []
        self.said = 0
        self.run(self.here.settle())

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.loop.close()

    @precondition(lambda self: len(self.culprits) < 5)
    @rule(data=st.data(), wire=st.sampled_from(sorted(KINDS)), is_armed=st.booleans())
    def come(self, data: st.DataObject, wire: str, is_armed: bool) -> None:
        armed: list[bool] = []
        name = data.draw(st.sampled_from([each for each in methods_of(KINDS[wire]) if each != "connection_made"]))
        kind = broken(KINDS[wire], name, armed)
        self.run(self.coming(kind, armed, is_armed=is_armed))

    async def coming(self, kind: type[Any], armed: list[bool], *, is_armed: bool) -> None:
        arm = partial(armed.append, True) if is_armed else lambda: None
        self.culprits.append((*come(self.here, kind, 10 + len(self.culprits), arm), armed))
        await self.here.settle()

    @precondition(lambda self: self.culprits)
    @rule(data=st.data())
    def arm(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.culprits))[2].append(True)

    @precondition(lambda self: self.culprits)
    @rule(data=st.data(), act=st.sampled_from(["say", "ask", "stall", "take", "end", "go", "replace", "pump"]))
    def do(self, data: st.DataObject, act: str) -> None:
        member, transport, _ = data.draw(st.sampled_from(self.culprits))
        self.run(self.doing(member, transport, act))

    async def doing(self, member: Any, transport: FakeTransport, act: str) -> None:
        kind = type(member)
        if transport.closed and act != "go":
            return
        if act in ("say", "ask"):
            member.data_received(bytes_for(kind, "x") if act == "say" else asking(kind))
        elif act == "stall" and not transport.paused:
            transport.fill()
        elif act == "take" and transport.paused:
            transport.empty()
        elif act == "end":
            member.eof_received()
        elif act == "go":
            transport.closed = True
            member.connection_lost(None)
            self.culprits = [each for each in self.culprits if each[0] is not member]
        elif act == "replace":
            contained(member, member.close, Closing.REPLACED)
        elif act == "pump":
            self.here.room.pump.add(member)
        await self.here.settle()

    @rule(seconds=st.sampled_from([0.5, 5.0]))
    def wait(self, seconds: float) -> None:
        self.here.clock.pass_by(seconds)
        self.run(self.living())

    async def living(self) -> None:
        for member, _ in self.innocent[1:]:
            member.data_received(b"\x8a\x80" + bytes(4))  # a pong
        await self.here.settle()

    @rule()
    def speak(self) -> None:
        self.said += 1
        self.innocent[0][0].data_received(b"said %d\n\n" % self.said)
        self.run(self.here.settle())

    @invariant()
    def innocents_go_on_and_the_books_balance(self) -> None:
        assert self.reached == []
        due = [f"said {number + 1}" for number in range(self.said)]
        for member, transport in self.innocent[1:]:
            assert reason(member) is None
            if isinstance(member, JsonMember):
                heard = texts_in(transport.data, is_json=True)
                assert [text for text in heard if text.startswith("said")] == due
        assert self.here.house.gate.taken == len(self.here.house.members)
        assert set(self.here.room.roster.members()) <= self.here.house.members


TestMachine = Faults.TestCase
TestMachine.settings = STEPS


def test_what_tells_a_fault_looks_for_nothing_then() -> None:
    """It may be that no descriptor is left to look with."""
    looks = "import encodings, gateway.faults; assert 'unicode_escape' in encodings._cache"
    subprocess.run([sys.executable, "-c", looks], check=True)
