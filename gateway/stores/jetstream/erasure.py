"""What was taken back: erased from a stream, and known here, so that nothing brings it back.

1. Whether a message is there MUST be asked of the stream's leader: a replica may have it still. What the leader has no
   more is erased by the quorum.
2. What is known as gone MUST be so: see `first`.
"""

from collections.abc import Sequence
from itertools import islice

from ...messages import Hole, Message, erased
from .. import StoreError
from .runs import Runs
from .stream import Stream, each

MOST = 100_000
ONE_BY_ONE = 500
"""That are erased one by one: nats-server writes a whole block of 8 MiB anew for each."""


class Erasure:
    """Of one stream. What is `in` it was taken back; the newest are known, as far as there is room for."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._gone: dict[int, None] = {}
        self._gone_runs = Runs()
        self.textless = Runs()
        """Where the stream holds no texts, as far as that is known."""

    def __contains__(self, seq: int) -> bool:
        return seq in self._gone

    async def see_to(self, deletions: Sequence[Message]) -> None:
        """Erase what these are of; what is erased already is no failure. Raises StoreError."""
        seqs = {seq for deletion in deletions for seq in deletion.of if seq < deletion.seq} - self._gone.keys()
        if seqs:
            await each(self._take_back, seqs)
            self._forget_oldest()
        for seq in (*seqs, *(deletion.seq for deletion in deletions)):
            self.textless.note(seq, seq)

    async def drop(self, seqs: Sequence[int]) -> None:
        """Erase these, which the log begins with, whatever they are. Raises StoreError.

        If they are many, purging has to do but for the newest: the block in which that ends keeps their texts a while.
        """
        if len(seqs) > ONE_BY_ONE:
            await self._stream.purge(seqs[-ONE_BY_ONE])
        await each(self._erase, seqs[-ONE_BY_ONE:])

    def left_of(self, batch: Sequence[Message | Hole]) -> Sequence[Message | Hole]:
        """A batch, without the texts of those that are gone."""
        if not self._gone:
            return batch
        return [erased(item) if isinstance(item, Message) and item.seq in self._gone else item for item in batch]

    def first(self, first: int) -> int:
        """Where the log begins whose stream begins there: what was taken back from before it is no loss."""
        return self._gone_runs.begin_before(first)

    async def _take_back(self, seq: int) -> None:
        if await self._stream.get(seq) is not None:
            await self._erase(seq)
        self._gone[seq] = None
        self._gone_runs.note(seq, seq)

    async def _erase(self, seq: int) -> None:
        try:
            await self._stream.erase(seq)
        except StoreError:
            if await self._stream.get(seq) is not None:  # else another node was faster
                raise

    def _forget_oldest(self) -> None:
        if len(self._gone) > MOST:
            for seq in list(islice(self._gone, len(self._gone) - MOST)):
                del self._gone[seq]
