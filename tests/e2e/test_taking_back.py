"""What was said is taken back on whole gateways: whenever one is killed, by whichever door one asks, on other nodes."""

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientSession
from websockets.exceptions import ConnectionClosed, InvalidMessage

from ..nats import lone_server, url
from ..stores.marks import SIZES, marks_in
from ..tables import in_worlds
from .conftest import Own, Start
from .gateway import Gateway
from .peers import Chat, Event, chat, raw

PATIENCE = 60
ROUNDS, A_ROUND = 5, 40
KINDS = ("ack", "message", "deleted", "error", "notice")


def marks_of(told: str) -> set[str]:
    """The texts of which something stands there."""
    return set(re.findall("<[0-9a-f]{16}>", told))


def a_mark(dice: random.Random) -> str:
    return f"<{dice.getrandbits(64):016x}>"


# --- kill -9 ------------------------------------------------------------------------------------------------------


@dataclass
class Person:
    """Someone who says things and takes half of them back, and writes down what is heard; after a loss again."""

    dice: random.Random
    session: str | None = None
    position: Event | None = None
    said: int = 0
    unacked: dict[str, str] = field(default_factory=dict)  # texts, by id
    marks: dict[int, str] = field(default_factory=dict)  # of what was acked
    asked: set[int] = field(default_factory=set)  # to be taken back
    heard_gone: set[int] = field(default_factory=set)

    async def live(self, gateway: Gateway) -> None:
        """Until the connection breaks."""
        with suppress(ConnectionClosed, OSError, InvalidMessage):
            async with chat(gateway, session=self.session, after=self.position) as peer:
                self.session = peer.welcome["session"]
                if self.position is None:
                    self.position = {"epoch": peer.welcome["epoch"], "seq": peer.welcome["seq"]}
                assert peer.welcome["resumed"] or self.position["seq"] == 0
                for say_id, text in self.unacked.items():
                    await peer.say(text, say_id)
                for seq in self.asked - self.heard_gone:
                    await peer.send({"type": "delete", "seq": seq})
                await self._chat(peer)

    async def _chat(self, peer: Chat) -> None:
        while True:
            while len(self.unacked) < 5:
                self.said += 1
                mark = a_mark(self.dice)
                self.unacked[f"c{self.said}"] = mark + "x" * self.dice.choice(SIZES) + mark
                await peer.say(self.unacked[f"c{self.said}"], f"c{self.said}")
            event = await peer.next(*KINDS)
            if event["type"] == "ack":
                seq = event["seq"]
                self.marks[seq] = self.unacked.pop(event["id"])[:18]
                if self.dice.random() < 0.5:
                    self.asked.add(seq)
                    await peer.send({"type": "delete", "seq": seq})
            self._hear(event)

    def _hear(self, event: Event) -> None:
        assert event["type"] != "error" or event["code"] == "no-such-message", event  # asked for again after a loss
        if event["type"] in ("message", "deleted"):
            assert self.position is not None
            assert event["seq"] > self.position["seq"]
            self.position["seq"] = event["seq"]
            if event["type"] == "message":
                assert event["seq"] not in self.heard_gone
            else:
                self.heard_gone.update(event["of"])


async def log_of(gateway: Gateway, epoch: str) -> tuple[dict[int, str], set[int]]:
    """What one hears who resumes from before all: messages, and what was taken back."""
    texts: dict[int, str] = {}
    gone: set[int] = set()
    async with chat(gateway, after={"epoch": epoch, "seq": 0}) as late:
        await late.say("the end")
        while (event := await late.next("message", "deleted")).get("from") != late.welcome["name"]:
            if event["type"] == "message":
                texts[event["seq"]] = event["text"][:18]
            else:
                gone.update(event["of"])
    return texts, gone


async def test_whenever_it_is_killed_nobody_heard_of_what_is_not_erased(start: Start, tmp_path: Path) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    people = [Person(random.Random(number)) for number in range(3)]
    for part in range(1, ROUNDS + 1):
        living = [asyncio.create_task(person.live(gateway)) for person in people]
        async with asyncio.timeout(PATIENCE):
            while min(len(person.heard_gone) for person in people) < part * A_ROUND:
                await asyncio.sleep(0.001)
        await asyncio.to_thread(gateway.kill)
        await asyncio.gather(*living)
        marks = {seq: mark for person in people for seq, mark in person.marks.items()}
        heard = set().union(*(person.heard_gone for person in people))
        assert not marks_in(tmp_path, {seq: marks[seq] for seq in heard if seq in marks}), "heard of, and not erased"
        await asyncio.to_thread(gateway.again)
        position = people[0].position
        assert position is not None
        texts, gone = await log_of(gateway, position["epoch"])
        assert heard <= gone, "heard of, and not in the log"
        assert not gone & texts.keys(), "told, and taken back"
        assert marks_in(tmp_path, marks) == marks.keys() - gone, "one of entry and erasure, without the other"
    assert len(gone) >= ROUNDS * A_ROUND


# --- all that is answered -----------------------------------------------------------------------------------------


FLAGS = ("--rate", "0", "--rate-kib", "0", "--admin-password", "secret")


async def say_all(gateway: Gateway, name: str, marks: list[str], dice: random.Random) -> None:
    """Say these, as texts of all sizes."""
    async with chat(gateway, name=name) as peer:
        for start in range(0, len(marks), 50):
            for number, mark in enumerate(marks[start : start + 50], start):
                await peer.say(mark + "x" * dice.choice(SIZES) + mark, f"c{number}")
            for _ in marks[start : start + 50]:
                while (await peer.next("ack", "message"))["type"] != "ack":
                    pass
        peer.connection.transport.abort()  # with what it has not read: an end in order would wait for that


async def say_and_take_back(gateway: Gateway, count: int) -> tuple[set[str], set[str], Event]:
    """Two say much, and an operator takes back all of one; what is left, what is gone, the last place."""
    dice = random.Random(1)
    marks = [a_mark(dice) for _ in range(count + count // 2)]
    gone, left = marks[:count], marks[count:]
    await asyncio.gather(say_all(gateway, "Ann", gone, dice), say_all(gateway, "Bob", left, dice))
    async with chat(gateway, name="Op") as op, asyncio.timeout(PATIENCE):
        for order in ("/op secret", "/delete Ann all"):
            await op.send({"type": "command", "text": order})
        taken, event = 0, {}
        while taken < count:
            if (event := await op.next("notice", "deleted"))["type"] == "deleted":
                taken += len(event["of"])
        return set(left), set(gone), {"epoch": op.welcome["epoch"], "seq": event["seq"]}


@asynccontextmanager
async def stream(gateway: Gateway, **fields: str) -> AsyncIterator[asyncio.StreamReader]:
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    async with ClientSession() as session, session.get(f"{gateway.page}events", headers=headers) as response:
        yield response.content  # type: ignore[misc]


async def all_told(gateway: Gateway, place: Event) -> dict[str, str]:
    """By door, what is told to who asks for all that was said, up to a place."""
    epoch, last = place["epoch"], place["seq"]
    told = dict.fromkeys(("resumed", "history", "found", "messages", "q", "events", "lines", "raw"), "")
    async with chat(gateway, after={"epoch": epoch, "seq": 0}) as late:
        while (event := await late.next("message", "deleted"))["seq"] < last:
            told["resumed"] += json.dumps(event)
        for kind, ask in (("history", {"type": "history"}), ("found", {"type": "find", "text": "<"})):
            before, more = last + 1, True
            while more:
                await late.send({**ask, "before": before, "limit": 500})
                while (page := await late.next("page", "found", "message"))["type"] == "message":
                    pass  # the end, of who asked before
                told[kind] += json.dumps(page)
                more = page["more"] and bool(page["messages"])
                before = min([each["seq"] for each in page["messages"]], default=0)
    async with ClientSession() as session:
        for kind, query in (("messages", "?after={}"), ("q", "?q=%3C&before={}")):
            at, more = (0 if kind == "messages" else last + 1), True
            while more:
                async with session.get(f"{gateway.page}messages{query.format(at)}&limit=500") as answer:
                    page = await answer.json()
                told[kind] += json.dumps(page)
                more = page["more"] and bool(page["messages"])
                at = page["messages"][-1]["seq"] if page["messages"] else at
    async with stream(gateway, Last_Event_ID=f"{epoch}:0") as events, asyncio.timeout(PATIENCE):
        while f"id: {epoch}:{last}\n" not in told["events"][-100_000:]:
            told["events"] += (await events.readuntil(b"\n\n")).decode()
    async with stream(gateway, Last_Event_ID=f"{epoch}:0", Accept="text/plain") as lines, asyncio.timeout(PATIENCE):
        async with chat(gateway) as marker:
            await marker.say("the end")
        while "the end" not in told["lines"][-100:]:
            told["lines"] += (await lines.readline()).decode()
    async with raw(gateway) as nc:
        await nc.send(b"/history 500\n\n/name Reader\n\n")
        told["raw"] = await nc.until("you are now Reader")
    return told


def check(told: dict[str, str], left: set[str], gone: set[str]) -> None:
    """All that is left is told, but by /history so many bytes of it; and nothing else."""
    for door, answers in told.items():
        assert not marks_of(answers) & gone, door
        assert marks_of(answers) == left or (door == "raw" and marks_of(answers)), door


async def test_of_a_thousand_texts_no_door_tells_one_and_no_file_has_one(start: Start, tmp_path: Path) -> None:
    gateway = start(*FLAGS)
    left, gone, place = await say_and_take_back(gateway, 1000)
    assert not marks_in(tmp_path, dict(enumerate(gone)))
    check(await all_told(gateway, place), left, gone)


@pytest.mark.parametrize("count", [60, in_worlds(1000)])
async def test_nor_does_another_node(start: Start, own: Own, tmp_path: Path, count: int) -> None:
    server = own(lone_server(tmp_path / "nats"))
    one, two = (start("--store", url([server]), *FLAGS) for _ in range(2))
    async with chat(two) as here:
        left, gone, place = await say_and_take_back(one, count)
        assert not marks_in(server.folder, dict(enumerate(gone)))
        while (await here.next("message", "deleted"))["seq"] < place["seq"]:
            pass
    for node in (two, one):
        check(await all_told(node, place), left, gone)
