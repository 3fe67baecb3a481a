"""Lines that strangers cause: so many a second, and the rest is counted."""

import logging
from pathlib import Path

import pytest

import gateway
from gateway.logs import LINES_A_SECOND, Ration, rationed


def record(at: float, text: str = "line %s") -> logging.LogRecord:
    made = logging.LogRecord("x", logging.WARNING, "", 0, text, (1,), None)
    made.created = at
    return made


def test_a_flood_is_some_lines_and_a_number() -> None:
    ration = Ration(3)
    assert [ration.filter(record(10.0 + number / 100)) for number in range(50)] == [True] * 3 + [False] * 47
    after = record(11.0)
    assert ration.filter(after)
    assert after.getMessage() == "line 1 (and 47 lines like it were not written)"
    again = record(11.1)
    assert ration.filter(again)
    assert again.getMessage() == "line 1"


def test_a_clock_that_is_set_back_silences_nobody() -> None:
    ration = Ration(3)
    assert [ration.filter(record(100.0)) for _ in range(5)] == [True] * 3 + [False] * 2
    assert ration.filter(record(50.0))


def test_few_lines_are_all_written() -> None:
    ration = Ration(1)
    assert all(ration.filter(record(float(second))) for second in range(100))


def test_a_logger_is_rationed_once(caplog: pytest.LogCaptureFixture) -> None:
    log = rationed("gateway.test-logs")
    assert rationed("gateway.test-logs") is log
    assert sum(isinstance(each, Ration) for each in log.filters) == 1
    with caplog.at_level(logging.INFO):
        for number in range(5 * LINES_A_SECOND):
            log.warning("number %s", number)
    assert LINES_A_SECOND <= len(caplog.records) <= 2 * LINES_A_SECOND


OUR_OWN = {
    *("room/acts", "room/inbox", "room/moderation", "room/outage", "room/retraction", "room/room"),
    *("serving/banner", "serving/ports", "serving/server", "serving/workers", "cli/serve"),
    *("stores/database", "stores/sqlite", "upkeep/control"),
    *(f"stores/jetstream/{name}" for name in ("broadcast", "delivery", "lease", "names", "nats", "stream")),
}
"""Modules whose lines are about ourselves, the store and what operators did."""


def test_no_other_module_writes_what_is_not_rationed() -> None:
    root = Path(gateway.__file__).parent
    served = [path for path in root.rglob("*.py") if path.relative_to(root).parts[0] not in ("client", "swarm")]
    texts = {str(path.relative_to(root).with_suffix("")): path.read_text(encoding="utf-8") for path in served}
    unrationed = {name for name, text in texts.items() if "logging.getLogger(" in text}
    assert unrationed - {"logs", "members/parser"} == OUR_OWN  # the library's log has nothing but what is critical
