"""All that a person ever said is erased: what is listed before, what is gone after it, and its names."""

import asyncio
import logging
import re
from typing import Any

import pytest

from gateway.messages import Message
from gateway.stores.memory import MemoryStore

from ..doors import JsonPeer, RawPeer, SayPeer, operator, pair
from ..fakes import scene
from ..samples import a_draft
from .test_retraction import ADMIN, ANN, BOB, come, deletions, texts

DAY = 86_400_000


def orders(told: str) -> list[str]:
    """What it is told to type, to have it done."""
    return re.findall(r"/purge [^\"]*[0-9]", told)


async def test_it_is_listed_first_and_done_by_what_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        by = here.room.store.by_of("bob")
        await here.store.append(
            [
                a_draft("1", label="Rob", owner="bob", at=0),
                a_draft("2", label="Bob", owner="bob", at=DAY),
                a_draft("3", label="Bobby", owner="bob", at=40 * DAY),
                a_draft("4", label="Other", owner="other"),
            ]
        )
        await here.settle()
        told = await op.ask("/purge BOB")
        assert f"Bobby [{by}]: messages: 3, from 1970-01-01 to 1970-02-10" in told
        assert orders(told) == [f"/purge [{by}] 3"]
        assert len(await texts(here)) == 4
        with caplog.at_level(logging.INFO):
            assert "deleted all that Bobby said (messages: 3), and its names" in await op.ask(orders(told)[0])
        assert await texts(here) == ["4"]
        (line,) = [each.getMessage() for each in caplog.records if each.name == "gateway.moderation"]
        assert line == f"operator Op ({op.by}) from 10.0.0.9: purge {by}, messages: 3"
        assert "nothing-said" in await op.ask(orders(told)[0])
        assert "nothing-said" in await op.ask("/purge Bob")


@pytest.mark.parametrize("typed", ["/purge Bob", "/purge Bob 3", "/purge Bob 1", "/purge [BY] 1", "/purge [BY]"])
async def test_a_number_that_is_another_by_now_is_told_again(typed: str) -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        await here.store.append([a_draft("x", label="Bob", owner="bob") for _ in range(2)])
        await here.settle()
        told = await op.ask(typed.replace("BY", by := here.room.store.by_of("bob")))
        assert orders(told) == [f"/purge [{by}] 2"]
        assert await texts(here) == ["x", "x"]
        await op.ask("/purge Bob 2")
        assert await texts(here) == []


async def test_of_several_that_one_name_may_mean_each_is_told_and_one_is_erased() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        await here.store.append(
            [
                *(a_draft("one's", label="Bob", owner="one") for _ in range(2)),
                *(a_draft("two's", label="Bob", owner="two") for _ in range(2)),
                a_draft("nobody's", label="bob", owner=""),
                a_draft("nobody else's", label="Rob", owner=""),
            ]
        )
        await here.settle()
        told = await op.ask("/purge Bob")
        by = {owner: here.room.store.by_of(owner) for owner in ("one", "two")}
        assert sorted(orders(told)) == sorted(["/purge bob 1", *(f"/purge [{each}] 2" for each in by.values())])
        assert len(orders(await op.ask("/purge Bob 2"))) == 3  # which of them?
        assert len(await texts(here)) == 6
        await here.store.append([a_draft("two's", label="Bob", owner="two")])
        await here.settle()
        assert len(orders(await op.ask("/purge Bob 3"))) == 3  # who chooses when to speak would choose who is erased
        await op.ask("/purge bob 1")
        assert "nobody's" not in await texts(here)
        await op.ask(f"/purge [{by['two']}] 3")
        assert await texts(here) == ["one's", "one's", "nobody else's"]


async def test_who_was_called_by_a_name_that_ends_like_a_number_is_listed_and_nobody_else_erased() -> None:
    """All that Mal had said was erased at once, when somebody had been `Mal 2`."""
    async with scene(**ADMIN) as here:
        op = await operator(here)
        await here.store.append([a_draft(text, label="Mal", owner="mal") for text in ("one", "two")])
        await here.store.append([a_draft("spam", label="Mal 2", owner="gone")])
        await here.settle()
        gone = here.room.store.by_of("gone")
        assert orders(await op.ask("/purge Mal 2")) == [f"/purge [{gone}] 1"]
        assert await texts(here) == ["one", "two", "spam"]
        await op.ask(f"/purge [{gone}] 1")
        await op.ask("/purge Mal 2")
        assert await texts(here) == []


async def test_who_is_here_by_a_name_that_ends_like_a_number_is_meant_by_it() -> None:
    async with scene(**ADMIN) as here:
        op, agent, al = (
            await operator(here),
            await come(RawPeer, here, ANN, "Al 1"),
            await come(RawPeer, here, BOB, "Al"),
        )
        await agent.say("of Al 1")
        await al.say("of Al")
        assert orders(await op.ask("/purge Al 1")) == [f"/purge [{agent.by}] 1"]
        assert len(await texts(here)) == 2


@pytest.mark.parametrize("others", [0, 1, 70])
async def test_what_one_took_back_oneself_has_its_name_no_more(others: int) -> None:
    async with scene(**ADMIN) as here:
        op, bob = await operator(here), await come(JsonPeer, here, BOB, "Slur")
        for number in range(others):
            await bob.say(f"{number}")
            await bob.ask("/delete")
        await bob.say("of Slur")
        away = await come(JsonPeer, here, ANN)
        position = here.room.store.head
        await bob.ask("/delete")
        await bob.say("more of Slur")
        (order,) = orders(await op.ask("/purge Slur"))
        assert order == f"/purge [{bob.by}] 1"
        assert "(messages: 1)" in await op.ask(order)
        await here.settle()
        assert "Slur" not in str(await here.store.read(0, 1000))
        seqs = {seq for entry in await deletions(here) for seq in entry.of}
        assert seqs >= set(range(1, position + 3))
        away.member.cut()
        late = JsonPeer(here, ANN, after={"epoch": here.room.store.epoch, "seq": position})
        told = await late.come()
        assert "Slur" not in told
        assert {position} <= {seq for event in late.events(told) for seq in event.get("of", ())}
        assert "nothing-said" in await op.ask("/purge Slur")


async def test_who_has_only_taken_back_is_found_by_the_name_and_it_goes() -> None:
    async with scene(**ADMIN) as here:
        op, bob = await operator(here), await come(JsonPeer, here, BOB, "Slur")
        await bob.say("of Slur")
        await bob.ask("/delete")
        bob.member.cut()
        await here.settle()
        (order,) = orders(await op.ask("/purge Slur"))
        await op.ask(order)
        assert "Slur" not in str(await here.store.read(0, 1000))
        assert "Slur" not in str(vars(here.room.store.names))


async def test_the_names_go_too_of_who_is_here_and_of_who_is_gone() -> None:
    async with scene(**ADMIN) as here:
        names = here.room.store.names
        op, bob = await operator(here), await come(JsonPeer, here, BOB, "Bob")
        again = await come(JsonPeer, here, BOB, session=bob.welcome["session"])
        await bob.say("of Bob")
        await op.ask("/purge Bob 1")
        for each in (bob, again):
            told = each.take()
            assert "name-erased" in told
            assert each.label.startswith("guest-")
        assert await names.recall(bob.member.owner) is None
        assert "you are now" in await (await come(RawPeer, here, ANN)).ask("/name Bob")
        script = SayPeer(here, BOB, "ci")
        await script.say("built")
        assert orders(told := await op.ask("/purge ci")), told
        await op.ask("/purge ci 1")
        assert "nothing-said" in await op.ask("/purge ci")
        assert "ci" not in str(vars(names))


async def test_a_name_without_messages_is_forgotten_too() -> None:
    store = MemoryStore(1, 10**8)
    async with scene(store, **ADMIN) as here:
        op = await operator(here)
        await SayPeer(here, BOB, "ci").say("built")
        await SayPeer(here, BOB).say("another")
        told = await op.ask("/purge ci")
        assert orders(told) == ["/purge ci 0"]
        await op.ask("/purge ci 0")
        assert "ci" not in str(vars(store.names))


async def test_who_is_in_on_another_node_is_a_guest_there_unless_it_has_a_new_name() -> None:
    async with pair(**ADMIN) as nodes:
        op, bob = await operator(nodes.one), await come(JsonPeer, nodes.two, BOB, "Bob")
        one = await come(JsonPeer, nodes.one, BOB, session=bob.welcome["session"])
        await bob.say("of Bob")
        await nodes.pass_by(10)
        told = await op.ask("/purge Bob")
        await op.ask(orders(told)[0])
        await nodes.settle()
        assert [each.label.partition("-")[0] for each in (one, bob)] == ["guest", "guest"]
        assert await texts(nodes.two) == []
        assert "name-erased" in bob.take()
        assert await nodes.store.names.recall(bob.member.owner) is None
        assert "you are now" in await (await come(RawPeer, nodes.two, ANN)).ask("/name Bob")


class Late(MemoryStore):
    """What was read of a page is on its way until it may come."""

    def __init__(self) -> None:
        super().__init__(100, 10**8)
        self.has_read, self.may_come = asyncio.Event(), asyncio.Event()

    async def read(self, after: int, limit: int) -> list[Message]:
        found = await super().read(after, limit)
        self.has_read.set()
        await self.may_come.wait()
        return found


async def test_what_was_taken_back_while_it_was_read_does_not_count() -> None:
    store = Late()
    async with scene(store, **ADMIN) as here:
        op, bob = await operator(here), await come(JsonPeer, here, BOB, "Bob")
        await bob.say("one")
        await bob.say("two")
        op.take()
        asked = asyncio.ensure_future(op.ask(f"/purge [{bob.by}]"))
        await store.has_read.wait()
        await store.append([a_draft("1", kind="deleted")])
        for _ in range(100):
            await asyncio.sleep(0)
        assert here.room.feed.is_gone(1)
        store.may_come.set()
        assert orders(await asked + await op.ask("/who")) == [f"/purge [{bob.by}] 1"]


async def test_deletions_are_no_messages_of_anybody() -> None:
    async with scene(**ADMIN) as here:
        op, bob = await operator(here), await come(JsonPeer, here, BOB, "Bob")
        await bob.say("one")
        await bob.say("two")
        await bob.ask("/delete")
        told: Any = await op.ask("/purge Bob")
        assert orders(told) == [f"/purge [{bob.by}] 1"]
        await op.ask(orders(told)[0])
        assert [entry.of for entry in await deletions(here)] == [(1, 3, 2)]
