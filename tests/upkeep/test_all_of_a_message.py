"""All that a message has goes with it to another store; and what gets lost is found when it is counted."""

import io
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from gateway.config import Settings
from gateway.messages import Draft, Message, draft_of, public_ids
from gateway.stores.filling import FileFiller
from gateway.stores.jetstream.delivery import RecordReader
from gateway.stores.memory import MemoryStore
from gateway.stores.opening import open_store
from gateway.stores.records import Skipped, record_of
from gateway.upkeep.carrying import carry
from gateway.upkeep.lines import LineReader, exported
from gateway.upkeep.moving import counted, read_in

from ..samples import FULL, a_draft, same

SECRET = b"a secret that the copy has too\0\0"
ALL = {*Message.__struct_fields__}


async def tell(_done: int, _of: int) -> None:
    """Nobody hears how far it is."""


async def room_of(*drafts: Draft) -> MemoryStore:
    store = MemoryStore(100, 10**6)
    store.secret, store.by_of = SECRET, public_ids(SECRET)
    await store.append(drafts)
    return store


async def only(store: Any) -> Message:
    (message,) = await store.read(0, 10)
    assert isinstance(message, Message)
    return message


async def test_what_is_carried_to_a_file(tmp_path: Path) -> None:
    source = await room_of(a_draft(**FULL))
    filler = await FileFiller.open(tmp_path / "room.db", "source", source.secret)
    await carry(source, filler, tell)
    await filler.finish()
    room = await open_store(Settings(store=f"sqlite:{tmp_path}/room.db"))
    assert await only(room) == await only(source)
    assert await counted(room) == await counted(source)
    await room.close()


async def test_what_is_carried_to_a_stream() -> None:
    source = await room_of(a_draft(**FULL))
    message = await only(source)
    record = record_of(draft_of(message))
    assert RecordReader(public_ids(SECRET), Skipped())(message.seq, record) == message


async def test_what_is_exported_and_imported(tmp_path: Path) -> None:
    """But for the connection that said it, which is gone."""
    source = await room_of(a_draft(**FULL))
    lines = b"".join([some async for some in exported(source, "", 1000, secrets=True)])
    settings = Settings(store=f"sqlite:{tmp_path}/room.db")
    there = await read_in(LineReader(io.BytesIO(lines)), settings, tell, replace=False)
    room = await open_store(settings)
    assert same(await only(room), await only(source)) == ALL - {"origin"}
    assert there.there == await counted(room) == await counted(source)
    await room.close()


async def test_without_the_secrets_nobody_reads_whose_it_was_or_from_where() -> None:
    """What a guest of the raw wire is called in the log is an address."""
    guest = {**FULL, "label": "('203.0.113.9', 33524)"}
    source = await room_of(a_draft(**guest), a_draft("1", **{**guest, "kind": "deleted", "re": 0}))
    for secrets in (True, False):
        lines = b"".join([some async for some in exported(source, "", 1000, secrets=secrets)]).decode()
        assert [each in lines for each in ("203.0.113.9", FULL["owner"], b64encode(SECRET).decode())] == [secrets] * 3


OTHERWISE: dict[str, Any] = {"via": "tcp", "kind": ""}


@pytest.mark.parametrize("name", ["text", *FULL])
async def test_two_rooms_that_differ_in_one_field_are_not_the_same(name: str) -> None:
    fields = {"text": "hi", **FULL}
    value = fields[name]
    other = OTHERWISE.get(name, value + 1 if isinstance(value, int) else f"{value}x")
    one, two = [(await counted(await room_of(a_draft(**each)))).digest for each in (fields, {**fields, name: other})]
    assert (one == two) is (name == "origin")  # a connection, which is gone
