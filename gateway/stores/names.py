"""The names of a room over many nodes, in a JetStream key-value bucket.

A name that is held says by which node. A node has a lease, which it renews; when that has run out the node is dead, and
its names are free. So one entry is renewed for each node, and not one for each name.

1. A name MUST be taken by comparing its revision: of two who want it at once, one gets it.
2. A node whose lease ran out meanwhile MUST claim its names again: others may have taken them.
"""

import asyncio
import logging
from collections.abc import Callable

import msgspec
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from ..decoding import Decoder
from ..names import name_key
from ..tasks import end
from . import StoreError
from .bucket import key_of
from .nats import Link

LEASE_SECONDS = 6.0
RENEW_SECONDS = 2.0
ATTEMPTS = 10
REMEMBERED_SECONDS = 30 * 86400.0
AFFIRM_SECONDS = 86400.0

log = logging.getLogger("gateway.names")


class _Entry(msgspec.Struct, frozen=True):
    name: str
    owner: str
    node: str
    held: bool


_decode = Decoder[_Entry](_Entry)


class Names:
    """Who holds which name. `lost` is told of an owner whose name another node has given away."""

    def __init__(self, link: Link, names: KeyValue, leases: KeyValue, lost: Callable[[str], None]) -> None:
        self._link = link
        self._names = names
        self._leases = leases
        self._lost = lost
        self._held: dict[str, str] = {}  # owner: name
        self._renewed_at = 0.0
        self._affirmed_at = 0.0
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
        """See the contract."""
        key = f"name.{key_of(name_key(name))}"
        if not await self._take(key, _Entry(name, owner, self._link.node, held=True)):
            return False
        index = f"owner.{owner}"
        before, _ = await self._get(index)
        if before != key.encode():
            if before:
                await self._give_up(before.decode(), owner)
            await self._put(index, key.encode())
        self._held[owner] = name
        return True

    async def release(self, owner: str) -> None:
        """See the contract. A name that its owner holds on another node by now stays."""
        self._held.pop(owner, "")
        key, _ = await self._get(f"owner.{owner}")
        if key:
            await self._give_up(key.decode(), owner)

    async def recall(self, owner: str) -> str | None:
        """See the contract."""
        key, _ = await self._get(f"owner.{owner}")
        if not key:
            return None
        entry, _ = await self._entry(key.decode())
        return entry.name if entry and entry.owner == owner else None

    # --- names ----------------------------------------------------------------------------------------------------

    async def _take(self, key: str, wanted: _Entry) -> bool:
        for _ in range(ATTEMPTS):
            entry, revision = await self._entry(key)
            if entry and entry.held and entry.owner != wanted.owner and await self._is_alive(entry.node):
                return False
            if await self._replace(key, wanted, revision):
                return True
        raise StoreError(f"too many want the name {wanted.name} at once; try again")

    async def _give_up(self, key: str, owner: str) -> None:
        entry, revision = await self._entry(key)
        if entry and entry.held and (entry.owner, entry.node) == (owner, self._link.node):
            await self._replace(key, _Entry(entry.name, owner, entry.node, held=False), revision)

    async def _entry(self, key: str) -> tuple[_Entry | None, int]:
        value, revision = await self._get(key)
        return (_decode(value) if value else None), revision

    # --- the lease ------------------------------------------------------------------------------------------------

    async def _keep_lease(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self._renew()
            except StoreError as error:
                log.debug("the lease is not renewed: %s", error)

    async def _renew(self) -> None:
        now = asyncio.get_running_loop().time()
        async with self._link.patience():
            await self._leases.put(self._link.node, b"here")
        has_lapsed = now > self._renewed_at + LEASE_SECONDS
        self._renewed_at = now
        if has_lapsed or now > self._affirmed_at + AFFIRM_SECONDS:
            await self._affirm()
            self._affirmed_at = now

    async def _affirm(self) -> None:
        """Claim again what is held here."""
        for owner, name in list(self._held.items()):
            if owner in self._held and not await self.claim(name, owner) and self._held.pop(owner, ""):
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
