"""Names over nodes, on a real nats-server: leases that end, and a node that was out of touch."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from gateway.stores import StoreError, last_of
from gateway.stores.jetstream import JetStreamStore
from gateway.stores.jetstream.bucket import Bucket
from gateway.stores.jetstream.entries import Entries
from gateway.stores.jetstream.lease import LEASE_SECONDS
from gateway.stores.jetstream.names import Names
from gateway.stores.nodes import Census, Dispossessed, Event, NameChanged

from ...patience import PATIENCE
from ...samples import a_draft
from .conftest import Open


async def test_the_others_are_told_whose_name_has_changed(node: Open) -> None:
    one, two = await node(), await node()
    told: list[Event] = []
    two.nodes.listen(lambda _, event: None if isinstance(event, Census) else told.append(event))
    for name, owner in (("Ann", "o1"), ("Ann", "o1"), ("Bob", "o1"), ("Carl", "o2"), ("carl", "o2")):
        assert await one.names.claim(name, owner)
    async with asyncio.timeout(PATIENCE):
        while len(told) < 4:
            await asyncio.sleep(0.01)
    assert told == [NameChanged(owner) for owner in ("o1", "o1", "o2", "o2")]


async def test_of_two_names_that_an_owner_takes_on_two_nodes_at_once_it_keeps_one(node: Open) -> None:
    """Each node claims again what the store says when it is told; what it held before is free then."""
    one, two = await node(), await node()
    await asyncio.gather(one.names.claim("Ann", "o1"), two.names.claim("Bob", "o1"))
    name = await one.names.recall("o1")
    for each in (one, two):
        assert await each.names.claim(name or "", "o1")
    assert await one.names.claim("Ann" if name == "Bob" else "Bob", "o2")
    await one.names.release("o1")
    assert not await one.names.claim(name or "", "o3")


async def test_who_takes_again_what_was_another_meanwhile_tells_it(node: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each node went by a name of its own then."""
    one, two = await node(), await node()
    assert await one.names.claim("Ann", "o1")
    assert await two.names.claim("Ann", "o1")
    told: list[Event] = []
    two.nodes.listen(lambda _, event: None if isinstance(event, Census) else told.append(event))
    take_all = one.names._entries.take_all

    async def late(keys: Any, name: str, owner: str) -> bool:
        assert await two.names.claim("Bob", "o1")
        return await take_all(keys, name, owner)

    monkeypatch.setattr(one.names._entries, "take_all", late)
    assert await one.names.claim("Ann", "o1")
    assert await two.names.recall("o1") == "Ann"
    async with asyncio.timeout(PATIENCE):
        while NameChanged("o1") not in told:
            await asyncio.sleep(0.01)


async def test_nodes_that_claim_one_name_at_once_do_not_tell_each_other_for_ever(node: Open) -> None:
    nodes = [await node() for _ in range(3)]
    assert await nodes[0].names.claim("Ann", "o1")
    told: list[Event] = []
    nodes[0].nodes.listen(lambda _, event: None if isinstance(event, Census) else told.append(event))
    for _ in range(5):
        assert all(await asyncio.gather(*(each.names.claim("Ann", "o1") for each in nodes)))
    nodes[1].nodes.tell(NameChanged("last"))
    nodes[2].nodes.tell(NameChanged("last"))
    async with asyncio.timeout(PATIENCE):
        while told.count(NameChanged("last")) < 2:
            await asyncio.sleep(0.01)
    assert told == [NameChanged("last")] * 2


async def test_who_was_out_of_touch_hears_that_a_name_has_changed(node: Open) -> None:
    one, two = await node(), await node()
    assert await one.names.claim("Ann", "o1")
    assert await two.names.claim("Bob", "o1")
    told = told_by_itself(one)
    one.names._lease._renewed_at -= LEASE_SECONDS + 1
    await renewed(one.names)
    assert told == [NameChanged("o1")]


async def test_a_node_that_goes_frees_its_names_at_once(node: Open) -> None:
    one, two = await node(), await node()
    assert await one.names.claim("Ann", "o1")
    await one.names.close()
    assert await two.names.claim("Ann", "o2")


async def test_what_a_claim_has_taken_that_failed_half_way_is_given_back(
    node: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody got such a name until the gateway ended."""
    monkeypatch.setattr("gateway.stores.jetstream.names.SETTLE_SECONDS", 0.05)
    one, two = await node(), await node()
    assert await one.names.claim("Al", "o1")
    update, failing = Entries._update, True

    async def fails(self: Entries, key: str, value: bytes, revision: int) -> bool:
        if failing and key.startswith("owner."):
            raise StoreError("not now")
        return await update(self, key, value, revision)

    monkeypatch.setattr(Entries, "_update", fails)
    for name in ("Ann", "Bob"):  # each is taken, and not written down
        with pytest.raises(StoreError):
            await one.names.claim(name, "o1")
    failing = False
    async with asyncio.timeout(PATIENCE):
        while not await two.names.claim("Bob", "o2"):
            await asyncio.sleep(0.02)
    assert await two.names.claim("Ann", "o2")
    assert await one.names.claim("Al", "o1")


async def renewed(names: Names) -> None:
    """What both tasks of a node do in time."""
    await names._lease.renew()
    await names._keep_all()


async def test_who_was_out_of_touch_hears_what_it_has_lost(node: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time; and who could not claim its names at once, since it was out of touch again, does it then."""
    one, two = await node(), await node()
    told = told_by_itself(one)
    names = one.names
    asked: list[str] = []
    monkeypatch.setattr(names._entries, "name_of", troubled(names._entries.name_of, asked))
    for number in range(2):
        ann, bob = f"a{number}", f"b{number}"
        assert await one.names.claim(ann, f"o-{ann}")
        assert await one.names.claim(bob, f"o-{bob}")
        await names.close()  # as if its lease had run out
        assert await two.names.claim(ann, "another")
        asked.clear()
        names._lease._renewed_at += LEASE_SECONDS  # it is renewed before that
        names._affirmed_at = asyncio.get_running_loop().time()
        await renewed(names)
        assert asked == []
        names._lease._renewed_at -= LEASE_SECONDS + 1
        asked.append("trouble")
        await renewed(names)
        assert len(told) <= 1  # the first that was asked of met trouble
        await renewed(names)
        assert told == [Dispossessed(f"o-{ann}")]
        assert not await two.names.claim(bob, "another")
        told.clear()


async def test_a_lease_that_could_not_be_renewed_has_run_out(node: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = await node(), await node()
    told = told_by_itself(one)
    names = one.names
    assert await names.claim("Ann", "o1")
    await names.close()  # as if its lease had run out
    assert await two.names.claim("Ann", "another")
    names._lease._renewed_at -= LEASE_SECONDS / 2  # it was not too late when NATS could not be reached first

    async def away(*_: object) -> None:
        raise StoreError("away")

    with monkeypatch.context() as trouble:
        trouble.setattr(names._lease._bucket, "put", away)
        for _ in range(3):
            with pytest.raises(StoreError):
                await renewed(names)
    monkeypatch.setattr("gateway.stores.jetstream.lease.LEASE_SECONDS", LEASE_SECONDS / 2)  # but is by now
    await renewed(names)
    assert told == [Dispossessed("o1")]


async def test_who_follows_again_is_no_more_cut_off(node: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a quorum was back, the log was told to be followed, and not to be, until the lease was renewed by itself."""
    monkeypatch.setattr("gateway.stores.jetstream.lease.RENEW_SECONDS", 3600)
    one = await node()
    await one.append([a_draft("one")])
    one.names._lease._renewed_at -= LEASE_SECONDS + 1
    following = one.follow(0)
    while not (batch := await anext(following)):  # a sign of life
        pass
    assert last_of(batch[-1]) == 1
    assert not one.names.is_cut_off
    await following.aclose()


async def test_who_can_not_renew_its_lease_does_not_seem_to_follow(node: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise StoreError("away")

    one = await node()
    await one.append([a_draft("one")])
    one.names._lease._renewed_at -= LEASE_SECONDS + 1
    with monkeypatch.context() as trouble:
        trouble.setattr(one.names._lease._bucket, "put", away)
        with pytest.raises(StoreError, match="away"):
            await anext(one.follow(0))


async def test_the_lease_is_renewed_and_each_name_kept_whatever_one_raises(
    node: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in one name ended the task: the node's names were free from then on, and nobody heard of it."""
    monkeypatch.setattr("gateway.stores.jetstream.lease.RENEW_SECONDS", 0.02)
    monkeypatch.setattr("gateway.stores.jetstream.names.SETTLE_SECONDS", 0.02)
    store = await node()
    names = store.names
    for name in ("Ann", "Bob", "Carl"):
        assert await names.claim(name, f"o-{name}")
    name_of = names._entries.name_of
    asked: list[str] = []
    is_kept = asyncio.Event()

    async def faulty(owner: str) -> str | None:
        asked.append(owner)
        if owner == asked[0]:
            raise RecursionError
        if len(set(asked)) == 3:
            is_kept.set()
        return await name_of(owner)

    monkeypatch.setattr(names._entries, "name_of", faulty)
    names._doubt_all()
    async with asyncio.timeout(PATIENCE):
        await is_kept.wait()
        await renewals(names._lease._bucket, 3, monkeypatch)
    assert names._unaffirmed == {asked[0]}


async def test_the_lease_is_renewed_after_a_fault(node: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.stores.jetstream.lease.RENEW_SECONDS", 0.02)
    store = await node()
    async with asyncio.timeout(PATIENCE):
        await renewals(store.names._lease._bucket, 3, monkeypatch, faults=[RecursionError(), asyncio.CancelledError()])


async def renewals(
    bucket: Bucket, count: int, monkeypatch: pytest.MonkeyPatch, faults: Sequence[BaseException] = ()
) -> None:
    """Wait for so many, behind faults."""
    put = bucket.put
    done = asyncio.Semaphore(0)
    due = list(faults)

    async def counted(key: str, value: bytes) -> None:
        if due:
            raise due.pop()
        await put(key, value)
        done.release()

    with monkeypatch.context() as patched:
        patched.setattr(bucket, "put", counted)
        for _ in range(count):
            await done.acquire()


def told_by_itself(store: JetStreamStore) -> list[Event]:
    """What a node tells itself from now on."""
    told: list[Event] = []
    store.nodes.listen(lambda node, event: told.append(event) if node == store._link.node else None)
    return told


def troubled(
    answered: Callable[[str], Awaitable[str | None]], asked: list[str]
) -> Callable[[str], Awaitable[str | None]]:
    """Fails when trouble was asked for."""

    async def ask(owner: str) -> str | None:
        if asked == ["trouble"]:
            asked.clear()
            raise StoreError("no answer in time")
        asked.append(owner)
        return await answered(owner)

    return ask
