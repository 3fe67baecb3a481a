"""What the room keeps of people."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from gateway.guard.deadlines import Deadlines
from gateway.guard.rate import RENAME_SECONDS
from gateway.messages import Message, is_session, owner_of
from gateway.metrics import Metrics
from gateway.phrases import Phrases
from gateway.room.room import PAGES, SILENT_SECONDS, Room
from gateway.stores import EndedError
from gateway.stores.memory import MemoryStore
from gateway.wires.closing import Closing
from gateway.wires.json import JSON, JSON_DEFLATE

from ..doors import DOORS, JsonPeer, RawPeer, SayPeer, pair
from ..fakes import scene
from ..samples import a_draft
from .test_questions import SlowStore


async def test_nothing_that_is_stored_or_told_of_somebody_makes_another_that_person() -> None:
    # The attacker had read the store: a raw member's origin was its secret, and let anybody be it, an operator too.
    store = MemoryStore(1000, 10**6)
    async with scene(store, admin_password="secret") as here:
        peers = [kind(here, f"198.51.100.{n}", f"P{n}") for n, kind in enumerate(DOORS.values()) if kind.speaks]
        for each in peers:
            await each.come()
            await each.say("hi")
        told: set[str] = set()
        for message in await store.read(0, 100):
            told |= {str(getattr(message, field)) for field in message.__struct_fields__}
        told |= {each.id for each in here.house.members}
        owners = {message.owner for message in await store.read(0, 100)}
        assert len(owners) == len(peers)
        assert not any(map(is_session, told))  # nor would any of it be taken for one
        assert not owners & {owner_of(text) for text in told}


async def test_who_is_muted_takes_no_name_for_what_it_may_not_say() -> None:
    store = SlowStore()
    async with scene(store, admin_password="secret") as here:
        for _ in range(9):
            store.names.steps.release()
        op = JsonPeer(here, "10.0.0.9", "Op")
        await op.come()
        await op.ask("/op secret")
        bob = RawPeer(here, "203.0.113.5", "Bob")
        await bob.come()
        await op.ask("/mute Bob")
        told = json.loads(await SayPeer(here, "203.0.113.5", "Zoe").ask("hi"))
        assert (told["status"], told["code"]) == (403, "you-are-muted")
        assert "Zoe" not in store.names.claimed


async def test_presence_is_shared_by_those_of_one_format_alone() -> None:
    async with scene() as here:
        here.room.roster.version = 1
        told = {
            wire_format: here.room.presence(wire_format, 0, lambda _, name=name: name)  # type: ignore[misc]
            for wire_format, name in ((JSON, b"plain"), (JSON_DEFLATE, b"deflated"))
        }
        assert told == {JSON: b"plain", JSON_DEFLATE: b"deflated"}
        assert here.room.presence(JSON, 0, lambda _: b"again") == b"plain"


async def test_who_is_on_a_node_that_tells_nothing_any_more_is_gone_in_its_time() -> None:
    """It was killed: nobody said there that nobody is there."""
    async with pair() as both:
        await JsonPeer(both.two, "203.0.113.7", "Ann").come()
        both.two.room._tell_changes()
        await both.settle()
        here, clock = both.one.room, both.one.clock
        for seconds, there in ((0.0, 1), (SILENT_SECONDS - 1, 1), (2.0, 0)):
            clock.pass_by(seconds)
            here._tell_changes()
            assert len(here.roster) == there


async def test_who_takes_presence_late_is_told_of_all_that_came_since() -> None:
    async with scene() as here:
        since = here.room.roster.version
        for number in range(5):
            await JsonPeer(here, "203.0.113.7", f"n{number}").come()
            here.room._tell_changes()
            told = here.room.presence(JSON, since, lambda answer: str(answer).encode()).decode()
            assert [f"name='n{each}'" in told for each in range(5)] == [each <= number for each in range(5)]
        assert len(here.room._presences) <= 2


@pytest.mark.parametrize("door", ["raw", "json"])
async def test_who_asks_for_a_name_that_is_taken_may_ask_for_another_at_once(door: str) -> None:
    async with scene() as here:
        ann, bob = JsonPeer(here, "203.0.113.7", "Ann"), DOORS[door](here, "203.0.113.5", "Bob")
        for each in (ann, bob):
            await each.come()
        here.clock.pass_by(6)
        for name in ("Ann", "Rob", "Job"):
            await (bob.tell(type="name", name=name) if isinstance(bob, JsonPeer) else bob.ask(f"/name {name}"))
        assert bob.label == "Rob"  # and a second one has to wait


async def test_of_an_address_so_many_names_are_new_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store keeps each for a month: one address could fill a JetStream account in a day."""
    monkeypatch.setattr("gateway.guard.rate.NEW_NAMES", 20)
    async with scene(rate=0.0, per_ip=0) as here:
        crowd = [JsonPeer(here, "203.0.113.7", f"n{number}") for number in range(21)]
        for each in crowd:
            await each.come()
        assert [each.label for each in crowd[:-1]] == [f"n{number}" for number in range(20)]
        assert crowd[-1].label.startswith("guest-")  # it is in all the same
        refused = json.loads(await SayPeer(here, "203.0.113.7", "ci").ask("x"))
        assert (refused["status"], refused["code"]) == (429, "rename-wait")
        for host in ("203.0.113.8", "127.0.0.1"):
            other = JsonPeer(here, host, f"other {host[-1]}")
            await other.come()
            assert other.label == other.name
        here.clock.pass_by(RENAME_SECONDS + 1)
        for _ in range(3):  # its own again is no new one
            assert await SayPeer(here, "203.0.113.7", "ci").ask("x") == ""


class Pages(MemoryStore):
    """Takes many questions at once, and knows how many pages are read; each waits until the test lets it go on."""

    at_once = 256

    def __init__(self) -> None:
        super().__init__(1000, 10**6)
        self.steps = asyncio.Semaphore(0)
        self.reading = self.most = self.read_ones = 0

    async def page(self, before: int, limit: int) -> list[Message]:
        self.reading += 1
        self.most = max(self.most, self.reading)
        await self.steps.acquire()
        self.reading -= 1
        self.read_ones += 1
        return await super().page(before, limit)


async def test_of_pages_a_few_are_read_at_once_however_many_lanes_ask() -> None:
    """200 addresses with 5 KB each kept what others said waiting for 1.7 s, behind 200 pages."""
    store = Pages()
    async with scene(store) as here:
        crowd = [JsonPeer(here, f"203.0.113.{number}") for number in range(60)]
        for each in crowd:
            await each.come()
        for each in crowd:
            each.send(json.dumps({"type": "history", "limit": 1}))
        await here.settle()
        assert store.most == PAGES
        for _ in crowd:
            store.steps.release()
            await here.settle()
        assert (store.most, store.read_ones) == (PAGES, 60)


@pytest.mark.parametrize("door", ["raw", "json"])
async def test_a_name_that_came_too_late_is_given_back(door: str) -> None:
    store = SlowStore()
    async with scene(store) as here:
        bob = DOORS[door](here, "203.0.113.5")
        await bob.come()
        bob.send(json.dumps({"type": "name", "name": "Bob"}) if door == "json" else "/name Bob")
        await here.settle()
        bob.member.close(Closing.KICKED)
        bob.member.connection_lost(None)
        store.names.steps.release()
        await here.settle()
        store.names.steps.release()
        ann = RawPeer(here, "198.51.100.7", "Bob")
        await ann.come()
        assert ann.label == "Bob"


@pytest.mark.parametrize("fault", [EndedError("the log is another one"), RuntimeError("a fault of ours")], ids=str)
async def test_a_start_that_can_not_follow_its_log_says_so(fault: Exception) -> None:
    """It waited for ever for what had ended, and nobody looked why."""

    class Ending(MemoryStore):
        async def follow(self, after: int) -> AsyncIterator[list[Message]]:
            if self.head:
                raise fault
            yield []

    store = Ending(1000, 10**6)
    await store.append([a_draft()])
    loop = asyncio.get_running_loop()
    room = Room(store, Phrases("en", 1000), Metrics(), Deadlines(loop.time, loop.call_at), loop.call_soon)
    with pytest.raises(type(fault), match=str(fault)):
        await room.start()
    await room.stop()
