"""What is a command, and which there are: in one place, and told everywhere."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import searches
from gateway.config import Settings
from gateway.phrases import Language, Phrases
from gateway.searches import sought
from gateway.text.lookalikes import holds_secret
from gateway.vocabulary import COMMAND_BY_WORD, COMMANDS, COMMANDS_OF, Command, command_word, escaped, unescaped
from gateway.web.site import index_page

from .tables import each_of
from .typed import CASES, Case

ROOT = Path(__file__).parents[1]


@each_of("case", CASES)
def test_what_is_typed(case: Case) -> None:
    assert [bool(case.command), bool(case.say), case.held].count(True) == 1
    assert command_word(case.typed) == case.command
    if not case.command:
        assert holds_secret(case.typed) is case.held
    if case.say:
        assert unescaped(case.typed) == case.say


def test_there_are_cases_of_each_kind() -> None:
    for kind in ("command", "say", "held"):
        assert sum(bool(getattr(case, kind)) for case in CASES) > 7


@given(st.one_of(st.text(), st.from_regex(r"\A/{0,4}\w{0,3}[ \n/]?\w?", fullmatch=True)))
def test_whatever_is_to_be_said_can_be_typed(text: str) -> None:
    assert not command_word(escaped(text))
    assert unescaped(escaped(text)) == text


@given(st.from_regex(r"/{1,4}\w{0,3}[ \n/]?\w?", fullmatch=True))
def test_a_slash_is_lost_before_slashes_and_a_word_alone(typed: str) -> None:
    is_escaped = re.fullmatch(r"//+([^\W\d_]+)(\s.*)?", typed, re.DOTALL)
    if not command_word(typed):
        assert unescaped(typed) == (typed[1:] if is_escaped and is_escaped[1].isalpha() else typed)


def test_no_word_is_that_of_two() -> None:
    words = [word for each in COMMANDS for word in each.words]
    assert len(words) == len(set(words))
    assert all(command_word(f"/{word}") == word == word.casefold() for word in words)


@each_of("command", COMMANDS)
def test_each_is_told_on_a_line_of_its_own(command: Command) -> None:
    assert command in COMMANDS_OF[command.whom]
    languages: tuple[Language, ...] = ("zh", "en")
    for index, language in enumerate(languages):
        typed, told = re.split("  +", Phrases(language).listing([command]))
        assert typed == f"/{command.name} {command.arguments[index]}".rstrip()
        assert told.startswith(command.help[index])
        assert all(f"/{alias}" in told for alias in command.aliases)


@each_of("command", [each for each in COMMANDS if any(each.more)])
def test_what_more_there_is_to_one_is_a_line_of_its_usage(command: Command) -> None:
    languages: tuple[Language, ...] = ("zh", "en")
    for index, language in enumerate(languages):
        usage, more = Phrases(language).usage(command).split("\n")
        assert f"/{command.name}" in usage
        assert more == command.more[index]


@each_of("language", ["zh", "en"])
def test_all_that_narrows_a_search_is_told(language: Language) -> None:
    """Nobody could learn of it but from the documents."""
    told = Phrases(language).usage(COMMAND_BY_WORD["search"])
    words = searches._PART.pattern[1:].partition(")")[0].split("|")
    assert len(words) == 4
    assert [word for word in words if f"{word}:" not in told] == []
    assert sought(told.rpartition("/search ")[2]).since


@pytest.mark.parametrize("file", ["README.md", "docs/README.zh.md", "docs/protocol.md"])
def test_the_documents_name_each(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    for each in COMMANDS:
        for word in each.words:
            assert re.search(rf"`/{word}[ `]", text), word


def test_the_page_is_told_what_its_box_completes() -> None:
    assert 'data-commands="/name /who /me /history /delete /search /help /quit"' in index_page(
        "static/abc", 8001, Settings()
    )
