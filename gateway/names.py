"""Names and labels: what a person may be called, which names are the same, and what those without a name are called."""

import unicodedata
from hashlib import blake2b

from precis_i18n import get_profile
from wcwidth import wcswidth

NAME_COLUMNS = 32
GUEST_LETTERS = 6
MAX_GUEST_LETTERS = 24

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


def guest_label(by: str, letters: int = GUEST_LETTERS) -> str:
    """`guest-` and so many letters, at most MAX_GUEST_LETTERS: the label of a web member without a name.

    It is made of the person's public id, and so always the same one of a room; and nobody can search for a session
    with somebody else's label, since only the room can make these ids.
    """
    number = int.from_bytes(blake2b(by.encode(), digest_size=16, person=b"gateway-guest").digest())
    label = "guest-"
    for _ in range(letters):
        number, letter = divmod(number, 26)
        label += chr(ord("a") + letter)
    return label
