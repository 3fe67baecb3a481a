"""What is said to people: each code that the sources tell is a phrase, and each phrase is one that they name."""

import re

from gateway import wording

from .sources import nodes_of
from .told import SOURCES, strings, told_by

TELLS = {
    *("BadNameError", "Mistake", "NoPlaceError", "RefusedError"),
    *("_error", "_notice", "_phrases", "error", "notice", "phrases"),
}
"""What takes a code first. Whoever gives one that is no phrase ends the first member that it is told to."""

OURS = {"bad-argument", "bad-day", "bad-number", "no-switch"}
"""Those whose detail is a word of ours: a command, or what a request may have."""


def test_no_phrase_begins_with_what_somebody_chose() -> None:
    """At a line's beginning a name reads as the room's own words."""
    chosen = {code for code, both in wording.PHRASES.items() if any(re.match(r"{(?!count})", text) for text in both)}
    assert chosen == OURS


def test_every_code_that_is_told_is_a_phrase() -> None:
    told = told_by(TELLS)
    assert len(told) > 70
    assert told - {*wording.PHRASES} == set()


def test_a_plain_notice_is_about_nothing_that_a_page_is_not_told() -> None:
    assert [code for code in wording.PLAIN_NOTICES if "{" in "".join(wording.PHRASES[code])] == []


def test_every_phrase_is_told_somewhere() -> None:
    named = {
        text
        for name, source in SOURCES.items()
        if name not in ("wording.py", "reasons.py")
        for text in strings(nodes_of(source))
    }
    assert {*wording.PHRASES} - named == set()
