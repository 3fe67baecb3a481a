"""Who is in the room, as others are told of them."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from .messages import Via
from .names import shown_label

MAX_LABEL = 512
MAX_BY = 64


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """Someone in the room, as others see them. `by` is the person's public id; empty where a node does not tell it.

    Other nodes tell of people in this form: so it has limits.
    """

    name: Annotated[str, Meta(max_length=MAX_LABEL)]
    via: Via
    by: Annotated[str, Meta(max_length=MAX_BY)] = ""

    @property
    def shown(self) -> str:
        """The name that people see: of an address, which the post's heads have, the guest's."""
        return shown_label(self.name, self.by)


class Seen(Person, frozen=True, omit_defaults=True):
    """Someone in the room, as operators see them: from which address, and since when. Others are never told."""

    host: str = ""
    since: datetime | None = None


class Renamed(msgspec.Struct, frozen=True):
    """Someone who goes by another name now."""

    old: Person
    new: Person
