"""That a node lives: its lease, which it renews; when that has run out the node is dead.

1. It MUST be renewed whatever else takes long or fails: so nothing else is done by its task.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from math import inf

from ...faults import begin, contained_job
from ...tasks import end
from .. import StoreError
from .bucket import Bucket
from .nats import Link

LEASE_SECONDS = 6.0
RENEW_SECONDS = 2.0
MAX_BYTES = 64
_NODE = re.compile(r"[0-9a-f]{12}")

log = logging.getLogger("gateway.lease")


class Lease:
    """This node's, in a bucket whose entries last for LEASE_SECONDS. `lapsed` is called when it had run out."""

    def __init__(self, link: Link, bucket: Bucket, lapsed: Callable[[], None]) -> None:
        self._link = link
        self._bucket = bucket
        self._lapsed = lapsed
        self._renewed_at = -inf
        self._renewer: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Take it, and keep it. Raises StoreError."""
        await self.renew()
        self._renewer = begin(self._keep())

    async def close(self) -> None:
        """Give it up."""
        if self._renewer is not None:
            await end(self._renewer)
        try:
            await self._bucket.delete(self._link.node)
        except StoreError as error:
            log.warning("the node's lease ends by itself: %s", error)

    async def renew(self) -> None:
        """It lasts from now on. Raises StoreError."""
        now = asyncio.get_running_loop().time()
        await self._bucket.put(self._link.node, self._link.node.encode())
        if now > self._renewed_at + LEASE_SECONDS:
            self._lapsed()
        self._renewed_at = now

    @property
    def has_run_out(self) -> bool:
        """Whether there was one, and it could not be renewed in time."""
        return -inf < self._renewed_at < asyncio.get_running_loop().time() - LEASE_SECONDS

    async def is_alive(self, node: str) -> bool:
        """Whether a node has one. Raises StoreError."""
        return node == self._link.node or bool((await self._bucket.get(node)).value)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            await contained_job(None, self._renew_if_it_can)

    async def _renew_if_it_can(self) -> None:
        try:
            await self.renew()
        except StoreError as error:
            log.debug("the lease is not renewed: %s", error)


async def alive(leases: Bucket) -> list[str]:
    """The names of the nodes that have a lease, `?` for one that does not say it. Raises StoreError."""
    found = [value.decode("latin-1") for value in await leases.values(MAX_BYTES)]
    return [name if _NODE.fullmatch(name) else "?" for name in found]
