"""Names and labels: what a person may be called, which names are the same, and what those without a name are called."""

import re
from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import blake2b
from ipaddress import ip_network
from string import ascii_lowercase, ascii_uppercase, digits
from unicodedata import category, normalize

from wcwidth import wcswidth

from .addresses import without_zone
from .refusals import RefusedError
from .text.characters import unfit_in
from .text.ids import holds_id
from .text.lookalikes import BRACKETS, COLONS, COMMAS, STARS, STOPS
from .text.skeletons import skeleton

NAME_BYTES = 128
NAME_COLUMNS = 32
MAX_MARKS = 3
GUEST_LETTERS = 6
MAX_GUEST_LETTERS = 12  # as many as a public id has

_GUEST = "guest-"
_HEAD_END = "的消息:"
_READERS = ("you", "你")
_READERS_MARK = re.compile("[(<\u00ab\u226a\u2039\u2018\u201c\"'] ?(?:you|你) ?[)>\u00bb\u226b\u203a\u2019\u201d\"']+$")
"""How who reads is told by the clients, in any brackets: anybody of that name would speak as the reader."""
_LETTERLIKE = "_\u02b9-\u02df\u02e5-\u02ff\u0559\u0971\ua700-\ua721\ua788-\ua78a"  # to Unicode letters
_GUESTS_SHAPE = re.compile(f"guest(?! [a-z])[\\W{_LETTERLIKE}]+[a-z]{{6,}}")
"""What a guest is called, with any sign for its hyphen: who reads fast reads `guest_abcdef` as `guest-abcdef`."""
_GUESTS_WORDS = re.compile("[Gg]uest [a-z]{6,12}")
"""The same with a blank for it, in small letters as the room writes them: a Guest Speaker is none."""
_NICKNAME_ROUNDS = 4
_GUEST_LABEL = re.compile("guest-[a-z]{6,12}")
_TUPLE_LABEL = re.compile(r"\('[0-9A-Za-z:.%?_-]{1,64}', [0-9]{1,5}\)")


class BadNameError(RefusedError):
    """A name that nobody may have."""


def clean_name(name: str) -> str:
    """The name as it is shown: a nickname by RFC 8266, of 1 to 32 columns, that can't be mistaken for something else.

    Raises BadNameError with one of the codes name-empty, name-long, name-characters, name-marks, name-reserved,
    name-punctuation, name-address. What it costs is bounded: nothing looks at more than NAME_BYTES bytes of it, nor at
    more characters than that once compatibility forms are written out, up to 18 of one.
    """
    shown = _well_formed(name)
    if _is_address(shown) or _is_address(_read(shown).translate(_AS_DIGITS)):
        raise BadNameError("name-address")
    looks = _looks(shown)
    if any(_is_ours(look.casefold()) for look in looks) or any(map(_GUESTS_WORDS.fullmatch, (shown, _read(shown)))):
        raise BadNameError("name-reserved")
    if any(map(holds_id, (shown, _read(shown)))):
        raise BadNameError("name-reserved")
    return shown


def _is_ours(look: str) -> bool:
    """Whether it is made as what the room or its clients write themselves: of who reads, or of a guest."""
    return look in _READERS or bool(_READERS_MARK.search(look) or _GUESTS_SHAPE.fullmatch(look))


def _well_formed(name: str) -> str:
    """The name as it is shown, if nothing that shows it is read as something else."""
    if len(name) > NAME_BYTES or len(name.encode("utf-8", "surrogatepass")) > NAME_BYTES:
        raise BadNameError("name-long")
    if not name.strip():
        raise BadNameError("name-empty")
    name = _nickname(name)
    if not name:
        raise BadNameError("name-empty")
    if len(name) > NAME_BYTES or wcswidth(name) > NAME_COLUMNS:
        raise BadNameError("name-long")
    _check_characters(name)
    _check_marks(name)
    _check_looks(name)
    return name


def name_key(name: str) -> str:
    """What makes two names the same: the case-mapped form of RFC 8266. The name must have been cleaned."""
    if name.isascii():  # nearly always so, and asked of everybody who comes
        key = name.lower()
        if "  " in key or key[:1] == " " or key[-1:] == " ":
            key = " ".join(part for part in key.split(" ") if part)
        return name if key == name else key  # which is here anyway
    return _nickname(name, is_lowered=True)


def _nickname(name: str, *, is_lowered: bool = False) -> str:
    """RFC 8266, section 2.3: spaces mapped, stripped and merged, case mapped or not, NFKC; until nothing changes."""
    for _ in range(_NICKNAME_ROUNDS):
        before = name
        name = " ".join(part for part in _SPACES.sub(" ", name).split(" ") if part)
        name = normalize("NFKC", name.lower() if is_lowered else name)
        if name == before or len(name) > NAME_BYTES:
            break
    return name


_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def _check_characters(name: str) -> None:
    """Raises BadNameError for one that none may have."""
    if unfit := unfit_in(name):
        raise BadNameError("name-characters", f"U+{ord(unfit):04X}")


def _check_marks(name: str) -> None:
    """Raises BadNameError if marks pile up, or stand on nothing of the name's own."""
    marks = MAX_MARKS  # before the first character there is nothing that could have one
    for character in normalize("NFD", name):
        if category(character) == "Cf":
            continue  # shown as nothing: what stands behind it piles up on the same letter
        marks = marks + 1 if _is_mark(character) else 0
        if marks > MAX_MARKS:
            raise BadNameError("name-marks")


def _is_mark(character: str) -> bool:
    return category(character)[0] == "M"


# --- looks --------------------------------------------------------------------------------------------------------

_MISREAD = re.compile(r"\*|, |:(?: |$)")
_AS_DIGITS = str.maketrans("OoIil|", "001111")


class _Signs(dict[int, str]):
    """What each sign reads like. Brackets and dashes are too many to list, and Unicode tells which they are."""

    def __missing__(self, code: int) -> str:
        return _BY_CATEGORY.get(category(chr(code))) or chr(code)  # not kept: anybody may ask for all there are


_BY_CATEGORY = {"Ps": "(", "Pe": ")", "Pd": "-"}
_DASHES = "-\u2043\u2212\u2500\u2501\u30fc\u3127\u3161\u4e00"
_OPENED = "(" + BRACKETS
_AS_SIGNS = str.maketrans(
    {each: signs[0] for signs in (STARS, COLONS, COMMAS, STOPS, _OPENED, _DASHES) for each in signs}
)
_AS_SIGNS_TOO = _Signs(_AS_SIGNS)


def _check_looks(name: str) -> None:
    """Raises BadNameError if the name, or anything that looks like it, would be read as something else."""
    for look in _looks(name):
        # A colon may stand behind it: `来自Ann的消息: hi` would be a head, of Ann.
        if look.casefold().startswith(_GUEST) or look[0] == "(" or _HEAD_END in f"{look}:":
            raise BadNameError("name-reserved")
        if _MISREAD.search(look):
            raise BadNameError("name-punctuation")


def _looks(name: str) -> set[str]:
    """A name and what looks like it, in upper and lower case."""
    shown = _read(name)
    return {name, shown, *map(_read, {name.casefold(), shown.casefold()} - {name})} - {""}


def _read(name: str) -> str:
    """What a name looks like; so do signs that mean something on a wire, of which Unicode's table lacks many."""
    return skeleton(name.translate(_AS_SIGNS)).translate(_AS_SIGNS_TOO)


def _is_address(text: str) -> bool:
    """Whether it is one, or a network, or begins with one; a zone is passed over. So it is where somebody is banned."""
    text = text.split(" ", 1)[0]
    try:
        ip_network(without_zone(text), strict=False)
    except ValueError:
        return False
    return True


# --- labels -------------------------------------------------------------------------------------------------------


def guest_label(by: str, letters: int = GUEST_LETTERS) -> str:
    """`guest-` and so many letters, at most MAX_GUEST_LETTERS: the label of who has no name.

    It is made of the person's public id, and so always the same one of a room; and nobody can search for a session
    with somebody else's label, since only the room can make these ids.
    """
    return _GUEST + _letters_of(by)[:letters]


def shown_label(label: str, by: str) -> str:
    """What people see of a label: of the post's, which is an address, the guest that it belongs to.

    Where a log of before does not know whose it is, the guest is made of the label itself.
    """
    return guest_label(by or label) if label.startswith("(") else label


@lru_cache(64)  # who comes is looked for and filed by it at once
def _letters_of(by: str) -> str:
    """A letter for each character of a public id; of what is none, for each of one that is made of it."""
    letters = by.translate(_LETTERS)
    if len(letters) == MAX_GUEST_LETTERS and letters.isascii() and letters.isalpha():
        return letters
    return urlsafe_b64encode(blake2b(by.encode(), digest_size=9).digest()).decode().translate(_LETTERS)


_BASE64 = ascii_uppercase + ascii_lowercase + digits + "-_"
_LETTERS = str.maketrans(_BASE64, (ascii_lowercase * 3)[: len(_BASE64)])


def defused(label: str) -> str:
    """A label as it may be shown, whatever it is: one of before that today's rules forbid, or of who made it up."""
    return label if is_harmless(label) else _defused(label[:NAME_BYTES])


def is_harmless(label: str) -> bool:
    """Whether a label may be shown as it is. To defuse one that may not takes some twenty times as long."""
    return len(label) <= NAME_BYTES and _is_harmless(label)


# No cache is asked for what is longer than a label may be: it would be kept.
@lru_cache(4096)
def _is_harmless(label: str) -> bool:
    return bool(_GUEST_LABEL.fullmatch(label) or _TUPLE_LABEL.fullmatch(label)) or not _is_misread(label)


@lru_cache(4096)
def _defused(label: str) -> str:
    text = label
    for _ in range(_NICKNAME_ROUNDS):
        if not _is_misread(text):
            return text
        text = _nickname(_disarmed(_nickname(text)[:NAME_BYTES]))
    return "".join(character for character in text if character.isalnum()) or "?"


def _disarmed(label: str) -> str:
    """A label without what is hidden, without `*`, and without what makes `: ` and `, ` the ends of something."""
    shown = ""
    for character in label:
        look = _read(character)
        is_end = character == " " and _read(shown[-1:]).endswith((":", ","))
        if not (is_end or "*" in look or _is_hidden(character)) and wcswidth(shown + character) <= NAME_COLUMNS:
            shown += character
    while shown and (_read(shown[-1]).endswith((":", " ")) or f"{_read(shown)}:".endswith(_HEAD_END)):
        shown = shown[:-1]
    while shown and (_is_mark(shown[0]) or _read(shown[0]).startswith(("(", "[", " "))):
        shown = shown[1:]
    return shown


def _is_hidden(character: str) -> bool:
    try:
        _check_characters(character)
        _check_marks("x" + character)
    except BadNameError:
        return True
    return False


def _is_misread(label: str) -> bool:
    try:
        return _well_formed(label) != label
    except BadNameError:
        return True
