"""Every door against everything that keeps people out or quiet, however they end: what one door forbids, all do.

A troll comes by each door, on the node where an operator orders it and on another one, before or after the order; it
says something and stays, goes, breaks off or closes its side, in one piece with what it says. Without an order the same
troll is heard and hears: so the table can fail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.members.member import Member
from gateway.serving.ports import PORTS, WIRES

from . import doors as peers
from .fakes import scene
from .inprocess import Gateway, Http, Json, Raw, WebSocket, gateway, nodes, rest, timeless

ENDS = ("stays", "quits", "ends", "resets")
SAID, TALK, EARLIER = "what the troll says", "what the others say", "what was said before"
PASSWORD = "open sesame"


@dataclass
class Troll:
    """Someone who comes by a door of a gateway, with a password or none, and ends in some way."""

    here: Gateway
    door: str
    end: str
    host: str
    password: str | None = PASSWORD
    peer: Any = None

    @property
    def row(self) -> "Door":
        """What its door is for."""
        return DOORS[self.door]

    @property
    def text(self) -> str:
        """What it says, which no other does."""
        return f"{SAID}, by {self.door} from {self.host}"

    def come(self) -> None:
        """Come in, as far as that can be without saying something."""
        self.peer = self.row.come(self)

    def speak(self) -> None:
        """Say it, where one who is in can."""
        if self.row.speak is not None:
            self.row.speak(self)

    def leave(self) -> None:
        """End in its way."""
        if self.end == "quits" and self.row.command is not None:
            self.row.command(self.peer, "/quit")
        elif self.end == "ends":
            self.peer.end()
        elif self.end == "resets":
            self.peer.reset()


def _type(kind: type[Raw | WebSocket]) -> Callable[[Troll], Any]:
    def come(troll: Troll) -> Any:
        peer = kind(troll.here, troll.host)
        if troll.password is not None:
            peer.say(f"/pass {troll.password}")
        return peer

    return come


def _greet(troll: Troll) -> Any:
    return Json(troll.here, troll.host).hello(**({} if troll.password is None else {"password": troll.password}))


def _request(method: str = "GET") -> Callable[[Troll], Any]:
    def come(troll: Troll) -> Any:
        bearer = {} if troll.password is None else {"Authorization": f"Bearer {troll.password}"}
        body = {"text": troll.text} if method == "POST" else None
        return Http(troll.here, method, troll.door, troll.host, body, **bearer)

    return come


def _say(troll: Troll) -> None:
    troll.peer.say(troll.text)


def _say_or_begin(troll: Troll) -> None:
    if troll.end in ("ends", "resets"):
        troll.peer.send(f"{troll.text}\n".encode())  # whether that is all of it only the end tells
    else:
        _say(troll)


@dataclass(frozen=True)
class Door:
    """A way in. Who can't `speak` says what it says by coming; `command` types one.

    Who `speaks` by it is heard; who `hears` by it is a member, and told what is said from then on; who `reads` by it is
    told what was said before.
    """

    come: Callable[[Troll], Any]
    speak: Callable[[Troll], None] | None = None
    command: Callable[[Any, str], None] | None = None
    speaks: bool = False
    hears: bool = False
    reads: bool = False


DOORS = {
    "raw": Door(_type(Raw), _say_or_begin, Raw.say, speaks=True, hears=True),
    "text": Door(_type(WebSocket), _say, WebSocket.say, speaks=True, hears=True),
    "json": Door(_greet, _say, Json.command, speaks=True, hears=True),
    "/say": Door(_request("POST"), speaks=True),
    "/events": Door(_request(), hears=True),
    "/messages": Door(_request(), reads=True),
}
"""Those by which one is a member are called as their wire."""

TALKING = [door for door, row in DOORS.items() if row.command is not None]
PLAIN = [door for door in DOORS if door not in TALKING]


def test_each_wire_has_a_door_here() -> None:
    """And one in doors.py, by which the other tests come."""
    assert {*DOORS} == {*peers.DOORS}
    assert {door.strip("/") for door, row in DOORS.items() if row.hears} == {*WIRES}


@timeless
async def test_by_each_door_one_can_do_what_it_is_for() -> None:
    """Else nobody would know that what is forbidden by it below can not be done."""
    async with gateway(password=PASSWORD) as here:
        witness = Json(here).hello(password=PASSWORD)
        witness.say(EARLIER)
        await rest()
        trolls = [Troll(here, door, "stays", f"203.0.113.{number}") for number, door in enumerate(DOORS)]
        for troll in trolls:
            troll.come()
            troll.speak()
        await here.after(1)
        witness.say(TALK)
        await here.after(1)
        for troll in trolls:
            row, told = troll.row, troll.peer.text
            assert row.speaks or row.hears or row.reads, troll.door
            assert [troll.text in here.said, TALK in told, EARLIER in told] == [row.speaks, row.hears, row.reads], (
                troll.door
            )


@timeless
async def test_each_port_lets_in_by_its_wires() -> None:
    """And those come by no other one: by which door one comes is in what one does there."""
    async with gateway() as here:
        came = set()
        for number, door in enumerate(DOORS):
            troll = Troll(here, door, "stays", f"203.0.113.{number}", None)
            troll.come()
            await rest()
            member = troll.peer.line.protocol
            assert isinstance(member, Member) is troll.row.hears
            if isinstance(member, Member):
                assert member.wire.name == door.strip("/")
                came.add((troll.peer.line.get_extra_info("sockname")[1], member.wire.name))
        assert came == {(here.ports[port.setting], wire) for port in PORTS for wire in port.wires}
        assert {*here.doors} == {*here.ports.values()}


async def test_by_each_door_of_the_other_tests_one_can_do_what_it_is_for() -> None:
    async with scene() as here:
        trolls = {door: kind(here, f"203.0.113.{number}") for number, (door, kind) in enumerate(peers.DOORS.items())}
        for door, peer in trolls.items():
            await peer.come()
            await peer.say(f"{SAID}, by {door}")
            if peer.stays:
                assert peer.member.wire.name == door.strip("/")
                peer.take()
        await peers.SayPeer(here, "198.51.100.1").say(TALK)
        await here.settle()
        said = {message.text for message in await here.store.read(0, 99)}
        for door, peer in trolls.items():
            assert (f"{SAID}, by {door}" in said) is peer.speaks is DOORS[door].speaks, door
            assert peer.stays is DOORS[door].hears, door
            assert not peer.stays or TALK in peer.take(), door


def _trolls(one: Gateway, two: Gateway, password: str | None) -> list[Troll]:
    """One for each door, end and node, each with an address of its own in one network."""
    cases = [(here, door, end) for here in (one, two) for door in DOORS for end in ENDS]
    return [Troll(*case, f"203.0.113.{number}", password) for number, case in enumerate(cases, 1)]


async def _operator(here: Gateway) -> Json:
    op = Json(here).hello(name="Op", password=PASSWORD)
    op.command("/op secret")
    await rest()
    return op


@pytest.mark.parametrize(
    ("order", "moment"),
    [
        *((order, moment) for order in ("nothing", "ban", "mute") for moment in ("before entry", "after entry")),
        *((order, "before entry") for order in ("no password", "wrong password")),
    ],
)
@timeless
async def test_who_is_kept_out_or_quiet_is_by_every_door(order: str, moment: str) -> None:
    is_late = moment == "after entry"
    async with nodes(password=PASSWORD, admin_password="secret", per_ip=0) as (one, two):
        op, witness = await _operator(one), Json(two).hello(password=PASSWORD)
        trolls = _trolls(one, two, {"no password": None, "wrong password": "no"}.get(order, PASSWORD))
        if is_late:
            for troll in trolls:
                troll.come()
            await rest()
        if order in ("ban", "mute"):
            op.command(f"/{order} 203.0.113.0/24")
            await rest()
        for troll in trolls:
            if not is_late:
                troll.come()
            troll.speak()
            troll.leave()
        await one.after(1)
        said = {text for text in one.said if text.startswith(SAID)}
        told = {id(troll): len(troll.peer.text) for troll in trolls}
        witness.say(TALK)
        await one.after(1)
        assert TALK in op.text

        # Who speaks by coming has done so already where it came in before the order; who resets may be heard or not.
        may_speak = {troll.text for troll in trolls if order == "nothing" or (is_late and troll.row.speak is None)}
        for troll in trolls:
            case = f"{order}, {moment}: {troll.door} {troll.end}"
            if troll.text in may_speak and troll.row.speaks and not _is_cut_off(troll):
                assert troll.text in said, case
            elif troll.text not in may_speak:
                assert troll.text not in said, case
            is_there = troll.end == "stays" or (troll.end == "quits" and troll.row.command is None)
            if isinstance(troll.peer, Json) and troll.end == "quits" and order == "nothing":
                assert troll.peer.events("ack"), case
            hears = order in ("nothing", "mute") and is_there and troll.row.hears
            assert (TALK in troll.peer.text[told[id(troll)] :]) is hears, case
            if order == "ban" and troll.row.hears and troll.end == "stays":
                assert troll.peer.why == "banned", case
            if not is_late and troll.row.reads and troll.end == "stays":
                assert (troll.peer.status == 200) is (order in ("nothing", "mute")), case
        if order == "nothing":
            assert {member.wire.name for member in one.house.members | two.house.members} == {*WIRES}


def _is_cut_off(troll: Troll) -> bool:
    """Whether it left before it could be answered, so that nothing is owed to it."""
    return troll.row.speak is None and troll.end in ("resets", "ends")


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("door", TALKING)
@timeless
async def test_who_asks_for_too_much_is_heard_at_its_rate_however_it_ends(door: str, end: str) -> None:
    async with gateway(rate=0.1, burst=2) as here:
        troll = Troll(here, door, end, "203.0.113.1", None)
        troll.come()
        await rest()
        await here.after(60)
        with troll.peer.at_once():
            for number in range(6):
                troll.peer.say(f"{number}")
        await rest()
        troll.leave()
        await rest()
        # The one that is over the burst is done, and waited for.
        heard = [len(here.said)]
        for _ in range(5):
            await here.after(10)
            heard.append(len(here.said))
        assert heard[0] in (2, 3)
        assert heard == [min(6, heard[0] + number) for number in range(6)]
        assert here.said == [f"{number}" for number in range(6)]
        await here.after(30)
        assert len(here.house.members) == (1 if end == "stays" else 0)


@pytest.mark.parametrize("door", PLAIN)
@timeless
async def test_who_asks_for_too_much_by_plain_requests_is_told_when_it_may_again(door: str) -> None:
    async with gateway(rate=0.1, burst=2) as here:
        statuses: list[int] = []
        for _ in range(12):
            troll = Troll(here, door, "resets", "203.0.113.1", None)
            troll.come()
            await rest()
            statuses.append(troll.peer.status)
            if troll.peer.status == 429:
                assert "Retry-After: 3\r\n" in troll.peer.text or "Retry-After: 2\r\n" in troll.peer.text
            troll.leave()
            await rest()
        assert statuses == [200] * 8 + [429] * 4
        other = Troll(here, door, "stays", "198.51.100.1", None)
        other.come()
        await here.after(3)
        troll.come()
        await rest()
        assert (other.peer.status, troll.peer.status) == (200, 200)


@timeless
async def test_what_was_said_before_one_gave_the_password_is_not_heard_even_as_it_breaks_off() -> None:
    async with gateway(password=PASSWORD, rate=0.1, burst=1) as here:
        witness = Json(here).hello(password=PASSWORD)
        peers: list[Any] = [Raw(here), WebSocket(here), Json(here)]
        await rest()
        for peer in peers:
            with peer.at_once():
                for _ in range(5):
                    peer.say("let me in")
            await rest()
            peer.reset()
        await here.after(100)
        assert here.said == []
        assert witness.events("message") == []
        assert len(here.house.members) == 1


@pytest.mark.parametrize("door", TALKING)
@timeless
async def test_who_took_no_answers_and_broke_off_is_heard_to_the_end(door: str) -> None:
    async with gateway(rate=0, rate_kib=0) as here:
        troll = Troll(here, door, "resets", "203.0.113.1", None)
        troll.come()
        await rest()
        troll.peer.stall()
        command = troll.row.command
        assert command is not None
        with troll.peer.at_once():
            for _ in range(3000):
                command(troll.peer, "/help")
            troll.speak()
        await rest()
        assert here.said == []
        troll.leave()
        await rest()
        assert here.said == [troll.text]
        assert not here.house.members
