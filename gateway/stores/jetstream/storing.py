"""Groups of messages go into a stream: all of one or nothing, and each message once, whatever is there already."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from ...messages import Draft
from .known import Known
from .nats import DuplicateError
from .stream import Stream

MAX_HALVINGS = 16
"""Of a group of which the stream has something already: one of it among a thousand is found by ten."""


class Storing:
    """Into one stream. What is stored is `known` by its key."""

    def __init__(self, stream: Stream, known: Known) -> None:
        self._stream = stream
        self._known = known
        self._halvings = 0

    async def store(self, drafts: Sequence[tuple[Draft, str]]) -> list[int]:
        """Store those that are not known to be there, each with its name; the seqs of all. Raises StoreError."""
        known = self._known.seq
        seqs = {name: seq for draft, name in drafts if (seq := known(draft.key) or known(draft.id_key)) is not None}
        messages = {name: draft for draft, name in drafts if name not in seqs}
        self._halvings = MAX_HALVINGS
        seqs |= await self._store_new(messages)
        for name, draft in messages.items():
            self._known.note(draft.key, seqs[name])
        return [seqs[name] for _, name in drafts]

    async def _store_new(self, messages: Mapping[str, Draft]) -> dict[str, int]:
        """All as one. If some of it is there already, which we are not told, by halves; if much is, one by one."""
        if len(messages) < 2:
            return await self._store_in_turns(messages)
        try:
            last = await self._stream.publish_batch([(draft, name) for name, draft in messages.items()])
        except DuplicateError:
            if not self._halvings:
                return await self._store_in_turns(messages)
            self._halvings -= 1
            pairs, middle = list(messages.items()), len(messages) // 2
            return {**await self._store_new(dict(pairs[:middle])), **await self._store_new(dict(pairs[middle:]))}
        return dict(zip(messages, range(last - len(messages) + 1, last + 1), strict=True))

    async def _store_in_turns(self, messages: Mapping[str, Draft]) -> dict[str, int]:
        """A single one that is there already is answered with its seq. An owner's next waits until it has been."""
        seqs: dict[str, int] = {}
        for turn in _turns(messages):
            answers = await asyncio.gather(
                *(self._stream.publish(messages[name], name) for name in turn), return_exceptions=True
            )
            for name, answer in zip(turn, answers, strict=True):
                if isinstance(answer, BaseException):
                    raise answer
                seqs[name] = answer
        return seqs


def _turns(messages: Mapping[str, Draft]) -> list[list[str]]:
    """The names of the first message of each owner, of the second, and so on."""
    turns: list[list[str]] = []
    said: Counter[str] = Counter()
    for name, draft in messages.items():
        if said[draft.owner] == len(turns):
            turns.append([])
        turns[said[draft.owner]].append(name)
        said[draft.owner] += 1
    return turns
