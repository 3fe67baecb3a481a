"""State machines by hypothesis: a wire fed in pieces against one fed whole, a room against its log."""

import asyncio
import json
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from websockets.frames import Frame, Opcode

from gateway.members.tcp import TcpMember
from gateway.phrases import Phrases
from gateway.wires import Wire, events
from gateway.wires.json import JsonWire
from gateway.wires.raw import RawWire
from gateway.wires.text import TextWire

from .fakes import FakeTransport, Scene, scene
from .members.test_websocket import join
from .wires.kinds import frames_of

STEPS = settings(stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
PIECES = st.sampled_from(
    [b"a", b"\n", b"\n\n", b"\r\n", b"\r", b"\0", b"/who", b"\xff\xfd\x01", b"\xff", b"\xfa", b"\xf0", b"\xe4", b"\x84"]
)
LINES = st.sampled_from(
    [
        '{"type":"say","text":"hi"}', '{"type":"say","text":"x","id":"1"}', '{"type":"ping"}', "{", "", "[]",
        '{"type":"nope"}',
        '{"type":"history","limit":9}', '{"type":"command","text":"/who"}', "/name ann", "text", "//who", "/nope",
    ]
)  # fmt: skip


def all_of(wire: Wire, now: float) -> list[events.Request]:
    """Every request that there is now."""
    requests = []
    while (request := wire.next_request(now)) is not None:
        requests.append(request)
    return requests


class RawMachine(RuleBasedStateMachine):
    """The raw wire: however the bytes are cut, the same is asked for at the same times."""

    def __init__(self) -> None:
        super().__init__()
        phrases = Phrases("en")
        self.whole, self.pieces = RawWire(phrases, 50, 0.3, lambda: 0), RawWire(phrases, 50, 0.3, lambda: 0)
        self.now = 0.0
        self.over = False

    @precondition(lambda self: not self.over)
    @rule(parts=st.lists(PIECES, max_size=8))
    def feed(self, parts: list[bytes]) -> None:
        data = b"".join(parts)
        self.whole.feed(data)
        fed = []
        for byte in data:
            self.pieces.feed(bytes([byte]))
            fed += all_of(self.pieces, self.now)
        assert all_of(self.whole, self.now) == fed

    @rule(seconds=st.sampled_from([0.1, 0.31, 5.0]))
    def wait(self, seconds: float) -> None:
        assert self.whole.deadline == self.pieces.deadline
        self.now += seconds
        assert all_of(self.whole, self.now) == all_of(self.pieces, self.now)

    @precondition(lambda self: not self.over)
    @rule(broken=st.booleans())
    def end(self, broken: bool) -> None:
        self.over = True
        for wire in (self.whole, self.pieces):
            wire.feed_reset() if broken else wire.feed_eof()
        assert all_of(self.whole, self.now) == all_of(self.pieces, self.now)

    @invariant()
    def formats_agree(self) -> None:
        assert self.whole.format is self.pieces.format


class FrameMachine(RuleBasedStateMachine):
    """The text and JSON wires: one request a line or frame, in order, whenever it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        phrases = Phrases("en")
        self.eager: list[Wire] = [JsonWire(100, deflate=False), TextWire(phrases, 100, deflate=False)]
        self.lazy: list[Wire] = [JsonWire(100, deflate=False), TextWire(phrases, 100, deflate=False)]
        self.got: list[list[events.Request]] = [[], []]

    @rule(lines=st.lists(LINES, min_size=1, max_size=4))
    def feed(self, lines: list[str]) -> None:
        for wires in (self.eager, self.lazy):
            for wire in wires:
                wire.feed("\n".join(lines).encode())
        for index, wire in enumerate(self.eager):
            self.got[index] += all_of(wire, 0)

    @rule()
    def ask(self) -> None:
        for index, wire in enumerate(self.lazy):
            expected, self.got[index] = self.got[index], []
            assert all_of(wire, 0) == expected


class RoomMachine(RuleBasedStateMachine):
    """Members of both kinds come, talk, stall, take again and go. What each hears is the log, from its place on."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.here: Scene = self.run(self.stack.enter_async_context(scene(rate=0)))
        self.here.sockets = []
        self.said: list[tuple[int, str]] = []
        self.members: dict[int, tuple[Any, FakeTransport, int, list[str]]] = {}
        self.count = 0

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(coroutine)

    def settle(self) -> None:
        self.run(self.here.settle())
        for member, transport, _, heard in self.members.values():
            heard += texts_in(transport.take(), is_json=not isinstance(member, TcpMember))

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.loop.close()

    @precondition(lambda self: len(self.members) < 6)
    @rule(is_json=st.booleans())
    def come(self, is_json: bool) -> None:
        self.run(self.enter(is_json))
        self.settle()

    async def enter(self, is_json: bool) -> None:
        if is_json:
            member, transport = join(self.here, json_wire=True)
            member.data_received(Frame(Opcode.TEXT, b'{"type":"hello"}').serialize(mask=True))
        else:
            member, transport = self.here.connect(self.here.raw())
        self.count += 1
        self.members[self.count] = (member, transport, len(self.said), [])

    @precondition(lambda self: self.members)
    @rule(data=st.data(), texts=st.lists(st.sampled_from(["a", "bb", "ccc", "你好"]), min_size=1, max_size=5))
    def say(self, data: st.DataObject, texts: list[str]) -> None:
        number = self.pick(data)
        member = self.members[number][0]
        for text in texts:
            unique = f"{len(self.said)} {text}"
            self.said.append((number, unique))
            event = json.dumps({"type": "say", "text": unique}).encode()
            is_raw = isinstance(member, TcpMember)
            member.data_received(
                unique.encode() + b"\n\n" if is_raw else Frame(Opcode.TEXT, event).serialize(mask=True)
            )
        self.settle()

    @precondition(lambda self: self.members)
    @rule(data=st.data())
    def stall(self, data: st.DataObject) -> None:
        transport = self.members[self.pick(data)][1]
        if not transport.paused:
            transport.fill()

    @precondition(lambda self: self.members)
    @rule(data=st.data())
    def take(self, data: st.DataObject) -> None:
        transport = self.members[self.pick(data)][1]
        if transport.paused:
            transport.empty()
        self.settle()

    @precondition(lambda self: self.members)
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        member, transport, _, _ = self.members.pop(self.pick(data))
        transport.closed = True
        member.connection_lost(None)
        self.settle()

    def pick(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.members)))

    @invariant()
    def everybody_heard_the_log(self) -> None:
        for number, (member, transport, start, heard) in self.members.items():
            mine = isinstance(member, TcpMember)
            due = [text for sender, text in self.said[start:] if not (mine and sender == number)]
            assert heard == due[: len(heard)]
            if not transport.paused:
                assert heard == due


def texts_in(data: bytes, *, is_json: bool) -> list[str]:
    """The texts of the messages in what was written to a member."""
    if is_json:
        found = [json.loads(line) for frame in frames_of(data) for line in frame.split(b"\n")]
        return [event["text"] for event in found if event["type"] == "message"]
    paragraphs = data.decode().split("\n\n")
    return [paragraph.partition("的消息:")[2] for paragraph in paragraphs if "的消息:" in paragraph]


TestRaw = RawMachine.TestCase
TestRaw.settings = STEPS
TestFrames = FrameMachine.TestCase
TestFrames.settings = STEPS
TestRoom = RoomMachine.TestCase
TestRoom.settings = STEPS
