"""Long texts, as much of them as is drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.layout.processors import TransformationInput
from prompt_toolkit.utils import get_cwidth

from gateway.client.folding import MOST_DRAWN, LongLine, cut, folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("short", "short"),
        ("one\ntwo", "one … +1 line"),
        ("one\ntwo\nthree", "one … +2 lines"),
        ("x" * 100, "x" * 18 + " …"),
        ("x" * 100 + "\ny", "x" * 10 + " … +1 line"),
        ("宽" * 100, "宽" * 9 + " …"),
        ("\x1b[31mred", "red"),
    ],
)
def test_a_text_is_folded_to_its_first_line(text: str, expected: str) -> None:
    assert folded(text, 20) == expected


@given(st.text(), st.integers(10, 50))
def test_what_is_folded_fits_and_is_one_line(text: str, columns: int) -> None:
    assert "\n" not in folded(text, columns)
    assert get_cwidth(folded(text, columns)) <= columns or text.count("\n")
    assert get_cwidth(cut(text, columns)) <= columns


@pytest.mark.parametrize("cursor", [0, 10, 4000, 150_000, 299_999, 300_000])
def test_of_a_long_line_the_part_around_the_cursor_is_drawn(cursor: int) -> None:
    text = "".join(f"{number:6}" for number in range(50_000))
    document = Document(text, cursor)
    given = TransformationInput(BufferControl(Buffer()), document, 0, lambda at: at, [("", text)], 80, 24)
    drawn = LongLine().apply_transformation(given)
    ((_, shown, *_),) = drawn.fragments
    assert len(shown) < MOST_DRAWN + 100
    at = drawn.source_to_display(cursor)
    assert shown[at : at + 6].strip("… ")[:1] == (text[cursor : cursor + 6].strip() or "")[:1]
    assert drawn.display_to_source(at) == cursor


def test_a_short_line_is_drawn_as_it_is() -> None:
    given = TransformationInput(BufferControl(Buffer()), Document("hi"), 0, lambda at: at, [("", "hi")], 80, 24)
    assert LongLine().apply_transformation(given).fragments == [("", "hi")]
