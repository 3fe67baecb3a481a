"""What is taken back is sent to nobody any more, though it was written, or stands in an answer that was made before."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest

from gateway.members.unread import GRACE_SECONDS, TOGETHER_SECONDS
from gateway.messages import Message, deletion_of, message_of
from gateway.room.past import Past, Reading

from ..fakes import a_store
from ..inprocess import KERNEL_BYTES, Gateway, Http, Json, Peer, Raw, WebSocket, gateway, rest, timeless
from ..samples import a_draft

SECRET = "a secret"
OPERATOR = {"Authorization": "Bearer secret"}
LONG = f"{SECRET} " * 6000  # a bit less than a peer's kernel has room for


async def take_back(here: Gateway, seq: int, seconds: float = GRACE_SECONDS + TOGETHER_SECONDS) -> None:
    visit = Http(here, "DELETE", f"/messages/{seq}", **OPERATOR)
    await rest()
    assert visit.status == 200
    await asyncio.sleep(seconds)
    await rest()


async def check(here: Gateway, reader: Peer, *, is_cut_off: bool) -> None:
    """Whether it is, and then gets nothing more; else all there is."""
    assert reader.is_lost is is_cut_off
    told = len(reader.data)
    if not is_cut_off:
        reader.take()
    await rest()
    assert (len(reader.data) == told) is is_cut_off
    reader.reset()
    await rest()
    assert len(here.house.unread) == 0


# --- what was asked for -------------------------------------------------------------------------------------------


def by_json(**event: Any) -> Callable[[Gateway], Peer]:
    def ask(here: Gateway) -> Peer:
        peer = Json(here).hello()
        for _ in range(8):
            peer.tell(**event)
        return peer

    return ask


def by_line(here: Gateway) -> Peer:
    peer = Raw(here)
    for _ in range(8):
        peer.send(b"/history 100\r\n")
    return peer


class Asked(NamedTuple):
    """What somebody asks for in a log of `first`, 16 long ones, `between`, another long one and `last`.

    And a seq that stands in what it has not taken, and one that does not: it has taken it, or never asked for it.
    """

    ask: Callable[[Gateway], Peer]
    untaken: int
    other: int


ASKED = {
    "GET /messages": Asked(lambda here: Http(here, path="/messages?limit=10"), 17, 11),
    "its end": Asked(lambda here: Http(here, path="/messages?after=16&limit=4"), 19, 17),
    "a search by GET /messages": Asked(lambda here: Http(here, path="/messages?q=secret"), 17, 19),
    "what lies between": Asked(lambda here: Http(here, path="/messages?q=secret"), 16, 18),
    "history": Asked(by_json(type="history", limit=100), 19, 17),
    "what comes behind": Asked(by_json(type="history", after=17, limit=100), 18, 17),
    "find": Asked(by_json(type="find", text="secret"), 19, 18),
    "lines": Asked(by_line, 19, 1),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("is_taken", [False, True])
@timeless
async def test_who_has_not_taken_what_is_taken_back_never_will(asked: str, is_taken: bool) -> None:
    store = a_store()
    texts = ["first", *[LONG] * 16, "between", LONG, "last"]
    await store.append([a_draft(text) for text in texts])
    async with gateway(store, rate=0.0, rate_kib=0.0, admin_password="secret") as here:
        reader = ASKED[asked].ask(here)
        reader.stall()
        await rest()
        await take_back(here, ASKED[asked].other if is_taken else ASKED[asked].untaken)
        await check(here, reader, is_cut_off=not is_taken)


@asynccontextmanager
async def a_log_of_secrets() -> AsyncIterator[tuple[Gateway, Callable[[], None]]]:
    """And what takes all of them back, as another node would."""
    store = a_store()
    await store.append([a_draft(text) for text in ["first", *[SECRET] * 16, "between", SECRET, "last"]])
    deletion = message_of(21, a_draft(deletion_of(range(1, 21)), kind="deleted"), "")
    async with gateway(store, rate=0.0, rate_kib=0.0) as here:
        yield here, lambda: here.house.room._take_log([deletion])


@pytest.mark.parametrize("asked", ASKED)
@timeless
async def test_nor_is_it_told_what_is_taken_back_after_the_last_look_at_that(
    asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page was looked through where it was read, and told some turns of the loop later."""
    async with a_log_of_secrets() as (here, take_back_all):
        reader = ASKED[asked].ask(here)
        look, loop, told = Past.left, asyncio.get_running_loop(), list[int]()

        def take_back() -> None:
            told.append(len(reader.data))
            take_back_all()

        def left(past: Past, messages: Iterable[Message]) -> list[Message]:
            if not told:
                loop.call_soon(take_back)
            return look(past, messages)

        monkeypatch.setattr(Past, "left", left)
        await rest()
        assert told
        assert SECRET.encode() not in reader.data[told[0] :]


@pytest.mark.parametrize("asked", ASKED)
@timeless
async def test_nor_what_is_taken_back_while_it_is_read(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read for it is a page only later: it is looked at by whoever answers, and by nobody before."""
    async with a_log_of_secrets() as (here, take_back_all):
        reader, told = ASKED[asked].ask(here), list[int]()

        def late(reading: Reading) -> Reading:
            async def read(after: int, limit: int) -> list[Message]:
                found = await reading(after, limit)
                if not told:
                    told.append(len(reader.data))
                    take_back_all()
                return found

            return read

        for name in ("onward", "page"):
            monkeypatch.setattr(here.house.room.past, name, late(getattr(here.house.room.past, name)))
        await rest()
        assert told
        assert SECRET.encode() not in reader.data[told[0] :]


# --- what is said meanwhile ---------------------------------------------------------------------------------------


LISTENERS: dict[str, Callable[[Gateway], Peer]] = {
    "nc": Raw,
    "text": WebSocket,
    "json": lambda here: Json(here).hello(),
    "events": lambda here: Http(here, path="/events"),
    "lines": lambda here: Http(here, path="/events", Accept="text/plain"),
}
EACH = 5000
IN_KERNEL = KERNEL_BYTES // EACH - 2
"""So many of these a peer has surely taken that takes nothing."""


@pytest.mark.parametrize("wire", LISTENERS)
@pytest.mark.parametrize(
    ("seq", "said", "is_cut_off"),
    [
        (1, IN_KERNEL, False),  # it has all
        (IN_KERNEL, 20, False),  # it has this one
        (20, 20, True),
        (20, 80, True),  # and more is said than it is sent
        (80, 80, False),  # of which this is
    ],
)
@timeless
async def test_nor_who_has_not_taken_what_was_said_meanwhile(wire: str, seq: int, said: int, is_cut_off: bool) -> None:
    async with gateway(rate=0.0, rate_kib=0.0, admin_password="secret") as here:
        reader, ann = LISTENERS[wire](here), Json(here).hello()
        await rest()
        reader.stall()
        for number in range(said):
            ann.say(f"{number} {SECRET} {'z' * EACH}")
            await rest()
        await take_back(here, seq)
        assert not ann.is_lost
        assert reader.is_lost is is_cut_off
        taken = len(reader.data)
        if not is_cut_off:
            reader.take()
            ann.say("the end")
        await rest()
        assert (b"the end" in reader.data) is not is_cut_off
        assert f"{seq - 1} {SECRET}".encode() not in reader.data[taken:]
        assert is_cut_off or seq == said == 80 or f"{seq - 1} {SECRET}" in reader.text


@pytest.mark.parametrize("wire", LISTENERS)
@timeless
async def test_who_takes_what_comes_is_not_cut_off_by_one_who_says_much_and_takes_it_back(wire: str) -> None:
    """All at the head were, by whoever did that again and again: a round trip took longer than a deletion."""
    async with gateway(rate=0.0, rate_kib=0.0, admin_password="secret") as here:
        reader, ann = LISTENERS[wire](here), Json(here).hello()
        await rest()
        for burst in range(20):
            reader.stall()
            for number in range(20):
                ann.say(f"{burst} {number} {SECRET} {'z' * EACH}")
                await rest()
            await take_back(here, 20 * (burst + 1) + burst, 0.5)
            reader.take()
            await rest()
        assert not reader.is_lost


@timeless
async def test_who_is_gone_before_is_forgotten() -> None:
    store = a_store()
    await store.append([a_draft(LONG) for _ in range(16)])
    async with gateway(store, rate=0.0, rate_kib=0.0, admin_password="secret") as here:
        readers = [by_line(here), Http(here, path="/messages?limit=10")]
        for reader in readers:
            reader.stall()
        await rest()
        await take_back(here, 16, 0)
        assert len(here.house.unread) == 3  # one has a request
        for reader in readers:
            reader.reset()
        await rest()
        assert len(here.house.unread) == 0


@timeless
async def test_who_closes_is_cut_off_too_if_its_goodbye_waits_behind_a_text() -> None:
    async with gateway(rate=0.0, rate_kib=0.0, admin_password="secret") as here:
        reader, ann = Raw(here), Json(here).hello()
        await rest()
        reader.stall()
        for number in range(20):
            ann.say(f"{number} {SECRET} {'z' * EACH}")
            await rest()
        reader.send(b"/quit\n")
        await rest()
        await take_back(here, 20)
        await check(here, reader, is_cut_off=True)
