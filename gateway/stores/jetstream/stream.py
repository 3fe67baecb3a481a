"""One JetStream stream: made if it is not there, watched for being another one, published to."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from ...messages import MAX_SEQ, Draft
from .. import FULL, KEY_SECONDS, EndedError, StoreError
from ..records import Epoch, record_of
from ..wall import machine_time
from .clock import Clock
from .consumer import NANO, Consumer, consume
from .delivery import id_key_in, key_in, keys_in
from .disk import check_disk, disk_named
from .nats import Link, NoMessageError

DUPLICATE_SECONDS = KEY_SECONDS + 60
MAX_REPLICAS = 3
AT_ONCE = 8
"""Messages that are asked for, or erased, at one time: each is to be answered within ANSWER_SECONDS."""
_HEAD = b"NATS/1.0\r\nNats-Msg-Id: %b\r\nNats-Batch-Id: %b\r\nNats-Batch-Sequence: %d\r\n\r\n"

T = TypeVar("T")

log = logging.getLogger("gateway.jetstream")


class _Config(msgspec.Struct):
    max_msgs: int
    max_bytes: int
    num_replicas: int
    duplicate_window: int
    allow_atomic: bool = False
    allow_direct: bool = False


class _State(msgspec.Struct):
    first_seq: Annotated[int, Meta(ge=0)]
    last_seq: Annotated[int, Meta(ge=0)]
    bytes: Annotated[int, Meta(ge=0)] = 0


class _Info(msgspec.Struct):
    created: Epoch
    config: _Config
    state: _State
    ts: Annotated[datetime, Meta(tz=True)] | None = None


class Lying(msgspec.Struct):
    """A message as it lies in the stream."""

    seq: Annotated[int, Meta(ge=0)]
    time: datetime
    hdrs: bytes = b""  # both in base64
    data: bytes = b""


class _Got(msgspec.Struct):
    message: Lying


class _Found(msgspec.Struct):
    streams: list[str] | None = None


class _Acknowledged(msgspec.Struct):
    seq: int


async def each(job: Callable[[int], Awaitable[T]], seqs: Iterable[int]) -> list[T]:
    """Do it for each of these, some at a time. What fails is raised when all of its time are done."""
    done: list[T] = []
    left = iter(seqs)
    while some := list(islice(left, AT_ONCE)):
        for answer in await asyncio.gather(*map(job, some), return_exceptions=True):
            if isinstance(answer, BaseException):
                raise answer
            done.append(answer)
    return done


class Stream:
    """A room's stream. `keep` in messages, `keep_bytes` in bytes of all that is stored, heads included.

    `machine` is the machine's time.
    """

    def __init__(self, link: Link, keep: int, keep_bytes: int, machine: Callable[[], int] = machine_time) -> None:
        self.name = f"CHAT_{link.place.room}"
        self.subject = f"chat.{link.place.room}"
        self.created = ""
        self.first = 1
        self.head = 0
        self.size = 0
        self.replicas = 1
        self.clock = Clock(link.place, machine)
        self._link = link
        self._keep = keep
        self._keep_bytes = keep_bytes

    async def open(self) -> None:
        """Find it, or make it. Raises StoreError."""
        if not await self.is_there():
            await self._make()
        info = await self._info()
        self._judge(info.config)
        self.created = info.created
        self._had(info.state)
        self.replicas = info.config.num_replicas

    async def is_there(self) -> bool:
        """Whether it was made. Raises StoreError."""
        found = await self._link.ask(_Found, "$JS.API.STREAM.NAMES", {"subject": self.subject})
        return self.name in (found.streams or [])

    async def refresh(self, had: int = 0) -> None:
        """Look what it retains, and what time it is there.

        Raises EndedError if it is not the one that had messages up to `had` any more, StoreError.
        """
        info = await self._info()
        if info.created != self.created:
            raise EndedError(f"the stream {self.name} was made anew: start again")
        if info.state.last_seq < had:
            lost = had - info.state.last_seq
            raise EndedError(f"the stream {self.name} has lost its newest messages, {lost} of them: start again")
        self._had(info.state)

    async def check(self) -> None:
        """Whether its leader is there, and can write as far as it tells. Raises StoreError."""
        await self.refresh()
        await self._check_disk()

    async def publish(self, draft: Draft, name: str) -> int:
        """Store a message, unless one of this name is there; returns its seq. Raises StoreError."""
        record = record_of(draft, await self._keys_of(draft))
        async with disk_named(self._check_disk, self._link.place):
            return (await self._link.ask(_Acknowledged, self.subject, record, {"Nats-Msg-Id": name})).seq

    async def publish_batch(self, drafts: Sequence[tuple[Draft, str]]) -> int:
        """Store all or none of some messages; returns the seq of the last. Raises StoreError, DuplicateError."""
        batch = secrets.token_hex(8)
        keys = {id(draft): await self._keys_of(draft) for draft, _ in drafts if draft.of}
        *others, (last, last_name) = drafts
        group = batch.encode()
        async with self._link.patience():
            await self._link.client.publish_all(
                self.subject,
                (
                    (_HEAD % (name.encode(), group, number), record_of(draft, keys.get(id(draft))))
                    for number, (draft, name) in enumerate(others, 1)
                ),
            )
        commit = {
            "Nats-Msg-Id": last_name,
            "Nats-Batch-Id": batch,
            "Nats-Batch-Sequence": str(len(drafts)),
            "Nats-Batch-Commit": "1",
        }
        record = record_of(last, keys.get(id(last)))
        async with disk_named(self._check_disk, self._link.place):
            return (await self._link.ask(_Acknowledged, self.subject, record, commit)).seq

    async def get(self, seq: int) -> Lying | None:
        """What the leader has there. Raises StoreError."""
        return await self._get({"seq": seq})

    async def newest(self) -> Lying | None:
        """The newest that there is: the head may have been dropped. Raises StoreError."""
        return await self._get({"last_by_subj": self.subject})

    async def next(self, seq: int) -> Lying | None:
        """The first that the leader has from there on. Raises StoreError."""
        return await self._get({"seq": seq, "next_by_subj": self.subject})

    async def erase(self, seq: int) -> None:
        """Write over what is there: done by the quorum when this returns. Raises StoreError, also if nothing is."""
        await self._link.ask(msgspec.Raw, f"$JS.API.STREAM.MSG.DELETE.{self.name}", {"seq": seq})

    async def purge(self, seq: int) -> None:
        """Drop all that is before a seq. Raises StoreError."""
        await self._link.ask(msgspec.Raw, f"$JS.API.STREAM.PURGE.{self.name}", {"seq": seq})

    async def consume(self, after: int) -> Consumer:
        """Begin to read behind `after`. Raises StoreError."""
        return await consume(self._link, self.name, "by_start_sequence", start=after + 1)

    async def _check_disk(self) -> None:
        if self.replicas == 1:  # of several, who can't write leads no more
            await check_disk(self._link, self.name)

    async def _get(self, question: Mapping[str, object]) -> Lying | None:
        try:
            return (await self._link.ask(_Got, f"$JS.API.STREAM.MSG.GET.{self.name}", question)).message
        except NoMessageError:
            return None

    async def _keys_of(self, deletion: Draft) -> dict[str, int]:
        """The keys of what it takes back, and of what a deletion that it takes back was of: they outlive it."""
        keys: dict[bytes, int] = {}
        for seq, found in zip(deletion.of, await each(self.get, deletion.of), strict=True):
            if found is not None:
                keys |= keys_in(found.data, deletion.of)
                if (key := id_key_in(found.data) or key_in(found.hdrs)) is not None:
                    keys[key] = seq
        return {key.hex(): seq for key, seq in keys.items()}

    async def _info(self) -> _Info:
        asked_at = self.clock.machine()
        info = await self._link.ask(_Info, f"$JS.API.STREAM.INFO.{self.name}")
        self.clock.heard(asked_at, info.ts)
        return info

    def check_seq(self, seq: int) -> None:
        """Whether a message may have this seq. Raises StoreError."""
        if seq > MAX_SEQ:
            raise StoreError(FULL, self._link.place)

    def _had(self, state: _State) -> None:
        self.check_seq(state.last_seq + 1)
        self.first = max(1, state.first_seq)  # 0, if there never was one
        self.head = max(self.head, state.last_seq)
        self.size = state.bytes

    async def _make(self) -> None:
        """With as many replicas as there can be, MAX_REPLICAS at most."""
        for replicas in range(MAX_REPLICAS, 1, -1):
            try:
                await self._create(replicas)
            except StoreError as error:
                log.debug("no %s replicas: %s", replicas, error)
            else:
                return
        await self._create(1)

    async def _create(self, replicas: int) -> None:
        config = {
            "name": self.name,
            "subjects": [self.subject],
            "storage": "file",
            "discard": "old",
            "max_msgs": self._keep,
            "max_bytes": self._keep_bytes,
            "duplicate_window": DUPLICATE_SECONDS * NANO,
            "allow_atomic": True,
            "allow_direct": True,
            "num_replicas": replicas,
        }
        info = await self._link.ask(_Info, f"$JS.API.STREAM.CREATE.{self.name}", config)
        log.warning("the room's stream %s was made, with %s replicas", self.name, info.config.num_replicas)

    def _judge(self, config: _Config) -> None:
        """Whether a stream can be used, and how it differs from what would be made. Raises StoreError."""
        if not (config.allow_atomic and config.allow_direct):
            raise StoreError(
                f"{self.name} takes no atomic batches or direct reads: nats-server 2.12 or newer is needed,"
                " and a stream that the gateway made",
                self._link.place,
            )
        if config.duplicate_window < KEY_SECONDS * NANO:
            log.warning("%s knows what was said for %s s only", self.name, config.duplicate_window // NANO)
        for flag, there, wanted in (
            ("messages (--keep)", config.max_msgs, self._keep),
            ("bytes (--keep-mib)", config.max_bytes, self._keep_bytes),
        ):
            if there != wanted:
                log.warning("%s was made to keep %s %s and does, not %s", self.name, there, flag, wanted)
