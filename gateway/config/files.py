"""Text files that people wrote for us."""

from pathlib import Path


class NotTextError(ValueError):
    """The operator's fault: a file whose bytes are no text in UTF-8."""


def text_of(path: Path) -> str:
    """What a file says, without the U+FEFF that editors on Windows put first. Raises OSError, NotTextError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotTextError("is no text in UTF-8") from error


def first_line(path: Path) -> str:
    """Its first line, without spaces around it. Raises OSError, NotTextError."""
    return text_of(path).partition("\n")[0].strip()
