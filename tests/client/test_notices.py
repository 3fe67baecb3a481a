"""What a notice of the raw wire is about, in the server's own words, both languages."""

import pytest

from gateway.client.notices import _NOTICES, NOT_SAID, Meaning, meaning_of
from gateway.phrases import Language, Phrases
from gateway.web.admission import HTTP_PHRASES
from gateway.wires.closing import Closing
from gateway.wording import PHRASES

from ..tables import each_of
from ..test_wording import OURS

CODES = {code for code, *_ in _NOTICES}
FAREWELLS = {f"bye-{why.reason}": why.farewell for why in Closing if why.farewell and why is not Closing.BANNED}
VALUES = {
    "name": "Ann", "detail": "x", "count": 3, "names": "a", "first": 1, "last": 2, "when": "w", "lasting": "l",
    "old": "o", "new": "n", "by": "b", "facts": "f", "host": "h", "why": "y",
}  # fmt: skip
CHOSEN = {"name", "names", "old", "new", "detail", "facts", "why"}
"""What may have a name in it, or begin with one."""
NAMES = sorted(
    {phrase.replace("…", mark) for _, *phrases in _NOTICES for phrase in phrases for mark in ("", "x", "9")}
    | {part for _, *phrases in _NOTICES for phrase in phrases for part in phrase.split("…")}
    | {f"x{part}y" for _, *phrases in _NOTICES for phrase in phrases for part in phrase.split("…")}
)


@each_of("language", ["zh", "en"])
@each_of("code", sorted({*PHRASES} - {*HTTP_PHRASES.values()}))
def test_each_phrase_is_known_for_what_it_is(code: str, language: Language) -> None:
    detail = {"welcome-name": "Ann", "too-long": "100", "times-on": "x"}.get(code, "")
    known = Meaning(code, detail) if code in CODES else Meaning("", "")
    assert meaning_of(f"* {Phrases(language, 100)(code, **VALUES)}") == known


@each_of("language", ["zh", "en"])
@each_of("code", sorted({*PHRASES} - {*HTTP_PHRASES.values()} - OURS))
def test_no_name_makes_something_else_of_a_phrase(code: str, language: Language) -> None:
    """Who was called `you are now Silly` renamed all that were told that it left."""
    for name in NAMES:
        values = VALUES | dict.fromkeys(CHOSEN, name)
        assert meaning_of(f"* {Phrases(language, 100)(code, **values)}").code == (code if code in CODES else "")


@pytest.mark.parametrize("code", FAREWELLS)
def test_each_last_word_is_known_for_what_it_is(code: str) -> None:
    for text in FAREWELLS[code]:
        assert meaning_of(f"* {text}").code == (code if code in CODES else "")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_name_that_is_refused_is_known_for_that(language: Language) -> None:
    phrases = Phrases(language, 100)
    for why in ("name-taken", "rename-wait", "you-are-muted"):
        text = phrases("name-still", name="guest-abcdef", why=phrases(why, detail="Ann"))
        assert meaning_of(f"* {text}") == Meaning("name-still", "")


def test_all_that_is_known_is_a_phrase() -> None:
    assert {*PHRASES, *FAREWELLS} >= CODES
    assert CODES >= NOT_SAID


@each_of(
    "text",
    ["you are in", "*you are in", "* you are in\nreally", "* " + "9" * 10_000, ""]
    + [f"* that message is over {size} bytes and was not sent" for size in ("", "x", "٣", "9" * 5000)],
)
def test_what_is_none_means_nothing(text: str) -> None:
    assert meaning_of(text) == Meaning("", "")
