"""The line form: in both languages, by the names that people see, and each line reads in one way alone."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.client.lines import Line, line_in, moment_of
from gateway.messages import clean_text
from gateway.names import BadNameError, clean_name, guest_label
from gateway.people import Person, Renamed
from gateway.phrases import Language, Phrases
from gateway.text.lookalikes import IGNORABLE
from gateway.text.rows import RUN, unwrapped
from gateway.wires import answers
from gateway.wires.lines import LineVoice
from gateway.wires.plain import paragraphs
from gateway.wires.raw import POST, line_format, timed_format

from ..samples import a_message

LANGUAGES = st.sampled_from(["zh", "en"])
SHANGHAI = timezone(timedelta(hours=8))
AT = int(datetime(2026, 11, 24, 20, 17, tzinfo=SHANGHAI).timestamp() * 1000)
DAY = 86_400_000
ADDRESS = repr(("192.0.2.1", 54321))


def test_a_message_in_both_languages() -> None:
    message = a_message("two\nlines", label="Ann")
    assert line_format("en", "\n").encode(message) == b"Ann: two\n  lines\n"
    assert line_format("zh", "\r\n").encode(message).decode() == "来自Ann的消息:two\r\n  lines\r\n"
    assert POST.encode(message).decode() == "来自Ann的消息:two\nlines\n\n"


def test_an_action() -> None:
    waves = a_message("waves", label="Ann", kind="action")
    languages: tuple[Language, ...] = ("zh", "en")
    for language in languages:
        assert line_format(language, "\n").encode(waves) == b"Ann *waves*\n"
    assert POST.encode(waves).decode() == "来自Ann的消息:*waves*\n\n"


def test_who_has_no_name_is_a_guest_and_an_address_is_the_posts_alone() -> None:
    message = a_message("hi", label=ADDRESS, by="bybybybybyby")
    guest = guest_label("bybybybybyby")
    assert line_format("en", "\n").encode(message).decode() == f"{guest}: hi\n"
    assert line_format("zh", "\n").encode(message).decode() == f"来自{guest}的消息:hi\n"
    assert POST.encode(message).decode() == f"来自{ADDRESS}的消息:hi\n\n"
    nobodys = line_format("en", "\n").encode(a_message("hi", label=ADDRESS, by="")).decode()
    assert re.fullmatch("guest-[a-z]{6}: hi\n", nobodys)


def test_times_are_told_in_the_servers_zone() -> None:
    message = a_message("two\nlines", label="Ann", at=AT)
    assert timed_format("en", "\n", SHANGHAI).encode(message) == b"[20:17] Ann: two\n  lines\n"
    assert timed_format("en", "\n", UTC).encode(message) == b"[12:17] Ann: two\n  lines\n"
    # Who asks for times in the post's framing has the line form too, and nothing of a text is lost.
    assert timed_format("zh", "\n\n", SHANGHAI).encode(message).decode() == "[20:17] 来自Ann的消息:two\n  lines\n\n"


@pytest.mark.parametrize(
    ("language", "at", "expected"),
    [
        ("en", AT, "[20:17] Ann: hi"),
        ("en", AT - DAY, "[Mon 23 Nov 20:17] Ann: hi"),
        ("en", AT - 365 * DAY, "[Mon 24 Nov 2025 20:17] Ann: hi"),
        ("en", AT + DAY, "[Wed 25 Nov 20:17] Ann: hi"),
        ("zh", AT, "[20:17] 来自Ann的消息:hi"),
        ("zh", AT - DAY, "[11月23日周一 20:17] 来自Ann的消息:hi"),
        ("zh", AT - 365 * DAY, "[2025年11月24日周一 20:17] 来自Ann的消息:hi"),
    ],
)
def test_what_is_read_back_has_its_time_and_its_day_if_that_is_not_todays(
    language: Language, at: int, expected: str
) -> None:
    page = answers.Page([a_message("hi", label="Ann", at=at)], more=False)
    _, line = paragraphs(page, Phrases(language), LineVoice(language, AT, SHANGHAI))
    assert line == expected


def test_the_last_moment_that_a_log_can_have() -> None:
    for zone in (SHANGHAI, UTC, None):
        assert timed_format("en", "\n", zone).encode(a_message(at=253_402_300_799_999)).endswith(b" ann: hi\n")


def test_who_is_here_and_who_comes_and_goes() -> None:
    ann, bob, guest = Person("Ann", "tcp"), Person("Bob", "web"), Person(ADDRESS, "tcp", "by")
    voice = LineVoice("en", AT, SHANGHAI)
    name = guest_label("by")
    assert paragraphs(answers.Who(2, [ann, guest], more=False), Phrases("en"), voice) == [
        f"* 2 here: Ann (tcp), {name} (tcp)"
    ]
    presence = answers.Presence(3, [ann, bob], [guest], False, [Renamed(guest, ann)])
    assert paragraphs(presence, Phrases("en"), voice) == [f"* renamed: {name} is now Ann", "* joined: Bob"]
    presence = answers.Presence(70, [ann, bob], [guest], more=True)
    assert paragraphs(presence, Phrases("zh"), voice) == ["* 来了:Ann, Bob", f"* 走了:{name}", "* 现在有 70 人"]


def test_one_format_is_shared() -> None:
    assert line_format("en", "\n") is line_format("en", "\n")
    assert timed_format("en", "\n", None) is timed_format("en", "\n", None)
    assert timed_format("en", "\n", None) is not line_format("en", "\n")


def is_name(text: str) -> bool:
    try:
        return clean_name(text) == text
    except BadNameError:
        return False


PIECES = st.sampled_from(
    ["Ann", "B", " ", ":", "*", "来自", "的消息", "[20:17]", "* ", ",", "guest", "is now", "安", "-"]
)
NAMES = (st.lists(PIECES, min_size=1, max_size=5).map("".join) | st.text(min_size=1, max_size=12)).filter(is_name)
TEXTS = st.lists(
    PIECES | st.sampled_from(["\n", " " * (RUN + 1), "\t" * 3, ": ", "的消息:", "waves"]), max_size=12
).map("".join)


BLANKS = " \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u1160\uffa0\u3000\u115f\u3164"


def unspaced(text: str) -> str:
    """A text without blanks: of many in a row some may have become a line's end (see plain)."""
    return re.sub(f"[{BLANKS}{IGNORABLE}\n]", "", text)


@given(NAMES, TEXTS | st.text(), LANGUAGES, st.booleans(), st.booleans(), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_each_line_reads_back_as_what_it_is(
    name: str, text: str, language: Language, is_action: bool, is_timed: bool, end: str
) -> None:
    text = clean_text(text)
    assume(text.strip())
    message = a_message(text, label=name, at=AT, kind="action" if is_action else "")
    wire_format = timed_format(language, end, SHANGHAI) if is_timed else line_format(language, end)
    sent = wire_format.encode(message).decode()
    assert sent.endswith(end)
    lines = sent.removesuffix(end).replace("\r\n", "\n").split("\n")
    assert all(line.startswith("  ") for line in lines[1:])
    read = line_in("\n".join(lines))
    assert read[:3] == ("action" if is_action else "message", "20:17" if is_timed else "", name)
    assert unspaced(read.text) == unspaced(text)
    assert read.text == text or unwrapped(f"{name} *{text}*") != f"{name} *{text}*"


@given(st.text())
def test_a_notice_is_none_of_these(text: str) -> None:
    assert line_in(f"* {text}").kind == "notice"


@given(st.integers(0, 4 * 365 * DAY), st.integers(-12 * 60, 14 * 60), LANGUAGES)
def test_each_time_that_is_told_is_understood(ago: int, offset: int, language: Language) -> None:
    zone: tzinfo = timezone(timedelta(minutes=offset))
    (line,) = paragraphs(
        answers.Page([a_message(at=AT - ago)], more=False), Phrases(language), LineVoice(language, AT, zone)
    )[1:]
    now = datetime.fromtimestamp(AT / 1000, zone)
    understood = datetime.fromisoformat(moment_of(line_in(line).time, now))
    assert understood == now - timedelta(milliseconds=ago) - timedelta(
        seconds=(now - timedelta(milliseconds=ago)).second,
        microseconds=(now - timedelta(milliseconds=ago)).microsecond,
    )


def test_what_is_no_time_is_none() -> None:
    now = datetime.fromtimestamp(AT / 1000, UTC)
    for time in ("", "x", "25:00", "12:60", "Mon 31 Feb 10:00", "13月1日周一 10:00"):
        assert moment_of(time, now) == ""
    assert line_in("no head") == Line("notice", "", "", "no head")
