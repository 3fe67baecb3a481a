"""The line of what is asked of the store."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from gateway.messages import Message
from gateway.refusals import RefusedError
from gateway.room.questions import OURS, Questions, UnansweredError, WithdrawnError
from gateway.stores import StoreError
from gateway.stores.memory import MemoryNames, MemoryStore
from gateway.tasks import end
from gateway.wires.closing import Closing

from ..doors import DOORS, JsonPeer, Peer
from ..fakes import Scene, scene
from ..fakes import rest as hops
from ..inprocess import Gateway, Http, Json, gateway, rest, timeless
from ..patience import PATIENCE
from ..samples import a_draft


class SlowNames(MemoryNames):
    """Each name takes a step of the test's to be claimed."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = asyncio.Semaphore(0)
        self.asked: list[str] = []
        self.claimed: list[str] = []

    async def claim(self, name: str, owner: str) -> bool:
        self.asked.append(name)
        await self.steps.acquire()
        self.claimed.append(name)
        return await super().claim(name, owner)


class SlowStore(MemoryStore):
    """A store with such names."""

    def __init__(self, at_once: int = 1) -> None:
        super().__init__(1000, 10**6)
        self.at_once = at_once
        self.names: SlowNames = SlowNames()


class SlowPages(MemoryStore):
    """Each piece of a page takes a step of the test's to be read."""

    def __init__(self) -> None:
        super().__init__(1000, 10**6)
        self.at_once = 100
        self.steps = asyncio.Semaphore(0)
        self.reading = 0

    async def page(self, before: int, limit: int) -> list[Message]:
        self.reading += 1
        await self.steps.acquire()
        self.reading -= 1
        return await super().page(before, limit)


def come(door: str, here: Scene, host: str, name: str) -> Peer:
    """Somebody comes and wants a name, which is not waited for."""
    peer = DOORS[door](here, host, name)
    if door == "/say":
        visits.append(asyncio.ensure_future(peer.ask("hi")))
    else:
        peer.connect()
        peer.send(json.dumps({"type": "hello", "name": name}) if door == "json" else f"/name {name}")
    return peer


visits: list[asyncio.Future[str]] = []


@pytest.mark.parametrize("door", ["raw", "json", "/say"])
async def test_a_crowd_of_one_address_waits_for_itself(door: str) -> None:
    store = SlowStore()
    async with scene(store) as here:
        for number in range(20):
            come(door, here, "203.0.113.9", f"Mob{number}")
        await here.settle()
        come("json", here, "198.51.100.7", "Ann")
        for _ in range(3):
            await here.settle()
            store.names.steps.release()
        await here.settle()
        assert "Ann" in store.names.claimed
        assert len(store.names.claimed) == 3
        for _ in range(20):
            store.names.steps.release()
        await here.settle()
        assert len(store.names.claimed) == 21
        while visits:
            await visits.pop()


async def test_a_crowd_that_asks_about_the_same_waits_for_itself_too() -> None:
    """240 connections that posted as `ci` kept a script of another address, which posts as `ci`, waiting for 3 s."""
    store = SlowStore(at_once=3)
    async with scene(store) as here:
        for _ in range(20):
            come("/say", here, "203.0.113.9", "ci")
        await here.settle()
        come("/say", here, "198.51.100.7", "ci")
        for _ in range(3):
            await here.settle()
            store.names.steps.release()
        await here.settle()
        assert visits[-1].done()
        assert sum(visit.done() for visit in visits) <= 3
        for _ in range(20):
            store.names.steps.release()
        await here.settle()
        while visits:
            assert await visits.pop() == ""


async def test_a_visitor_hears_what_came_of_its_question(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(error: Exception) -> None:
        raise error

    async def answers() -> int:
        return 7

    async with scene() as here:
        assert await here.room.questions.answer(OURS, "x", answers) == 7
        for error in (StoreError("gone", "the disk is full"), RefusedError("name-taken"), ConnectionResetError("left")):
            with pytest.raises(type(error)):
                await here.room.questions.answer(OURS, "x", partial(fails, error))
        assert caplog.messages == []
        with pytest.raises(UnansweredError):
            await here.room.questions.answer(OURS, "x", partial(fails, RuntimeError("a fault")))
        assert "a fault of ours" in caplog.text
        left = asyncio.ensure_future(here.room.questions.answer(OURS, "x", answers))
        await asyncio.sleep(0)
        left.cancel()
        assert await here.room.questions.answer(OURS, "x", answers) == 7  # the line goes on


# --- at the room's end ---------------------------------------------------------------------------------------------


async def never() -> None:
    await asyncio.Event().wait()


async def test_what_is_asked_then_is_withdrawn_wherever_it_is(caplog: pytest.LogCaptureFixture) -> None:
    questions = Questions(2)
    running = asyncio.ensure_future(questions.run())
    asked, alike, another, in_line, left = [
        asyncio.ensure_future(questions.answer(OURS, each, never)) for each in "aabcd"
    ]
    await hops()
    assert (len(questions), len(questions._asking)) == (5, 2)
    left.cancel()
    await end(running)
    for each in (asked, alike, another, in_line, questions.answer(OURS, "later", never)):
        with pytest.raises(WithdrawnError, match="the gateway ends"):
            await each
    assert await asyncio.wait([left])
    assert left.cancelled()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert caplog.messages == []


def by_web(method: str, path: str, body: Any = None) -> Callable[[Gateway], Http]:
    return lambda here: Http(here, method, path, body=body, Authorization="Bearer secret")


def by_command(text: str) -> Callable[[Gateway], Json]:
    def ask(here: Gateway) -> Json:
        peer = Json(here).hello()
        peer.tell(type="command", text="/op secret")
        peer.tell(type="command", text=text)
        return peer

    return ask


VISITORS = {
    "says": by_web("POST", "/say", {"name": "ci", "text": "done"}),
    "searches": by_web("GET", "/messages?q=hi"),
    "takes back": by_web("DELETE", "/messages/1"),
}
MEMBERS = {text: by_command(text) for text in ("/history", "/search hi", "/delete", "/delete Ann", "/purge Ann")}


@asynccontextmanager
async def busy() -> AsyncIterator[Gateway]:
    """A gateway whose store answers nothing any more."""
    store = SlowStore(at_once=1)
    await store.append([a_draft("hi")])
    async with gateway(store, admin_password="secret") as here:
        here.house.room.questions.do("x", never)
        await rest()
        yield here
        await here.stop()


@pytest.mark.parametrize("visitor", VISITORS)
@timeless
async def test_a_visitor_is_told_to_come_again(visitor: str) -> None:
    async with busy() as here:
        visit = VISITORS[visitor](here)
        await rest()
        assert visit.status == 0
        await here.house.room.stop()
        await rest()
        assert visit.status == 503
        assert b"the gateway ends" in visit.data


@pytest.mark.parametrize("asked", MEMBERS)
@timeless
async def test_for_a_member_that_is_no_fault(asked: str) -> None:
    async with busy() as here:
        peer = MEMBERS[asked](here)
        await rest()
        assert len(here.house.room.questions) == 2
        await here.house.room.stop()
        await rest()
        assert not here.house.room.questions._attended
        await here.stop()
        assert peer.why == "going-away"


@timeless
async def test_a_reload_tells_what_it_did_and_what_it_could_not() -> None:
    async with busy() as here:
        reload = asyncio.ensure_future(here._server.reload())
        await rest()
        await here.house.room.stop()
        assert await reload == ["bans and mutes stay as they were: the gateway ends"]


# --- the line ------------------------------------------------------------------------------------------------------


async def test_as_many_are_asked_at_once_as_the_store_takes() -> None:
    store = SlowStore(at_once=3)
    async with scene(store) as here:
        people = [come("json", here, f"203.0.113.{number}", f"P{number}") for number in range(5)]
        await here.settle()
        assert store.names.asked == ["P0", "P1", "P2"]
        store.names.steps.release()
        await here.settle()
        assert (len(store.names.claimed), len(store.names.asked)) == (1, 4)
        for _ in range(4):
            store.names.steps.release()
        await here.settle()
        assert [peer.member.label for peer in people] == [f"P{number}" for number in range(5)]


async def test_of_what_is_about_the_same_the_next_waits_for_the_one_before() -> None:
    store = SlowStore(at_once=3)
    order: list[str] = []
    async with scene(store) as here:
        gate = asyncio.Semaphore(0)

        async def first() -> None:
            await gate.acquire()
            order.append("first")

        async def later(name: str) -> None:
            order.append(name)

        questions = here.room.questions
        questions.do("ann", first)
        questions.do("ann", partial(later, "second"))
        questions.do("bob", partial(later, "another's"))
        questions.do("ann", partial(later, "third"))
        await here.settle()
        assert order == ["another's"]
        assert len(questions) == 3
        gate.release()
        await here.settle()
        assert order == ["another's", "first", "second", "third"]
        assert not questions


async def test_of_an_address_one_page_of_the_log_is_read_at_a_time() -> None:
    """What hundreds asked for stood before everybody's claims and messages in the store's one thread."""
    store = SlowPages()
    async with scene(store) as here:
        await store.append([a_draft(str(number)) for number in range(40)])
        for host in ("203.0.113.1", "203.0.113.2"):
            for _ in range(5):
                peer = JsonPeer(here, host)
                await peer.come()
                peer.send('{"type":"history","limit":40}')
        await here.settle()
        assert store.reading == 2
        for _ in range(40):
            store.steps.release()
            await here.settle()
            assert store.reading <= 2
        assert not here.room.questions


async def test_for_who_has_gone_again_nothing_is_asked() -> None:
    store = SlowStore()
    async with scene(store) as here:
        people = [come("json", here, f"203.0.113.{number}", f"P{number}") for number in range(3)]
        await here.settle()
        for peer in people[:2]:
            peer.member.close(Closing.KICKED)
            peer.member.connection_lost(None)
        for _ in range(3):
            store.names.steps.release()
        await here.settle()
        assert store.names.asked == ["P0", "P2"]  # the first was asked for before it went


async def test_what_a_question_waits_for_may_be_cancelled_and_the_next_about_the_same_is_asked() -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    async def answers() -> int:
        return 7

    async with scene() as here:
        async with asyncio.timeout(PATIENCE):
            here.room.questions.do("x", cancelled)
            assert await here.room.questions.answer(OURS, "x", answers) == 7


async def test_what_waits_for_something_else_takes_nobody_s_turn_and_holds_its_member() -> None:
    store = SlowStore()
    async with scene(store) as here:
        ann, bob = JsonPeer(here, "192.0.2.1"), JsonPeer(here, "192.0.2.2")
        for each in (ann, bob):
            await each.come()
        may_go_on = asyncio.Event()

        async def job() -> None:
            await may_go_on.wait()
            ann.member.notice("store-back")
            raise StoreError("the disk is full")

        here.room.questions.attend(ann.member, job)
        assert await ann.tell(type="ping") == ""
        store.names.steps.release()
        assert "Bob" in await bob.tell(type="name", name="Bob")
        may_go_on.set()
        await here.settle()
        codes = [event.get("code", event["type"]) for event in ann.events(ann.take()) if event["type"] != "presence"]
        assert codes == ["store-back", "store-unreadable", "pong"]


async def test_for_who_is_gone_by_its_turn_nothing_is_done() -> None:
    async with scene(SlowStore()) as here:
        ann = JsonPeer(here, "192.0.2.1")
        await ann.come()
        done: list[str] = []

        async def job() -> None:
            done.append("done")

        here.room.questions.attend(ann.member, job)
        ann.member.close(Closing.KICKED)
        await here.settle()
        assert done == []
