"""What comes out of a stream: messages as they lie in it, by a consumer that follows or by a read."""

import asyncio
import logging
import re
from binascii import unhexlify
from collections.abc import Callable, Container

from nats.aio.msg import Msg

from ...decoding import BadJsonError, Decoder
from ...messages import MAX_SEQ, Hole, Message
from ..records import Record, Skipped, message_in
from .consumer import ENDS, UNREADY, UNREADY_SECONDS
from .known import Known
from .nats import AwayError, Place, status_of

SILENCE_SECONDS = 1.5
MAX_BATCH = 256
GATHER_SECONDS = 0.002
MAX_UNREADY = 20
_HEARTBEAT = "100"
_EXPIRED = "408"
_OLD_TOKENS = 9
_NAME = re.compile(rb"\r\nNats-Msg-Id: ?([0-9a-f]{32})\r\n")

log = logging.getLogger("gateway.jetstream")


_decode = Decoder[Record](Record)


class RecordReader:
    """Makes messages of what lies in a stream; a Hole of what no gateway said."""

    def __init__(self, by_of: Callable[[str], str], skipped: Skipped) -> None:
        self._by_of = by_of
        self._skipped = skipped

    def __call__(self, seq: int, data: bytes) -> Message | Hole:
        """What a message of the stream is."""
        try:
            return message_in(seq, _decode(data), self._by_of)
        except BadJsonError as error:
            self._skipped(f"message {seq} of the stream", error)
            return Hole(seq, seq)


class Delivery:
    """What a consumer sends: whole, in order, or not at all."""

    def __init__(self, place: Place, read: RecordReader, known: Known) -> None:
        self.owed = 0  # messages that were asked for and did not come yet
        self.deletions: list[Message] = []  # of what came, until they are seen to
        self._known = known
        self._place = place
        self._read = read
        self._expected = 1
        self._batch: list[Message | Hole] = []
        self._problem = ""
        self._unready = 0
        self._came = asyncio.Event()
        self._is_inside_batch = self._is_gathering = False

    def take(self, reply: bytes, headers: bytes, data: bytes) -> None:
        """A message came; the connection calls this."""
        self._unready = 0
        self.owed -= 1
        try:
            seq, delivered, pending = _place_of(reply)
        except (IndexError, ValueError):
            self._problem = f"what came is not from its consumer: {reply[:64]!r}"
            self._came.set()
            return
        if delivered != self._expected and not self._problem:
            self._problem = f"consumer sequence {delivered} came where {self._expected} was due"
        if not self._problem:
            item = self._read(seq, data)
            self._batch.append(item)
            self._known.note(key_in(headers), seq)
            if isinstance(item, Message) and item.kind == "deleted":
                self.deletions.append(item)
                self._known.note_taken_back(keys_in(data, item.of))
        self._expected += 1  # what raised is missed then
        self._is_inside_batch = b"Nats-Batch-Id:" in headers and b"Nats-Batch-Commit:" not in headers
        self._tell(more=pending > 0 or self._is_inside_batch)

    async def heed(self, message: Msg) -> None:
        """A status came instead; the connection calls this."""
        headers = message.headers or {}
        status = status_of(headers)
        if status == UNREADY and self._unready < MAX_UNREADY:
            self._unready += 1
            self.owed = 0
            asyncio.get_running_loop().call_later(UNREADY_SECONDS, self._came.set)
            return
        self._came.set()
        if status == _EXPIRED or headers.get("Description") in ENDS:
            self.owed -= _number(headers.get("Nats-Pending-Messages", "0")) or 0
        elif status != _HEARTBEAT:
            self._problem = headers.get("Description") or f"status {status}"

    def _tell(self, *, more: bool) -> None:
        """Wake who waits: at once if this was the last for now, else when enough are together: they are one chunk."""
        if not more or self._problem or len(self._batch) >= MAX_BATCH:
            self._came.set()
        elif not self._is_gathering:
            self._is_gathering = True
            asyncio.get_running_loop().call_later(GATHER_SECONDS, self._gathered)

    def _gathered(self) -> None:
        """What is stored as one is told as one, as long as it is no more than a chunk: it may be taken back in it."""
        self._is_gathering = False
        if not self._is_inside_batch:
            self._came.set()

    async def next(self) -> list[Message | Hole]:
        """What came since the last call; nothing if that was only a sign of life. Raises StoreError."""
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                await self._came.wait()
        except TimeoutError as error:
            raise AwayError("its consumer is silent", self._place) from error
        self._came.clear()
        batch, self._batch = self._batch, []
        if self._problem and not batch:
            raise AwayError(self._problem, self._place)
        return batch


def key_in(headers: bytes) -> bytes | None:
    """The key by which it was named, if it has one."""
    found = _NAME.search(headers)
    return unhexlify(found[1]) if found else None


def id_key_in(data: bytes) -> bytes | None:
    """What its record says that is to outlive it of its key, if that is not all of it."""
    try:
        return bytes.fromhex(_decode(data).id_key) or None
    except BadJsonError:
        return None


def keys_in(data: bytes, of: Container[int]) -> dict[bytes, int]:
    """The keys that the record of a deletion carries, of what it takes back."""
    try:
        keys = _decode(data).keys
    except BadJsonError:
        return {}
    return {bytes.fromhex(key): seq for key, seq in keys.items() if seq in of}


def _place_of(reply: bytes) -> tuple[int, int, int]:
    """Of a message that a consumer delivers: its seq, the consumer's own sequence, and how many follow.

    `$JS.ACK.`, in newer servers domain and account, then stream, consumer, deliveries, seq, sequence, time, pending.
    Message.metadata has it too, with a time that nobody asks for.
    """
    tokens = reply.split(b".")
    start = 2 if len(tokens) == _OLD_TOKENS else 4
    numbers = tokens[start + 3], tokens[start + 4], tokens[start + 6]
    if not b"".join(numbers).isdigit():  # a sign, blanks and underscores are numbers to `int`
        raise ValueError
    seq, delivered, pending = map(int, numbers)
    if not 0 < seq <= MAX_SEQ:
        raise ValueError
    return seq, delivered, pending


def _number(text: str) -> int | None:
    """A whole number as NATS writes it; None for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None


class Reading:
    """What one direct read brings."""

    def __init__(self, after: int, read: RecordReader) -> None:
        self._read = read
        self.first = self.last = after
        self.items: list[Message | Hole] = []
        self.done = asyncio.Event()

    async def hear(self, message: Msg) -> None:
        """Something came; the connection calls this."""
        headers = message.headers or {}
        seq = _number(headers.get("Nats-Sequence", ""))
        # What the server itself has to say is of no seq; a record may have any field, also one called Status.
        if seq is None or not self.last < seq <= MAX_SEQ:
            self.done.set()
            return
        self.first = seq if self.first == self.last else self.first
        self.last = seq
        self.items.append(self._read(seq, message.data))

    @property
    def messages(self) -> list[Message]:
        """Those of it that are any."""
        return [item for item in self.items if isinstance(item, Message) and item.kind != "erased"]
