"""What a member is told, whatever the bytes are: answers on their way to a wire.

An answer is for one member alone and its tag is its `type` in chat.v1.json. Messages of the room are no answers:
they go out as chunks, by a Format.
"""

from collections.abc import Sequence, Set

import msgspec
from msgspec import UNSET, UnsetType

from ..messages import Message
from ..people import Person, Renamed


class Answer(msgspec.Struct, frozen=True, tag_field="type"):
    """Something for one member alone."""

    @property
    def seqs(self) -> Set[int]:
        """The messages that stand in it."""
        return _NONE


_NONE: Set[int] = frozenset()


class Welcome(Answer, tag="welcome", frozen=True):
    """The hello was taken; what follows is everything after `seq`. `id` is the member's own public id.

    What comes up to `head` was said before. `title` is the room's, if it has one.
    """

    id: str
    name: str
    session: str
    epoch: str
    seq: int
    resumed: bool
    members: int
    head: int
    title: str | UnsetType = UNSET


class Ack(Answer, tag="ack", frozen=True):
    """The log has the message that was said with `id`, as `seq`."""

    id: str
    seq: int


class NameTaken(Answer, tag="name", frozen=True):
    """You have this name now."""

    name: str


class Pong(Answer, tag="pong", frozen=True):
    """Here."""


class Presence(Answer, tag="presence", frozen=True):
    """How many are here, who came and who left since the last time; `more` if not all of them are named.

    Who was `renamed` has left and joined there, too: so tells a client of before.
    """

    members: int
    joined: list[Person]
    left: list[Person]
    more: bool
    renamed: Sequence[Renamed] = ()


class Who(Answer, tag="who", frozen=True):
    """Who is here; `more` if not all of them are named."""

    members: int
    names: Sequence[Person]
    more: bool


class Page(Answer, tag="page", frozen=True):
    """A page of history, oldest first; `more` if there is something before it; by `after`, behind it."""

    messages: list[Message]
    more: bool

    @property
    def seqs(self) -> Set[int]:
        """See Answer."""
        return frozenset(message.seq for message in self.messages)


class Found(Answer, tag="found", frozen=True):
    """The messages that were looked for, the newest first; `more` if those before `before` were not looked at."""

    messages: list[Message]
    more: bool
    before: int | UnsetType = UNSET

    @property
    def seqs(self) -> Set[int]:
        """See Answer."""
        return frozenset(message.seq for message in self.messages)


class Gap(Answer, tag="gap", frozen=True):
    """The messages `first` to `last` are gone from the log; what follows goes on after them."""

    first: int = msgspec.field(name="from")
    last: int = msgspec.field(name="to")


class Notice(Answer, tag="notice", frozen=True):
    """Something that a person should read; `seconds`: it is so for as long, if that has an end."""

    code: str
    text: str
    seconds: int | UnsetType = UNSET


class Error(Answer, tag="error", frozen=True):
    """What the member asked for was not done, and why; `seconds`: not before so many have passed.

    `detail` is what the code is about: by both a page says it in a language of its own.
    """

    code: str
    message: str
    id: str | None = None
    seconds: int | UnsetType = UNSET
    detail: str | UnsetType = UNSET
