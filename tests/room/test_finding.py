"""What was said is found again: by each wire, in slices in which others have their turns, and nothing that is gone."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, cast

import pytest

from gateway.faults import begin
from gateway.guard.holds import Hold
from gateway.messages import Message, deletion_of
from gateway.room import finding
from gateway.room.finding import MAX_SECONDS, SHARE, SLICE_SECONDS
from gateway.room.query import Query
from gateway.room.room import PAGE_BYTES
from gateway.room.search import LEAST
from gateway.stores.memory import MemoryStore
from gateway.text.words import PIECE
from gateway.web import api
from gateway.wires.events import Find

from ..doors import DOORS, JsonPeer, RawPeer, TextPeer
from ..fakes import Scene, a_store, rest, scene
from ..inprocess import Http, Loop, gateway, timeless
from ..patience import PATIENCE
from ..samples import a_draft
from ..test_outages import Flaky
from .searched import DEAR_SECONDS, MANY, Slow, make_dear, say, search, seqs

ANN, BOB = "192.0.2.1", "198.51.100.2"
TYPING = {"raw": RawPeer, "text": TextPeer, "json": JsonPeer}

# --- by each wire -------------------------------------------------------------------------------------------------

CASES: list[tuple[str, str]] = [
    ("/search 部署", "明天部署新版本"),
    ("/search ROLL deploy", "Deploy, then roll back"),
    ("／search deploy from:“Ann”", "Deploy, then roll back"),
    ("/search from:änn deploy", "Deploy, then roll back"),
    ("/search from:ann before:3", "明天部署新版本"),
]


@pytest.mark.parametrize("door", [name for name, kind in DOORS.items() if kind.speaks and kind.stays])
@pytest.mark.parametrize(("typed", "text"), CASES)
async def test_whoever_types_it_finds_it(door: str, typed: str, text: str) -> None:
    async with scene() as here:
        ann, bob = JsonPeer(here, ANN, "Ann"), DOORS[door](here, BOB, "Bob")
        for each in (ann, bob):
            await each.come()
        store: Any = here.room.store
        await say(store, "nothing of that", label="Carl")
        for said in ("明天部署新版本", "Deploy, then roll back"):
            await ann.say(said)
        told = await bob.ask(typed)
        assert text in told
        assert "nothing of that" not in told
        nothing = await bob.ask("/search neverland")
        assert "Deploy" not in nothing
        assert '"found"' in nothing if door == "json" else "* 没有找到" in nothing or "* nothing found" in nothing


async def test_by_json_it_is_an_event_with_fields_of_its_own() -> None:
    async with scene() as here:
        ann = JsonPeer(here, ANN, "Ann")
        await ann.come()
        for text in ("one deploy", "two", "three deploy"):
            await ann.say(text)
        (found,) = ann.events(await ann.tell(type="find", text="DEPLOY"))
        assert [message["text"] for message in found["messages"]] == ["three deploy", "one deploy"]
        assert {**found, "messages": []} == {"type": "found", "messages": [], "more": False}
        (found,) = ann.events(await ann.tell(type="find", text="deploy", limit=1))
        assert {**found, "messages": []} == {"type": "found", "messages": [], "more": True, "before": 3}
        (found,) = ann.events(await ann.tell(type="find", text="deploy", before=3, **{"from": "ann"}))
        assert [message["seq"] for message in found["messages"]] == [1]
        days: list[dict[str, Any]] = [{"since": "2026-11-24"}, {"until": "1999-01-01"}, {"from": "Bob"}]
        for fields in days:
            (found,) = ann.events(await ann.tell(type="find", text="deploy", **fields))
            assert (found["messages"], found["more"]) == ([], False), fields
        wrong = [({"text": " "}, "search-empty"), ({"text": "x" * 201}, "search-long"), ({}, "search-empty")]
        wrong += [({"text": "x" * 1001}, "search-long"), ({"text": "x", "since": "yesterday"}, "bad-json")]
        for wrong_time in ("2026-11-24T12:00:00", "2026-02-30T12:00:00Z", "2026-11-24T12:00:00Z" + "0" * 1000):
            wrong.append(({"text": "x", "until": wrong_time}, "bad-json"))
        for event, code in wrong:
            (error,) = ann.events(await ann.tell(type="find", **event))
            assert error["code"] == code
        (found,) = ann.events(await ann.tell(type="find", limit=2, **{"from": "ann"}))
        assert [message["text"] for message in found["messages"]] == ["three deploy", "two"]
        # What is typed in a find are words alone.
        (found,) = ann.events(await ann.tell(type="find", text="deploy from:ann"))
        assert found["messages"] == []


@pytest.mark.parametrize(
    "typed", ["/search", "/search since:2026-11-24", "/search from:", "/search x since:tomorrow", "/search x before:y"]
)
async def test_what_makes_no_sense_is_answered_by_how_it_is_used(typed: str) -> None:
    async with scene(language="en") as here:
        bob = RawPeer(here, BOB)
        await bob.come()
        assert (await bob.ask(typed)).startswith("* usage: /search WORDS")


async def test_how_it_reads_where_lines_are_typed() -> None:
    async with scene(language="en") as here:
        ann, bob = JsonPeer(here, ANN, "Ann"), RawPeer(here, BOB)
        for each in (ann, bob):
            await each.come()
        bob.member.data_received(b"hello\r\n")
        for number in range(25):
            await ann.say(f"deploy {number}")
        bob.take()
        bob.member.data_received(b"/search deploy\r\n")
        await here.settle()
        lines = bob.take().splitlines()
        assert lines[0] == "* 20 messages found, the newest first:"
        assert "Ann: deploy 24" in lines[1]
        assert lines[21:] == ["* older ones were not looked at: add before:7"]
        bob.member.data_received(b"/search deploy 24\r\n/search deploy before:2\r\n")
        await here.settle()
        lines = bob.take().splitlines()
        assert lines[0] == "* 1 message found:"
        assert lines[2:] == ["* nothing found"]


@timeless
async def test_by_a_request() -> None:
    store = MemoryStore(MANY, MANY)
    async with gateway(store) as here:
        await say(store, "one deploy", "two", "三 部署", "four deploy")
        await rest()

        async def ask(query: str) -> tuple[int, dict[str, Any]]:
            http = Http(here, path=f"/messages?{query}")
            await rest()
            return http.status, json.loads(bytes(http.data).partition(b"\r\n\r\n")[2])

        status, found = await ask("q=DEPLOY")
        assert status == 200
        assert [message["seq"] for message in found["messages"]] == [4, 1]
        assert {**found, "messages": []} == {"type": "found", "messages": [], "more": False, "epoch": store.epoch}
        status, found = await ask("q=deploy&limit=1&from=Ann&since=1970-01-01&until=2026-11-24")
        assert ([message["seq"] for message in found["messages"]], found["more"], found["before"]) == ([4], True, 4)
        assert [each["seq"] for each in (await ask("q=deploy&before=4"))[1]["messages"]] == [1]
        for query in ("from=%C3%A4nn&limit=2", "q=&from=Ann&limit=2", "from=Ann&after=1&limit=2"):
            status, found = await ask(query)
            assert (found["type"], [each["seq"] for each in found["messages"]]) == ("found", [4, 3])
        assert (await ask("q=deploy&since=2999-01-01T00:00:00Z"))[1]["messages"] == []
        assert [each["seq"] for each in (await ask("q=%E9%83%A8%E7%BD%B2"))[1]["messages"]] == [3]
        for query, code in (
            ("q=", "search-empty"), ("from=", "search-empty"), ("q=x&since=2026-11-24T00:00", "bad-day"),
            ("q=x&since=1.1.", "bad-day"), ("q=x&until=x", "bad-day"),
            ("q=x&limit=x", "bad-number"), ("q=x&before=", "bad-number"), (f"q={'x' * 201}", "search-long"),
            (f"q=x&from={'x' * 1001}", "search-long"),
        ):  # fmt: skip
            status, problem = await ask(query)
            assert (status, problem["code"]) == (400, code)


@pytest.mark.parametrize(
    ("asked", "most"),
    [
        ({"type": "find", "text": "xxx"}, finding.FOUND_BYTES),
        ({"type": "history"}, PAGE_BYTES),
        ({"type": "history", "after": 0}, PAGE_BYTES),
    ],
)
async def test_an_answer_to_a_member_has_so_many_bytes_at_most(asked: dict[str, Any], most: int) -> None:
    store = a_store()
    async with scene(store) as here:
        await say(store, *["x" * 4000] * 40)
        ann = JsonPeer(here, ANN, after={"epoch": store.epoch, "seq": store.head})
        await ann.come()
        told = await ann.tell(**asked, limit=500)
        assert json.loads(told)["more"]
        assert 0.9 * most < len(told) <= most


@timeless
async def test_an_answer_to_a_request_has_so_many_bytes_at_most() -> None:
    store = MemoryStore(MANY, MANY)
    async with gateway(store) as here:
        await say(store, *["x" * 4000] * 80)
        http = Http(here, path="/messages?q=xxx&limit=500")
        await rest()
        told = bytes(http.data).partition(b"\r\n\r\n")[2]
        assert json.loads(told)["more"]
        assert 0.9 * api.FOUND_BYTES < len(told) <= api.FOUND_BYTES


# --- whose turn it is ---------------------------------------------------------------------------------------------


async def searchers(here: Scene, *hosts: str) -> list[JsonPeer]:
    """Somebody at each of these addresses, who looks for what is nowhere."""
    peers = [JsonPeer(here, host) for host in hosts]
    for each in peers:
        await each.come()
        each.take()
        JsonPeer.send(each, json.dumps({"type": "find", "text": "nowhere"}))
    await here.settle()
    return peers


async def test_two_who_search_take_turns_and_one_slice_is_read_at_a_time() -> None:
    store = Slow()
    await say(store, *["x"] * 2000)
    async with scene(store) as here:
        ann, bob = await searchers(here, ANN, BOB)
        for _ in range(6):
            store.steps.release()
            await here.settle()
        assert store.most == 1
        assert store.asked[::2][:3] == store.asked[1::2][:3] == [(2001, 16), (1985, 32), (1953, 64)]
        for _ in range(100):
            store.steps.release()
        await here.settle()
        assert [each.events(each.take())[0]["more"] for each in (ann, bob)] == [False, False]
        assert store.most == 1


async def test_a_crowd_of_one_address_keeps_another_one_waiting_for_a_slice() -> None:
    store = Slow()
    await say(store, *["x"] * 2000)
    async with scene(store, per_ip=0) as here:
        crowd = await searchers(here, *[ANN] * 20)
        (bob,) = await searchers(here, BOB)
        slices = 0
        while not (told := bob.take()):
            store.steps.release()
            slices += 1
            await here.settle()
        assert bob.events(told)[0]["type"] == "found"
        assert slices <= 11 * 3 + 1  # of theirs one or two for each of its own
        assert not any(each.take() for each in crowd[1:])
        for _ in range(1000):
            store.steps.release()
        await here.settle()
        assert all(each.take() for each in crowd[1:])


async def test_who_searches_is_not_read_meanwhile_and_speaks_on_then() -> None:
    store = Slow()
    await say(store, *["x"] * 100)
    async with scene(store) as here:
        (ann,) = await searchers(here, ANN)
        assert ann.member.holds & Hold.STORE
        ann.send(json.dumps({"type": "find", "text": "x", "limit": 1}))
        await here.settle()
        assert len(store.asked) == 1
        for _ in range(10):
            store.steps.release()
        await here.settle()
        assert [event["type"] for event in ann.events(ann.take())] == ["found", "found"]
        assert not ann.member.holds


@pytest.mark.parametrize("goes", ["cut", "lost"])
async def test_who_has_gone_searches_no_more(goes: str) -> None:
    store = Slow()
    await say(store, *["x"] * 2000)
    async with scene(store) as here:
        (ann,) = await searchers(here, ANN)
        if goes == "cut":
            ann.member.cut()
        else:
            ann.member.connection_lost(None)
        for _ in range(100):
            store.steps.release()
        await here.settle()
        assert len(store.asked) == 1
        assert not here.room.questions._attended


async def test_what_is_looked_at_is_counted_found_or_not() -> None:
    store = MemoryStore(MANY, MANY)
    await say(store, *["x" * 100] * 20_000)
    async with scene(store, rate=0.0, rate_kib=1) as here:
        (ann,) = await searchers(here, ANN)
        assert ann.take()
        assert ann.member.holds & Hold.RATE
        here.clock.pass_by(70)
        assert ann.member.holds & Hold.RATE
        here.clock.pass_by(30)
        assert not ann.member.holds


async def test_a_search_is_a_request_of_ones_rate() -> None:
    async with scene(rate=1, burst=2) as here:
        ann = JsonPeer(here, ANN)
        await ann.come()
        assert await ann.tell(type="find", text="x")
        assert ann.member.is_held


@timeless
async def test_of_a_request_what_is_looked_at_counts_for_its_address() -> None:
    store = MemoryStore(MANY, MANY)
    await say(store, *["x" * 100] * 20_000)
    async with gateway(store, rate=0.0, rate_kib=1.0) as here:
        asked = []
        for _ in range(3):
            asked.append(Http(here, path="/messages?q=nowhere"))
            await rest()
        assert [each.status for each in asked] == [200, 429, 429]


async def test_an_append_that_is_under_way_goes_first_and_so_does_the_next() -> None:
    store = Ordered()
    await MemoryStore.append(store, [a_draft("x")] * 100)
    async with scene(store) as here:
        ann = JsonPeer(here, ANN, "Ann")
        await ann.come()
        asyncio.get_running_loop().call_soon(ann.send, json.dumps({"type": "say", "text": "one"}))
        await here.settle()
        (bob,) = await searchers(here, BOB)
        ann.send(json.dumps({"type": "say", "text": "two"}))
        await here.settle()
        assert store.begun == ["append one"]
        store.steps.release()
        await here.settle()
        assert store.begun == ["append one", "append two"]
        store.steps.release()
        await here.settle()
        assert store.begun[:3] == ["append one", "append two", "page"]
        for _ in range(100):
            store.steps.release()
        await here.settle()
        assert bob.take()


@pytest.mark.parametrize("door", ["raw", "text", "json"])
@pytest.mark.parametrize("typed", ["/search word", "/history"])
async def test_what_is_asked_of_the_log_is_answered_behind_what_its_asker_said_before(door: str, typed: str) -> None:
    """`printf 'hello\n/search hello\n' | nc` found nothing."""
    store = Ordered()
    async with scene(store) as here:
        ann: Any = TYPING[door](here, ANN, "Ann")
        await ann.come()
        ann.take()
        for text in ("a word", typed, "another word"):
            is_command = door == "json" and text.startswith("/")
            ann.send(text if door != "json" else json.dumps({"type": "command" if is_command else "say", "text": text}))
        await here.settle()
        assert ann.take() == ""
        for _ in range(2):
            store.steps.release()
        await here.settle()
        told = ann.take()
        if door == "json":
            (told,) = (line for line in told.splitlines() if '"messages":' in line)
        assert "a word" in told.partition("another")[0]
        assert store.begun == ["append a word", "page", "append another word"]


@pytest.mark.parametrize("event", [{"type": "find", "text": "x"}, {"type": "history"}])
async def test_what_is_asked_of_the_log_waits_for_no_store_that_fails(event: dict[str, str]) -> None:
    store = Flaky()
    async with scene(store) as here:
        ann, bob = JsonPeer(here, ANN, "Ann"), JsonPeer(here, BOB)
        for each in (ann, bob):
            await each.come()
        await ann.say("x")
        bob.take()
        store.failing.add("append")
        ann.send(json.dumps({"type": "say", "text": "x"}))
        for _ in range(2):  # while it begins to fail, and when it does
            bob.send(json.dumps(event))
            await here.settle()
            assert '"seq":1,' in bob.take()
        store.failing.clear()
        async with asyncio.timeout(PATIENCE):
            await here.room.inbox.emptied()


class Ordered(MemoryStore):
    """Notes what it is asked for; an append takes a step of the test's."""

    at_once = 100

    def __init__(self) -> None:
        super().__init__(MANY, MANY)
        self.begun: list[str] = []
        self.steps = asyncio.Semaphore(0)

    async def append(self, drafts: Sequence[Any]) -> list[int]:
        self.begun.append(f"append {drafts[0].text}")
        await self.steps.acquire()
        return await super().append(drafts)

    async def page(self, before: int, limit: int) -> list[Message]:
        self.begun.append("page")
        return await super().page(before, limit)


async def test_it_is_searched_though_nothing_can_be_stored() -> None:
    store = Flaky()
    await store.append([a_draft("word")])
    async with scene(store) as here:
        store.failing = {"append"}
        ann = JsonPeer(here, ANN)
        await ann.come()
        ann.send(json.dumps({"type": "say", "text": "x"}))
        await here.settle()
        (found,) = (await search(here, "word")).messages
        assert found.text == "word"
        store.failing = set()


async def test_a_log_that_can_not_be_read_is_told() -> None:
    store = Flaky()
    async with scene(store) as here:
        ann = JsonPeer(here, ANN)
        await ann.come()
        store.failing = {"page"}
        (error,) = ann.events(await ann.tell(type="find", text="x"))
        assert error["code"] == "store-unreadable"
        assert not ann.member.holds


# --- its bounds ---------------------------------------------------------------------------------------------------


async def test_it_gives_up_after_its_time_and_tells_how_far_it_came() -> None:
    store = Slow()
    await say(store, *["x"] * 2000)
    async with scene(store) as here:
        (ann,) = await searchers(here, ANN)
        store.steps.release()
        await here.settle()
        here.clock.pass_by(MAX_SECONDS)  # while the next slice is read
        await here.settle()
        (found,) = ann.events(ann.take())
        assert (found["messages"], found["more"], found["before"]) == ([], True, 1985)
        store.steps.release()
        await here.settle()
        assert len(store.asked) == 2


async def test_who_waits_for_its_turn_is_answered_in_time_and_has_its_turn_the_next_time() -> None:
    store = Slow()
    await say(store, *["x"] * 2000)
    async with scene(store) as here:
        _, bob = await searchers(here, ANN, BOB)
        for _ in range(5):
            here.clock.pass_by(MAX_SECONDS)
            await here.settle()
            (found,) = bob.events(bob.take())
            assert (found["messages"], found["more"], found["before"]) == ([], True, 2001)
            bob.send(json.dumps({"type": "find", "text": "nowhere"}))
            await here.settle()
        assert len(here.room.questions) == 2  # Ann's slice, which the store has not answered, and Bob's last search
        store.steps.release()
        await here.settle()
        assert len(store.asked) == 2
        for _ in range(1000):
            store.steps.release()
        await here.settle()
        assert bob.events(bob.take())[0]["more"] is False


async def test_an_answer_comes_in_time_whatever_others_search_through() -> None:
    store = MemoryStore(MANY, MANY)
    await say(store, *["x" * 30_000] * 120)
    others = 24
    async with scene(store) as here:
        make_dear(here)
        dear = [JsonPeer(here, f"192.0.2.{each}") for each in range(others)]
        victim = JsonPeer(here, BOB)
        for each in (*dear, victim):
            await each.come()
            each.take()
        for each in dear * 4:
            JsonPeer.send(each, json.dumps({"type": "find", "text": "nowhere"}))
        begun = here.clock.time
        victim.send(json.dumps({"type": "find", "text": "needle"}))
        victim.send(json.dumps({"type": "say", "text": "behind it", "id": "behind"}))
        told: list[dict[str, Any]] = []
        while not any(event["type"] == "ack" for event in told):
            await asyncio.sleep(0)
            told += victim.events(victim.take())
        assert here.clock.time - begun <= MAX_SECONDS + SLICE_SECONDS
        (found,) = [event for event in told if event["type"] == "found"]
        assert found["more"]
        assert found["before"] <= 120  # of 120: so that who asks on comes to the end some time
        for each in dear:
            each.member.cut()


async def test_it_gives_up_after_so_many_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MAX_SLICES", 3)
    async with scene(MemoryStore(MANY, MANY)) as here:
        store: Any = here.room.store
        await say(store, *["x"] * 2000)
        await here.settle()
        found = await search(here, "nowhere")
        assert (found.messages, found.more, found.before) == ([], True, 2001 - 16 - 32 - 64)


@pytest.mark.parametrize("text", ["x" * 20_000, "\ufdfa" * PIECE, "\u0301\u0316" * 10_000, "short"])
async def test_others_have_their_turn_between_two_pieces_of_a_text(text: str) -> None:
    """However dear texts are: the loop turns when its time is over, which is looked at behind each piece."""
    store = MemoryStore(MANY, MANY)
    await say(store, *[text] * LEAST)
    async with scene(store) as here:
        now = 0.0

        def clock() -> float:
            nonlocal now
            now += 0.000_3  # each piece, as it were
            return now

        here.room.finder._now = clock
        here.room.finder._sleep = lambda seconds: asyncio.sleep(0)  # in whose seconds others have turns by the thousand
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        other = begin(others())
        await search(here, "nowhere")
        other.cancel()
        pieces = LEAST * max(1, len(text) // PIECE)
        assert turns >= pieces // 5


# --- what is gone -------------------------------------------------------------------------------------------------


async def test_what_is_taken_back_while_it_is_looked_for_is_not_found() -> None:
    store = Slow()
    await say(store, "a secret", "another secret", *["x"] * 100, "the last secret")
    async with scene(store) as here:
        await here.settle()
        asked = asyncio.ensure_future(search(here, "secret"))
        await here.settle()
        await store.append([a_draft(deletion_of([1, 103]), kind="deleted")])
        await here.settle()
        for _ in range(10):
            store.steps.release()
        assert [message.text for message in (await asked).messages] == ["another secret"]


async def test_deletions_and_what_is_left_of_the_deleted_are_nothing_to_find() -> None:
    async with scene() as here:
        store: Any = here.room.store
        await say(store, "5 secrets", "x", "y")
        await store.append([a_draft(deletion_of([1, 2]), kind="deleted"), a_draft("5 2")])
        await here.settle()
        assert seqs(await search(here, "2")) == [5]
        assert seqs(await search(here, "secrets")) == []


# --- while others speak -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1000])
async def test_while_a_thousand_messages_are_said_all_of_before_is_found_and_all_are_heard(count: int) -> None:
    async with scene(MemoryStore(MANY, MANY), rate=0.0, rate_kib=0.0) as here:
        store: Any = here.room.store
        await say(store, *(f"old {number}" for number in range(3000)))
        await here.settle()
        ann, bob = JsonPeer(here, ANN, "Ann"), JsonPeer(here, BOB, "Bob")
        for each in (ann, bob):
            await each.come()
        bob.take()
        bob.send(json.dumps({"type": "find", "text": "old 299", "limit": 500}))
        for number in range(count):
            ann.send(json.dumps({"type": "say", "text": f"new {number}", "id": str(number)}))
            if number % 50 == 0:
                await asyncio.sleep(0)
        await here.settle()
        events = bob.events(bob.take())
        heard = [event["text"] for event in events if event["type"] == "message"]
        assert heard == [f"new {number}" for number in range(count)]
        (found,) = [event for event in events if event["type"] == "found"]
        assert [message["text"] for message in found["messages"]] == [
            *(f"old {number}" for number in range(2999, 2989, -1)), "old 2299", "old 1299", "old 299",
        ]  # fmt: skip
        assert [event["id"] for event in ann.events(ann.take()) if event["type"] == "ack"] == [*map(str, range(count))]


@pytest.mark.parametrize("length", [60_000, 250])
@pytest.mark.parametrize("lanes", ["a", "aaaa", "ab", "abcdefgh"])
@timeless
async def test_a_lane_has_its_share_of_the_time_whatever_it_looks_at(
    lanes: str, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One address kept a core busy by dear texts, long ones or many short ones: what others said took longer."""
    store = a_store()
    await say(store, *["z" * length] * (600_000 // length))
    async with gateway(store, rate=0.0, rate_kib=0.0) as here:
        loop, finder, worked = cast(Loop, asyncio.get_running_loop()), here.house.room.finder, 0.0

        def dear(text: str) -> str:
            nonlocal worked
            worked += DEAR_SECONDS
            loop._clock.now += DEAR_SECONDS
            return text

        monkeypatch.setattr("gateway.text.words.folded", dear)
        query, begun = Query.of(Find("nothing"), 10**6), loop.time()
        await asyncio.gather(*(finder.search(query, lane, lambda: True, lambda _: None) for lane in lanes))
        assert worked > 0.1
        assert worked / (loop.time() - begun) <= SHARE * len(set(lanes)) + 0.01
        assert not finder._searches
