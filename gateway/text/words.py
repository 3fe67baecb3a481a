"""Whether a text holds all of some words: in any order, in any case and compatibility form, as parts of others too.

So Chinese, which has no blanks, is found by two characters. Two texts are the same here if their forms by NFKC and case
folding are: `ＡＢ` is `ab`, and `Straße` is `STRASSE`.

1. What a text and the words cost is bounded, whoever made them up: a text is looked at PIECE characters at a time, so
   that others have their turn in between, and all words together are MAX_CHARACTERS at most. (To put the marks of one
   letter in order takes the square of their number, and to look for `aa…b…aa` among `aa…` the product of both.)
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from unicodedata import is_normalized, normalize

MAX_WORDS = 16
MAX_CHARACTERS = 200
"""Of all words, as they are compared."""

PIECE = 256
"""Characters of a text that are compared in one step; of some that is 0.4 ms."""

MOST_AT_ONCE = 4 * PIECE
"""Characters that may be compared in one step all the same: the worst of these take 1.5 ms."""

_NEAR = 8
"""Characters that one has to do with, on each side, but in nonsense: a letter and its marks."""

# What most Chinese texts have. By themselves they take a tenth of what it takes to have a text normalized for them.
_WIDE = tuple((each, normalize("NFKC", each)) for each in "，！？：；（）…～")


def folded(text: str) -> str:
    """As it is compared. A long text is not to be given whole."""
    if text.isascii():
        return text.lower()
    if not is_normalized("NFKC", text):
        for wide, plain in _WIDE:
            text = text.replace(wide, plain)
        text = normalize("NFKC", text)
    lowered = text.casefold()
    return text if lowered == text else normalize("NFKC", lowered)  # to fold may take apart what was one


def words_in(text: str) -> tuple[str, ...]:
    """The words of a short text, as they are compared, without those that are a part of another.

    Raises ValueError, if they are too many or too long.
    """
    words = sorted(set(folded(text).split()), key=len, reverse=True)
    if len(words) > MAX_WORDS or sum(map(len, words)) > MAX_CHARACTERS:
        raise ValueError(len(words))
    return tuple(word for at, word in enumerate(words) if not any(word in longer for longer in words[:at]))


def holds(text: str, words: Iterable[str]) -> bool:
    """Whether a text of MOST_AT_ONCE characters at most holds all of some words of `words_in`.

    Lines are folded by themselves: so several texts may be lines of one, and hold none of it if that does not.
    """
    seen = folded(text)
    for word in words:  # noqa: SIM110 - all() takes three times as long
        if word not in seen:
            return False
    return True


def holding(text: str, words: Sequence[str]) -> Generator[None, None, bool]:
    """The same for any text, a piece a step: yields behind each, and returns whether it holds them."""
    if not words:  # else its first piece would be folded for nothing
        yield
        return True
    left = list(words)
    overlap = max(map(len, words)) - 1
    seen = ""
    for piece in _pieces(text):
        seen = seen[max(0, len(seen) - overlap) :] + piece
        left = [word for word in left if word not in seen]
        yield
        if not left:
            break
    return not left


def _pieces(text: str) -> Iterator[str]:
    """The text, folded."""
    start = 0
    while len(text) - start > PIECE:
        end = _cut(text, start + PIECE)
        yield folded(text[start:end])
        start = end
    yield folded(text[start:])


def _cut(text: str, end: int) -> int:
    """Where a text can be cut, `end` or a bit before: so that its parts are folded to what the whole is."""
    for at in range(end, end - 4 * _NEAR, -1):
        before, after = text[at - _NEAR : at], text[at : at + _NEAR]
        if folded(before) + folded(after) == folded(before + after):
            return at
    return end
