"""Plain requests; with real clients in e2e/test_api."""

import asyncio
import json
from collections import Counter
from unittest.mock import Mock

import pytest

from gateway.messages import Message, clean_text
from gateway.stores.memory import MemoryStore
from gateway.web import api

from ..doors import ReadPeer, SayPeer, respond
from ..fakes import a_store, scene
from ..samples import a_draft
from ..test_outages import Flaky


async def test_large_texts_are_cleaned_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten posts of one address, of what is taken out of texts, kept all others waiting 0.9 s."""
    cleaned: list[tuple[str, int]] = []
    round_number = 0

    def slowly(text: str) -> str:
        here.worked += 0.004
        cleaned.append((text, round_number))
        return text

    monkeypatch.setattr(api, "clean_text", slowly)
    async with scene(rate=0.0, rate_kib=0.0) as here:
        crowd = [asyncio.ensure_future(SayPeer(here, "203.0.113.9").ask("crowd")) for _ in range(10)]
        crowd.append(asyncio.ensure_future(SayPeer(here, "203.0.113.7").ask("bystander")))
        while not all(each.done() for each in crowd):
            round_number += 1
            await asyncio.sleep(0)
        assert {each.result() for each in crowd} == {""}
    assert max(Counter(when for _, when in cleaned).values()) <= 3
    assert [text for text, _ in cleaned].index("bystander") <= 4


async def test_what_is_far_too_long_is_not_even_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "clean_text", Mock(side_effect=clean_text))
    async with scene(max_text=100) as here:
        assert json.loads(await SayPeer(here, "203.0.113.9").ask("\x1b" * 201))["code"] == "too-long"
        assert not api.clean_text.called  # type: ignore[attr-defined]
        assert json.loads(await SayPeer(here, "203.0.113.9").ask("\x1b" * 200))["code"] == "empty"
        assert await SayPeer(here, "203.0.113.9").ask("\x1b[1mhello\x1b[m") == ""


class SlowStore(MemoryStore):
    """A page of it is read when the test says so."""

    def __init__(self) -> None:
        super().__init__(1000, 10**9)
        self.may_go_on = asyncio.Event()
        self.reading = 0

    async def page(self, before: int, limit: int) -> list[Message]:
        self.reading += 1
        await self.may_go_on.wait()
        return await super().page(before, limit)


@pytest.mark.parametrize("name", ["after", "limit"])
@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "٣", "10000000000000000"])
async def test_a_number_that_is_none_is_refused_by_its_name(name: str, value: str) -> None:
    async with scene() as here:
        answer = await respond(here, "203.0.113.9", "GET", f"/messages?{name}={value}")
        assert isinstance(answer.body, bytes)
        assert (answer.status, json.loads(answer.body)["code"]) == (400, "bad-number")
        assert name in json.loads(answer.body)["message"]
        assert (await respond(here, "203.0.113.9", "GET", f"/messages?{name}={'9' * 16}")).status == 200


async def test_what_can_not_be_read_now_may_be_asked_for_a_second_later() -> None:
    store = Flaky()
    async with scene(store) as here:
        store.failing = {"read", "page"}
        answer = await respond(here, "203.0.113.9", "GET", "/messages")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


async def test_who_says_something_is_told_where_it_stands_in_which_log() -> None:
    async with scene() as here:
        for seq in (1, 2):
            answer = await respond(here, "203.0.113.9", "POST", "/say", {"text": "hi"})
            assert isinstance(answer.body, bytes)
            assert json.loads(answer.body) == {"epoch": here.room.store.epoch, "seq": seq}
        answer = await respond(here, "203.0.113.9", "POST", "/say", {"txt": "hi"})
        assert isinstance(answer.body, bytes)
        assert (answer.status, json.loads(answer.body)["code"]) == (400, "bad-json")
        assert "text" in json.loads(answer.body)["message"]


async def test_who_reads_much_waits_for_itself() -> None:
    """An address that asked for many pages at once had all the others behind these: 2.2 s."""
    store = SlowStore()
    async with scene(store, rate=0.0, rate_kib=0.0) as here:
        crowd = [asyncio.ensure_future(ReadPeer(here, "203.0.113.9").ask("")) for _ in range(20)]
        await here.settle()
        assert store.reading == 1
        other = asyncio.ensure_future(ReadPeer(here, "203.0.113.7").ask(""))
        await here.settle()
        assert store.reading == 2
        store.may_go_on.set()
        await other
        assert sum(each.done() for each in crowd) <= 3
        await asyncio.gather(*crowd)


async def test_each_of_a_crowd_pays_for_the_page_before_it() -> None:
    """They were all let in before the first was paid for, and the address was 30 s in debt."""
    store = a_store()
    await store.append([a_draft("x" * 60_000) for _ in range(20)])
    async with scene(store, rate=100.0, rate_kib=64.0) as here:
        told = await asyncio.gather(*(ReadPeer(here, "203.0.113.9").ask("") for _ in range(100)))
        assert 0 < sum(each == "" for each in told) < 50
        assert {json.loads(each)["code"] for each in told if each} == {"too-fast"}
        assert here.house.meters.owed("203.0.113.9", here.clock.now()) < 2
