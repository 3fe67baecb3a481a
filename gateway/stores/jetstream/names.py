"""The names of a room over many nodes: what this node holds, and keeps for as long as it lives.

A name that is held says on which nodes: a person may be in on several. A node has a lease, which it renews; when that
has run out the node is dead, and a name that only dead nodes hold is free. So one entry is renewed for each node, and
not one for each name.

1. A claim that failed half way may have taken some entries: these MUST be given back before its owner claims another
   name, or by themselves when that can be done.
2. A node whose lease ran out meanwhile MUST claim its names again: others may have taken them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from itertools import islice
from math import inf

from ...faults import begin, contained_job
from ...tasks import end
from .. import StoreError
from ..nodes import Dispossessed, NameChanged
from ..records import Skipped
from .broadcast import Broadcast
from .bucket import Bucket
from .entries import Entries, keys_of
from .lease import Lease
from .nats import Link

SETTLE_SECONDS = 2.0
REMEMBERED_SECONDS = 30 * 86400.0
AFFIRM_SECONDS = 86400.0
AT_ONCE = 32
"""Names that are recalled at one time: each takes some requests."""

log = logging.getLogger("gateway.names")


class Names:
    """Who holds which name. `nodes` are told whose name has changed, and this one, whose is somebody else's."""

    def __init__(self, link: Link, names: Bucket, leases: Bucket, nodes: Broadcast, skipped: Skipped) -> None:
        self._link = link
        self._lease = Lease(link, leases, self._doubt_all)
        self._entries = Entries(link, names, self._lease, skipped)
        self._nodes = nodes
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

    @property
    def is_cut_off(self) -> bool:
        """Whether the quorum has heard nothing of this node for so long that it is dead for the others."""
        return self._lease.has_run_out

    async def be_heard(self) -> None:
        """Have the lease renewed now, if it has run out. Raises StoreError: the quorum still hears nothing."""
        if self.is_cut_off:
            await self._lease.renew()

    async def close(self) -> None:
        """Give the lease up: all names that are held here alone are free."""
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
        keys = keys_of(name)
        former, revision = await self._entries.former(owner)
        if not await self._entries.take_all(keys, name, owner):
            return False
        for other in {former or name, self._held.get(owner, name)} - {name}:
            await self._entries.give_up(other, owner, but=keys)
        # Its owner may have taken one elsewhere meanwhile. If it is the same, nobody is told: who hears it claims, too.
        is_another = await self._entries.point(owner, keys[0], revision) or former != name
        self._held[owner] = name
        if is_another:
            self._nodes.tell(NameChanged(owner))
        return True

    async def release(self, owner: str) -> None:
        """A name that its owner holds on another node too stays."""
        if name := self._held.pop(owner, ""):
            try:
                await self._entries.give_up(name, owner, node=self._link.node)
            except StoreError:
                self._held.setdefault(owner, name)  # else it could not be released again
                raise

    async def recall(self, owner: str) -> str | None:
        """As the buckets have it: another node may have given it away."""
        return await self._entries.recall(owner)

    async def all(self) -> Mapping[str, str]:
        """Whose an entry is, it tells; but it may be of a name of before, or forgotten: so each is recalled."""
        found: dict[str, str] = {}
        owners = iter(await self._entries.owners())
        while some := list(islice(owners, AT_ONCE)):
            names = await asyncio.gather(*map(self._entries.recall, some))
            found |= {owner: name for owner, name in zip(some, names, strict=True) if name is not None}
        return found

    async def forget(self, owner: str) -> None:
        """With the entry by which it is found, and those of its names of before."""
        self._held.pop(owner, "")
        for name in await self._entries.names_of(owner):
            await self._entries.remove(name, owner)
        await self._entries.unpoint(owner)

    async def _settle(self, owner: str) -> None:
        """Give back what a claim may have taken that failed; unless it is what its owner has anyway."""
        if owner not in self._doubtful:
            return
        async with self._settling:
            name = self._doubtful.get(owner)
            if name is not None and name != self._held.get(owner):
                await self._entries.give_up(name, owner, node=self._link.node)
            self._doubtful.pop(owner, "")

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
        """Claim again what is held here; who has got another name on another node by now goes by that here too."""
        if (name := self._held.get(owner)) is None:
            return
        if await self._entries.name_of(owner) not in (None, name):
            self._nodes.tell_myself(NameChanged(owner))
        elif owner in self._held and not await self.claim(name, owner) and self._held.pop(owner, ""):
            self._nodes.tell_myself(Dispossessed(owner))
