"""What is said over the control socket: a line of JSON asks, lines of JSON answer; behind a Piece stand raw bytes.

1. Each answer ends with Done, Failed or Other: what ends without one is not whole.
"""

from typing import Literal

import msgspec

from ..decoding import Decoder

MAX_ASKED = 4096
"""Bytes of what is asked."""


What = Literal["status", "reload", "backup", "export"]


class Ask(msgspec.Struct, frozen=True):
    """What the gateway of a store is to do; `store` is its identity. `secrets`: of an export, with the room's keys."""

    what: What
    store: str
    secrets: bool = False


class Answer(msgspec.Struct, frozen=True, tag=str.lower):
    """Of all that it answers."""


class Status(Answer, frozen=True):
    """How a gateway is. `since` is when it was opened, in ms since 1970, the `restarts` are of a
    worker; `members` are connections, by wire.
    """

    version: str
    worker: str
    pid: int
    since: int
    restarts: int
    title: str
    store: str
    store_bytes: int
    epoch: str
    first: int
    head: int
    members: dict[str, int]
    people: int
    nodes: list[str]
    lag: int
    stalled: int
    inbox_bytes: int
    store_failing: bool


class Silent(Answer, frozen=True):
    """A worker that does not answer."""

    worker: str


class Told(Answer, frozen=True):
    """A line for the operator."""

    line: str


class Progress(Answer, frozen=True):
    """So much is done, of so much."""

    done: int
    of: int


class Piece(Answer, frozen=True):
    """So many raw bytes follow."""

    size: int


class Done(Answer, frozen=True):
    """All of it was answered."""


class Failed(Answer, frozen=True):
    """It can't be; `why` is one line."""

    why: str


class Other(Answer, frozen=True):
    """It is the gateway of another store, which is shown so."""

    store: str


AnAnswer = Status | Silent | Told | Progress | Piece | Done | Failed | Other

read_ask = Decoder[Ask](Ask)
read_answer = Decoder[AnAnswer](AnAnswer)


def written(said: Ask | Answer) -> bytes:
    """As a line."""
    return msgspec.json.encode(said) + b"\n"
