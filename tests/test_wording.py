"""What is said to people: each code that the sources tell is a phrase, and each phrase is one that they name."""

from gateway import wording

from .sources import nodes_of
from .told import SOURCES, strings, told_by

TELLS = {
    *("BadNameError", "Mistake", "NoPlaceError", "RefusedError"),
    *("_error", "_notice", "_phrases", "error", "notice", "phrases"),
}
"""What takes a code first. Whoever gives one that is no phrase ends the first member that it is told to."""


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
