"""The wires: bytes in, requests out; messages in, bytes out. No sockets, no clocks, no tasks (sans-I/O).

A new wire is a file in this folder. It has two halves:

- a Format, one for all connections of its kind: how room messages look. The feed encodes a message once per format
  and hands every member at the same cursor the very same bytes;
- a Wire, one a connection: what its peer sent so far, and how answers look.
"""

from collections.abc import Sequence
from typing import Protocol

from ..messages import TEXTS, Message
from .answers import Answer
from .closing import Closing
from .events import Request, Switch


class Format(Protocol):
    """How room messages look on a wire. Stateless, shared, compared by identity."""

    excludes_own: bool
    """Whether a member is spared its own messages. Then `join` MUST be plain concatenation: they are cut out."""

    squeeze: int
    """How many times smaller a chunk is than its messages, about: so many more may go in one write."""

    def encode(self, message: Message) -> bytes:
        """One message, encoded once for all members."""

    def encode_deletion(self, message: Message) -> bytes:
        """That messages are taken back; empty where there is no word for it."""

    def join(self, parts: Sequence[bytes]) -> bytes:
        """A chunk of encoded messages as it is written; there is one at least, and none is empty."""


class TextsAlone:
    """A Format that tells texts, and can take none back."""

    def encode_deletion(self, message: Message) -> bytes:
        """See Format."""
        return b""


def encoded(wire_format: Format, message: Message) -> bytes:
    """An entry of the log as a format has it; empty if that has no word for it. For what was erased none has."""
    if message.kind in TEXTS:
        return wire_format.encode(message)
    return wire_format.encode_deletion(message) if message.of else b""


class Wire(Protocol):
    """One connection's side of a protocol. Ordering rules:

    1. `next_request` MUST give requests in the order of the bytes, and the same ones however the bytes were split.
    2. After `feed_eof` it MUST give what is still pending by the wire's rule, then EndOfInput.
    3. It MUST decode no more than the one request that it gives: what waits is bounded by what was read.
    4. A call of `next_request` MUST do a bounded amount of work. It gives WORKING if there is more to look at and no
       request yet.
    """

    @property
    def name(self) -> str:
        """In metrics."""

    @property
    def tells_presence(self) -> bool:
        """Whether its peers are told who comes and goes."""

    @property
    def format(self) -> Format:
        """How room messages look to this peer, as far as is known by now."""

    @property
    def switches(self) -> frozenset[Switch]:
        """What its peers can switch on and off."""

    @property
    def deadline(self) -> float | None:
        """When `next_request` has to be asked again though nothing came: the time that it was told, in seconds."""

    def feed(self, data: bytes, /) -> None:
        """What came: bytes of a stream, or a whole message. Raises UnicodeDecodeError."""

    def feed_eof(self) -> None:
        """The peer has closed its side."""

    def feed_reset(self) -> None:
        """The connection broke: whole messages that arrived before are still to be said, a tail is not."""

    def next_request(self, now: float) -> Request | None:
        """The next request, or None until more is fed."""

    def answer(self, answer: Answer) -> bytes:
        """An answer as it is written; empty where this wire has no word for it."""

    def switch(self, what: Switch, *, on: bool) -> Answer:
        """Switch one of its `switches`; what the peer is told."""

    def farewell(self, why: Closing) -> bytes:
        """What is written last before an end of ours; empty where its peers are told otherwise, or not at all."""


class Unswitched:
    """A wire on which nothing can be switched, and the end needs no word."""

    __slots__ = ()

    switches: frozenset[Switch] = frozenset()

    def switch(self, what: Switch, *, on: bool) -> Answer:
        """See Wire: it has none."""
        raise ValueError(what)

    def farewell(self, why: Closing) -> bytes:
        """See Wire."""
        return b""
