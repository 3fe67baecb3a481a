"""Times are asked for once, and told by the server's clock."""

from datetime import UTC, datetime, timedelta, tzinfo

from gateway.client.framing import framed
from gateway.client.times import Times


def noon(zone: tzinfo) -> datetime:
    return datetime(2026, 11, 24, 12, 0, tzinfo=UTC).astimezone(zone)


def test_they_are_asked_for_once() -> None:
    times = Times(noon)
    assert [times.ask(), times.ask()] == [framed("/times on"), b""]


def test_there_are_none_until_the_server_says_so_and_then_by_its_clock() -> None:
    times = Times(noon)
    times.ask()
    told = [times.now]
    times.begin("+08:00")
    told.append(times.now)
    assert told == [None, datetime(2026, 11, 24, 12, 0, tzinfo=UTC)]
    assert [each.utcoffset() for each in told if each] == [timedelta(hours=8)]
