"""What somebody looks for, as it is typed."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.searches import Sought, day_or_time, sought

DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("deploy failed", Sought("deploy failed")),
        ("  deploy \n failed ", Sought("deploy failed")),
        ('deploy from:"Ann Lee" failed', Sought("deploy failed", "Ann Lee")),
        ("from:Ann deploy", Sought("deploy", "Ann")),
        ("部署 from：“小 明”", Sought("部署", "小 明")),
        ("部署 FROM:小明", Sought("部署", "小明")),
        ("x since:2026-11-24", Sought("x", since=DAY)),
        ("x until：2026-11-24", Sought("x", until=DAY)),
        ('x since:"2026-11-24" until:2026-11-24 before:41', Sought("x", "", DAY, DAY, 41)),
        ("x from:Ann from:Bob", Sought("x", "Bob")),
        ("xfrom:Ann not-from:Ann", Sought("xfrom:Ann not-from:Ann")),
        ("https://x.y/from:Ann", Sought("https://x.y/from:Ann")),
        ("from:", Sought("")),
        ('from:"open end', Sought("end", '"open')),
        ('"deploy failed"', Sought('"deploy failed"')),
        ("", Sought("")),
    ],
)
def test_what_is_typed(typed: str, what: Sought) -> None:
    assert sought(typed) == what


@pytest.mark.parametrize(
    "typed",
    [
        *("x since:tomorrow", "x since:2026-02-30", "x until:", "x until:2026-11-24T00:00", "x before:", "x before:-1"),
        *("x before:x", "x before:9999999999999999", "x since:20261124", "x since:1.5", "x before:٣"),
    ],
)
def test_what_makes_no_sense(typed: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        sought(typed)


@pytest.mark.parametrize(
    ("what", "is_something"),
    [(Sought("x"), True), (Sought("", "Ann"), True), (Sought(" ", " "), False), (Sought("", since=DAY), False)],
)
def test_what_is_enough(what: Sought, is_something: bool) -> None:
    assert what.is_something is is_something


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-24", DAY),
        ("2026-11-24T12:00:00Z", datetime(2026, 11, 24, 12, tzinfo=UTC)),
        ("2026-11-24T00:00:00.5+08:00", datetime(2026, 11, 23, 16, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_a_day_or_a_time(text: str, time: date) -> None:
    assert day_or_time(text) == time


@pytest.mark.parametrize("text", ["", "2026", "2026-02-30", "2026-11-24T12:00:00", "2026-11-24T25:00:00Z", "12:00:00Z"])
def test_neither_a_day_nor_a_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        day_or_time(text)


@given(st.one_of(st.text(), st.from_regex(r"(from|since|before)[:：][\"“]?\w{0,3}[\"”]? ?\w", fullmatch=True)))
def test_whatever_is_typed_has_a_meaning_or_has_none(typed: str) -> None:
    try:
        what = sought(typed)
    except ValueError:
        return
    assert what.words.split() == what.words.split(" ") or not what.words
