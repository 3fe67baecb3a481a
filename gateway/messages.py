"""What is said, and by whom: messages, drafts, positions, sessions; and how text is cleaned, once, on the way in."""

import re
import secrets
from binascii import b2a_base64
from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Literal, get_args

import msgspec

from .text.controls import clean

Via = Literal["tcp", "web"]
Kind = Literal["", "action"]
"""What is said: a text, or what somebody does (`/me waves`)."""
Entry = Literal[Kind, "deleted", "erased"]
"""What an entry of the log is: something said; that others are taken back (see `of`); what is left of such a one."""

TEXTS: frozenset[Entry] = frozenset(get_args(Kind))
"""The entries that hold what somebody said."""
MAX_DELETED = 500
"""Messages that one entry takes back."""
MAX_SEQ = 2**53 - 1
"""The last that every client can hold: numbers of JavaScript, and of most JSON, are exact to there."""
ERASED_LABEL = "-"
"""Of what is left of a message: there is no shorter one."""
_SEQ = re.compile("[1-9][0-9]{0,15}")


class Spoken(msgspec.Struct, frozen=True, gc=False):
    """What a speaker gives of what it says: the request has that, and so has all that becomes of it.

    `re` is the seq of what it answers, 0 if it answers nothing.
    """

    text: str
    kind: Entry = ""
    re: Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQ)] = 0


class Said(Spoken, frozen=True, gc=False, kw_only=True):
    """What was said, when, and by whom: what a log keeps of it.

    `at` is in milliseconds since 1970 (UTC). `owner` is who said it: see `owner_of`; empty where the log does not know.
    `origin` is the connection that said it, so that a wire can leave a member's own messages out.
    """

    at: int
    label: str
    via: Via
    owner: str
    origin: str

    @property
    def of(self) -> tuple[int, ...]:
        """The seqs of what it takes back; none if it is no deletion, or its text is not what `deletion_of` wrote."""
        if self.kind != "deleted":
            return ()
        seqs = self.text.split(" ", MAX_DELETED)
        if len(seqs) > MAX_DELETED or not all(map(_SEQ.fullmatch, seqs)):
            return ()
        return tuple(seq for seq in map(int, seqs) if seq <= MAX_SEQ)


class Draft(Said, frozen=True, gc=False, kw_only=True):
    """A message that the log has not yet. `key` makes saying it again the same one, if there is one: see `say_key`.

    `id_key` is given if nothing but the text is secret of that: a key of all but the text. What is kept on disk behind
    the text's end MUST be made of this one alone, or whoever reads it finds the text by guesses.
    """

    key: bytes | None = None
    id_key: bytes | None = None


class Message(Said, frozen=True, gc=False, kw_only=True):
    """A message in the log. `seq` is its place in the one order that everybody sees.

    `by` is the public id of its owner: see `public_ids`; of no owner it is empty.
    """

    by: str
    seq: int

    @property
    def cost(self) -> int:
        """Bytes of memory that it takes, about: the object with its fields, and the text."""
        return 330 + len(self.text) * 2


class Hole(msgspec.Struct, frozen=True, gc=False):
    """The seqs `first` to `last` of a log, which hold nothing to tell: dropped before they were read, or no message."""

    first: int
    last: int


class Position(msgspec.Struct, frozen=True, gc=False):
    """A place in a log: after message `seq` of the log whose identity is `epoch`; empty is the present one's."""

    epoch: str
    seq: int


def message_of(seq: int, draft: Draft, by: str) -> Message:
    """The message that a draft became when the log gave it `seq`; `by` is its owner's public id."""
    return Message(
        seq=seq,
        at=draft.at,
        label=draft.label,
        via=draft.via,
        owner=draft.owner,
        by=by,
        origin=draft.origin,
        text=draft.text,
        kind=draft.kind,
        re=draft.re,
    )


def draft_of(message: Message) -> Draft:
    """The draft that became this message, but for its keys: all that both have, whatever that is."""
    return Draft(**{name: getattr(message, name) for name in Said.__struct_fields__})


def deletion_of(seqs: Iterable[int]) -> str:
    """The text of an entry that takes back the messages with these seqs, MAX_DELETED at most."""
    return " ".join(map(str, seqs))


def erased(message: Message) -> Message:
    """What is left of a message that was taken back."""
    return remains(message.seq, message.at, message.via)


def remains(seq: int, at: int, via: Via = "web") -> Message:
    """What is left where something was: its place, its time and its port. Whatever else a message has is not told."""
    return Message(seq=seq, at=at, via=via, kind="erased", label=ERASED_LABEL, owner="", by="", origin="", text="")


# --- text ---------------------------------------------------------------------------------------------------------


def clean_text(text: str) -> str:
    """Text as the room keeps it: `\\n` for every line end and none around it, nothing that a terminal obeys."""
    return clean(text).strip("\n")


# --- sessions and keys --------------------------------------------------------------------------------------------

_SESSION = re.compile(r"[A-Za-z0-9_-]{22}")
_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{12}")
_SECRET_BYTES = 32
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_MAX_CACHED = 256  # people who speak at one time; who is only here has its own in its member


def new_session() -> str:
    """A secret of 128 random bits, as 22 base64url characters."""
    return secrets.token_urlsafe(16)


def new_connection() -> str:
    """A connection's id, on all nodes. It is no secret: the log has it."""
    return secrets.token_hex(8)


def is_session(text: str) -> bool:
    """Whether text has the form of a session that `new_session` made."""
    return _SESSION.fullmatch(text) is not None


def owner_of(session: str) -> str:
    """Who holds the session, without the secret: what may be stored, compared and logged."""
    return blake2b(session.encode(), digest_size=16, person=b"gateway-owner").hexdigest()


def new_owner() -> str:
    """An owner that no session has: somebody who can't come back."""
    return secrets.token_hex(16)


def new_secret() -> bytes:
    """What a log keeps to make the public ids of its people with: see `public_ids`."""
    return secrets.token_bytes(_SECRET_BYTES)


def public_ids(secret: bytes) -> Callable[[str], str]:
    """Makes owners into public ids, of 12 base64url characters each; of no owner (an empty text) into none.

    Without the secret nobody finds a session for an id, nor the ids of sessions that were made up.
    """

    keyed = blake2b(key=secret, digest_size=9, person=b"gateway-by")

    @lru_cache(_MAX_CACHED)
    def public_id(owner: str) -> str:
        if not owner:
            return ""
        digest = keyed.copy()
        digest.update(owner.encode())
        return b2a_base64(digest.digest(), newline=False).translate(_URL_SAFE).decode()

    return public_id


def is_public_id(text: str) -> bool:
    """Whether text has the form of a public id."""
    return _PUBLIC_ID.fullmatch(text) is not None


def say_key(session: str, say_id: str, text: str) -> bytes:
    """The key by which the log knows that this session has said this already: a hash of the three.

    That of no text, which nobody says, is the `id_key`.
    """
    parts = msgspec.msgpack.encode((session, say_id, text))
    return blake2b(parts, digest_size=16, person=b"gateway-say").digest()
