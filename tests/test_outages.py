"""The store fails, comes back, fails again and comes back: all are told each time, nobody waits for ever or hurries.

Each call of a store fails in two outages of its own, while a whole gateway runs on it.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import pytest

from gateway.messages import Draft, Hole, Message
from gateway.stores import StoreError
from gateway.stores.memory import MemoryBans, MemoryNames, MemoryStore

from .inprocess import Gateway, Http, Json, Raw, WebSocket, gateway, nodes, rest, timeless
from .samples import a_draft

OUTAGE = 20.0
MOST = 2.5 * OUTAGE
"""So often at most a call is tried in an outage: every half a second is once more, and a few begin it."""


class Flaky(MemoryStore):
    """A store some of whose calls fail; `tried` counts them."""

    def __init__(self) -> None:
        super().__init__(10_000, 10**8)
        self.failing: set[str] = set()
        self.tried: Counter[str] = Counter()
        self.names, self.bans = FlakyNames(self._try), FlakyBans(self._try)

    def _try(self, call: str) -> None:
        self.tried[call] += 1
        if call in self.failing:
            raise StoreError("the disk is full")

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        self._try("append")
        return await super().append(drafts)

    async def follow(self, after: int) -> AsyncIterator[Sequence[Message | Hole]]:
        self._try("follow")
        async for batch in super().follow(after):
            self._try("follow")
            yield batch

    async def read(self, after: int, limit: int) -> list[Message]:
        self._try("read")
        return await super().read(after, limit)

    async def page(self, before: int, limit: int) -> list[Message]:
        self._try("page")
        return await super().page(before, limit)


class FlakyNames(MemoryNames):
    """Its names."""

    def __init__(self, try_it: Callable[[str], None]) -> None:
        super().__init__()
        self._try = try_it

    async def claim(self, name: str, owner: str) -> bool:
        self._try("claim")
        return await super().claim(name, owner)

    async def release(self, owner: str) -> None:
        self._try("release")
        await super().release(owner)

    async def recall(self, owner: str) -> str | None:
        self._try("recall")
        return await super().recall(owner)

    async def forget(self, owner: str) -> None:
        self._try("forget")
        await super().forget(owner)


class FlakyBans(MemoryBans):
    """Its bans."""

    def __init__(self, try_it: Callable[[str], None]) -> None:
        super().__init__()
        self._try = try_it

    async def put(self, subject: str, note: str) -> None:
        self._try("ban")
        await super().put(subject, note)

    async def delete(self, subject: str) -> None:
        self._try("unban")
        await super().delete(subject)

    async def all(self) -> Mapping[str, str]:
        self._try("bans")
        return await super().all()


def _codes(peer: Json, *codes: str) -> list[str]:
    """Those of these that it was told, in order."""
    told = [event.get("code", "") for event in peer.events()]
    return [code for code in told if code in codes]


@timeless
async def test_what_is_said_in_each_outage_is_told_and_said_after_it() -> None:
    store = Flaky()
    async with gateway(store) as here:
        people: list[Any] = [Raw(here), WebSocket(here), Json(here).hello()]
        await rest()
        for number in (1, 2, 3):
            store.failing, store.tried = {"append"}, Counter()
            for each in people:
                each.say(f"outage {number}")
                each.say(f"outage {number}, again")
            await here.after(OUTAGE)
            assert 10 < store.tried["append"] < MOST
            assert [each.line.is_reading() for each in people] == [False] * 3
            store.failing = set()
            await here.after(1)
            assert len(here.said) == 6 * number
            for each in people:
                assert each.text.count("the disk is full") == number
                assert each.line.is_reading()
            here.balance()
        assert _codes(people[2], "store-failed", "store-back") == ["store-failed", "store-back"] * 3
        assert len(people[2].events("ack")) == 6


@timeless
async def test_a_log_that_can_not_be_followed_is_followed_again_without_a_gap_or_a_repeat(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = Flaky()
    async with gateway(store) as here:
        speaker, listener = Raw(here), Json(here).hello()
        await rest()
        for number in range(4):
            store.failing, store.tried = ({"follow"} if number % 2 else set()), Counter()
            speaker.say(f"message {number}")
            await here.after(OUTAGE)
            assert store.tried["follow"] < MOST
        store.failing = set()
        await here.after(1)
        assert [event["text"] for event in listener.events("message")] == [f"message {number}" for number in range(4)]
        loggers = ("gateway.room", "gateway.store")
        told = [record.getMessage().partition(",")[0] for record in caplog.records if record.name in loggers]
        away = "the log was not followed for 10 s: until it is"
        assert told == ["the log can't be followed", away, "the log is followed again"] * 2


@timeless
async def test_who_waits_for_old_messages_has_them_after_each_outage() -> None:
    store = Flaky()
    await store.append([a_draft(f"{number}") for number in range(5000)])
    async with gateway(store) as here:
        for after in (2000, 10):  # what the second one wants is not what the first one had
            store.failing, store.tried = {"read"}, Counter()
            reader = Json(here).hello(after={"epoch": store.epoch, "seq": after})
            await here.after(OUTAGE)
            assert 10 < store.tried["read"] < MOST
            assert reader.events("message") == []
            store.failing = set()
            await here.after(5)
            assert [event["seq"] for event in reader.events("message")] == list(range(after + 1, 5001))


def _ask(here: Gateway, call: str, number: int, asker: Json) -> str:
    """Ask for what needs this call; what it is answered if that is done."""
    match call:
        case "page":
            asker.tell(type="history", limit=2)
            return "page"
        case "claim":
            asker.command(f"/name Name{number}")
            return "name"
        case "ban" | "bans":
            asker.command(f"/ban 203.0.113.{number}")
            return "notice"
        case "unban":
            asker.command(f"/unban 198.51.100.{number}")
            return "notice"
    raise AssertionError(call)


@pytest.mark.parametrize("call", ["page", "claim", "ban", "unban"])
@timeless
async def test_who_asks_in_an_outage_is_told_and_may_ask_again(call: str) -> None:
    store = Flaky()
    async with gateway(store, admin_password="secret") as here:
        asker = Json(here).hello(name="Op")
        asker.command("/op secret")
        for number in (1, 2, 3):
            asker.command(f"/ban 198.51.100.{number}")
        await here.after(10)
        for number in (1, 2, 3):
            before = await store.bans.all()
            store.failing = {call}
            kind = _ask(here, call, number, asker)
            await here.after(OUTAGE)
            assert _codes(asker, "store-unreadable") == ["store-unreadable"] * number
            assert asker.line.is_reading()
            assert (await store.bans.all()) == before
            assert set(here.house.moderation.rules.notes) == set(before), "in force is what is stored"
            store.failing = set()
            told = len(asker.events(kind))
            _ask(here, call, number, asker)
            await here.after(6)
            assert len(asker.events(kind)) == told + 1
            assert asker.line.is_reading()
            assert set(here.house.moderation.rules.notes) == set(await store.bans.all())
            here.balance()


@timeless
async def test_who_comes_back_in_an_outage_is_in_and_has_its_name_the_next_time() -> None:
    store = Flaky()
    async with gateway(store) as here:
        ann = Json(here).hello(name="Ann")
        await rest()
        session = ann.events("welcome")[0]["session"]
        for number in (1, 2):
            ann.reset()
            await here.after(6)
            store.failing = {"recall", "claim"}
            nameless = Json(here).hello(session=session)
            await here.after(OUTAGE)
            assert nameless.events("welcome")[0]["name"].startswith("guest-"), number
            store.failing = set()
            ann = Json(here).hello(session=session)
            await here.after(6)
            assert ann.events("welcome")[0]["name"] == "Ann"
            assert [each["name"] for each in nameless.events("name")] == ["Ann"]  # it is the same person
            here.balance()
            nameless.reset()


@pytest.mark.parametrize("way", ["a member", "a visitor"])
@timeless
async def test_a_name_that_could_not_be_given_back_is_given_back_after_each_outage(way: str) -> None:
    store = Flaky()
    async with gateway(store) as here:
        for _ in (1, 2):
            store.failing, store.tried = {"release"}, Counter()
            if way == "a member":
                ann = Json(here).hello(name="Ann")
                await here.after(1)
                ann.reset()
            else:
                Http(here, "POST", "/say", body={"text": "hi", "name": "Ann"})
            await here.after(OUTAGE)
            assert store.tried["release"] < MOST
            store.failing = set()
            await here.after(2)
            other = Json(here).hello(name="Ann")
            await rest()
            assert other.events("welcome")[0]["name"] == "Ann"
            other.reset()
            await here.after(10)


@timeless
async def test_who_comes_back_while_its_name_is_given_back_keeps_it() -> None:
    store = Flaky()
    async with gateway(store) as here:
        ann = Json(here).hello(name="Ann")
        await rest()
        session = ann.events("welcome")[0]["session"]
        for ending in ("lost and back at once", "lost in an outage"):
            ann.reset()
            if ending == "lost in an outage":
                store.failing = {"release"}
                await rest()
                assert store.tried["release"]
            ann = Json(here).hello(session=session)
            await here.after(OUTAGE)
            store.failing = set()
            await here.after(OUTAGE)
            assert ann.events("welcome")[0]["name"] == "Ann", ending
            thief = Json(here).hello(name="Ann")
            await rest()
            assert _codes(thief, "name-taken") == ["name-taken"], ending
            here.balance()


def _why(peer: Raw) -> str | None:
    return peer.why


@timeless
async def test_an_order_of_another_node_is_in_force_after_each_outage() -> None:
    shared = Flaky()
    async with nodes(shared, admin_password="secret") as (one, two):
        op, trolls = Json(one).hello(name="Op"), [Raw(two, f"203.0.113.{number}") for number in (1, 2)]
        op.command("/op secret")
        await one.after(1)
        for number, troll in enumerate(trolls, 1):
            shared.failing = {"bans"}
            op.command(f"/ban 203.0.113.{number}")
            await one.after(OUTAGE)
            assert troll.is_there
            shared.failing = set()
            await one.after(OUTAGE)
            assert _why(troll) == "banned"
            assert set(two.house.moderation.rules.notes) == set(await shared.bans.all())
