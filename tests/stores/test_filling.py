"""A room in a file that is filled: it is gone on with from the same source alone."""

from pathlib import Path

import pytest

from gateway.stores import StoreError
from gateway.stores.filling import FileFiller

from ..samples import a_message


async def begun(path: Path, source: str) -> FileFiller:
    return await FileFiller.open(path, source, b"x" * 32)


async def test_it_is_gone_on_with_from_the_same_source(tmp_path: Path) -> None:
    path = tmp_path / "room.db.filling"
    filler = await begun(path, "one")
    await filler.fill([a_message("a", seq=7), a_message("b", seq=8)])
    await filler.close()
    with pytest.raises(StoreError, match="begun from another room, and not ended"):
        await begun(path, "other")
    filler = await begun(path, "one")
    assert filler.store.head == 8
    assert filler.store.secret == b"x" * 32
    assert [message.text for message in await filler.store.read(0, 10)] == ["a", "b"]
    await filler.close()


async def test_what_was_whole_and_not_put_in_its_place_is_begun_anew(tmp_path: Path) -> None:
    """Nobody knows any more of which room it is: another one would have been put behind it."""
    path = tmp_path / "room.db.filling"
    filler = await begun(path, "one")
    await filler.fill([a_message("a", seq=7)])
    await filler.finish()
    filler = await begun(path, "other")
    assert filler.store.head == 0
    await filler.fill([a_message("b", seq=1)])
    await filler.finish()


async def test_what_is_taken_back_is_gone_where_it_is_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "room.db.filling"
    filler = await begun(path, "one")
    await filler.fill([a_message("secret word", seq=1)])
    await filler.fill([a_message("1", seq=2, kind="deleted")])
    assert [message.seq for message in await filler.store.read(0, 10)] == [2]
    await filler.finish()
    assert b"secret word" not in path.read_bytes()
