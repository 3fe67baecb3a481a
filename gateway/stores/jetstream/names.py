"""The names of a room over many nodes, in a JetStream key-value bucket.

A name that is held says by which node; when that node's lease has run out its names are free. So one entry is renewed
for each node, and not one for each name.

A name has an entry by its `name_key` and one for each of its `looks`, and is taken if any of them is. Gateways of
before know the first alone: beside them, names that look alike can be held until they are gone.

1. An entry MUST be taken by comparing its revision: of two who want it at once, one gets it.
2. The entry by the key is taken first, and what was taken MUST be given back if another can't be had.
3. A claim that failed half way may have taken some: these MUST be given back before its owner claims another name, or
   by themselves when that can be done.
4. A node whose lease ran out meanwhile MUST claim its names again, each whatever comes of others: others may have taken
   them.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from math import inf

import msgspec

from ...decoding import BadJsonError, Decoder
from ...faults import begin, contained_job
from ...names import name_key
from ...tasks import end
from ...text.skeletons import looks
from .. import StoreError
from ..records import VERSION, Id, Label, Node, Skipped, Version
from .bucket import Bucket, key_of
from .lease import Lease
from .nats import Link, OutrunError

SETTLE_SECONDS = 2.0
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
MAX_KEY = 64


class Names:
    """Who holds which name. `lost` is told of an owner whose name another node has given away."""

    def __init__(
        self, link: Link, names: Bucket, leases: Bucket, lost: Callable[[str], None], skipped: Skipped
    ) -> None:
        self._link = link
        self._names = names
        self._lease = Lease(link, leases, self._doubt_all)
        self._lost = lost
        self._skipped = skipped
        self._held: dict[str, str] = {}  # owner: name
        self._doubtful: dict[str, str] = {}  # the same, of claims that failed
        self._settling = asyncio.Lock()
        self._unaffirmed: set[str] = set()  # owners of what is held
        self._affirmed_at = -inf
        self._has_doubts = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Take the node's lease, and keep it, and what is held by it. Raises StoreError."""
        await self._lease.open()
        self._keeper = begin(self._keep())

    async def close(self) -> None:
        """Give the lease up: all names that are held here are free."""
        if self._keeper is not None:
            await end(self._keeper)
        await self._lease.close()

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
            if entry and entry.held and entry.owner != wanted.owner and await self._lease.is_alive(entry.node):
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
        key, _ = await self._names.get(_index(owner))
        text = key[:MAX_KEY].decode(errors="replace")
        if _KEY.fullmatch(text) is None:
            return None
        entry, _ = await self._entry(text)
        return entry.name if entry and entry.owner == owner else None

    async def _entry(self, key: str) -> tuple[_Entry | None, int]:
        """What is there, and its revision; what is no entry of ours is as good as nothing."""
        value, revision = await self._names.get(key)
        if not value:
            return None, revision
        try:
            return _decode(value), revision
        except BadJsonError as error:
            self._skipped(f"the name at {key}", error)
            return None, revision

    # --- what is held here ----------------------------------------------------------------------------------------

    def _doubt_all(self) -> None:
        self._affirmed_at = -inf
        self._has_doubts.set()

    async def _keep(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_SECONDS):
                    await self._has_doubts.wait()
            await contained_job(None, self._keep_all)

    async def _keep_all(self) -> None:
        """Affirm and settle what is due: each by itself, so that one that fails keeps no other from it."""
        self._has_doubts.clear()
        now = asyncio.get_running_loop().time()
        if now > self._affirmed_at + AFFIRM_SECONDS:
            self._affirmed_at = now
            self._unaffirmed.update(self._held)
        for owner in tuple(self._unaffirmed):
            await contained_job(None, partial(self._try, self._affirm_again, owner))
        for owner in tuple(self._doubtful):
            await contained_job(None, partial(self._try, self._settle, owner))

    async def _try(self, job: Callable[[str], Awaitable[None]], owner: str) -> None:
        try:
            await job(owner)
        except StoreError as error:
            log.debug("a name is not kept yet: %s", error)

    async def _affirm_again(self, owner: str) -> None:
        self._unaffirmed.discard(owner)  # before: it may have to be affirmed anew meanwhile
        is_done = False
        try:
            await self._affirm(owner)
            is_done = True
        finally:
            if not is_done:
                self._unaffirmed.add(owner)

    async def _affirm(self, owner: str) -> None:
        """Claim again what is held here, unless its owner has another name on another node by now."""
        if (name := self._held.get(owner)) is None:
            return
        if await self._name_of(owner) not in (None, name):
            self._held.pop(owner, "")
        elif owner in self._held and not await self.claim(name, owner) and self._held.pop(owner, ""):
            self._lost(owner)

    # --- the bucket -----------------------------------------------------------------------------------------------

    async def _put(self, key: str, value: bytes) -> None:
        await self._names.put(key, value)

    async def _replace(self, key: str, entry: _Entry, revision: int) -> bool:
        """Whether nobody else was faster."""
        try:
            await self._names.replace(key, msgspec.json.encode(entry), revision)
        except OutrunError:
            return False
        return True


def _keys_of(name: str) -> tuple[str, ...]:
    return f"name.{key_of(name_key(name))}", *(f"look.{key_of(look)}" for look in sorted(looks(name)))


def _index(owner: str) -> str:
    return f"owner.{owner}"
