"""Whether a text speaks to a name, as the page has it: tests/corpus/mentions.json has the cases for both.

@name does, in any case and without its accents, unless letters of a spaced script go on. Without @ it is a word, as
written, or so before a colon. Scripts without spaces: any two characters are taken for a word there, since no
dictionary is at hand. Names are NFKC, and so the text is compared. Code, links, paths and addresses speak to nobody.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from ..text.accents import plain
from .code import without_code

MOST = 200
"""Places of a text that are looked at."""

MOST_READ = 2_000
"""Characters that are, of a text's beginning and of its end."""

_PILE = re.compile(r"[^\w\x00-\x7f](?<![^\w\x00-\x7f]{2})[^\w\x00-\x7f]{30,}")
"""Marks and signs in a row: to bring so many marks in order is quadratic, and of no more it matters what they are."""

_LINK = re.compile(
    "https?:/[^\\s<>\"'`\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u2e80-\u9fff"
    "\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]+",
    re.IGNORECASE,
)
"""Up to letters of scripts without spaces, which are the link's right behind a slash, an equals sign or a hash."""

_GLUED = (
    "CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR", "IDEOGRAPHIC",
)  # fmt: skip
_PARTICLES = re.compile(
    "(?:님|씨|아|야|이|가|은|는|을|를|의|에게?|께서?|도|만|와|과|랑|하고|한테|부터|까지|보다|처럼|라고|요)+(?![가-힣])"
)


def mentions(text: str, name: str, known: Iterable[str] = ()) -> bool:
    """Whether it does; of `known` names a longer one goes before. Nobody has chosen the name of a guest."""
    if not name or name.startswith("guest-"):
        return False
    text = _read(text)
    lowered, own, bare = _lowered(text), _lowered(name), plain(name)
    if _is_there(text, lowered, name, own, known, _lowered):
        return True
    is_bare = bare not in ("", own) and _is_there(text, lowered, name, bare, known, plain)
    return is_bare and all(_lowered(each) != bare for each in known)


def _is_there(text: str, lowered: str, name: str, own: str, known: Iterable[str], fold: Callable[[str], str]) -> bool:
    """Whether the name is meant somewhere, in this form of it."""
    meant = (at for at in islice(_places(lowered, own), MOST) if _is_meant(text, name, at, at + len(own)))
    if (first := next(meant, None)) is None:
        return False  # nearly always so
    is_longer = _longer(own, known, fold)
    return any(not is_longer(lowered, at) for at in chain((first,), meant))


def _read(text: str) -> str:
    """As it is compared, as much of it as is looked at."""
    text = without_code(text)
    if len(text) > 2 * MOST_READ:
        text = f"{text[:MOST_READ]}\n{text[-MOST_READ:]}"
    text = _LINK.sub(lambda link: "/" if link[0][-1] in "@#" else link[0][-1], text)
    return text if text.isascii() else unicodedata.normalize("NFKC", _PILE.sub(lambda pile: pile[0][:30], text))


def _longer(own: str, known: Iterable[str], fold: Callable[[str], str]) -> Callable[[str, int], bool]:
    """Tells whether a longer name stands at a place: by looking each length up, however many names there are."""
    names = {folded for each in known if (folded := fold(each)).startswith(own) and folded != own}
    lengths = {len(each) for each in names}
    return lambda text, at: any(text[at : at + length] in names for length in lengths)


def _places(text: str, name: str) -> Iterator[int]:
    at = text.find(name)
    while at >= 0:
        yield at
        at = text.find(name, at + 1)


def _lowered(text: str) -> str:
    """In lower case, each character in its place."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(each.lower()[:1] for each in text)


def _is_meant(text: str, name: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    last = text[end - 1]
    if _joined(last, after) == "spaced":
        return False
    if before == "@":
        return _kind(text[start - 2 : start - 1]) != "spaced"
    if before in {*"/\\@="} or after in {*"/\\@"} or (text[start:end] != name and after != ":"):
        return False
    is_added = _joined(last, after) == "hangul" and _PARTICLES.match(text, end) is not None
    return _is_edge(before, text[start], name) and (is_added or _is_edge(last, after, name))


def _is_edge(one: str, other: str, name: str) -> bool:
    kind = _joined(one, other)
    if kind == "glued":
        return len(name) > 1 and not all("KATAKANA" in unicodedata.name(each, "") for each in (one, other))
    return not kind


def _joined(one: str, other: str) -> str:
    """The kind of letter that both are, so that they may be of one word."""
    kind = _kind(one)
    return kind if kind == _kind(other) else ""


def _kind(character: str) -> str:
    if not character or not (character == "_" or unicodedata.category(character)[0] in "LMN"):
        return ""
    name = unicodedata.name(character, "")
    if name.startswith("HANGUL"):
        return "hangul"
    return "glued" if name.startswith(_GLUED) else "spaced"
