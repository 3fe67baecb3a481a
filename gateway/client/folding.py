"""Long texts, as much of them as is drawn: whoever draws anew at each key pays for a screen, and not for a book."""

from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.utils import get_cwidth

from ..text.controls import one_line

MOST_OF_A_LINE = 1000
"""Characters that are looked at: no terminal is wider."""

MOST_DRAWN = 4000
"""Characters of one line that is typed."""


def cut(text: str, columns: int) -> str:
    """As much of it as fits."""
    width = 0
    for at, character in enumerate(text):
        width += get_cwidth(character)
        if width > columns:
            return text[:at]
    return text


def folded(text: str, columns: int) -> str:
    """A text's first line, as much as fits, and how many more it has."""
    first, _, _ = text[:MOST_OF_A_LINE].partition("\n")
    line, more = one_line(first), text.count("\n")
    if len(first) == len(text) and get_cwidth(line) <= columns:
        return line
    rest = f" … +{more} {'line' if more == 1 else 'lines'}" if more else " …"
    return cut(line, max(0, columns - get_cwidth(rest))) + rest


class LongLine(Processor):
    """Of a long line that is typed or pasted the part around the cursor is drawn, and how much stands around that."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """See Processor."""
        text = fragment_list_to_text(transformation_input.fragments)
        if len(text) <= MOST_DRAWN:
            return Transformation(transformation_input.fragments)
        document = transformation_input.document
        cursor = document.cursor_position_col if document.cursor_position_row == transformation_input.lineno else 0
        start = max(0, min(cursor - MOST_DRAWN // 2, len(text) - MOST_DRAWN))
        end = start + MOST_DRAWN
        before = f"{start} characters … " if start else ""
        after = f" … {len(text) - end} characters" if end < len(text) else " "
        return Transformation(
            [("", before + text[start:end] + after)],
            lambda at: len(before) + min(max(at - start, 0), MOST_DRAWN),
            lambda at: start + min(max(at - len(before), 0), MOST_DRAWN),
        )
