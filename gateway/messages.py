"""What is said: messages, drafts, positions; and how text and names are cleaned, once, on the way in."""

import re
import secrets
import unicodedata
from hashlib import blake2b
from typing import Literal

import msgspec
from precis_i18n import get_profile
from wcwidth import wcswidth

from .controls import clean

Via = Literal["tcp", "web"]

NAME_COLUMNS = 32


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A message that the log does not have yet.

    `at` is in milliseconds since 1970 (UTC). `origin` is the connection that said it, so that a wire can leave a
    member's own messages out. `key` makes saying it again the same message: see `say_key`; None is always new.
    """

    at: int
    label: str
    via: Via
    origin: str
    text: str
    key: bytes | None = None


class Message(msgspec.Struct, frozen=True, gc=False):
    """A message in the log. `seq` is its place in the one order that everybody sees."""

    seq: int
    at: int
    label: str
    via: Via
    origin: str
    text: str

    @property
    def cost(self) -> int:
        """Bytes of memory that it takes, about: the object with its fields, and the text."""
        return 250 + len(self.text) * 2


class Position(msgspec.Struct, frozen=True, gc=False):
    """A place in a log: after message `seq` of the log whose identity is `epoch`."""

    epoch: str
    seq: int


def message_of(seq: int, draft: Draft) -> Message:
    """The message that a draft became when the log gave it `seq`."""
    return Message(seq, draft.at, draft.label, draft.via, draft.origin, draft.text)


# --- text ---------------------------------------------------------------------------------------------------------


def clean_text(text: str) -> str:
    """Text as the room keeps it: `\\n` for every line end and none around it, nothing that a terminal obeys."""
    return clean(text).strip("\n")


# --- names --------------------------------------------------------------------------------------------------------

_PRESERVED = get_profile("NicknameCasePreserved")
_MAPPED = get_profile("NicknameCaseMapped")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_RESERVED_STARTS = ("(", "guest-")
_HEAD_END = "的消息:"


class BadNameError(ValueError):
    """The peer's fault: a name that nobody may have. Its text is the code of the phrase that says why."""


def clean_name(name: str) -> str:
    """The name as it is shown: a nickname by RFC 8266, of 1 to 32 columns, that can't be mistaken for something else.

    Raises BadNameError with one of the codes name-empty, name-long, name-characters, name-reserved.
    """
    if not name.strip():
        raise BadNameError("name-empty")
    if len(name) > 8 * NAME_COLUMNS:
        raise BadNameError("name-long")
    try:
        name = _PRESERVED.enforce(name)
    except UnicodeEncodeError as error:
        raise BadNameError("name-characters") from error
    if any(unicodedata.category(character) in _HIDDEN_CATEGORIES for character in name):
        raise BadNameError("name-characters")
    if not 0 < wcswidth(name) <= NAME_COLUMNS:
        raise BadNameError("name-long")
    if name.casefold().startswith(_RESERVED_STARTS) or _HEAD_END in name:
        raise BadNameError("name-reserved")
    return name


def name_key(name: str) -> str:
    """What makes two names the same: the case-mapped form of RFC 8266. The name must have been cleaned."""
    return str(_MAPPED.enforce(name))


def guest_label(owner: str) -> str:
    """`guest-` and six letters, the same for the same owner: the label of a web member without a name."""
    number = int.from_bytes(blake2b(owner.encode(), digest_size=8).digest())
    letters = ""
    for _ in range(6):
        number, letter = divmod(number, 26)
        letters += chr(ord("a") + letter)
    return "guest-" + letters


# --- sessions and keys --------------------------------------------------------------------------------------------

_SESSION = re.compile(r"[A-Za-z0-9_-]{22}")


def new_session() -> str:
    """A secret of 128 random bits, as 22 base64url characters."""
    return secrets.token_urlsafe(16)


def is_session(text: str) -> bool:
    """Whether text has the form of a session that `new_session` made."""
    return _SESSION.fullmatch(text) is not None


def owner_of(session: str) -> str:
    """Who holds the session, without the secret: what may be stored, compared and logged."""
    return blake2b(session.encode(), digest_size=16, person=b"gateway-owner").hexdigest()


def say_key(session: str, say_id: str, text: str) -> bytes:
    """The key by which the log knows that this session has said this already: a hash of the three."""
    parts = msgspec.msgpack.encode((session, say_id, text))
    return blake2b(parts, digest_size=16, person=b"gateway-say").digest()
