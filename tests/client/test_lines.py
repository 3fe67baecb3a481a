"""What a line of the server means; how lines are read back, with the voice that says them, is in wires/test_lines."""

from datetime import datetime, timedelta

import pytest

from gateway.client import told
from gateway.client.lines import message_in, zone_of

from ..tables import each_of


@each_of(
    ("offset", "minutes"),
    [
        ("+08:00", 480), ("-08:00", -480), ("+05:45", 345), ("-03:30", -210), ("-00:30", -30), ("+23:59", 1439),
        ("-23:59", -1439), ("+00:00", 0), ("-00:00", 0), ("", 0), ("08:00", 0), ("+8:00", 0), ("+24:00", 0),
        ("+08:60", 0), ("UTC+08:00", 0), ("+08:00 ", 0),
    ],
)  # fmt: skip
def test_a_zone_is_as_far_from_utc_as_it_says_or_it_is_utc(offset: str, minutes: int) -> None:
    assert zone_of(offset).utcoffset(None) == timedelta(minutes=minutes)


TIMED = [
    ("[20:17] Ann: hi\n  there", "Ann", "hi\nthere", "2026-11-24T20:17:00+08:00", ""),
    ("[23:59] guest-abcdef: late", "guest-abcdef", "late", "2026-11-23T23:59:00+08:00", ""),
    ("[Mon 23 Nov 09:00] Ann *waves*", "Ann", "waves", "2026-11-23T09:00:00+08:00", "action"),
    ("[Wed 31 Dec 2025 09:00] Ann: *so*", "Ann", "*so*", "2025-12-31T09:00:00+08:00", ""),
    ("[11月23日周一 09:00] 来自Ann的消息:a: b", "Ann", "a: b", "2026-11-23T09:00:00+08:00", ""),
    ("[2025年12月31日周三 09:00] 来自Ann的消息:hi", "Ann", "hi", "2025-12-31T09:00:00+08:00", ""),
]


@pytest.mark.parametrize(("line", "name", "text", "at", "kind"), TIMED, ids=[each[0] for each in TIMED])
def test_names_and_times_are_the_servers(line: str, name: str, text: str, at: str, kind: str) -> None:
    clock = "00:05" if "23:59" in line else "21:00"
    now = datetime.fromisoformat(f"2026-11-24T{clock}+08:00")
    assert message_in(line, now) == told.Message(name, text, at=at, kind=kind)
    assert message_in(line, None) is None


@pytest.mark.parametrize("now", [None, datetime.fromisoformat("2026-11-24T21:00+08:00")])
def test_the_posts_messages_have_no_time_and_a_notice_is_no_message(now: datetime | None) -> None:
    assert message_in("来自ann的消息:[20:17] bob:\nhi", now) == told.Message("ann", "[20:17] bob:\nhi")
    assert message_in("* Ann: hi", now) is None
    assert message_in("Ann: hi", now) is None
