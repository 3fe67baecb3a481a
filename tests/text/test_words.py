"""Whether a text holds all of some words: what is the same, what is not, and that nothing is dear."""

from collections.abc import Iterator, Sequence
from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.text.words import MAX_CHARACTERS, MAX_WORDS, PIECE, Place, folded, holding, holds, words_in


def found(text: str, words: Sequence[str]) -> tuple[bool, int]:
    """Whether it holds them, and in how many steps that was known."""
    told: list[bool] = []

    def look() -> Iterator[None]:
        told.append((yield from holding(text, Place(words))))

    steps = sum(1 for _ in look())
    assert len(text) > PIECE or told == [holds(text, words)]
    return told[0], steps


def is_found(text: str, words: str) -> bool:
    return found(text, words_in(words))[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("deploy failed on staging", "deploy"),
        ("deploy failed on staging", "staging deploy"),
        ("deploy failed on staging", "DEPLOY Stag"),
        ("deploy failed on staging", "ploy ail"),
        ("我们明天部署新版本", "部署"),
        ("我们明天部署新版本", "版本 明天"),
        ("部署，然后看看", "部署,"),
        ("部署,然后看看", "部署，"),
        ("ＡＢＣ１２３", "abc123"),
        ("ﾊﾟｽﾜｰﾄﾞ", "パスワード"),
        ("Straße", "STRASSE"),
        ("STRASSE", "straße"),
        ("Ärger mit Öl", "ärger öl"),
        (normalize("NFD", "Ärger"), "ärger"),
        ("Ärger", normalize("NFD", "ÄRGER")),
        ("ΐ", "Ϊ́"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ﬁle", "file"),
        ("한국어", normalize("NFD", "한국어")),
        ("1²", "12"),
        ("two\nlines\tand\u00a0blanks", "lines blanks"),
        ("x" * (PIECE - 3) + "secret" + "y" * 999, "secret"),
        ("密" * (PIECE - 1) + "部署" + "密" * 999, "部署"),
        ("a" + "x" * 5000 + "b", "b a"),
        ("x" * (PIECE - 1) + "e\u0301 and more", "é"),
        ("a" * 10_000 + "b" + "a" * 10_000, "aaab baaa"),
    ],
)
def test_what_is_found(text: str, words: str) -> None:
    assert is_found(text, words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("deploy failed on staging", "deploys"),
        ("deploy failed on staging", "deploy production"),
        ("deploy failed", "deployfailed"),
        ("部 署", "部署"),
        ("", "x"),
        ("café", "cafe"),
        ("x" * 1000, "y"),
        ("x" * PIECE + "y" * PIECE, "xyx"),
    ],
)
def test_what_is_not(text: str, words: str) -> None:
    assert not is_found(text, words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b", {"a", "b"}),
        ("  Deploy \t deploy\nDEPLOY　", {"deploy"}),
        ("staging stag sta tag", {"staging"}),
        ("", set()),
        (" \u00a0\u3000", set()),
    ],
)
def test_what_the_words_are(text: str, words: set[str]) -> None:
    assert {*words_in(text)} == words


def test_words_are_so_many_and_so_long_at_most() -> None:
    many = " ".join(chr(97 + number) for number in range(MAX_WORDS))
    assert len(words_in(many)) == MAX_WORDS
    with pytest.raises(ValueError, match="17"):
        words_in(f"{many} z")
    assert words_in("x" * MAX_CHARACTERS)
    for long in ("x" * (MAX_CHARACTERS + 1), f"{'x' * MAX_CHARACTERS} y", "\u3316" * 50):
        with pytest.raises(ValueError, match=r"\d"):
            words_in(long)


ODD = st.text(
    alphabet=st.sampled_from("aA é\u0301\u0316ßﬁ가\u1100\u1161\u11a8密，\ufdfaﾊ\uff9e\u3099ΣΐİǄ\n"), max_size=40
)


@given(st.one_of(ODD, st.text(max_size=20)), st.integers(0, 400), st.one_of(ODD, st.text(max_size=20)))
@example("e", PIECE - 1, "\u0301x")
@example("", PIECE - 2, "\u1100\u1161\u11a8")
def test_it_makes_no_difference_where_a_text_is_cut(before: str, filled: int, after: str) -> None:
    """What stands at the end of a piece is found as anywhere else; but for what stands in marks over marks."""
    text = f"{before}{'x' * filled}{after}"
    whole = folded(text)
    for start in range(len(whole) - 3):
        words = words_in(whole[start : start + 4])
        assert found(text, words)[0] == all(word in whole for word in words)


@given(st.one_of(ODD, st.text()), st.one_of(ODD, st.text()))
def test_any_part_of_a_text_is_found_by_any_form_of_it(before: str, after: str) -> None:
    sought = "Größe部署"
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        text = f"{before} {normalize(form, sought)} {after}"
        assert is_found(text, sought)
        assert is_found(text, normalize("NFD", sought.upper()))


@given(st.lists(st.one_of(ODD, st.text(max_size=20)), min_size=1, max_size=5))
@example(["e", "\u0301x"])
@example(["\u1100", "\u1161"])
def test_texts_may_be_lines_of_one(texts: list[str]) -> None:
    """Whatever is in one of them is there: so none has to be looked at if the whole has not all of the words."""
    whole = folded("\n".join(texts))
    assert whole == "\n".join(map(folded, texts))


DEAR = {
    "marks": "\u0301\u0316" * 8_192,
    "expanding": "\ufdfa" * 16_384,
    "wide": "，" * 16_384,
    "hangul": "\u1100\u1161\u11a8" * 5_461,
    "greek": "ΐ" * 16_384,
    "plain": "a" * 16_384,
}
WORDS = ["b", f"{'a' * 99}b{'a' * 99}", " ".join(f"{'a' * 9}{chr(98 + each)}" for each in range(MAX_WORDS)), "\u0301b"]


@pytest.mark.parametrize("text", DEAR.values(), ids=DEAR)
def test_a_text_is_looked_at_in_steps_of_a_piece(text: str) -> None:
    for words in WORDS:
        is_there, steps = found(text, words_in(words))
        assert not is_there
        assert len(text) // PIECE <= steps <= len(text) // (PIECE - 32) + 1
