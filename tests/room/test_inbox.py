"""The inbox: appended in groups and in order, kept while the store fails, bounded by not reading."""

import asyncio
import weakref
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import pytest

from gateway.guard.holds import Hold
from gateway.messages import Draft
from gateway.metrics import Metrics
from gateway.refusals import RefusedError
from gateway.room import inbox as inbox_module
from gateway.room.inbox import Inbox
from gateway.stores import MAX_DRAFTS, StoreError
from gateway.stores.memory import MemoryStore

from ..doors import DOORS
from ..fakes import NeverBlamed, rest, scene
from ..patience import PATIENCE
from ..samples import a_draft


class SometimesFull(MemoryStore):
    """A real store on a disk that is full when the test says so; it tells how big each append was."""

    def __init__(self) -> None:
        super().__init__(10**6, 10**9)
        self.full = False
        self.groups: list[int] = []
        self.tried = asyncio.Event()

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        self.tried.set()
        if self.full:
            raise StoreError("the disk is full")
        self.groups.append(len(drafts))
        return await super().append(drafts)


class Someone(NeverBlamed):
    def __init__(self) -> None:
        self.acks: list[tuple[str | None, int]] = []
        self.holds: list[str] = []
        self.notices: list[tuple[str, str]] = []

    def logged(self, say_id: str | None, seq: int) -> None:
        self.acks.append((say_id, seq))

    def hold(self, why: Hold) -> None:
        self.holds.append(f"hold {why.name}")

    def let_go(self, why: Hold) -> None:
        self.holds.append(f"let go {why.name} after {len(self.acks)}")

    def notice(self, code: str, detail: str = "") -> None:
        self.notices.append((code, detail))


def draft(text: str) -> Draft:
    return a_draft(text)


@asynccontextmanager
async def running(store: MemoryStore) -> AsyncIterator[Inbox]:
    inbox = Inbox(store, Metrics())
    task = asyncio.create_task(inbox.run())
    yield inbox
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_what_was_put_together_is_appended_together_and_acked_in_order() -> None:
    store, ann, bob = SometimesFull(), Someone(), Someone()
    async with running(store) as inbox:
        for number in range(10):
            inbox.put(draft(str(number)), ann if number % 2 else bob, f"c{number}")
        await inbox.emptied()
    assert store.groups == [10]
    assert bob.acks == [("c0", 1), ("c2", 3), ("c4", 5), ("c6", 7), ("c8", 9)]
    assert [message.text for message in await store.read(0, 100)] == [str(number) for number in range(10)]


async def test_who_said_the_last_is_not_kept_until_somebody_says_the_next() -> None:
    """With its transport, and all that this has: in a room that is quiet, for days."""
    someone = Someone()
    kept = weakref.ref(someone)
    async with running(SometimesFull()) as inbox:
        inbox.put(draft("bye"), someone, None)
        await inbox.emptied()
        await rest()
        assert someone.acks
        del someone
        assert kept() is None


async def test_while_the_store_fails_all_is_kept_and_each_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "RETRY_SECONDS", 0.001)
    store, ann, bob = SometimesFull(), Someone(), Someone()
    store.full = True
    async with running(store) as inbox:
        inbox.put(draft("a"), ann, "1")
        for _ in range(3):
            store.tried.clear()
            await store.tried.wait()
        inbox.put(draft("b"), bob, "2")
        inbox.put(draft("c"), bob, "3")
        assert ann.notices == bob.notices == [("store-failed", "the disk is full")]
        assert ann.holds == bob.holds == ["hold INBOX"]
        assert ann.acks == []
        store.full = False
        await inbox.emptied()
        assert inbox.failure == ""
    assert ann.acks == [("1", 1)]
    assert bob.acks == [("2", 2), ("3", 3)]
    assert ann.notices[1:] == [("store-back", "")]
    assert ann.holds == ["hold INBOX", "let go INBOX after 1"]
    assert bob.holds == ["hold INBOX", "let go INBOX after 2"]


async def test_a_full_inbox_holds_who_speaks_until_more_than_half_of_it_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inbox_module, "MAX_BYTES", 12_000)
    monkeypatch.setattr(inbox_module, "GROUP_BYTES", 2000)
    store, ann = SometimesFull(), Someone()
    async with running(store) as inbox:
        for number in range(12):
            assert (ann.holds, inbox.trouble, inbox.size) == ([], "", number * 1000)
            size = 1000 - inbox_module._OVERHEAD  # of four bytes a character, if one of them is an emoji
            inbox.put(draft("x" * size if number % 2 else "x" * (size // 4 - 1) + "\U0001f600"), ann, None)
        assert ann.holds == ["hold INBOX"]
        assert inbox.trouble
        await inbox.emptied()
        assert inbox.size == 0
    assert ann.holds == ["hold INBOX", "let go INBOX after 8"]  # after 6 there was the half
    assert store.groups == [2] * 6


async def test_an_outage_is_one_line_and_its_end_another(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(inbox_module, "RETRY_SECONDS", 0.001)
    store, ann = SometimesFull(), Someone()
    async with running(store) as inbox:
        for _ in range(2):
            caplog.clear()
            store.full = True
            inbox.put(draft("a"), ann, None)
            for _ in range(3):
                store.tried.clear()
                await store.tried.wait()
            store.full = False
            await inbox.emptied()
            assert caplog.messages == [
                "messages can't be stored, and are kept until they can: the disk is full",
                "messages are stored again",
            ]


@pytest.mark.parametrize("what", ["logged", "hold", "let_go", "notice"])
async def test_who_fails_as_it_is_told_fails_alone(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "RETRY_SECONDS", 0.001)
    told: list[type[BaseException]] = []
    monkeypatch.setattr("gateway.faults.report", lambda fault: told.append(type(fault)))

    class Broken(Someone):
        failures = 0

        def fail(self) -> None:
            self.failures += 1

    def broken_call(*_: object) -> None:
        raise ZeroDivisionError

    broken = Broken()
    setattr(broken, what, broken_call)
    store, before, after = SometimesFull(), Someone(), Someone()
    async with running(store) as inbox:
        store.full = True
        for speaker in (before, broken, after):
            inbox.put(draft("x"), speaker, "1")
        await store.tried.wait()
        store.full = False
        await inbox.emptied()
    assert told == [ZeroDivisionError] * broken.failures
    assert broken.failures == (2 if what == "notice" else 1)  # that it fails, and that it is over
    for speaker, seq in ((before, 1), (after, 3)):
        assert speaker.acks == [("1", seq)]
        assert speaker.holds == ["hold INBOX", "let go INBOX after 1"]
        assert speaker.notices == [("store-failed", "the disk is full"), ("store-back", "")]


async def test_an_append_is_bounded() -> None:
    store, ann = SometimesFull(), Someone()
    async with running(store) as inbox:
        for _ in range(2500):
            inbox.put(draft("x"), ann, None)
        for _ in range(40):
            inbox.put(draft("x" * 60_000), ann, None)
        await inbox.emptied()
    assert max(store.groups) <= MAX_DRAFTS
    assert len(store.groups) >= 5


async def test_who_waits_for_what_was_said_waits_for_that_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "RETRY_SECONDS", 0.001)
    store = SometimesFull()
    async with running(store) as inbox:
        someone = Someone()
        acked: list[int] = []

        def fill(seq: int) -> None:
            acked.append(seq)
            store.full = True

        await inbox.passed()  # nothing was
        for number in range(MAX_DRAFTS):
            inbox.put(draft(f"{number}"), someone, None)
        waits = asyncio.ensure_future(inbox.passed())
        gives_up = asyncio.ensure_future(inbox.passed())
        someone.logged = lambda say_id, seq: fill(seq)  # type: ignore[method-assign]
        await asyncio.sleep(0)
        gives_up.cancel()
        for number in range(2 * MAX_DRAFTS + 1):
            inbox.put(draft(f"{number}"), someone, None)
        async with asyncio.timeout(PATIENCE):
            await waits
            assert acked == [*range(1, MAX_DRAFTS + 1)]  # the store is full now
            await inbox.passed()  # nothing more can be in the log
        assert inbox.failure
        assert len(acked) == MAX_DRAFTS
        someone.logged = lambda say_id, seq: acked.append(seq)  # type: ignore[method-assign]
        store.full = False
        await inbox.emptied()
        assert len(acked) == 1 + 3 * MAX_DRAFTS


async def test_who_says_one_thing_and_waits_has_its_seq_or_hears_that_it_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inbox_module, "RETRY_SECONDS", 0.001)
    store = SometimesFull()
    async with running(store) as inbox:
        assert await inbox.said(draft("one")) == 1
        store.full = True
        with pytest.raises(RefusedError, match="store-failed"):
            await inbox.said(draft("two"))
        store.full = False
        await inbox.emptied()
        assert [message.text for message in await store.read(0, 9)] == ["one", "two"]


@pytest.mark.parametrize("door", ["raw", "json"])
async def test_who_comes_anew_while_a_full_inbox_waits_is_told_that_it_is_not_heard(
    door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who had put nothing was not held, so that ever new connections of an address filled the memory."""
    monkeypatch.setattr(inbox_module, "MAX_BYTES", 1000)
    monkeypatch.setattr(inbox_module, "FULL_BYTES", 2000)
    store = SometimesFull()
    async with scene(store) as here:
        store.full = True
        told = []
        for number in range(8):
            peer = DOORS[door](here, f"203.0.113.{number + 1}")
            await peer.come()
            told.append(await peer.say("x" * 700))
        assert here.room.inbox.size == 2000
        assert ["nothing can be stored right now" in each for each in told] == [False] * 2 + [True] * 6
