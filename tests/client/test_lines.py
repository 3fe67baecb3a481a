"""What a line of the server means; how lines are read back, with the voice that says them, is in wires/test_lines."""

from datetime import timedelta

import pytest

from gateway.client.lines import zone_of


@pytest.mark.parametrize(
    ("offset", "minutes"),
    [
        ("+08:00", 480), ("-08:00", -480), ("+05:45", 345), ("-03:30", -210), ("-00:30", -30), ("+23:59", 1439),
        ("-23:59", -1439), ("+00:00", 0), ("-00:00", 0), ("", 0), ("08:00", 0), ("+8:00", 0), ("+24:00", 0),
        ("+08:60", 0), ("UTC+08:00", 0), ("+08:00 ", 0),
    ],
)  # fmt: skip
def test_a_zone_is_as_far_from_utc_as_it_says_or_it_is_utc(offset: str, minutes: int) -> None:
    assert zone_of(offset).utcoffset(None) == timedelta(minutes=minutes)
