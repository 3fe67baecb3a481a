"""The kinds of stores, and what befalls what is underneath them: for the suite that proves them all. One is a row."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest

from gateway.config import Settings
from gateway.config.checks import STORES
from gateway.stores import Store, StoreError
from gateway.stores.jetstream.nats import Link, Place
from gateway.stores.opening import module_of
from gateway.stores.sqlite import SqliteStore

from ..nats import NatsServer, url
from ..patience import PATIENCE
from .marks import marks_in


@dataclass(frozen=True)
class Ground:
    """What the rooms of a test are made on."""

    request: pytest.FixtureRequest

    @property
    def folder(self) -> Path:
        """A folder of its own."""
        path: Path = self.request.getfixturevalue("tmp_path")
        return path

    @property
    def nats(self) -> list[NatsServer]:
        """The nats-server of all."""
        return [self.request.getfixturevalue("nats")]

    @property
    def nats_cluster(self) -> list[NatsServer]:
        """The three of all."""
        servers: list[NatsServer] = self.request.getfixturevalue("nats_cluster")
        return servers


Failing = Callable[[Ground, Store], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class Underneath:
    """What befalls what a store keeps its rooms in.

    Within `failing` the store can change nothing, and what it was told is not done later. `litter` puts something that
    is no record behind the newest message of a room, which is closed. `folders` are those in which a room's files are.
    """

    failing: Failing
    litter: Callable[[Ground, str], Awaitable[None]]
    folders: Callable[[Ground, str], Iterable[Path]]


@dataclass(frozen=True)
class Kind:
    """A store: what --store says of a room, and what is underneath.

    If that is None, nothing could fail or be damaged, and each time that a room is opened it MUST be another log.
    `is_exact`: it counts the bytes of texts and nothing else, and keys are forgotten by the time of drafts.
    """

    at: Callable[[Ground, str], str]
    underneath: Underneath | None
    is_exact: bool = True


def file_of(ground: Ground, room: str) -> Path:
    """Where a room is in SQLite."""
    return ground.folder / f"{room}.db"


REFUSED = ((apsw.SQLITE_TRANSACTION, "COMMIT"), (apsw.SQLITE_UPDATE, "room"))  # the second is a transaction by itself


@asynccontextmanager
async def no_commit(_: Ground, store: Store) -> AsyncIterator[None]:
    """All of a transaction is done, and then it can't be committed, and stays open."""
    assert isinstance(store, SqliteStore)
    db = store._database.db
    db.set_authorizer(lambda act, what, *_: apsw.SQLITE_DENY if (act, what) in REFUSED else apsw.SQLITE_OK)
    try:
        yield
    finally:
        db.set_authorizer(None)


async def litter_file(ground: Ground, room: str) -> None:
    """A row that no gateway wrote."""
    db = apsw.Connection(str(file_of(ground, room)))
    columns = "seq, at, label, via, owner, origin, text, size"
    db.execute(f"INSERT INTO messages({columns}) SELECT max(seq) + 1, 'x', 5, 'ftp', 'o', 'o', x'00', 1 FROM messages")
    db.close()


def none_of(servers: Callable[[Ground], list[NatsServer]]) -> Failing:
    """They are killed, and started again."""

    @asynccontextmanager
    async def none(ground: Ground, store: Store) -> AsyncIterator[None]:
        for server in servers(ground):
            server.kill()
        try:
            yield
        finally:
            for server in servers(ground):
                server.start()
            async with asyncio.timeout(PATIENCE):
                for server in servers(ground):
                    await asyncio.to_thread(server.ready)
                while not await is_back(servers(ground), store):
                    await asyncio.sleep(0.01)

    return none


async def is_back(servers: list[NatsServer], store: Store) -> bool:
    """Whether all of it can be used: not the stream of its messages alone has a leader, so have those of its names."""
    try:
        await store.check()
    except StoreError:
        return False
    return all([await asyncio.to_thread(server.knows_all_leaders) for server in servers])


def litter_of(servers: Callable[[Ground], list[NatsServer]]) -> Callable[[Ground, str], Awaitable[None]]:
    """A message that no gateway sent."""

    async def litter(ground: Ground, room: str) -> None:
        link = await Link.open(Place.parse(url(servers(ground), room)))
        await link.client.jetstream().publish(f"chat.{room}", b'{"at": "x"}')
        await link.close()

    return litter


def streams_of(servers: Callable[[Ground], list[NatsServer]]) -> Callable[[Ground, str], Iterable[Path]]:
    """Where each has the stream."""
    return lambda ground, room: [folder for server in servers(ground) for folder in server.folder.rglob(f"CHAT_{room}")]


def jetstream(servers: Callable[[Ground], list[NatsServer]]) -> Kind:
    """On these."""
    underneath = Underneath(none_of(servers), litter_of(servers), streams_of(servers))
    return Kind(lambda ground, room: url(servers(ground), room), underneath, is_exact=False)


KINDS = {
    "memory": Kind(lambda ground, room: "memory:", underneath=None),
    "sqlite": Kind(
        lambda ground, room: f"sqlite:{file_of(ground, room)}",
        Underneath(no_commit, litter_file, lambda ground, room: [ground.folder]),
    ),
    "nats": jetstream(lambda ground: ground.nats),
    "nats-cluster": jetstream(lambda ground: ground.nats_cluster),
}
USUAL = ("memory", "sqlite", "nats")
"""Of which `make test` has all; the others are for `make worlds`."""


class Rooms:
    """Opens stores of one kind as the server does, each a room of its own, and the same room again."""

    def __init__(self, name: str, request: pytest.FixtureRequest) -> None:
        self.is_shared = STORES[name.partition("-")[0]].is_shared
        self._open_store = module_of(name.partition("-")[0]).open_room
        self._kind = KINDS[name]
        self._ground = Ground(request)
        self._opened: dict[Store, str] = {}

    async def __call__(self, keep: int = 1000, keep_bytes: int = 10**6) -> Store:
        """A new room. `keep` in messages, `keep_bytes` in bytes of text."""
        return await self._open(secrets.token_hex(4), keep, keep_bytes)

    async def again(self, store: Store, keep: int = 1000, keep_bytes: int = 10**6) -> Store:
        """Close it, and open its room again, as the next process does."""
        return await self._open(await self._closed(store), keep, keep_bytes)

    async def second(self, store: Store) -> Store:
        """The same room, while this one has it open."""
        return await self._open(self._opened[store])

    def marks_in(self, store: Store, marks: dict[int, str]) -> set[int]:
        """Those of these texts of which something is in the files of its room."""
        folders = list(self._underneath.folders(self._ground, self._opened[store]))
        assert folders
        return {seq for folder in folders for seq in marks_in(folder, marks)}

    async def littered(self, store: Store) -> Store:
        """The same, with something in the log meanwhile that is no record."""
        room = await self._closed(store)
        await self._underneath.litter(self._ground, room)
        return await self._open(room)

    def failing(self, store: Store) -> AbstractAsyncContextManager[None]:
        """Within, it can change nothing."""
        return self._underneath.failing(self._ground, store)

    async def close(self) -> None:
        """Close all."""
        for store in list(self._opened):
            await self._closed(store)

    @property
    def _underneath(self) -> Underneath:
        assert self._kind.underneath is not None
        return self._kind.underneath

    async def _open(self, room: str, keep: int = 1000, keep_bytes: int = 10**6) -> Store:
        store = await self._open_store(Settings(store=self._kind.at(self._ground, room), keep=keep), keep_bytes)
        self._opened[store] = room
        return store

    async def _closed(self, store: Store) -> str:
        room = self._opened.pop(store)
        await store.close()
        return room
