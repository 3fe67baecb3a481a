"""The older log: nothing that was taken back meanwhile, whoever reads; and nothing while it is not followed."""

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator, Sequence

import pytest

from gateway.messages import Draft, Hole, Message, deletion_of
from gateway.refusals import RefusedError
from gateway.room.blocks import BLOCK
from gateway.room.feed import Chunk, Feed, Missing
from gateway.room.pages import entries, newest, oldest
from gateway.room.past import Past
from gateway.room.room import AWAY_SECONDS
from gateway.room.whom import speaker_of
from gateway.stores import StoreError
from gateway.stores.memory import MemoryStore
from gateway.wires.json import JSON
from gateway.wires.raw import POST

from ..doors import DOORS, JsonPeer
from ..fakes import Scene, scene
from ..patience import PATIENCE
from ..samples import a_draft

MANY = 10**9


def deletion(*seqs: int) -> Draft:
    return a_draft(deletion_of(seqs), kind="deleted")


class Slow(MemoryStore):
    """What was read is on its way until it may come."""

    def __init__(self) -> None:
        super().__init__(10_000, MANY)
        self.has_read = asyncio.Event()
        self.may_come = asyncio.Event()

    async def read(self, after: int, limit: int) -> list[Message]:
        return await self._late(await super().read(after, limit))

    async def onward(self, after: int, limit: int) -> list[Message]:
        return await self._late(await super().onward(after, limit))

    async def page(self, before: int, limit: int) -> list[Message]:
        return await self._late(await super().page(before, limit))

    async def _late(self, found: list[Message]) -> list[Message]:
        self.has_read.set()
        await self.may_come.wait()
        return found


@pytest.mark.parametrize("asked", [{}, {"before": 4}, {"after": 0}, {"after": 1}])
async def test_an_answer_whose_read_was_begun_before_a_deletion_has_nothing_of_it(asked: dict[str, int]) -> None:
    store = Slow()
    await store.append([a_draft("one"), a_draft("a secret"), a_draft("three")])
    async with scene(store) as here:
        ann = JsonPeer(here, "192.0.2.1", "Ann", history=0)
        await ann.come()
        assert await ann.tell(type="history", limit=50, **asked) == ""
        assert store.has_read.is_set()
        await take_back(here, 2)
        assert json.loads(ann.take())["of"] == [2]
        store.may_come.set()
        await here.settle()
        told = ann.take()
        assert "a secret" not in told
        assert ("one" in told) is (asked != {"after": 1})
        assert "three" in told


async def test_who_is_asked_for_by_what_was_taken_back_meanwhile_is_not_told() -> None:
    store, feed = Slow(), Feed(1)
    await store.append([a_draft("a secret")])
    asked = asyncio.ensure_future(speaker_of(Past(store, feed), 1))
    await store.has_read.wait()
    await store.append([deletion(1)])
    feed.extend(await MemoryStore.read(store, 1, 1))
    store.may_come.set()
    with pytest.raises(RefusedError, match="no-such-message"):
        await asked
    with pytest.raises(RefusedError, match="no-such-message"):  # it was not said
        await speaker_of(Past(store, feed), 2)


async def test_deletions_are_no_messages_of_a_page() -> None:
    store = MemoryStore(1000, MANY)
    await store.append([a_draft(str(number)) for number in range(1, 41)])
    await store.append([deletion(40), *(deletion(seq) for seq in range(1, 21))])
    past = Past(store, Feed(0))
    page = await newest(past, MANY, 10, MANY)
    assert ([message.seq for message in page.messages], page.more) == ([*range(30, 40)], True)
    page = await newest(past, MANY, 30, MANY)
    assert ([message.seq for message in page.messages], page.more) == ([*range(21, 40)], False)
    page = await oldest(past, 0, 30, MANY)
    assert ([message.seq for message in page.messages], page.more) == ([*range(21, 40)], False)
    assert len((await entries(past, 0, 30, MANY)).messages) == 30


# --- in a room ----------------------------------------------------------------------------------------------------


async def take_back(here: Scene, *seqs: int) -> None:
    """As another node would."""
    await here.store.append([deletion(*seqs)])
    await here.settle()


@pytest.mark.parametrize("door", [name for name, kind in DOORS.items() if kind.speaks and kind.stays])
async def test_who_is_here_is_told_as_far_as_its_wire_can_and_who_comes_later_sees_nothing(door: str) -> None:
    async with scene() as here:
        ann, bob = JsonPeer(here, "192.0.2.1", "Ann"), DOORS[door](here, "192.0.2.2", "Bob")
        for each in (ann, bob):
            await each.come()
        await ann.say("a secret")
        await ann.say("and more")
        bob.take()
        await take_back(here, 1)
        told = bob.take()
        assert "secret" not in told
        if door == "json":
            assert json.loads(told)["of"] == [1]
        else:
            assert told == ""
        carl = DOORS[door](here, "192.0.2.3", "Carl")
        assert "secret" not in await carl.come()
        heard = await carl.ask("/history 10")
        assert "secret" not in heard
        assert "and more" in heard


async def test_who_was_away_sees_the_deletion_and_from_before_not_what_it_took_back() -> None:
    async with scene() as here:
        ann = JsonPeer(here, "192.0.2.1", "Ann")
        await ann.come()
        await ann.say("a secret")
        await take_back(here, 1)
        epoch = here.room.store.epoch
        for after in (0, 1):
            bob = JsonPeer(here, "192.0.2.2", after={"epoch": epoch, "seq": after})
            events = [json.loads(line) for line in (await bob.come()).splitlines()]
            assert [event["type"] for event in events if event["type"] != "presence"] == ["welcome", "deleted"]
            assert "secret" not in str(events)


# --- without following --------------------------------------------------------------------------------------------


class Cut(MemoryStore):
    """One that can be cut off."""

    def __init__(self) -> None:
        super().__init__(10_000, MANY)
        self.is_cut = False

    async def follow(self, after: int) -> AsyncIterator[Sequence[Message | Hole]]:
        await self.check()
        async for batch in super().follow(after):
            await self.check()
            yield batch

    async def check(self) -> None:
        if self.is_cut:
            raise StoreError("cut off")


async def test_a_room_that_does_not_follow_for_a_while_tells_nothing_of_the_log_until_it_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.room.outage.RETRY_SECONDS", 0.001)
    store = Cut()
    async with scene(store) as here:
        ann = JsonPeer(here, "192.0.2.1", "Ann")
        await ann.come()
        for number in range(BLOCK + 10):
            await store.append([a_draft(f"secret {number}")])
        await here.settle()
        ann.take()
        store.is_cut = True
        await take_back(here, 1)
        here.clock.pass_by(AWAY_SECONDS - 1)
        here.room._drop_if_away()
        assert isinstance(here.room.feed.chunk(POST, 0), Chunk)
        assert "secret 265" in await ann.ask("/history 10")
        here.clock.pass_by(1)
        here.room._drop_if_away()
        assert isinstance(here.room.feed.chunk(POST, 0), Missing)
        assert "store-unreadable" in await ann.ask("/history 10")
        bob = JsonPeer(here, "192.0.2.2", after={"epoch": store.epoch, "seq": 0})
        assert "secret" not in await bob.come()
        store.is_cut = False
        async with asyncio.timeout(PATIENCE):
            while here.room.feed.is_away:
                await asyncio.sleep(0.001)
        await here.settle()
        told = ann.take()
        assert json.loads(told.splitlines()[-1])["of"] == [1]
        async with asyncio.timeout(PATIENCE):
            while bob.member.cursor < store.head:
                await asyncio.sleep(0.001)
        told = bob.take()
        assert "secret 0" not in told
        assert "gap" not in told
        assert told.count('"text":"secret') == BLOCK + 9


async def test_a_short_outage_drops_nothing_however_long_nothing_is_said_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.room.outage.RETRY_SECONDS", 0.001)
    store = Cut()
    async with scene(store) as here:
        await store.append([a_draft("one")])
        await here.settle()
        store.is_cut = True
        await store.append([a_draft("two")])
        await here.settle()
        assert here.room._lost_at is not None
        store.is_cut = False
        async with asyncio.timeout(PATIENCE):
            while here.room.feed.head < 2:
                await asyncio.sleep(0.001)
        here.clock.pass_by(3600)
        here.room._drop_if_away()
        assert isinstance(here.room.feed.chunk(JSON, 0), Chunk)


async def test_what_is_around_a_message_is_had_in_both_directions() -> None:
    async with scene() as here:
        await here.store.append([a_draft(f"text {number}") for number in range(1, 9)])
        await take_back(here, 5)
        ann = JsonPeer(here, "192.0.2.1", "Ann")
        await ann.come()
        asks: list[tuple[dict[str, int], list[int], bool]] = [
            ({"before": 4, "limit": 2}, [2, 3], True),
            ({"after": 3, "limit": 2}, [4, 6], True),
            ({"after": 6, "limit": 9}, [7, 8], False),
            ({"after": 8}, [], False),
            ({"after": 2**53}, [], False),
        ]
        for asked, seqs, more in asks:
            (page,) = ann.events(await ann.tell(type="history", **asked))
            assert ([each["seq"] for each in page["messages"]], page["more"]) == (seqs, more), asked


async def test_of_a_thousand_texts_that_were_taken_back_no_door_tells_one() -> None:
    async with scene() as here:
        dice = random.Random(1)
        marks = {seq: f"<{dice.getrandbits(64):016x}>" for seq in range(1, 1501)}
        drafts = [a_draft(mark + "x" * dice.choice((0, 10, 1000, 9000)) + mark) for mark in marks.values()]
        for start in range(0, 1500, 100):
            await here.store.append(drafts[start : start + 100])
        await here.settle()
        for wire_format in (JSON, POST):  # so that there are chunks, and parts of them
            here.room.feed.chunk(wire_format, 1000)
        gone = dice.sample(sorted(marks), 1000)
        for start in range(0, 1000, 500):
            await take_back(here, *gone[start : start + 500])
        epoch, told = here.room.store.epoch, ""
        for number, kind in enumerate(DOORS.values()):
            hello = {"after": {"epoch": epoch, "seq": 0}} if kind is JsonPeer else {}
            peer = kind(here, f"192.0.2.{number}", "", **hello)
            told += await peer.come() + await peer.ask("/history 500")
        found = set(re.findall("<[0-9a-f]{16}>", told))
        assert found == {mark for seq, mark in marks.items() if seq not in gone}
