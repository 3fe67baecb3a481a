"""How connections end, and what comes of it: the table that the server, gateway chat and the page are tested with."""

from pathlib import Path

import msgspec


class End(msgspec.Struct, forbid_unknown_fields=True):
    """A code, with its reason, or none if no server of today sends it. It has to be said here what comes of it.

    `told`: who types lines has a last word of it. `page`: the phase in which the page is then. `chat`: with which words
    gateway chat gives up, the reason itself if these are empty; None if it comes back.
    """

    code: int
    reason: str
    told: bool
    page: str
    chat: str | None


ENDS = msgspec.json.decode((Path(__file__).parent / "corpus" / "closing.json").read_bytes(), type=list[End])
