"""Who is an operator is one on all connections: while it is in, is not sent away, and the password is that one."""

import json
import logging

import pytest

from gateway.room.operators import BACK_SECONDS, Operators
from gateway.room.reconciling import KEEP_SECONDS
from gateway.room.sanctions import Note

from ..doors import JsonPeer, operator, pair
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


ANOTHER = {"another": "changed", "none": ""}
TOLD = "you are no operator any more"


@pytest.mark.parametrize("way", ANOTHER)
async def test_who_is_one_by_a_password_that_is_changed_is_none_at_once_and_stays_in(
    way: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene(admin_password="secret") as here:
        op = await operator(here)
        second = await back(here, op)
        bystander = JsonPeer(here, "10.0.0.8")
        await bystander.come()
        op.take(), second.take()
        with caplog.at_level(logging.INFO, "gateway.moderation"):
            here.house.moderation.change_password(ANOTHER[way])
        await here.settle()
        assert [TOLD in peer.take() for peer in (op, second, bystander)] == [True, True, False]
        assert f"Op ({op.by}) is no operator any more: the password is another one" in caplog.messages
        for peer in (op, second):
            assert peer.is_in
            assert "op-needed" in await peer.ask("/banned")
        assert ("op-none" if way == "none" else "password-wrong") in await op.ask("/op secret")
        if way == "another":
            assert "you are an operator" in await op.ask("/op changed")


@pytest.mark.parametrize("way", ANOTHER)
async def test_nor_by_the_minute_in_which_one_comes_back(way: str) -> None:
    async with scene(admin_password="secret") as here:
        op = await operator(here)
        op.member.connection_lost(None)
        here.house.moderation.change_password(ANOTHER[way])
        assert "op-needed" in await (await back(here, op)).ask("/banned")


async def test_by_the_same_password_read_again_one_is_an_operator_still() -> None:
    async with scene(admin_password="secret") as here:
        op = await operator(here)
        here.house.moderation.change_password("secret")
        assert "bans-none" in await op.ask("/banned")


@pytest.mark.parametrize("order", ["/kick Bob", "/delete Bob", "/purge [{by}] 1"])
async def test_an_order_that_waits_meanwhile_is_not_carried_out(order: str) -> None:
    async with scene(admin_password="secret") as here:
        bob = JsonPeer(here, "10.0.0.7", "Bob")
        await bob.come()
        await bob.say("hello")
        op = await operator(here)
        op.send(json.dumps({"type": "command", "text": order.format(by=bob.by)}))
        here.house.moderation.change_password("changed")
        await here.settle()
        assert "op-needed" in op.take()
        assert bob.is_in
        assert [each.kind for each in await here.store.read(0, 10)] == [""]


@pytest.mark.parametrize("kind", ["", "mute:"])
async def test_what_an_operators_address_is_under_holds_for_who_is_none_any_more(kind: str) -> None:
    async with scene(admin_password="secret") as here:
        op = await operator(here)
        await here.house.moderation.order({f"{kind}address:{op.host}": Note("Troll", "Boss", 0)})
        assert op.is_in
        op.take()
        here.house.moderation.change_password("changed")
        await here.settle()
        assert (op.ended, "you-are-muted" in op.take()) == ((None, True) if kind else ("banned", False))


@pytest.mark.parametrize("is_there", [False, True])
@pytest.mark.parametrize("place", ["here", "there"])
@pytest.mark.parametrize("act", ["kick", "ban"])
async def test_who_is_sent_away_comes_back_as_a_member(act: str, place: str, is_there: bool) -> None:
    """Or has just gone: who knows that a kick comes closes its connection before."""
    async with pair(admin_password="secret") as two:
        where = two.one if place == "here" else two.two
        boss = await operator(two.one)
        traitor = JsonPeer(where, "10.0.0.7", "Traitor")
        await traitor.come()
        await traitor.ask("/op secret")
        await traitor.say("hello")
        where.room._tell_changes()  # it would wait a second
        await two.settle()
        if not is_there:
            traitor.member.connection_lost(None)
            where.room._tell_changes()
            await two.settle()
        told = await boss.moderate(act, member=traitor.by, **({"seconds": 5} if act == "ban" else {}))
        assert told["code"] == ("banned" if act == "ban" else "kicked" if is_there else "not-here")
        await two.settle()
        two.jump(6)
        again = await back(where, traitor)
        assert again.is_in
        assert again.by == traitor.by
        assert "op-needed" in await again.ask("/banned")
        assert "bans-none" in await boss.ask("/banned")


async def test_by_an_address_too_and_on_each_connection() -> None:
    async with scene(admin_password="secret") as here:
        boss = await operator(here)
        traitor = JsonPeer(here, "10.0.0.7", "Traitor")
        await traitor.come()
        await traitor.ask("/op secret")
        elsewhere = JsonPeer(here, "10.0.0.6", session=traitor.welcome["session"])
        await elsewhere.come()
        assert "bans-none" in await elsewhere.ask("/banned")
        assert "kicked" in await boss.ask("/kick 10.0.0.7")
        assert elsewhere.is_in
        assert "op-needed" in await elsewhere.ask("/banned")
