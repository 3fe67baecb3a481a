"""Operators, bans and mutes, on a clock that the test moves."""

import json
from typing import Any

import pytest

from gateway.lock import GUESSES, Lock
from gateway.metrics import Metrics
from gateway.moderation import Moderation
from gateway.stores import StoreError
from gateway.stores.memory import MemoryStore
from gateway.tcp import TcpMember

from .fakes import FakeTransport, Scene, reason, scene
from .test_websocket import enter, events
from .wires.test_json import frames_of

ADMIN: dict[str, Any] = {"admin_password": "secret"}


async def named(here: Scene, name: str, host: str = "10.0.0.1") -> tuple[TcpMember, FakeTransport]:
    member, transport = arrive(here, host)
    await ask(here, member, transport, f"/name {name}")
    return member, transport


def arrive(here: Scene, host: str) -> tuple[TcpMember, FakeTransport]:
    member = here.raw(host)
    transport = FakeTransport(member, (host, 50000))
    member.connection_made(transport)
    return member, transport


async def ask(here: Scene, member: TcpMember, transport: FakeTransport, text: str) -> str:
    """Type something; what the member is told."""
    transport.take()
    member.data_received(text.encode() + b"\n\n")
    await here.settle()
    return transport.take().decode()


async def operator(here: Scene) -> tuple[TcpMember, FakeTransport]:
    member, transport = await named(here, "Op", "10.0.0.9")
    assert "you are an operator" in await ask(here, member, transport, "/op secret")
    return member, transport


@pytest.mark.parametrize("command", ["/kick Ann", "/ban Ann", "/unban Ann", "/banned", "/mute Ann"])
async def test_only_operators_keep_order(command: str) -> None:
    async with scene(**ADMIN) as here:
        ann, _ = await named(here, "Ann", "10.0.0.2")
        bob, transport = await named(here, "Bob")
        assert "only operators" in await ask(here, bob, transport, command)
        assert reason(ann) is None


async def test_a_wrong_password_makes_no_operator_and_guesses_are_limited() -> None:
    async with scene(**ADMIN) as here:
        bob, transport = await named(here, "Bob")
        for _ in range(GUESSES):
            assert "not the password" in await ask(here, bob, transport, "/op guess")
        assert "too many" in await ask(here, bob, transport, "/op secret")
        assert "only operators" in await ask(here, bob, transport, "/banned")


async def test_without_an_admin_password_there_are_none() -> None:
    async with scene() as here:
        bob, transport = await named(here, "Bob")
        assert "no operators" in await ask(here, bob, transport, "/op secret")


async def test_who_is_kicked_goes_and_may_come_again() -> None:
    async with scene(**ADMIN) as here:
        op, transport = await operator(here)
        ann, _ = await named(here, "Ann")
        assert await ask(here, op, transport, "/kick ANN") == "* kicked Ann\n\n"
        assert reason(ann) == "kicked"
        again, _ = arrive(here, "10.0.0.1")
        assert again.is_in


async def test_who_is_banned_stays_out_from_its_address_and_others_come_in() -> None:
    async with scene(**ADMIN) as here:
        op, transport = await operator(here)
        ann, _ = await named(here, "Ann", "10.0.0.2")
        assert "banned Ann" in await ask(here, op, transport, "/ban Ann 1h")
        assert reason(ann) == "banned"
        back, told = arrive(here, "10.0.0.2")
        assert reason(back) == "banned"
        assert "you are banned" in told.take().decode()
        other, _ = arrive(here, "10.0.0.3")
        assert other.is_in
        assert "banned: Ann" in await ask(here, op, transport, "/banned")
        here.clock.pass_by(3601)
        later, _ = arrive(here, "10.0.0.2")
        assert later.is_in
        assert "nobody is banned" in await ask(here, op, transport, "/banned")


async def test_an_address_is_banned_with_all_who_are_there_and_can_be_forgiven() -> None:
    async with scene(**ADMIN) as here:
        op, transport = await operator(here)
        near = [arrive(here, f"2001:db8::{number}")[0] for number in (1, 2)]
        far, _ = arrive(here, "2001:db8:0:1::1")
        assert "banned 2001:db8::99" in await ask(here, op, transport, "/ban 2001:db8::99")
        assert [reason(member) for member in near] == ["banned", "banned"]
        assert reason(far) is None
        assert "lifted" in await ask(here, op, transport, "/unban 2001:db8::1")
        assert "no ban" in await ask(here, op, transport, "/unban 2001:db8::1")
        again, _ = arrive(here, "2001:db8::2")
        assert again.is_in


async def test_a_banned_session_stays_out_from_any_address() -> None:
    async with scene(**ADMIN) as here:
        op, transport = await operator(here)
        _, socket = await enter(here, name="Ann")
        session = next(event for event in events(socket) if event["type"] == "welcome")["session"]
        await ask(here, op, transport, "/ban Ann")
        await ask(here, op, transport, "/unban 10.0.0.1")  # its address, which both had
        member, socket = await enter(here, session=session)
        assert reason(member) == "banned"
        assert events_of_error(socket) == "you-are-banned"


def events_of_error(transport: FakeTransport) -> Any:
    return json.loads(frames_of(transport.take())[0])["code"]


async def test_on_our_own_machine_a_ban_is_of_the_session_alone() -> None:
    async with scene(**ADMIN) as here:
        op, transport = await operator(here)
        ann, _ = await named(here, "Ann", "127.0.0.1")
        await ask(here, op, transport, "/ban Ann")
        assert reason(ann) == "banned"
        other, _ = arrive(here, "127.0.0.1")
        assert other.is_in


async def test_who_is_muted_hears_and_does_not_speak_until_its_time_is_over() -> None:
    async with scene(**ADMIN) as here:
        op, transport = await operator(here)
        ann, own = await named(here, "Ann")
        await ask(here, op, transport, "/mute Ann 5m")
        assert "muted you" in await ask(here, ann, own, "let me speak")
        again, other = await named(here, "Anna")
        assert "muted you" in await ask(here, again, other, "it is me again")
        assert here.room.store.head == 0
        here.clock.pass_by(301)
        await ask(here, ann, own, "thanks")
        assert here.room.store.head == 1


async def test_nobody_of_that_name_is_told_and_nobody_sends_itself_away() -> None:
    async with scene(**ADMIN) as here:
        op, transport = await operator(here)
        for command in ("/kick Nobody", "/ban Nobody", "/mute Nobody", "/kick Op"):
            assert "nobody here goes by" in await ask(here, op, transport, command)
        assert op.is_in
        assert "nobody is banned" in await ask(here, op, transport, "/banned")


async def test_bans_outlast_a_restart() -> None:
    store = MemoryStore(100, 10**6)
    async with scene(store, **ADMIN) as here:
        op, transport = await operator(here)
        await named(here, "Ann", "10.0.0.2")
        await ask(here, op, transport, "/ban Ann")
    async with scene(store, **ADMIN) as here:
        back, _ = arrive(here, "10.0.0.2")
        assert reason(back) == "banned"


async def test_a_store_that_fails_is_told_and_nobody_is_half_banned() -> None:
    class Failing(MemoryStore):
        async def ban(self, subject: str, note: str) -> None:
            raise StoreError("no disk")

    async with scene(Failing(100, 10**6), **ADMIN) as here:
        op, transport = await operator(here)
        ann, _ = await named(here, "Ann", "10.0.0.2")
        assert "no disk" in await ask(here, op, transport, "/ban Ann")
        assert reason(ann) is None
        assert not here.house.moderation.bars("10.0.0.2", ann.owner)


async def test_what_is_stored_is_read_back() -> None:
    store = MemoryStore(100, 10**6)
    await store.ban("address:10.0.0.2", '{"name":"Ann","by":"Op","until":0}')
    moderation = Moderation(store, Lock("", "operators", Metrics().refusals), lambda: 0)
    await moderation.load()
    assert moderation.bars("10.0.0.2", "nobody")
