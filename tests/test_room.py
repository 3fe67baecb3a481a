"""What the room keeps of people."""

import json

from gateway.messages import is_session, owner_of
from gateway.stores.memory import MemoryStore

from .doors import DOORS, JsonPeer, RawPeer, SayPeer
from .fakes import scene
from .test_questions import SlowStore


async def test_nothing_that_is_stored_or_told_of_somebody_makes_another_that_person() -> None:
    # The attacker had read the store: a raw member's origin was its secret, and let anybody be it, an operator too.
    store = MemoryStore(1000, 10**6)
    async with scene(store, admin_password="secret") as here:
        peers = [kind(here, f"198.51.100.{n}", f"P{n}") for n, kind in enumerate(DOORS.values()) if kind.speaks]
        for each in peers:
            await each.come()
            await each.say("hi")
        told: set[str] = set()
        for message in await store.read(0, 100):
            told |= {str(getattr(message, field)) for field in message.__struct_fields__}
        told |= {each.id for each in here.house.members}
        owners = {message.owner for message in await store.read(0, 100)}
        assert len(owners) == len(peers)
        assert any(map(is_session, told))  # so that it would be taken
        assert not owners & {owner_of(text) for text in told}
        boss = RawPeer(here, "198.51.100.99", "Boss")
        await boss.come()
        await boss.say("mine")
        origin = (await store.read(0, 100))[-1].origin
        thief = JsonPeer(here, "203.0.113.66", session=origin)
        await thief.come()
        assert boss.ended is None
        assert thief.welcome["name"] != "Boss"


async def test_who_is_muted_takes_no_name_for_what_it_may_not_say() -> None:
    store = SlowStore()
    async with scene(store, admin_password="secret") as here:
        for _ in range(9):
            store.steps.release()
        op = JsonPeer(here, "10.0.0.9", "Op")
        await op.come()
        await op.ask("/op secret")
        bob = RawPeer(here, "203.0.113.5", "Bob")
        await bob.come()
        await op.ask("/mute Bob")
        told = json.loads(await SayPeer(here, "203.0.113.5", "Zoe").ask("hi"))
        assert (told["status"], told["code"]) == (403, "you-are-muted")
        assert "Zoe" not in store.claimed
