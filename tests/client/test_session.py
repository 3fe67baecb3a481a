"""What passes between us and a room, whatever it speaks."""

from math import inf
from typing import Any

import pytest

from gateway.client.address import LOST, ChatError
from gateway.client.ledger import WINDOW
from gateway.client.session import LONGEST_DELAY, MOST_BYTES

from .world import Json, Raw


def worlds(**wishes: Any) -> tuple[Json, Raw]:
    return Json(**wishes), Raw(**wishes)


def test_it_is_in_when_the_room_says_so() -> None:
    for world in worlds():
        found = [world.session.is_in]
        world.enter()
        assert [*found, world.session.is_in] == [False, True]
        assert world.states == ["connected"]


def test_what_is_said_outside_is_kept_until_it_is_in() -> None:
    for world in worlds():
        world.say("early")
        world.session.opened(world.now)
        assert not any(b"early" in data for data in world.sends())
        world.session.closed()
        world.enter()
        assert any(b"early" in data for data in world.sends())


def test_what_is_asked_for_without_a_connection_is_asked_on_no_other() -> None:
    for world in worlds():
        world.session.command("/who")
        world.enter()
        assert not any(b"/who" in data for data in world.sends())
        world.session.command("/history")
        world.lose()
        world.enter()
        assert not any(b"/history" in data for data in world.sends())


def test_what_takes_back_the_last_message_comes_behind_it_and_before_the_next() -> None:
    """It went before what was not sent yet, and took back what had been said before."""
    for world in worlds():
        world.enter()
        world.sends()
        world.say("secret")
        world.session.command("/Delete")
        world.say("next")
        world.session.command("/who")
        sent = b" ".join(world.sends())
        places = [sent.index(each) for each in (b"/who", b"secret", b"/Delete", b"next")]
        assert places == sorted(places)
        world.say("more")
        world.session.command("/delete")
        world.lose()
        world.enter()
        assert not any(b"/delete" in data for data in world.sends()), "for the connection that there was"


def test_what_the_room_takes_is_known_of_this_connection_alone() -> None:
    """Whoever comes back may come to another gateway, with another --max-text."""
    for world in worlds():
        world.enter()
        world.session.most = 10
        world.lose()
        world.enter()
        assert world.session.most == MOST_BYTES


def test_it_comes_back_later_each_time_at_the_most_after_ten_seconds() -> None:
    for world in worlds(patience=inf):
        world.enter()
        assert [world.lose() for _ in range(8)] == [0.3, 0.6, 1.2, 2.4, 4.8, 9.6, LONGEST_DELAY, LONGEST_DELAY]
        assert world.states == ["connected", "lost"]


def test_who_is_in_again_comes_back_soon_again() -> None:
    for world in worlds(patience=inf):
        for _ in range(2):
            world.enter()
            assert [world.lose() for _ in range(4)] == [0.3, 0.6, 1.2, 2.4]


def test_who_was_never_in_does_not_try_again() -> None:
    for world in worlds(patience=inf):
        with pytest.raises(ChatError, match="room:1: connection refused") as caught:
            world.lose("connection refused")
        assert caught.value.status == LOST
        assert world.heard == []


def test_patience_is_counted_from_the_loss() -> None:
    for world in worlds(patience=60):
        world.enter()
        world.now += 1000
        world.lose()
        world.now += 59.9
        world.lose("still away")
        world.enter()
        world.now += 1000
        world.lose()
        world.now += 60
        with pytest.raises(ChatError, match="still away"):
            world.lose("still away")


def test_more_than_a_window_is_not_to_be_said_at_once() -> None:
    for world in worlds():
        world.say(*["x"] * (WINDOW - 1))
        assert not world.session.ledger.is_full
        world.say("x")
        assert world.session.ledger.is_full
