"""Every door against everything that keeps people out or quiet, however they end: what one door forbids, all do.

A troll comes by each door, on the node where an operator orders it and on another one, before or after the order; it
says something and stays, goes, breaks off or closes its side, in one piece with what it says. Without an order the same
troll is heard and hears: so the table can fail.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from gateway.serving.server import WIRES

from . import doors as peers
from .inprocess import Gateway, Http, Json, Raw, WebSocket, gateway, nodes, rest, timeless

DOORS = ("raw", "text", "json", "/say", "/events", "/messages")
ENDS = ("stays", "quits", "ends", "resets")
SPEAKS, LISTENS = frozenset({"raw", "text", "json", "/say"}), frozenset({"raw", "text", "json", "/events"})
SAID, TALK = "what the troll says", "what the others say"
PASSWORD = "open sesame"


def test_each_wire_has_a_door_here() -> None:
    """And one in doors.py, by which the other tests come."""
    for doors in (DOORS, tuple(peers.DOORS)):
        assert {door.strip("/") for door in doors} >= {*WIRES}


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
    def text(self) -> str:
        """What it says, which no other does."""
        return f"{SAID}, by {self.door} from {self.host}"

    def come(self) -> None:
        """Come in, as far as that can be without saying something."""
        bearer = {} if self.password is None else {"Authorization": f"Bearer {self.password}"}
        match self.door:
            case "raw" | "text":
                self.peer = (Raw if self.door == "raw" else WebSocket)(self.here, self.host)
                if self.password is not None:
                    self.peer.say(f"/pass {self.password}")
            case "json":
                self.peer = Json(self.here, self.host)
                self.peer.hello(**({} if self.password is None else {"password": self.password}))
            case "/say":
                self.peer = Http(self.here, "POST", "/say", self.host, {"text": self.text}, **bearer)
            case path:
                self.peer = Http(self.here, path=path, host=self.host, **bearer)

    def speak(self) -> None:
        """Say it, where one who is in can."""
        if isinstance(self.peer, Raw) and self.end in ("ends", "resets"):
            self.peer.send(f"{self.text}\n".encode())  # whether that is all of it only the end tells
        elif isinstance(self.peer, Raw | WebSocket):
            self.peer.say(self.text)

    def leave(self) -> None:
        """End in its way."""
        if self.end == "quits" and isinstance(self.peer, Json):
            self.peer.command("/quit")
        elif self.end == "quits" and isinstance(self.peer, Raw | WebSocket):
            self.peer.say("/quit")
        elif self.end == "ends":
            self.peer.end()
        elif self.end == "resets":
            self.peer.reset()


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

        # Who is at /say has said it already where it came in before the order; who resets may be heard or not.
        may_speak = {troll.text for troll in trolls if order == "nothing" or (is_late and troll.door == "/say")}
        for troll in trolls:
            case = f"{order}, {moment}: {troll.door} {troll.end}"
            if troll.text in may_speak and troll.door in SPEAKS and not _is_cut_off(troll):
                assert troll.text in said, case
            elif troll.text not in may_speak:
                assert troll.text not in said, case
            is_there = troll.end == "stays" or (troll.end == "quits" and troll.door == "/events")
            if isinstance(troll.peer, Json) and troll.end == "quits" and order == "nothing":
                assert troll.peer.events("ack"), case
            hears = order in ("nothing", "mute") and is_there and troll.door in LISTENS
            assert (TALK in troll.peer.text[told[id(troll)] :]) is hears, case
            if order == "ban" and isinstance(troll.peer, Raw | WebSocket) and troll.end == "stays":
                assert troll.peer.why == "banned", case
            if not is_late and troll.door == "/messages" and troll.end == "stays":
                assert (troll.peer.status == 200) is (order in ("nothing", "mute")), case
        assert {member.wire.name for member in one.house.members | two.house.members} <= {
            "raw",
            "text",
            "json",
            "events",
        }


def _is_cut_off(troll: Troll) -> bool:
    """Whether it left before it could be answered, so that nothing is owed to it."""
    return troll.door == "/say" and troll.end in ("resets", "ends")


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("door", ["raw", "text", "json"])
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


@pytest.mark.parametrize("door", ["/say", "/events", "/messages"])
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


@pytest.mark.parametrize("door", ["raw", "text", "json"])
@timeless
async def test_who_took_no_answers_and_broke_off_is_heard_to_the_end(door: str) -> None:
    async with gateway(rate=0, rate_kib=0) as here:
        troll = Troll(here, door, "resets", "203.0.113.1", None)
        troll.come()
        await rest()
        troll.peer.stall()
        ask = troll.peer.command if door == "json" else troll.peer.say
        with troll.peer.at_once():
            for _ in range(3000):
                ask("/help")
            troll.speak()
        await rest()
        assert here.said == []
        troll.leave()
        await rest()
        assert here.said == [troll.text]
        assert not here.house.members
