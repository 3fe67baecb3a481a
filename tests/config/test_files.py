"""Files that people wrote."""

from pathlib import Path

import pytest

import gateway
from gateway.config.files import NotTextError, first_line, text_of


@pytest.mark.parametrize(
    ("content", "text", "line"),
    [
        ("a\nb\n", "a\nb\n", "a"),
        ("\ufeff a \r\nb", " a \nb", "a"),
        ("\ufeff\ufeffa", "\ufeffa", "\ufeffa"),
        ("a\ufeff", "a\ufeff", "a\ufeff"),
        ("", "", ""),
    ],
)
def test_one_mark_before_a_text_is_dropped(content: str, text: str, line: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(content.encode())
    assert (text_of(file), first_line(file)) == (text, line)


def test_what_people_wrote_is_read_here_alone() -> None:
    """The page is ours; whoever else reads a text would trip over the mark again."""
    package = Path(gateway.__file__).parent
    reads = {path.name for path in package.rglob("*.py") if ".read_text(" in path.read_text(encoding="utf-8")}
    assert reads == {"files.py", "site.py"}


def test_what_is_no_text_is_told_as_that(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(NotTextError, match=r"^is no text in UTF-8$"):
        first_line(file)
