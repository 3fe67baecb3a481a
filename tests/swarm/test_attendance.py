"""Who comes and goes when; the gateway is said to let in who connects."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from gateway.swarm.attendance import AT_ONCE, AWAY_SECONDS, Attendance
from gateway.swarm.dialects import Json, Welcome
from gateway.swarm.peer import Peer, Phase
from gateway.swarm.speech import Speech
from gateway.swarm.talk import Speaker

from .test_plan import plan


class Members:
    """Members of a plan, whose sockets are connected to nothing."""

    def __init__(self, sockets: ExitStack, count: int, *, churn: float = 0.0, connect_rate: float = 0.0) -> None:
        one = plan(tcp=0, ws=count, senders=1, stall=1, churn=churn, connect_rate=connect_rate)
        dialect = Json(Speech(one.run, one.size))
        self.all = {
            number: Peer(number, [("127.0.0.1", 1)], dialect, None if number else Speaker(0)) for number in range(count)
        }
        for peer in self.all.values():
            peer.socket = sockets.enter_context(socket.socket())
        self.attendance = Attendance(one, 0, self.all, 100.0)

    def come(self, now: float) -> list[Peer]:
        """Those whose time it is; they connect."""
        found = []
        while (peer := self.attendance.next_to_come(now)) is not None:
            peer.phase = Phase.CONNECTING
            found.append(peer)
        return found

    def enter(self, *peers: Peer) -> None:
        for peer in peers:
            self.attendance.enter(peer, Welcome(f"session of {id(peer)}", "e", 0))

    def go(self, now: float) -> list[Peer]:
        found = []
        while (peer := self.attendance.next_to_go(now)) is not None:
            self.attendance.leave(peer, now)
            found.append(peer)
        return found


@pytest.fixture
def sockets() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_some_come_at_once_and_the_next_when_one_is_in(sockets: ExitStack) -> None:
    members = Members(sockets, AT_ONCE + 2)
    first = members.come(100)
    assert len(first) == AT_ONCE
    members.enter(first[0])
    assert [len(members.come(100)), members.attendance.inside] == [1, 1]
    members.enter(*first[1:])
    members.enter(members.all[AT_ONCE], *members.come(100))
    assert members.attendance.is_full


def test_not_more_come_a_second_than_may(sockets: ExitStack) -> None:
    members = Members(sockets, 8, connect_rate=10.0)
    assert [len(members.come(now)) for now in (100, 100.05, 100.11, 100.15)] == [1, 0, 1, 0]
    assert len(members.come(200)) == 2  # what was missed is not made up for: a tenth of a second at most


def test_who_goes_comes_back_after_a_while_and_is_known(sockets: ExitStack) -> None:
    members = Members(sockets, 4, churn=2.0)
    members.enter(*members.come(100))
    members.attendance.begin_churn(200)
    gone = members.go(200)
    assert len(gone) == 1
    assert (members.attendance.inside, members.attendance.is_full) == (3, False)
    assert members.come(200) == []
    assert members.come(200 + AWAY_SECONDS) == gone
    members.enter(*gone)
    assert (members.attendance.is_full, members.attendance.returns) == (True, 1)


def test_who_speaks_or_stalls_stays(sockets: ExitStack) -> None:
    members = Members(sockets, 4, churn=100.0)
    members.enter(*members.come(100))
    assert set(members.go(200)) == {members.all[1], members.all[2]}


def test_who_was_lost_on_its_way_is_not_counted_as_in(sockets: ExitStack) -> None:
    members = Members(sockets, 2)
    first, second = members.come(100)
    members.attendance.leave(first, 100)
    members.enter(second)
    assert members.attendance.inside == 1
    assert members.come(100 + AWAY_SECONDS) == [first]
