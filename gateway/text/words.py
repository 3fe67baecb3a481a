"""Whether a text holds all of some words: in any order, in any case and compatibility form, as parts of others too.

So Chinese, which has no blanks, is found by two characters. Two texts are the same here if their forms by NFKC and case
folding are: `ＡＢ` is `ab`, and `Straße` is `STRASSE`.

1. What a text and the words cost is bounded, whoever made them up: a text is looked at PIECE characters at a time, so
   that others have their turn in between, and all words together are MAX_CHARACTERS at most. (To put the marks of one
   letter in order takes the square of their number, and to look for `aa…b…aa` among `aa…` the product of both.)
"""

from collections.abc import Generator, Iterable, Sequence
from unicodedata import combining, is_normalized, normalize

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


class Place:
    """Where one is in a text that is looked through, and which of the words of `words_in` were not there so far."""

    __slots__ = ("_overlap", "_seen", "at", "left")

    def __init__(self, words: Sequence[str]) -> None:
        self.at = 0
        self.left = words
        self._overlap = max(map(len, words), default=1) - 1
        self._seen = ""  # the end of it, folded

    def go_on(self, text: str) -> None:
        """Look at one piece more."""
        end = _cut(text, self.at + PIECE) if len(text) - self.at > PIECE else len(text)
        seen = self._seen + folded(text[self.at : end])
        self.left = [word for word in self.left if word not in seen]
        self.at, self._seen = end, seen[max(0, len(seen) - self._overlap) :]


def holding(text: str, place: Place) -> Generator[None, None, bool]:
    """The same for any text, a piece a step, on from a place: yields behind each, and returns whether it holds them.

    Who ends it goes on from there by another one.
    """
    if not place.left:  # nothing is looked for: one step all the same
        yield
    while place.left and place.at < len(text):
        place.go_on(text)
        yield
    return not place.left


def _cut(text: str, end: int) -> int:
    """Where a text can be cut, `end` or a bit before: so that its parts are folded to what the whole is."""
    for at in range(end, end - 4 * _NEAR, -1):
        if combining(text[at]):
            continue  # or a text of marks alone would take as long for this as for all the rest
        before, after = text[at - _NEAR : at], text[at : at + _NEAR]
        if folded(before) + folded(after) == folded(before + after):
            return at
    return end
