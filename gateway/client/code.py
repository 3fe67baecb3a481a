"""What of a text is code, as the page has it (static/code.js): tests/corpus/code.json has the cases for both."""

import re
from typing import Literal, NamedTuple

_FENCE = "```"
_FEWEST = 3
"""Lines that are code without being called so."""
_SHARE = 0.6
"""Of them look like it."""
_LOOKED_AT = 200
"""Characters of a line."""
_MOST = 100
"""Parts."""
_MOST_TRIES = 1000
"""Backticks that may begin one, and lines that may look like code: who draws a text does nothing else meanwhile."""

Kind = Literal["text", "code", "block"]


class Part(NamedTuple):
    """Some of a text: text, `code` within a line, or a `block` of lines of their own."""

    kind: Kind
    text: str


def code_of(text: str) -> list[Part]:
    """What stands between backticks; without any, lines that look like code, a log, a table."""
    return _marked(text) or _guessed(text)


def without_code(text: str) -> str:
    """The text, with a line's end for what stands between backticks."""
    return "".join(part.text if part.kind == "text" else "\n" for part in _marked(text)) or text


def _marked(text: str) -> list[Part]:
    """What stands between backticks, and what does not; nothing if nothing does."""
    found: list[Part] = []
    at = start = tries = 0
    while len(found) < _MOST and tries < _MOST_TRIES and (opened := text.find("`", start)) >= 0:
        tries += 1
        part, end = (_fenced if text.startswith(_FENCE, opened) else _inline)(text, opened)
        start = end
        if part is None:
            continue
        is_block = part.kind == "block"  # which begins and ends a line by itself
        before = text[at:opened]
        found += _texts(before.removesuffix("\n") if is_block else before)
        found.append(part)
        at = start = end + 1 if is_block and text.startswith("\n", end) else end
    return [*found, *_texts(text[at:])] if found else []


def _texts(text: str) -> list[Part]:
    return [Part("text", text)] if text else []


_LANGUAGE = re.compile(r"[\w+#.-]{0,20}\n", re.ASCII)


def _fenced(text: str, opened: int) -> tuple[Part | None, int]:
    """What begins there, if it is code; and where to go on."""
    start = opened + len(_FENCE)
    close = text.find(_FENCE, start)
    if close < 0:
        return None, start
    language = _LANGUAGE.match(text, start, close)
    block = text[language.end() if language else start : close].removesuffix("\n")
    return Part("block", block) if block.strip() else None, close + len(_FENCE)


def _inline(text: str, opened: int) -> tuple[Part | None, int]:
    close = text.find("`", opened + 1)
    code = text[opened + 1 : max(opened, close)]
    if code.strip() and "\n" not in code:
        return Part("code", code), close + 1
    return None, close if close >= 0 else len(text)


def _guessed(text: str) -> list[Part]:
    if not _FEWEST <= text.count("\n") + 1 <= _MOST_TRIES:
        return [Part("text", text)]
    lines = text.split("\n")
    looks = [at for at, line in enumerate(lines) if line and _looks_like_code(line)]
    if len(looks) < _FEWEST:
        return [Part("text", text)]
    first, end = looks[0], looks[-1] + 1
    if len(looks) < _SHARE * sum(bool(line.strip()) for line in lines[first:end]):
        return [Part("text", text)]
    before, block, after = ("\n".join(each) for each in (lines[:first], lines[first:end], lines[end:]))
    return [*_texts(before), Part("block", block), *_texts(after)]


def _looks_like_code(line: str) -> bool:
    line = line[:_LOOKED_AT].rstrip()
    return any(sign.search(line) for sign in _SIGNS)


_SIGNS = [
    re.compile(r"^\t|^[ ][ ]|[{};]$|^[}\])]", re.ASCII),
    re.compile(
        r"^(?:class|def|else|for|from|func|function|if|import|while|#include) .*[:({;'\">)]$|^(?:SELECT|FROM|WHERE) ",
        re.ASCII,
    ),
    re.compile(r"^(?:const |let )?[\w.]{1,80}(?: ?\+?= ?\S|\(.*\)$)", re.ASCII),  # an assignment, a call
    re.compile(r"^[$#] ?\w|^(?:\+\+\+|---|@@|diff) ", re.ASCII),  # a shell, a difference
    re.compile(r"^\W?\d{4}-\d\d-\d\d[T ]\d|^\W?\d\d:\d\d:\d\d|^[A-Z][a-z]{2} +\d+ \d\d:\d\d:", re.ASCII),
    re.compile(r"^\W?(?:DEBUG|INFO|WARN|ERROR|FATAL)|^Traceback |^\w{1,80}(?:Error|Exception)\b", re.ASCII),
    re.compile(r"\|[^|]*\||\S\t|\S {3,9}\S", re.ASCII),  # a table
]
