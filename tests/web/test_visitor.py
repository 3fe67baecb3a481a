"""Who says one thing by a request, and may have a name for as long as that takes."""

import asyncio
import json
from collections.abc import Sequence

import pytest

from gateway.addresses import network_of
from gateway.messages import Draft
from gateway.room.inbox import MAX_BYTES
from gateway.room.sanctions import SLOW, Kind, Note, network_subject, person_subject
from gateway.room.whom import visitor_owner
from gateway.stores import StoreError
from gateway.stores.memory import MemoryStore
from gateway.web.visitor import STORE_SECONDS, Visitor

from ..books import holders
from ..doors import JsonPeer, SayPeer, operator
from ..fakes import WaitingNames, a_store, scene
from ..inprocess import Http, gateway, rest, timeless
from ..test_outages import Flaky

PHRASES = {"ban": ("you-are-banned", "you-are-banned"), "mute": ("you-are-muted", "not-said-muted")}
"""The code of each, and the words."""


class StuckStore(MemoryStore):
    """Answers no append before it is told to."""

    def __init__(self) -> None:
        super().__init__(10**6, 10**9)
        self.may_go_on = asyncio.Event()
        self.failing = 0  # appends, at first

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        await self.may_go_on.wait()
        self.failing -= 1
        if self.failing >= 0:
            raise StoreError("the disk is full")
        return await super().append(drafts)


async def test_what_is_refused_while_nothing_can_be_stored_is_not_kept() -> None:
    # Each draft was, though it was answered 503: 35 MB sent in 25 s were 150 MB of memory, and all said afterwards.
    store = StuckStore()
    async with scene(store, rate=0.0, rate_kib=0.0) as here:
        asking = [asyncio.ensure_future(SayPeer(here, "203.0.113.9").ask("x" * 60_000)) for _ in range(200)]
        await here.settle()
        assert here.room.inbox.size < MAX_BYTES + 60_300
        refused = [json.loads(each.result()) for each in asking if each.done()]
        assert {(each["status"], each["code"]) for each in refused} == {(503, "not-stored")}
        assert len(refused) > 50
        store.may_go_on.set()
        told = await asyncio.gather(*asking)
        assert store.head == told.count("") == len(asking) - len(refused)


async def test_nor_is_the_name_that_it_would_have_had() -> None:
    store = StuckStore()
    async with scene(store, rate=0.0, rate_kib=0.0) as here:
        asking = [asyncio.ensure_future(SayPeer(here, "203.0.113.9").ask("x" * 60_000)) for _ in range(200)]
        await here.settle()
        refused = json.loads(await SayPeer(here, "203.0.113.9", "ci").ask("x"))
        assert (refused["status"], refused["code"]) == (503, "not-stored")
        assert await store.names.claim("ci", "a person's")
        await store.names.release("a person's")
        store.may_go_on.set()
        await asyncio.gather(*asking)


@pytest.mark.parametrize("kind", ["ban", "mute"])
@pytest.mark.parametrize("is_of_person", [False, True])
async def test_an_order_reaches_who_waits_for_its_name(is_of_person: bool, kind: Kind) -> None:
    """Of a crowd that took names, 400 more said something after the operator had read that its address was banned."""
    store = a_store()
    names = store.names = WaitingNames()
    async with scene(store, rate=0.0, rate_kib=0.0, admin_password="secret") as here:
        crowd = [
            asyncio.ensure_future(SayPeer(here, "203.0.113.9", "N0" if is_of_person else f"N{number}").ask("x"))
            for number in range(50)
        ]
        await here.settle()
        assert names.asked == 1
        note = Note("203.0.113.9", "Op", 0)
        owner = visitor_owner("203.0.113.9", "N0")
        subject = (
            person_subject(kind, store.by_of(owner), owner)
            if is_of_person
            else network_subject(kind, network_of("203.0.113.9"))
        )
        ordering = asyncio.ensure_future(here.house.moderation.order({subject: note}))
        await here.settle()
        await ordering
        names.may_go_on.set()
        told = [json.loads(each) for each in await asyncio.gather(*crowd)]
        code, words = PHRASES[kind]
        message = here.house.phrases(words)
        assert {(each["status"], each["code"], each["message"]) for each in told} == {(403, code, message)}
        await here.settle()
        assert names.asked == 1
        assert store.head == 0
        assert await store.names.recall(owner) == "N0"
        assert holders(store) == set()


async def test_who_is_too_fast_takes_no_name() -> None:
    """A script that was refused took the names of all who were not in: 429, nothing said, and Ann came back a guest."""
    async with scene(rate=0.0, admin_password="secret") as here:
        assert (await (await operator(here)).moderate("slow", seconds=60))["code"] == "slowed"
        ann = JsonPeer(here, "198.51.100.7", "Ann")
        await ann.come()
        await ann.ask("/quit")
        assert await SayPeer(here, "203.0.113.9", "first").ask("x") == ""
        assert '"slow"' in await SayPeer(here, "203.0.113.9", "Ann").ask("x")
        again = JsonPeer(here, "198.51.100.7", session=ann.welcome["session"])
        await again.come()
        assert again.label == "Ann"


async def test_nor_do_many_at_once() -> None:
    store = a_store()
    store.at_once = 100
    names = store.names = WaitingNames()
    async with scene(store, rate=0.0, admin_password="secret") as here:
        await here.house.moderation.order({SLOW: Note(SLOW, "Op", 0, seconds=60)})
        crowd = [asyncio.ensure_future(SayPeer(here, "203.0.113.9", f"N{number}").ask("x")) for number in range(50)]
        await here.settle()
        names.may_go_on.set()
        told = await asyncio.gather(*crowd)
        assert (names.asked, store.head, told.count("")) == (1, 1, 1)


async def test_whose_name_is_taken_may_say_it_at_once_under_another() -> None:
    async with scene(rate=0.0, admin_password="secret") as here:
        await JsonPeer(here, "198.51.100.7", "Ann").come()
        await here.house.moderation.order({SLOW: Note(SLOW, "Op", 0, seconds=60)})
        assert "name-taken" in await SayPeer(here, "203.0.113.9", "Ann").ask("x")
        assert await SayPeer(here, "203.0.113.9", "Ben").ask("x") == ""
        assert '"slow"' in await SayPeer(here, "203.0.113.9", "Ann").ask("x")
        assert '"slow"' in await SayPeer(here, "203.0.113.9", "Bob").ask("x")


async def test_whose_name_the_store_can_not_look_up_has_its_turn_again() -> None:
    store = Flaky()
    async with scene(store, rate=0.0, admin_password="secret") as here:
        await here.house.moderation.order({SLOW: Note(SLOW, "Op", 0, seconds=60)})
        store.failing = {"claim"}
        assert '"store-unreadable"' in await SayPeer(here, "203.0.113.9", "Ann").ask("x")
        store.failing = set()
        assert await SayPeer(here, "203.0.113.9", "Ann").ask("x") == ""


@timeless
@pytest.mark.parametrize("name", ["", "?name=ci"])
async def test_who_waits_for_a_store_that_does_not_answer_is_told_so_in_the_end(name: str) -> None:
    store = StuckStore()
    async with gateway(store) as here:
        visit = Http(here, "POST", f"/say{name}", body={"text": "hi"})
        await here.after(STORE_SECONDS - 1)
        assert visit.text == ""
        await here.after(1)
        assert visit.status == 503
        assert "\r\nRetry-After: 1\r\n" in visit.text
        assert '"code":"store-failed"' in visit.text
        assert "(too slow)" in visit.text
        store.failing = 1  # and who has its answer is told nothing more
        store.may_go_on.set()
        await here.after(10)
        assert here.said == ["hi"]


@timeless
@pytest.mark.parametrize("name", ["", "?name=ci"])
async def test_who_waits_for_a_store_that_fails_hears_why_at_once_and_so_does_who_comes_then(name: str) -> None:
    store = Flaky()
    async with gateway(store) as here:
        store.failing = {"append"}
        for code in ("store-failed", "not-stored"):
            visit = Http(here, "POST", f"/say{name}", body={"text": "hi"})
            await rest()
            assert visit.status == 503
            assert "\r\nRetry-After: 1\r\n" in visit.text
            assert f'"code":"{code}"' in visit.text
            assert "(the disk is full)" in visit.text
        store.failing = set()


async def test_who_met_a_fault_of_ours_is_told_so_and_not_left_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def logged(visitor: Visitor, say_id: str | None, seq: int) -> None:
        raise ZeroDivisionError

    async with scene() as here:
        with monkeypatch.context() as patch:
            patch.setattr(Visitor, "logged", logged)
            told = json.loads(await SayPeer(here, "203.0.113.9").ask("x"))
        assert (told["status"], told["code"]) == (500, "internal")
        assert await SayPeer(here, "203.0.113.9").ask("x") == ""


async def test_a_crowd_that_takes_names_waits_for_itself() -> None:
    store = a_store()
    names = store.names = WaitingNames()
    async with scene(store, rate=0.0, rate_kib=0.0) as here:
        asking = [asyncio.ensure_future(SayPeer(here, "203.0.113.9", f"N{number}").ask("x")) for number in range(20)]
        await here.settle()
        asking.append(asyncio.ensure_future(SayPeer(here, "203.0.113.7", "other").ask("by another")))
        await here.settle()
        names.may_go_on.set()
        assert set(await asyncio.gather(*asking)) == {""}
        said = [message.text for message in await store.read(0, 99)]
        assert said.index("by another") <= 2
