"""--keep-days: what is too old is told by nobody any more."""

from gateway.room.expiry import DAY, EXPIRE_SECONDS
from gateway.stores.memory import MemoryStore

from ..doors import JsonPeer
from ..fakes import Clock, scene
from ..samples import a_draft


async def a_room_of_days(*days: int) -> MemoryStore:
    """A message for each, so many days ago."""
    store = MemoryStore(1000, 10**6)
    await store.append([a_draft(f"{each} days ago", at=Clock().wall() - each * DAY) for each in days])
    return store


async def test_what_is_too_old_is_dropped_at_the_start_and_once_a_minute() -> None:
    store = await a_room_of_days(9, 7, 6)
    async with scene(store, keep_days=7) as here:
        ann = JsonPeer(here, "192.0.2.1", "Ann", history=50)
        assert "9 days" not in (told := await ann.come())
        assert "7 days" in told
        here.clock.pass_by(EXPIRE_SECONDS + 1)
        await here.settle()
        bob = JsonPeer(here, "192.0.2.2", "Bob", after={"epoch": store.epoch, "seq": 0})
        assert "7 days" not in (told := await bob.come())
        assert "6 days" in told
        heard = await bob.ask("/history 10")
        assert "7 days" not in heard
        assert "6 days" in heard
        assert [message.text for message in await store.read(0, 10)] == ["6 days ago"]


async def test_all_of_a_room_expires_and_it_goes_on() -> None:
    store = await a_room_of_days(9, 8)
    async with scene(store, keep_days=7) as here:
        ann = JsonPeer(here, "192.0.2.1", "Ann", history=50)
        assert "days ago" not in await ann.come()
        await ann.say("hi")
        assert [message.seq for message in await store.read(0, 10)] == [3]


async def test_without_a_limit_nothing_expires() -> None:
    store = await a_room_of_days(20_000)
    async with scene(store) as here:
        here.clock.pass_by(EXPIRE_SECONDS + 1)
        await here.settle()
        assert len(await store.read(0, 10)) == 1
