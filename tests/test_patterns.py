"""The check of regular expressions: it finds what was slow here, and lets pass what is not. `make lint` judges ours."""

import re

import pytest

from .patterns import Found, fault_of

# What stopped this server, or could have: each was in it once.
SLOW: list[tuple[str | bytes, int, str]] = [
    (rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*", 0, "fullmatch"),
    (r"(.+)\s+([0-9]{1,6})([smhd])", re.DOTALL, "fullmatch"),
    (r'(?:"(?:[^"\\]|\\.)*"|[^,"])+', 0, "findall"),
    (r'\s*([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^\s;,"]*)\s*x', 0, "search"),
    (r"""[.,;:!?)\]}'"*_~]+$""", 0, "search"),
    (r"\S*$", 0, "search"),
    # The usual ones.
    (r"(a+)+b", 0, "match"),
    (r"(a*)*b", 0, "match"),
    (r"(a|a)*b", 0, "match"),
    (r"(a|ab|b)*c", 0, "match"),
    (r"(?:\w+\s?)*$", 0, "match"),
    (r"\d+\d+x", 0, "match"),
    (r"\w+[a-z]*\d+$", 0, "match"),
    (r"a.*b.*c", 0, "search"),
    (r"a.*x.*x.*$", 0, "fullmatch"),
    (r"\s+$", 0, "sub"),
    (r" *x", 0, "search"),
    (r"(?i:a)+A+b", 0, "match"),
    (r"x*(?=x*y)", 0, "search"),
    (r"(x+x+)+y", 0, "match"),
    (r"[^\W\d]+\w*;", 0, "match"),
    (r"(?:a{0,200})*b", 0, "match"),
]
FAST: list[tuple[str | bytes, int, str]] = [
    (r"[A-Za-z0-9_-]{22}", 0, "fullmatch"),
    (r"-?[0-9]{1,18}", 0, "fullmatch"),
    (r"/([^\W\d_]+)(?:\s+(.*))?", re.DOTALL, "fullmatch"),
    (r"来自(.*?)的消息:(.*)", re.DOTALL, "fullmatch"),
    ("\n\n+", 0, "sub"),
    ("[\x00-\x08]", 0, "search"),
    (r"(?:[^\"\\]|\\.)*\"", 0, "match"),
    (r"a+b+c", 0, "match"),
    (r"\w+\s+\w+$", 0, "match"),
    (r"[a-z]+(\.[a-z]+)*", 0, "fullmatch"),
    (r"^\s+$", 0, "search"),
    (r"https?://\S+", 0, "finditer"),
    (rb"[^\n]*\n", 0, "match"),
]


@pytest.mark.parametrize(("pattern", "flags", "method"), SLOW)
def test_what_can_be_slow_is_found(pattern: str | bytes, flags: int, method: str) -> None:
    assert Found("", pattern, flags, frozenset({method})).fault


def test_what_gives_nothing_back_is_measured_or_refused() -> None:
    assert Found("gateway/new.py:1", r"(?:a++b?)++", 0, frozenset({"match"})).fault
    assert Found("gateway/new.py:1", r"(?:(?>a)|b)", 0, frozenset({"match"})).fault
    assert Found("gateway/text/controls.py:1", r"(?:a++b?)++", 0, frozenset({"match"})).fault is None


@pytest.mark.parametrize(("pattern", "flags", "method"), FAST)
def test_what_can_not_is_not(pattern: str | bytes, flags: int, method: str) -> None:
    assert Found("", pattern, flags, frozenset({method})).fault is None


def test_what_can_not_be_judged_is_no_pass() -> None:
    assert Found("", r"(a)\1", 0, frozenset({"match"})).fault
    assert fault_of("a") is None
