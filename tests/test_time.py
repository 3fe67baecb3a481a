"""Half an hour after each scene: who is to stay stays, who is to go goes when it is time, and what was taken is back.

A scene brings people to a whole gateway, whose clock then runs for so long. It says of everybody who does not stay when
it goes, and why; nobody else may have been closed.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import pytest

from gateway.members.connection import GONE_SECONDS
from gateway.messages import Draft
from gateway.room.room import MAX_CONNECTIONS
from gateway.stores import StoreError
from gateway.stores.memory import MemoryStore

from .inprocess import Gateway, Http, Json, Peer, Raw, WebSocket, gateway, rest, timeless

HALF_AN_HOUR = 1800.0
"""Longer than all that a gateway waits for; a second each is what costs."""
STAYS = None
Ends = tuple[float, str | None] | None
"""After how many seconds one is told goodbye, and why; None for one that stays."""

Scene = Callable[[Gateway], Awaitable[dict[Peer, Ends]]]
SCENES: dict[str, tuple[dict[str, Any], Scene]] = {}


def scene(**settings: Any) -> Callable[[Scene], Scene]:
    """A scene, and the settings of its gateway."""

    def add(play: Scene) -> Scene:
        SCENES[play.__name__] = (settings, play)
        return play

    return add


@pytest.mark.parametrize("name", SCENES)
def test_half_an_hour_after(name: str) -> None:
    settings, play = SCENES[name]

    @timeless
    async def afterwards() -> None:
        async with gateway(**settings) as here:
            began = here.now
            people = await play(here)
            await here.after(HALF_AN_HOUR - (here.now - began))
            for number, (peer, ends) in enumerate(people.items()):
                who = f"{type(peer).__name__} {number}"
                if ends is STAYS:
                    assert peer.is_there, (who, peer.why, peer.ended_at)
                else:
                    assert peer.ended_at is not None, who
                    assert (who, round(peer.ended_at - began), peer.why) == (who, *ends)
            staying = sum(ends is STAYS for ends in people.values())
            assert here.house.gate.taken == len(here.house.members) == staying
            here.balance()

    afterwards()


# --- who is in ------------------------------------------------------------------------------------------------------


@scene()
async def everybody_is_in(here: Gateway) -> dict[Peer, Ends]:
    people = [
        Raw(here), WebSocket(here), Json(here).hello(), Json(here).hello(name="Ann"), Http(here, path="/events"),
        Http(here, path="/events", Accept="text/plain"),
    ]  # fmt: skip
    people[0].say("hello")  # type: ignore[attr-defined]
    await rest()
    assert all("hello" in peer.text for peer in people[1:])
    return dict.fromkeys(people, STAYS)


@scene(password="open sesame")
async def who_gave_the_password_and_who_did_not(here: Gateway) -> dict[Peer, Ends]:
    raw, text, late, silent, wrong = Raw(here), WebSocket(here), Raw(here), WebSocket(here), Raw(here)
    json, again, nothing = Json(here).hello(password="open sesame"), Json(here).hello(password="no"), Json(here)
    raw.say("/pass open sesame")
    text.say("/pass open sesame")
    wrong.say("/pass no")
    listening = Http(here, path="/events", Authorization="Bearer open sesame")
    await here.after(59)
    late.say("/pass open sesame")
    await rest()
    assert "you are in" in late.text
    return {
        **dict.fromkeys((raw, text, late, json, listening), STAYS),
        silent: (60, "password"), wrong: (60, "password"), again: (0, "password"), nothing: (10, "silent"),
    }  # fmt: skip


@scene()
async def who_answers_no_ping(here: Gateway) -> dict[Peer, Ends]:
    text, json, raw = WebSocket(here), Json(here).hello(), Raw(here)
    await rest()
    text.mute = json.mute = True
    # 25 s of silence, 10 s for a pong; 2 s more for an answer to the goodbye.
    return {text: (37, "silent"), json: (37, "silent"), raw: STAYS}


@scene(rate=0.1, burst=1)
async def who_asks_for_too_much_is_held_and_not_silent(here: Gateway) -> dict[Peer, Ends]:
    people: list[Any] = [Raw(here, "10.0.0.1"), WebSocket(here, "10.0.0.2"), Json(here, "10.0.0.3").hello()]
    await rest()
    for number in range(60):
        for each in people:
            each.say(f"{number}")
    await here.after(700)
    assert sorted(here.said) == sorted(f"{number}" for number in range(60) for _ in people)
    return dict.fromkeys(people, STAYS)


@scene(rate=1, burst=1)
async def who_has_gone_and_said_much(here: Gateway) -> dict[Peer, Ends]:
    broken, ended, stays = Raw(here, "10.0.0.1"), Raw(here, "10.0.0.2"), Raw(here, "10.0.0.3")
    for peer in (broken, ended):
        peer.send(b"".join(b"%d\r\n" % number for number in range(1000)))
    ended.end()
    await rest()
    broken.reset()
    await here.after(GONE_SECONDS + 5)
    assert not broken.line.protocol.alarm
    assert len(here.house.members) == 2
    return {broken: (0, "lost"), ended: (1000, "left"), stays: STAYS}


@scene()
async def who_takes_nothing(here: Gateway) -> dict[Peer, Ends]:
    speaker, people = Raw(here, "10.0.0.2"), _listeners(here)
    await _fill(speaker, people)
    assert all(each.why is None for each in people)
    return {speaker: STAYS, **dict.fromkeys(people, (62, "too-slow"))}  # with two seconds to go in


@scene(stall_timeout=0)
async def who_takes_nothing_and_need_not(here: Gateway) -> dict[Peer, Ends]:
    speaker, people = Raw(here, "10.0.0.2"), _listeners(here)
    await _fill(speaker, people)
    return {speaker: STAYS, **dict.fromkeys(people, STAYS)}


@scene()
async def who_takes_a_little_now_and_then(here: Gateway) -> dict[Peer, Ends]:
    speaker, people = Raw(here, "10.0.0.2"), _listeners(here)
    await _fill(speaker, people)
    for _ in range(3):
        await here.after(50)
        for each in people:
            each.take()
            each.stall()
        await _fill(speaker, [])
    for each in people:
        each.take()
    return {speaker: STAYS, **dict.fromkeys(people, STAYS)}


def _listeners(here: Gateway) -> list[Peer]:
    return [Raw(here), WebSocket(here), Json(here).hello(), Http(here, path="/events")]


async def _fill(speaker: Raw, people: Sequence[Peer]) -> None:
    await rest()
    for each in people:
        each.stall()
    for number in range(6):
        speaker.say(f"{number}" * 30_000)
        await rest()


@scene(rate=0)
async def who_asks_and_takes_no_answer(here: Gateway) -> dict[Peer, Ends]:
    people: list[Any] = [Raw(here, "10.0.0.1"), WebSocket(here, "10.0.0.2"), Json(here, "10.0.0.3").hello()]
    await rest()
    for each in people:
        each.stall()
        ask = each.command if isinstance(each, Json) else each.say
        for _ in range(3000):
            ask("/help")
    await rest()
    assert all(each.line.protocol.is_held for each in people)
    return dict.fromkeys(people, (62, "too-slow"))


@scene()
async def whose_session_came_in_once_too_often(here: Gateway) -> dict[Peer, Ends]:
    first = Json(here).hello(name="Ann")
    await rest()
    others = []
    for _ in range(MAX_CONNECTIONS):
        assert first.is_there
        others.append(Json(here).hello(session=first.events("welcome")[0]["session"]))
        await rest()
    assert (first.code, others[-1].events("welcome")[0]["name"]) == (4001, "Ann")
    return {first: (0, "replaced")} | dict.fromkeys(others, STAYS)


@scene()
async def who_says_goodbye(here: Gateway) -> dict[Peer, Ends]:
    raw, text, json = Raw(here), WebSocket(here), Json(here).hello()
    await rest()
    raw.say("/quit")
    text.say("/quit")
    json.command("/quit")
    return dict.fromkeys((raw, text, json), (0, "quit"))


# --- who is not in yet ----------------------------------------------------------------------------------------------


@scene()
async def who_stands_at_the_door(here: Gateway) -> dict[Peer, Ends]:
    silent, half, dripping = (Peer(here, here.http_port, "10.0.0.1") for _ in range(3))
    half.send(b"GET / HTTP/1.1\r\nHost: loc")
    for byte in b"GET / HTTP/1.1\r\nHost: localhost":
        dripping.send(bytes([byte]))
        await here.after(0.5)
    assert all(each.text.startswith("HTTP/1.1 408") for each in (silent, half, dripping))
    return dict.fromkeys((silent, half, dripping), (10, None))


@scene()
async def who_visits(here: Gateway) -> dict[Peer, Ends]:
    page, lost, said, read, missing = (
        Http(here), Http(here, "OPTIONS", "/nowhere"), Http(here, "POST", "/say", body={"text": "hi"}),
        Http(here, path="/messages"), Http(here, path="/nowhere"),
    )  # fmt: skip
    half = Peer(here, here.http_port, "10.0.0.1")
    half.send(b"POST /say HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhe")
    await rest()
    assert [each.status for each in (page, said, read, missing)] == [200, 200, 200, 404]
    return {**dict.fromkeys((page, lost, said, read, missing), (0, None)), half: (30, None)}


@scene(trust_proxy=("10.9.0.0/16",))
async def who_comes_by_a_proxy(here: Gateway) -> dict[Peer, Ends]:
    headed, silent, half = (Raw(here, "10.9.0.1") for _ in range(3))
    headed.send(b"PROXY TCP4 192.0.2.1 198.51.100.7 50000 8001\r\n")
    half.send(b"PROXY TCP4 192.0.2.1")
    events = Http(here, path="/events", host="10.9.0.1", X_Forwarded_For="192.0.2.2")
    await rest()
    assert headed.text
    return {headed: STAYS, events: STAYS, silent: (5, None), half: (5, None)}


@scene()
async def who_is_none_of_ours(here: Gateway) -> dict[Peer, Ends]:
    http, tls, nothing = Raw(here), Raw(here), Raw(here)
    http.send(b"GET / HTTP/1.1\r\n\r\n")
    tls.send(b"\x16\x03\x01")
    return {http: (0, "http"), tls: (0, "tls"), nothing: STAYS}


# --- what lasts so long ---------------------------------------------------------------------------------------------


class Failing(MemoryStore):
    """A store that can't be written to as long as the test says so."""

    fails = False

    def __init__(self) -> None:
        super().__init__(10_000, 10**8)

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        if self.fails:
            raise StoreError("the disk is full")
        return await super().append(drafts)


@timeless
async def test_who_spoke_to_a_store_that_fails_for_half_an_hour_is_still_there() -> None:
    store = Failing()
    async with gateway(store) as here:
        people: list[Any] = [Raw(here), WebSocket(here), Json(here).hello()]
        visitor = Http(here, "POST", "/say", body={"text": "visitor"})
        await rest()
        store.fails = True
        for each in people:
            each.say("before")
            each.say("after")
        late = Http(here, "POST", "/say", body={"text": "late"})
        await here.after(HALF_AN_HOUR)
        assert [each.why for each in people] == [None] * 3
        assert (visitor.status, late.status) == (200, 503)
        store.fails = False
        await here.after(1)
        assert sorted(here.said) == [*["after"] * 3, *["before"] * 3, "visitor"]  # and not what was refused
        await here.after(HALF_AN_HOUR)
        assert all(each.is_there for each in people)


@timeless
async def test_who_only_writes_is_not_too_slow_for_a_store_that_fails() -> None:
    store = Failing()
    async with gateway(store, rate=0) as here:
        speaker = Raw(here, "10.0.0.2")
        writers: list[Any] = _listeners(here)[:3]
        await _fill(speaker, writers)
        store.fails = True
        for each in writers:
            each.say("one")
            each.say("two")
        await here.after(300)
        assert [each.why for each in writers] == [None] * 3
        store.fails = False
        await here.after(1)
        assert sorted(here.said)[-6:] == [*["one"] * 3, *["two"] * 3]
        await here.after(50)
        assert [each.why for each in writers] == [None] * 3
        await here.after(20)
        assert [each.why for each in writers] == ["too-slow"] * 3


SPEAKING = {"raw": "203.0.113.1", "text": "203.0.113.2", "json": "203.0.113.3", "/say": "203.0.113.4"}
DOORS = {**SPEAKING, "/events": "203.0.113.5", "/messages": "203.0.113.6"}
"""And who comes by each: time passes for one as for all."""


def _knock(here: Gateway, door: str) -> Any:
    """Someone who comes by a door, and says `hi` if one can there."""
    host = DOORS[door]
    match door:
        case "raw":
            return Raw(here, host)
        case "text":
            return WebSocket(here, host)
        case "json":
            return Json(here, host).hello()
        case "/say":
            return Http(here, "POST", "/say", host, {"text": "hi"})
    return Http(here, path=door, host=host)


async def _is_served(here: Gateway, door: str, *, speaks: bool) -> bool:
    """Whether who comes by a door is let in; `speaks`: whether it is heard."""
    peer = _knock(here, door)
    await rest()
    head = len(here.said)
    if isinstance(peer, Http):
        peer.reset()
        await rest()
        return peer.status == 200
    if speaks:
        peer.say("hi")
        await rest()
    served = len(here.said) > head if speaks else peer.is_there
    peer.reset()
    await rest()
    return served


async def _served(here: Gateway, doors: Iterable[str], *, speaks: bool) -> list[str]:
    """The doors by which one is."""
    return [door for door in doors if await _is_served(here, door, speaks=speaks)]


@timeless
async def test_who_is_banned_for_a_minute_is_out_for_a_minute() -> None:
    async with gateway(admin_password="secret", rate=0) as here:
        op, there = Json(here).hello(name="Op"), {door: _knock(here, door) for door in DOORS}
        op.command("/op secret")
        for host in DOORS.values():
            op.command(f"/ban {host} 1m")
        await here.after(58)
        for door, peer in there.items():
            assert peer.why == ("banned" if isinstance(peer, Raw | WebSocket) or door == "/events" else None), door
        assert await _served(here, DOORS, speaks=False) == []
        await here.after(3)
        assert await _served(here, DOORS, speaks=False) == [*DOORS]
        await here.after(HALF_AN_HOUR)
        assert await _served(here, DOORS, speaks=False) == [*DOORS]
        assert op.is_there


@timeless
async def test_who_is_muted_for_a_minute_is_heard_again_after_it() -> None:
    async with gateway(admin_password="secret", rate=0) as here:
        op, there = Json(here).hello(name="Op"), [_knock(here, door) for door in SPEAKING]
        op.command("/op secret")
        for host in SPEAKING.values():
            op.command(f"/mute {host} 1m")
        await here.after(58)
        assert await _served(here, SPEAKING, speaks=True) == []
        assert [peer.why for peer in there] == [None] * len(there)
        await here.after(3)
        assert await _served(here, SPEAKING, speaks=True) == [*SPEAKING]
        await here.after(HALF_AN_HOUR)
        assert await _served(here, SPEAKING, speaks=True) == [*SPEAKING]


@timeless
async def test_who_guesses_may_guess_again_after_ten_seconds() -> None:
    async with gateway(password="right") as here:
        for _ in range(6):
            Json(here).hello(password="wrong")
        await rest()
        told = Json(here).hello(password="right")
        await here.after(9)
        assert told.events("error")[0]["code"] == "password-wait"
        await here.after(1)
        assert Json(here).hello(password="right").is_there
        await here.after(HALF_AN_HOUR)
        assert len(here.house.members) == 1
