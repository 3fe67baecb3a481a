"""The entries of names in a JetStream key-value bucket: who holds a name, and on which nodes.

A name has an entry by its `name_key` and one for each of its `looks`, and is taken if any of them is. Gateways of
before know the first alone: beside them, names that look alike can be held until they are gone. Of the nodes of an
entry they know one, and write no others. An owner has an entry that tells by which key its name is found.

1. An entry MUST be changed by comparing its revision: of two who want it at once, one gets it; and of two nodes that
   add themselves or go at once, the second does so to what the first has written.
2. The entry by the key is taken first, and what was taken MUST be given back if another can't be had.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

import msgspec
from msgspec import Meta

from ...decoding import BadJsonError, Decoder
from ...names import name_key
from ...text.skeletons import looks
from .. import StoreError
from ..records import VERSION, Id, Label, Node, Skipped, Version
from .bucket import Bucket, key_of
from .lease import Lease
from .nats import Link, OutrunError

ATTEMPTS = 10

MAX_NODES = 16
"""Of those that hold one name, the newest. Nodes that died stay among them until they are pushed out: a claim need not
ask whether each is alive.
"""


class _Entry(msgspec.Struct, frozen=True):
    name: Label
    owner: Id
    node: Node
    held: bool
    nodes: Annotated[tuple[Node, ...], Meta(max_length=MAX_NODES)] = ()
    v: Version = 0

    @property
    def holders(self) -> tuple[str, ...]:
        """The nodes that hold it, the last one last; `node` is one of these, and all of them in an entry of before."""
        return (self.nodes or (self.node,)) if self.held else ()

    def held_on(self, nodes: tuple[str, ...]) -> "_Entry":
        """The same, held on these alone; on none it is free for everybody."""
        last = nodes[-MAX_NODES:]
        return msgspec.structs.replace(self, held=bool(last), nodes=last, node=last[-1] if last else self.node)

    def without(self, node: str) -> "_Entry":
        """The same, not held on that node; on none if it is empty."""
        return self.held_on(tuple(each for each in self.holders if node and each != node))


_decode = Decoder[_Entry](_Entry)
_KEY = re.compile("name[.][0-9a-f]{32}")
MAX_KEY = 64
MAX_ENTRY = 8192
"""Bytes of one, with all its nodes: several times as many as it has."""


class Entries:
    """Those of one room, as this node changes them."""

    def __init__(self, link: Link, bucket: Bucket, lease: Lease, skipped: Skipped) -> None:
        self._link = link
        self._bucket = bucket
        self._lease = lease
        self._skipped = skipped

    async def take_all(self, keys: Sequence[str], name: str, owner: str) -> bool:
        """Take all entries of a name for this node, or none. Raises StoreError, with some of them taken."""
        wanted = _Entry(name, owner, self._link.node, held=True, nodes=(self._link.node,), v=VERSION)
        taken: dict[str, _Entry] = {}
        for key in keys:
            before = await self._take(key, wanted)
            if before is None:
                for earlier, entry in taken.items():
                    await self._bucket.put(earlier, msgspec.json.encode(entry))
                return False
            taken[key] = before
        return True

    async def _take(self, key: str, wanted: _Entry) -> _Entry | None:
        """Take an entry; returns what was there before, if only a name that is free; None if somebody holds it."""
        for _ in range(ATTEMPTS):
            entry, revision = await self._entry(key)
            others: tuple[str, ...] = ()
            if entry and entry.owner == wanted.owner:
                others = entry.without(self._link.node).holders
            elif entry and await self._is_held(entry):
                return None
            if await self._replace(key, wanted.held_on((*others, self._link.node)), revision):
                return entry or wanted.without("")
        raise StoreError(f"too many want the name {wanted.name} at once; try again")

    async def _is_held(self, entry: _Entry) -> bool:
        """By any node that is alive: the newest is asked first."""
        for node in reversed(entry.holders):
            if await self._lease.is_alive(node):
                return True
        return False

    async def give_up(self, name: str, owner: str, node: str = "", but: Sequence[str] = ()) -> None:
        """Let others have a name that this owner holds; if `node` is given, as far as it is held there."""
        for key in keys_of(name):
            if key not in but:
                await self._leave(key, owner, node)

    async def _leave(self, key: str, owner: str, node: str) -> None:
        for _ in range(ATTEMPTS):
            entry, revision = await self._entry(key)
            if not entry or entry.owner != owner or not (node in entry.holders if node else entry.held):
                return
            if await self._replace(key, entry.without(node), revision):
                return
        raise StoreError("too many change one name at once; try again")

    async def remove(self, name: str, owner: str) -> None:
        """Have no entry of a name say that this owner holds it, or did."""
        for key in keys_of(name):
            await self._remove(key, owner)

    async def _remove(self, key: str, owner: str) -> None:
        for _ in range(ATTEMPTS):
            entry, revision = await self._entry(key)
            if not entry or entry.owner != owner:
                return
            with suppress(OutrunError):
                await self._bucket.delete(key, revision)
                return
        raise StoreError("too many change one name at once; try again")

    # --- of an owner ----------------------------------------------------------------------------------------------

    async def name_of(self, owner: str) -> str | None:
        """The name that an owner holds or had last."""
        name, _ = await self.former(owner)
        return name

    async def former(self, owner: str) -> tuple[str | None, int]:
        """The same, by its key; and the revision of what says by which."""
        key, revision = await self._bucket.get(_index(owner))
        text = key[:MAX_KEY].decode(errors="replace")
        if _KEY.fullmatch(text) is None:
            return None, revision
        entry, _ = await self._entry(text)
        return entry.name if entry and entry.owner == owner else None, revision

    async def recall(self, owner: str) -> str | None:
        """The name that it holds or had last, unless somebody else has taken one that looks the same."""
        name = await self.name_of(owner)
        if name is None:
            return None
        for key in keys_of(name)[1:]:
            entry, _ = await self._entry(key)
            if entry is not None and entry.owner != owner:
                return None
        return name

    async def owners(self) -> list[str]:
        """Whose all entries are, also those of names of before; who claimed first is the first. Raises StoreError.

        An entry is written anew when it is released; what its owner is found by is so at a claim alone.
        """
        entries, keys = await self._all()
        claimed = {key: at for at, key in enumerate(keys)}
        entries.sort(key=lambda entry: claimed.get(_key(entry.name), -1))
        return list(dict.fromkeys(entry.owner for entry in entries))

    async def names_of(self, owner: str) -> set[str]:
        """All names that an entry says it holds or did, also those of before. Raises StoreError."""
        return {entry.name for entry in (await self._all())[0] if entry.owner == owner}

    async def _all(self) -> tuple[list[_Entry], list[str]]:
        """All entries, and the keys by which owners' names are found; each as they were written, the oldest first."""
        found: list[_Entry] = []
        keys: list[str] = []
        for value in await self._bucket.values(MAX_ENTRY):
            if _KEY.fullmatch(key := value[:MAX_KEY].decode(errors="replace")):
                keys.append(key)
                continue
            try:
                found.append(_decode(value))
            except BadJsonError as error:
                self._skipped("a name", error)
        return found, keys

    async def point(self, owner: str, key: str, revision: int) -> bool:
        """Have an owner's name found by this key; whether it was led to another since that revision."""
        index, value = _index(owner), key.encode()
        if await self._update(index, value, revision) or (await self._bucket.get(index)).value == value:
            return False
        await self._bucket.put(index, value)
        return True

    async def unpoint(self, owner: str) -> None:
        """Have none found."""
        await self._bucket.delete(_index(owner))

    # --- inside ---------------------------------------------------------------------------------------------------

    async def _entry(self, key: str) -> tuple[_Entry | None, int]:
        """What is there, and its revision; what is no entry of ours is as good as nothing."""
        value, revision = await self._bucket.get(key)
        if not value:
            return None, revision
        try:
            return _decode(value), revision
        except BadJsonError as error:
            self._skipped(f"the name at {key}", error)
            return None, revision

    async def _replace(self, key: str, entry: _Entry, revision: int) -> bool:
        return await self._update(key, msgspec.json.encode(entry), revision)

    async def _update(self, key: str, value: bytes, revision: int) -> bool:
        """Whether nobody else was faster."""
        try:
            await self._bucket.replace(key, value, revision)
        except OutrunError:
            return False
        return True


def keys_of(name: str) -> tuple[str, ...]:
    """Of all entries of a name, the one by its key first."""
    return _key(name), *(f"look.{key_of(look)}" for look in sorted(looks(name)))


def _key(name: str) -> str:
    return f"name.{key_of(name_key(name))}"


def _index(owner: str) -> str:
    return f"owner.{owner}"
