"""Text files that people wrote for us."""

from pathlib import Path


def text_of(path: Path) -> str:
    """What a file says, without the U+FEFF that editors on Windows put first. Raises OSError, UnicodeDecodeError."""
    return path.read_text(encoding="utf-8-sig")


def first_line(path: Path) -> str:
    """Its first line, without spaces around it. Raises OSError, UnicodeDecodeError."""
    return text_of(path).partition("\n")[0].strip()
