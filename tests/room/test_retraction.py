"""What is taken back: by whom, of whom, by which door; and that nobody is told it again."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.config import Settings
from gateway.guard.holds import Hold
from gateway.messages import Draft, Message
from gateway.refusals import RefusedError
from gateway.room.authors import SLICE
from gateway.room.retraction import AT_ONCE, LOOK_BACK, Retraction
from gateway.stores import StoreError
from gateway.stores.memory import MemoryStore

from ..doors import DOORS, JsonPeer, Peer, RawPeer, SayPeer, TextPeer, operator, pair, visit
from ..fakes import Scene, scene
from ..patience import PATIENCE
from ..samples import a_draft

ADMIN: dict[str, Any] = {"admin_password": "secret", "rate": 0, "rate_kib": 0}
ANN, BOB = "192.0.2.1", "192.0.2.2"
TYPING = {"raw": RawPeer, "text": TextPeer, "json": JsonPeer}
SECRET = "hunter2 is my password"


async def texts(here: Scene) -> list[str]:
    return [message.text for message in await here.store.read(0, 1000) if message.kind != "deleted"]


async def deletions(here: Scene) -> list[Message]:
    return [message for message in await here.store.read(0, 1000) if message.of]


async def come(kind: type[Peer], here: Scene, host: str, name: str = "", **hello: Any) -> Any:
    peer = kind(here, host, name, **hello)
    await peer.come()
    return peer


@pytest.mark.parametrize("door", TYPING)
async def test_by_each_door_one_takes_back_what_one_said_last(door: str) -> None:
    async with scene(**ADMIN) as here:
        listeners = [await come(kind, here, BOB) for kind in DOORS.values() if kind.stays]
        ann = await come(TYPING[door], here, ANN, "Ann")
        for text in ("one", "two", SECRET):
            await ann.say(text)
        for each in listeners:
            each.take()
        told = await ann.ask("/delete")
        assert "your last message is deleted" in told
        assert SECRET not in told
        assert await texts(here) == ["one", "two"]
        for each in listeners:
            heard = each.take()
            assert SECRET not in heard
            assert ("deleted" in heard) is (each.member.wire.name in ("json", "events")), each
        await ann.ask("/delete")
        await ann.ask("/delete")
        assert await texts(here) == []
        assert "there is no message of yours to delete" in await ann.ask("/delete")
        (first, *_) = await deletions(here)
        assert (first.label, first.by, first.of) == ("Ann", ann.by, (3,))


async def test_the_coming_of_the_entry_is_the_ack_of_the_event() -> None:
    async with scene(**ADMIN) as here:
        ann = await come(JsonPeer, here, ANN, "Ann")
        await ann.say(SECRET)
        told = ann.events(await ann.tell(type="delete", seq=1))
        assert told == [{"type": "deleted", "seq": 2, "of": [1], "from": "Ann"}]
        (error,) = ann.events(await ann.tell(type="delete", seq=1))
        assert (error["code"], error["detail"]) == ("no-such-message", "1")
        for seq in (2, 3, 2**53 - 1):  # a deletion is none that is taken back
            (error,) = ann.events(await ann.tell(type="delete", seq=seq))
            assert error["code"] == "no-such-message"
        for bad in (0, -1, 2**53, "1", None):
            (error,) = ann.events(await ann.tell(type="delete", seq=bad))
            assert error["code"] == "bad-json"
        assert len(await deletions(here)) == 1


async def test_nobody_takes_back_what_somebody_else_said_but_an_operator() -> None:
    async with scene(**ADMIN) as here:
        ann, bob, op = (
            await come(JsonPeer, here, ANN, "Ann"),
            await come(JsonPeer, here, BOB, "Bob"),
            await operator(here),
        )
        await here.store.append([a_draft("of nobody known", owner="")])
        await ann.say("of Ann")
        await here.settle()
        bob.take()
        for seq in (1, 2):
            (error,) = bob.events(await bob.tell(type="delete", seq=seq))
            assert (error["code"], error["detail"]) == ("not-yours", str(seq))
        for typed in ("/delete Ann", "/delete Ann all", "/purge Ann", "/purge Ann 1"):
            (error,) = bob.events(await bob.ask(typed))
            assert error["code"] == "op-needed", typed
        assert len(await texts(here)) == 2
        for seq in (1, 2):
            op.take()
            assert "deleted" in await op.tell(type="delete", seq=seq)
        assert await texts(here) == []


@pytest.mark.parametrize("door", TYPING)
async def test_who_is_muted_may_and_who_is_banned_is_not_here(door: str) -> None:
    async with scene(**ADMIN) as here:
        op, ann = await operator(here), await come(TYPING[door], here, ANN, "Ann")
        await ann.say(SECRET)
        await op.ask("/mute Ann")
        assert "muted" in await ann.say("more")
        assert "is deleted" in await ann.ask("/delete")
        assert await texts(here) == []


async def test_another_connection_of_the_person_may_also_after_it_came_back() -> None:
    async with scene(**ADMIN) as here:
        ann = await come(JsonPeer, here, ANN, "Ann")
        await ann.say(SECRET)
        await ann.say("two")
        other = await come(JsonPeer, here, BOB, session=ann.welcome["session"])
        assert '"of":[2]' in await other.ask("/delete")
        await other.tell(type="delete", seq=1)
        assert await texts(here) == []


class Held(MemoryStore):
    """One that takes its time."""

    def __init__(self) -> None:
        super().__init__(10_000, 10**8)
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.fails = False

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        await self.may_go_on.wait()
        if self.fails:
            raise StoreError("no room")
        return await super().append(drafts)


@pytest.mark.parametrize("door", TYPING)
async def test_a_deletion_waits_for_what_its_author_said_before_and_what_it_says_after_for_that(door: str) -> None:
    store = Held()
    async with scene(store, **ADMIN) as here:
        ann = await come(TYPING[door], here, ANN, "Ann")
        await ann.say("an older one")
        store.may_go_on.clear()
        for text in (SECRET, None, "after", None, None):
            if text is None:
                ann.send("/delete" if door != "json" else json.dumps({"type": "command", "text": "/delete"}))
            else:
                ann.send(text if door != "json" else json.dumps({"type": "say", "text": text}))
            await here.settle()
        assert await texts(here) == ["an older one"]
        store.may_go_on.set()
        await here.settle()
        assert await texts(here) == []
        assert [each.of for each in await deletions(here)] == [(2,), (4,), (1,)]


async def test_while_nothing_can_be_stored_it_is_refused_and_the_room_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.room.inbox.RETRY_SECONDS", 0.001)
    store = Held()
    async with scene(store, **ADMIN) as here:
        ann, bob = await come(JsonPeer, here, ANN, "Ann"), await come(JsonPeer, here, BOB)
        await ann.say(SECRET)
        store.fails = True
        ann.take()
        ann.send(json.dumps({"type": "delete", "seq": 1}))
        async with asyncio.timeout(PATIENCE):
            while "store-failed" not in (told := ann.take()):
                await asyncio.sleep(0)
        assert '"type":"error"' in told  # it is kept, and no place for a question is taken meanwhile
        bob.send(json.dumps({"type": "name", "name": "Bob"}))
        async with asyncio.timeout(PATIENCE):
            while bob.label != "Bob":
                await asyncio.sleep(0)
        ann.send(json.dumps({"type": "delete", "seq": 1}))
        async with asyncio.timeout(PATIENCE):
            while "not-deleted" not in ann.take():
                await asyncio.sleep(0)
        store.fails = False
        async with asyncio.timeout(PATIENCE):
            while await texts(here):
                await asyncio.sleep(0)
        assert len(await deletions(here)) == 1


async def test_a_resent_say_of_what_was_taken_back_is_acked_and_not_said_again() -> None:
    async with scene(**ADMIN) as here:
        ann = await come(JsonPeer, here, ANN, "Ann")
        await ann.say(SECRET)
        await ann.tell(type="delete", seq=1)
        (ack,) = ann.events(await ann.say(SECRET))
        assert (ack["type"], ack["seq"]) == ("ack", 1)
        assert await texts(here) == []


async def test_on_two_nodes_a_person_takes_back_by_either_and_all_hear_of_it() -> None:
    async with pair(**ADMIN) as nodes:
        ann, bob = await come(JsonPeer, nodes.one, ANN, "Ann"), await come(JsonPeer, nodes.two, BOB, "Bob")
        await ann.say(SECRET)
        await nodes.settle()
        assert SECRET in bob.take()
        (error,) = bob.events(await bob.tell(type="delete", seq=1))
        assert error["code"] == "not-yours"
        again = await come(JsonPeer, nodes.two, ANN, session=ann.welcome["session"])
        await again.tell(type="delete", seq=1)
        await nodes.settle()
        for each in (ann, bob):
            assert '"of":[1]' in each.take()
        for here in (nodes.one, nodes.two):
            late = await come(JsonPeer, here, "192.0.2.9", after={"epoch": nodes.store.epoch, "seq": 0})
            assert SECRET not in await late.tell(type="history", limit=50)


async def test_an_operator_takes_back_of_others_the_last_or_all(caplog: pytest.LogCaptureFixture) -> None:
    async with scene(**ADMIN) as here:
        op, ann = await operator(here), await come(RawPeer, here, ANN, "Ann")
        for number in range(1300):
            await here.store.append(
                [a_draft(f"{number}", label="Ann" if number % 2 else "Old", owner=ann.member.owner)]
            )
        bob = await come(TextPeer, here, BOB, "Bob")
        await bob.say("of Bob")
        await here.settle()
        with caplog.at_level(logging.INFO):
            assert "deleted what Ann said (messages: 1)" in await op.ask("/delete Ann")
            assert "1299" not in await texts(here)
            assert "deleted what Ann said (messages: 1299)" in await op.ask("/delete ANN all")
        assert await texts(here) == ["of Bob"]
        assert [len(each.of) for each in await deletions(here)] == [1, *[AT_ONCE] * 25, 49]
        lines = [each.getMessage() for each in caplog.records if each.name == "gateway.moderation"]
        assert lines == [
            f"operator Op ({op.by}) from 10.0.0.9: delete Ann ({ann.by}), messages: {count}" for count in (1, 1299)
        ]
        (error,) = op.events(await op.ask("/delete Ann"))
        assert (error["code"], error["detail"]) == ("nothing-said", "Ann")


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("/delete Gone", ["1", "2", "3", "4", "5", "6", "7"]),  # two said something under it: which is asked
        ("/delete gone all", ["1", "2", "3", "4", "5", "6", "7"]),
        (
            "/delete Other",
            ["1", "2", "4", "5", "6", "7"],
        ),  # it said something under another name later: and that is its last
        ("/delete other all", ["1", "5", "6", "7"]),
        ("/delete Al all", ["1", "2", "3", "4", "5", "6", "7"]),  # one is called so: which is asked
        ("/delete Al", ["1", "2", "3", "4", "5", "7"]),
        ("/delete Nobody", ["1", "2", "3", "4", "6", "7"]),
        ("/delete [BY] all", ["1", "5", "6", "7"]),
        ("/delete [none] all", ["1", "2", "3", "4", "5", "6", "7"]),
        ("/delete None", ["1", "2", "3", "4", "5", "6", "7"]),
    ],
)
async def test_whom_an_operator_means(typed: str, left: list[str]) -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        al, all_of = await come(RawPeer, here, ANN, "Al"), await come(RawPeer, here, BOB, "Al all")
        await here.store.append(
            [
                a_draft("1", label="Gone", owner="somebody before"),
                a_draft("2", label="Other", owner="gone"),
                a_draft("4", label="Gone", owner="gone"),
                a_draft("3", label="Renamed", owner="gone"),
                a_draft("5", label="Nobody", owner=""),
                a_draft("6", label="Al", owner=al.member.owner),
                a_draft("7", label="Al all", owner=all_of.member.owner),
            ]
        )
        await here.settle()
        await op.ask(typed.replace("BY", here.room.store.by_of("gone")))
        assert sorted(await texts(here)) == left


async def test_of_a_name_that_ends_like_an_order_it_is_asked_who_is_meant() -> None:
    """All that Bea had said was taken back, when somebody had been `Bea all`; and then nothing of it was any more."""
    async with scene(**ADMIN) as here:
        op = await operator(here)
        await here.store.append([a_draft(text, label="Bea", owner="bea") for text in ("1", "2")])
        await here.store.append([a_draft("spam", label="Bea all", owner="gone")])
        await here.settle()
        bea, gone = map(here.store.by_of, ("bea", "gone"))
        (error,) = op.events(await op.ask("/delete Bea all"))
        assert (error["code"], error["detail"]) == ("which-one", f"Bea all [{gone}], Bea [{bea}]")
        assert await texts(here) == ["1", "2", "spam"]
        await op.ask(f"/delete [{bea}] all")
        assert await texts(here) == ["spam"]


async def test_who_has_come_as_a_look_alike_of_who_is_gone_may_be_meant() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        await here.store.append([a_draft("1", label="Kim", owner="kim")])
        alike = await come(RawPeer, here, BOB, "\u041a\u0456m")
        await alike.say("spam")
        (error,) = op.events(await op.ask("/delete Kim all"))
        assert error["detail"] == f"Kim [{here.store.by_of('kim')}], {alike.label} [{alike.by}]"
        assert await texts(here) == ["1", "spam"]


class Noted(Held):
    """It notes which of its texts are read together; that takes its time, too."""

    def __init__(self) -> None:
        super().__init__()
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.read_together: list[int] = []

    async def page(self, before: int, limit: int) -> list[Message]:
        return await self._noted(await super().page(before, limit))

    async def read(self, after: int, limit: int) -> list[Message]:
        return await self._noted(await super().read(after, limit))

    async def _noted(self, found: list[Message]) -> list[Message]:
        self.read_together.append(sum(len(message.text) for message in found))
        await self.may_read.wait()
        return found


async def test_one_s_own_last_is_looked_for_so_far_back() -> None:
    """What that costs may be had at once, if nothing else was."""
    store = Noted()
    async with scene(store, **(ADMIN | {"rate_kib": Settings().rate_kib})) as here:
        ann, bob = await come(JsonPeer, here, ANN, "Ann"), await come(JsonPeer, here, BOB)
        await ann.say(SECRET)
        others = [a_draft("x", owner="another") for _ in range(LOOK_BACK - 1)]
        for start in range(0, len(others), 1000):
            await here.store.append(others[start : start + 1000])
        await here.settle()
        assert '"of":[1]' in await ann.ask("/delete")
        store.read_together.clear()
        assert "nothing-yours" in await bob.ask("/delete")
        assert sum(store.read_together) == LOOK_BACK - 1
        assert len(store.read_together) <= LOOK_BACK // SLICE + 10


@pytest.mark.parametrize("typed", ["/delete", "/delete Nobody", "/delete Nobody all", "/purge Nobody"])
async def test_of_long_texts_few_are_looked_at_in_one_go(typed: str) -> None:
    """Fifty of 64 KiB were read and held at once: whoever said something waited for them."""
    store = Noted()
    async with scene(store, **ADMIN) as here:
        await store.append([a_draft("x" * 2**16, owner="another", label="Another") for _ in range(200)])
        await here.settle()
        op = await operator(here)
        store.read_together.clear()
        assert "nothing-" in await op.ask(typed)
        assert sum(store.read_together) >= 200 * 2**16
        assert max(store.read_together) <= 2**17


@asynccontextmanager
async def looking(rate_kib: int) -> AsyncIterator[tuple[Scene, JsonPeer, list[int]]]:
    """Somebody who has said nothing takes back what it said last, of a log that costs 568 KB; and what was read."""
    store = Noted()
    async with scene(store, **(ADMIN | {"rate_kib": rate_kib})) as here:
        await store.append([a_draft("x" * 2**16, owner="another") for _ in range(512)])
        await here.settle()
        bob = await come(JsonPeer, here, BOB)
        store.read_together.clear()
        bob.send(json.dumps({"type": "command", "text": "/delete"}))
        await here.settle()
        yield here, bob, store.read_together


async def pass_by(here: Scene, seconds: int) -> None:
    for _ in range(seconds):
        here.clock.pass_by(1)
        await here.settle()


async def test_who_is_in_debt_for_what_is_looked_at_waits_for_the_rest_of_it() -> None:
    """Sixty-four who typed `/delete` were all looked for at once: a core for two minutes."""
    async with looking(rate_kib=8) as (here, bob, read):
        at_once = sum(read)
        assert 8 * 16 * 1024 * 64 * 0.8 < at_once < 8 * 16 * 1024 * 64 * 1.2  # a byte for 64 characters
        await pass_by(here, 20)
        assert 1.5 * at_once < sum(read) < 2.5 * at_once
        assert "nothing-yours" not in bob.take()
        await pass_by(here, 40)
        assert sum(read) == 512 * 2**16
        assert "nothing-yours" in bob.take()
        assert "pong" in await bob.tell(type="ping")


async def test_for_who_is_gone_nothing_more_is_looked_at() -> None:
    async with looking(rate_kib=8) as (here, bob, read):
        bob.member.cut()
        await pass_by(here, 2)
        looked = len(read)
        await pass_by(here, 60)
        assert len(read) == looked


async def test_what_is_to_be_appended_goes_before_each_slice() -> None:
    store = Noted()
    async with scene(store, **ADMIN) as here:
        await store.append([a_draft("x", owner="another") for _ in range(100)])
        await here.settle()
        bob, ann = await come(JsonPeer, here, BOB), await come(JsonPeer, here, ANN)
        store.read_together.clear()
        store.may_read.clear()
        bob.send(json.dumps({"type": "command", "text": "/delete"}))
        await here.settle()
        store.may_go_on.clear()
        ann.send(json.dumps({"type": "say", "text": "two"}))
        await here.settle()
        store.may_read.set()
        await here.settle()
        assert len(store.read_together) == 1
        store.may_go_on.set()
        await here.settle()
        assert len(store.read_together) > 1
        assert "nothing-yours" in bob.take()


async def test_a_deletion_does_not_count_for_slow_mode() -> None:
    async with scene(**ADMIN) as here:
        op, ann = await operator(here), await come(JsonPeer, here, ANN, "Ann")
        await op.ask("/slow 30")
        await ann.say(SECRET)
        await ann.tell(type="delete", seq=1)
        assert await texts(here) == []
        here.clock.pass_by(31)
        assert "slow" not in await ann.say("again")


# --- by a request -------------------------------------------------------------------------------------------------


async def test_a_visitor_s_deletion_is_refused_what_is_not_there() -> None:
    async with scene(**ADMIN) as here:
        ann = await come(JsonPeer, here, ANN, "Ann")
        script = SayPeer(here, BOB, "script")
        await script.say(SECRET)
        assert '"code":"not-yours"' in await ann.tell(type="delete", seq=1)
        assert SECRET in str(await visit(here, BOB, "GET", "/messages"))
        author: Any = ann.member
        assert await Retraction(here.house.moderation, author).message(1, may_any=True) == 2
        assert SECRET not in str(await visit(here, BOB, "GET", "/messages"))
        with pytest.raises(RefusedError, match="no-such-message"):
            await Retraction(here.house.moderation, author).message(1, may_any=True)


async def test_what_is_deleted_by_the_operators_password_is_an_operators_whoever_said_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Guests of one address are one: what another one said was told as its own, at a level that nobody reads."""
    async with scene(**ADMIN) as here:
        ann = await come(JsonPeer, here, ANN, "Ann")
        await ann.say(SECRET)
        author: Any = ann.member
        await Retraction(here.house.moderation, author).message(1, may_any=True)
    assert "took back own" not in caplog.text
    assert f": delete Ann ({author.by}), messages: 1" in caplog.text


# --- what is answered ---------------------------------------------------------------------------------------------


async def test_what_answers_something_that_is_gone_is_said_without_and_its_author_told() -> None:
    store = MemoryStore(5, 10**8)
    async with scene(store, **ADMIN) as here:
        ann = await come(JsonPeer, here, ANN, "Ann")
        for number in range(1, 8):
            await ann.say(f"{number}")
        await ann.tell(type="delete", seq=6)
        assert store.first == 4
        for seq, kept in ((3, 0), (4, 0), (5, 5), (6, 0), (7, 7), (99, 0), (2**53 - 1, 0)):
            told = ann.events(await ann.tell(type="say", text=f"to {seq}", re=seq, id=f"{seq}"))
            assert [each["code"] for each in told if each["type"] == "notice"] == ([] if kept else ["answers-none"])
            assert [each.get("re", 0) for each in told if each["type"] == "message"] == [kept], seq
            assert not [each for each in told if each["type"] == "error"]
            store._keep += 1


async def test_nor_is_what_was_taken_back_before_a_start_answered_nor_a_deletion() -> None:
    store = MemoryStore(100, 10**8)
    await store.append([a_draft("one"), a_draft("two"), a_draft("1", kind="deleted")])
    async with scene(store) as here:
        ann = await come(JsonPeer, here, ANN, "Ann")
        for seq, kept in ((1, 0), (2, 2), (3, 0)):
            told = ann.events(await ann.tell(type="say", text=f"to {seq}", re=seq))
            assert [each.get("re", 0) for each in told if each["type"] == "message"] == [kept], seq


class Behind(MemoryStore):
    """It knows of what another node appended when it has asked for it."""

    real_head = 0

    async def check(self) -> None:
        self.head = self.real_head or self.head

    async def read(self, after: int, limit: int) -> list[Message]:
        return await super().read(after, limit) if after < self.head else []


@pytest.mark.parametrize("event", [{"type": "delete", "seq": 2}, {"type": "command", "text": "/delete"}])
async def test_what_another_node_has_appended_is_asked_for(event: dict[str, Any]) -> None:
    store = Behind(100, 10**8)
    async with scene(store, **ADMIN) as here:
        ann = await come(JsonPeer, here, ANN, "Ann")
        await ann.say("one")
        await ann.say(SECRET)
        store.head, store.real_head = 1, 2
        assert '"of":[2]' in await ann.tell(**event)


class Gated(MemoryStore):
    """Nothing is appended before the test lets the next group."""

    erasing_bytes = 64 * 1024

    def __init__(self) -> None:
        super().__init__(1000, 10**6)
        self.groups: list[list[Draft]] = []
        self._may_go_on = asyncio.Semaphore(0)

    def let(self, groups: int) -> None:
        for _ in range(groups):
            self._may_go_on.release()

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        self.groups.append([*drafts])
        await self._may_go_on.acquire()
        return await super().append(drafts)


async def test_of_all_that_people_take_back_one_is_under_way_and_they_take_turns() -> None:
    """All that is said meanwhile is stored behind it, and for each NATS writes megabytes."""
    store = Gated()
    async with scene(store, **ADMIN) as here:
        crowd = [await come(JsonPeer, here, ANN, f"Ann{number}") for number in range(4)]
        bob = await come(JsonPeer, here, BOB, "Bob")
        for peer in (*crowd, bob):
            store.let(1)
            await peer.say("hello")
        store.groups.clear()
        for number, peer in enumerate((*crowd, bob), 1):
            await peer.tell(type="delete", seq=number)
        for _ in range(5):
            store.let(1)
            await here.settle()
        taken = [[draft.label for draft in group if draft.of] for group in store.groups]
        assert max(map(len, taken)) == 1
        turns = [label for group in taken for label in group]
        assert sorted(turns) == ["Ann0", "Ann1", "Ann2", "Ann3", "Bob"]
        assert turns.index("Bob") <= 1


async def test_who_takes_back_its_own_pays_what_that_costs_the_store_and_an_operator_nothing() -> None:
    store = Gated()
    store.let(1000)
    async with scene(store, admin_password="secret", rate=0, rate_kib=64) as here:
        ann, op = await come(JsonPeer, here, ANN, "Ann"), await operator(here)
        for peer in (ann, op):
            for number in range(18):
                await peer.say(f"{number}")
        for seq in range(1, 19):
            await ann.tell(type="delete", seq=seq)
            await op.tell(type="delete", seq=18 + seq)
        assert ann.member.holds & Hold.RATE
        assert await texts(here) == ["16", "17"]  # sixteen seconds' worth may be at once
        assert not op.member.holds & Hold.RATE
        for left in (["17"], []):  # one a second
            here.clock.pass_by(1)
            await here.settle()
            assert await texts(here) == left
