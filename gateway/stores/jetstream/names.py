"""The names of a room over many nodes, in a JetStream key-value bucket.

A name that is held says by which node. A node has a lease, which it renews; when that has run out the node is dead, and
its names are free. So one entry is renewed for each node, and not one for each name.

A name has an entry by its `name_key` and one for each of its `looks`, and is taken if any of them is. Gateways of
before know the first alone: beside them, names that look alike can be held until they are gone.

1. An entry MUST be taken by comparing its revision: of two who want it at once, one gets it.
2. The entry by the key is taken first, and what was taken MUST be given back if another can't be had.
3. A claim that failed half way may have taken some: these MUST be given back before its owner claims another name, or
   by themselves when that can be done.
4. A node whose lease ran out meanwhile MUST claim its names again: others may have taken them.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from math import inf

import msgspec
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from ...decoding import BadJsonError, Decoder
from ...names import name_key
from ...tasks import end
from ...text.skeletons import looks
from .. import StoreError
from ..records import VERSION, Id, Label, Node, Skipped, Version
from .bucket import key_of
from .nats import Link

LEASE_SECONDS = 6.0
RENEW_SECONDS = 2.0
ATTEMPTS = 10
REMEMBERED_SECONDS = 30 * 86400.0
AFFIRM_SECONDS = 86400.0

log = logging.getLogger("gateway.names")


class _Entry(msgspec.Struct, frozen=True):
    name: Label
    owner: Id
    node: Node
    held: bool
    v: Version = 0

    def given_up(self) -> "_Entry":
        """The same, free for everybody."""
        return msgspec.structs.replace(self, held=False)


_decode = Decoder[_Entry](_Entry)
_KEY = re.compile("name[.][0-9a-f]{32}")


class Names:
    """Who holds which name. `lost` is told of an owner whose name another node has given away."""

    def __init__(
        self, link: Link, names: KeyValue, leases: KeyValue, lost: Callable[[str], None], skipped: Skipped
    ) -> None:
        self._link = link
        self._names = names
        self._leases = leases
        self._lost = lost
        self._skipped = skipped
        self._held: dict[str, str] = {}  # owner: name
        self._doubtful: dict[str, str] = {}  # the same, of claims that failed
        self._settling = asyncio.Lock()
        self._renewed_at = self._affirmed_at = -inf
        self._renewer: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Take the node's lease, and keep it. Raises StoreError."""
        await self._renew()
        self._renewer = asyncio.get_running_loop().create_task(self._keep_lease())

    async def close(self) -> None:
        """Give the lease up: all names that are held here are free."""
        if self._renewer is not None:
            await end(self._renewer)
        try:
            async with self._link.patience():
                await self._leases.delete(self._link.node)
        except StoreError as error:
            log.warning("the node's lease ends by itself: %s", error)

    async def claim(self, name: str, owner: str) -> bool:
        """All entries of it, or none; and give up the one before."""
        await self._settle(owner)
        try:
            return await self._claim(name, owner)
        except StoreError:
            self._doubtful[owner] = name
            raise

    async def _claim(self, name: str, owner: str) -> bool:
        wanted = _Entry(name, owner, self._link.node, held=True, v=VERSION)
        keys = _keys_of(name)
        former = await self._name_of(owner)
        if not await self._take_all(keys, wanted):
            return False
        if former is not None and former != name:
            await self._give_up(former, owner, but=keys)
        await self._put(_index(owner), keys[0].encode())
        self._held[owner] = name
        return True

    async def release(self, owner: str) -> None:
        """A name that its owner holds on another node by now stays."""
        if name := self._held.pop(owner, ""):
            try:
                await self._give_up(name, owner, node=self._link.node)
            except StoreError:
                self._held.setdefault(owner, name)  # else it could not be released again
                raise

    async def recall(self, owner: str) -> str | None:
        """As the buckets have it: another node may have given it away."""
        name = await self._name_of(owner)
        if name is None:
            return None
        for key in _keys_of(name)[1:]:
            entry, _ = await self._entry(key)
            if entry is not None and entry.owner != owner:
                return None
        return name

    async def forget(self, owner: str) -> None:
        """With the entry by which it is found."""
        self._held.pop(owner, "")
        if name := await self._name_of(owner):
            await self._give_up(name, owner)
        async with self._link.patience():
            await self._names.delete(_index(owner))

    # --- names ----------------------------------------------------------------------------------------------------

    async def _settle(self, owner: str) -> None:
        """Give back what a claim may have taken that failed; unless it is what its owner has anyway."""
        if owner not in self._doubtful:
            return
        async with self._settling:
            name = self._doubtful.get(owner)
            if name is not None and name != self._held.get(owner):
                await self._give_up(name, owner, node=self._link.node)
            self._doubtful.pop(owner, "")

    async def _take_all(self, keys: Sequence[str], wanted: _Entry) -> bool:
        """Take all entries of a name, or none."""
        taken: dict[str, _Entry] = {}
        for key in keys:
            before = await self._take(key, wanted)
            if before is None:
                for earlier, entry in taken.items():
                    await self._put(earlier, msgspec.json.encode(entry))
                return False
            taken[key] = before
        return True

    async def _take(self, key: str, wanted: _Entry) -> _Entry | None:
        """Take an entry; returns what was there before, if only a name that is free; None if somebody holds it."""
        for _ in range(ATTEMPTS):
            entry, revision = await self._entry(key)
            if entry and entry.held and entry.owner != wanted.owner and await self._is_alive(entry.node):
                return None
            if await self._replace(key, wanted, revision):
                return entry or wanted.given_up()
        raise StoreError(f"too many want the name {wanted.name} at once; try again")

    async def _give_up(self, name: str, owner: str, node: str = "", but: Sequence[str] = ()) -> None:
        """Let others have a name that this owner holds; if `node` is given, only if it does so there."""
        for key in _keys_of(name):
            entry, revision = (None, 0) if key in but else await self._entry(key)
            if entry and entry.held and entry.owner == owner and node in ("", entry.node):
                await self._replace(key, entry.given_up(), revision)

    async def _name_of(self, owner: str) -> str | None:
        """The name that an owner holds or had last, by its key."""
        key, _ = await self._get(_index(owner))
        text = key.decode(errors="replace")
        if not key or _KEY.fullmatch(text) is None:
            return None
        entry, _ = await self._entry(text)
        return entry.name if entry and entry.owner == owner else None

    async def _entry(self, key: str) -> tuple[_Entry | None, int]:
        """What is there, and its revision; what is no entry of ours is as good as nothing."""
        value, revision = await self._get(key)
        if not value:
            return None, revision
        try:
            return _decode(value), revision
        except BadJsonError as error:
            self._skipped(f"the name at {key}", error)
            return None, revision

    # --- the lease ------------------------------------------------------------------------------------------------

    async def _keep_lease(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self._renew()
                for owner in tuple(self._doubtful):
                    await self._settle(owner)
            except StoreError as error:
                log.debug("the lease is not renewed: %s", error)

    async def _renew(self) -> None:
        now = asyncio.get_running_loop().time()
        async with self._link.patience():
            await self._leases.put(self._link.node, b"here")
        if now > self._renewed_at + LEASE_SECONDS:
            self._affirmed_at = -inf  # until it is done: it may fail, too
        self._renewed_at = now
        if now > self._affirmed_at + AFFIRM_SECONDS:
            await self._affirm()
            self._affirmed_at = now

    async def _affirm(self) -> None:
        """Claim again what is held here, unless its owner has another name on another node by now."""
        for owner, name in list(self._held.items()):
            if await self._name_of(owner) not in (None, name):
                self._held.pop(owner, "")
            elif owner in self._held and not await self.claim(name, owner) and self._held.pop(owner, ""):
                self._lost(owner)

    async def _is_alive(self, node: str) -> bool:
        if node == self._link.node:
            return True
        async with self._link.patience():
            try:
                await self._leases.get(node)
            except KeyNotFoundError:
                return False
        return True

    # --- the bucket -----------------------------------------------------------------------------------------------

    async def _get(self, key: str) -> tuple[bytes, int]:
        """The value and its revision; nothing and 0 if there is none."""
        async with self._link.patience():
            try:
                found = await self._names.get(key)
            except KeyNotFoundError:
                return b"", 0
        return found.value or b"", found.revision or 0

    async def _put(self, key: str, value: bytes) -> None:
        async with self._link.patience():
            await self._names.put(key, value)

    async def _replace(self, key: str, entry: _Entry, revision: int) -> bool:
        """Whether nobody else was faster."""
        async with self._link.patience():
            try:
                await self._names.update(key, msgspec.json.encode(entry), revision)
            except KeyWrongLastSequenceError:
                return False
        return True


def _keys_of(name: str) -> tuple[str, ...]:
    return f"name.{key_of(name_key(name))}", *(f"look.{key_of(look)}" for look in sorted(looks(name)))


def _index(owner: str) -> str:
    return f"owner.{owner}"
