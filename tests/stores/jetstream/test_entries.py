"""Who holds a name, and on which nodes, whoever changes that at once; on a real nats-server."""

import asyncio

import pytest

from gateway.stores.jetstream.entries import MAX_ENTRY, MAX_NODES, keys_of

from .conftest import Open


@pytest.mark.parametrize("first", [0, 1])
async def test_a_name_is_held_until_its_owner_has_gone_from_the_last_node(node: Open, first: int) -> None:
    both = [await node(), await node()]
    assert await both[0].names.claim("Ann", "o1")
    assert not await both[1].names.claim("ann", "o2")
    assert await both[1].names.claim("Ann", "o1")
    await both[first].names.release("o1")
    for each in both:
        assert not await each.names.claim("ann", "o2")
    await both[not first].names.release("o1")
    assert await both[first].names.claim("ann", "o2")


async def test_nodes_that_add_themselves_and_go_at_once_do_not_forget_each_other(node: Open) -> None:
    nodes = [await node() for _ in range(4)]
    assert all(await asyncio.gather(*(each.names.claim("Ann", "o1") for each in nodes)))
    await asyncio.gather(*(each.names.release("o1") for each in nodes[1:]))
    assert not await nodes[1].names.claim("Ann", "o2")
    await nodes[0].names.release("o1")
    assert await nodes[1].names.claim("Ann", "o2")


async def test_a_name_is_free_when_none_of_its_nodes_is_alive(node: Open) -> None:
    one, two, three = [await node() for _ in range(3)]
    assert await one.names.claim("Ann", "o1")
    assert await two.names.claim("Ann", "o1")
    await two.names.close()
    assert not await three.names.claim("Ann", "o2")
    await one.names.close()
    assert await three.names.claim("Ann", "o2")


async def test_as_many_nodes_stand_in_an_entry_as_can_be_read(node: Open) -> None:
    store = await node()
    for number in range(MAX_NODES + 2):
        store._link.node = f"n{number}"
        assert await store.names.claim("Ann", "o1")
    assert await store.names.recall("o1") == "Ann"
    assert store.skipped.count == 0


async def test_of_many_who_want_it_at_once_one_gets_it(node: Open) -> None:
    nodes = [await node() for _ in range(3)]
    got = await asyncio.gather(*(store.names.claim("Ann", f"o{number}") for number, store in enumerate(nodes * 2)))
    assert sum(got) == 1


async def test_of_a_name_that_is_taken_by_one_of_its_looks_nothing_stays_taken(node: Open) -> None:
    """`аnn` has another key than `Ann`, and a look of it: what was taken first is given back."""
    store = await node()
    entries = store.names._entries
    assert await store.names.claim("Ann", "o1")
    keys = keys_of("аnn")
    assert keys[0] not in keys_of("Ann")
    assert not await entries.take_all(keys, "аnn", "o2")
    left, _ = await entries._entry(keys[0])
    assert left is not None
    assert not left.holders


async def test_an_owners_name_is_found_by_the_key_that_was_written_last(node: Open) -> None:
    one, two = await node(), await node()
    assert await one.names.claim("Ann", "o1")
    _, revision = await one.names._entries.former("o1")
    assert not await two.names._entries.point("o1", keys_of("Bob")[0], revision)
    assert await one.names._entries.point("o1", keys_of("Ann")[0], revision)
    assert not await two.names._entries.point("o1", keys_of("Ann")[0], revision)
    assert await two.names.recall("o1") == "Ann"
    await two.names._entries.unpoint("o1")
    assert await one.names.recall("o1") is None


async def test_of_who_is_forgotten_no_entry_tells_also_of_the_names_of_before(node: Open) -> None:
    """They were free, and still told whose they had been."""
    store = await node()
    for name in ("Ann", "Anna", "Аnn"):
        assert await store.names.claim(name, "o1")
    assert await store.names.claim("Bob", "o2")
    await store.names.forget("o1")
    entries = b"".join(await store.names._entries._bucket.values(MAX_ENTRY))
    assert b'"o1"' not in entries
    assert b"Ann" not in entries
    assert b'"o2"' in entries
    assert all([await store.names.claim(name, "o2") for name in ("Ann", "Anna", "Аnn")])
