"""Who is an operator is one on all connections, and for as long as it is in."""

import pytest

from gateway.room.moderation import KEEP_SECONDS
from gateway.room.operators import BACK_SECONDS, Operators

from ..doors import JsonPeer
from ..fakes import Scene, scene


def test_who_is_away_for_a_while_is_none_any_more() -> None:
    there = {"ann", "bob"}
    operators = Operators(there.__contains__)
    for who in sorted(there):
        operators.add(f"by {who}", who, 0.0)
    operators.look(BACK_SECONDS * 2)
    there.remove("ann")
    operators.look(BACK_SECONDS * 3)
    assert ("by ann" in operators, "by bob" in operators) == (True, True)
    operators.look(BACK_SECONDS * 3 + 1)
    assert ("by ann" in operators, "by bob" in operators) == (False, True)


async def test_an_operator_is_one_by_each_tab_until_the_last_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.room.operators.BACK_SECONDS", KEEP_SECONDS)  # nobody answers a ping here
    async with scene(admin_password="secret") as here:
        first = JsonPeer(here, "10.0.0.9", "Op")
        await first.come()
        await first.ask("/op secret")
        second = await back(here, first)
        assert "nobody is banned" in await second.ask("/banned")
        first.member.connection_lost(None)
        here.clock.pass_by(2 * KEEP_SECONDS)
        assert "nobody is banned" in await second.ask("/banned")
        second.member.connection_lost(None)
        here.clock.pass_by(KEEP_SECONDS / 2)
        third = await back(here, first)  # its page was loaded anew
        assert "nobody is banned" in await third.ask("/banned")
        third.member.connection_lost(None)
        here.clock.pass_by(3 * KEEP_SECONDS)
        assert "op-needed" in await (await back(here, first)).ask("/banned")


async def back(here: Scene, first: JsonPeer) -> JsonPeer:
    peer = JsonPeer(here, "10.0.0.9", session=first.welcome["session"])
    await peer.come()
    return peer
