"""What a line of the log is; and lines that strangers cause: so many a second, and the rest is counted."""

import json
import logging
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import gateway
from gateway.config import LogFormat
from gateway.logs import LINES_A_SECOND, MAX_CHARACTERS, Ration, fields, lines_of, rationed
from gateway.text.controls import one_line


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
    *("serving/banner", "serving/child", "serving/listeners", "serving/reload", "serving/server", "serving/sockets"),
    *("serving/embedded", "serving/workers"),
    *(
        "stores/credentials",
        "stores/database",
        "stores/files",
        "stores/sqlite",
        "upkeep/backup",
        "upkeep/control",
        "cli/serve",
    ),
    *(f"stores/jetstream/{name}" for name in ("broadcast", "clock", "delivery", "lease", "names", "nats", "stream")),
}
"""Modules whose lines are about ourselves, the store and what operators did."""


def test_no_other_module_writes_what_is_not_rationed() -> None:
    root = Path(gateway.__file__).parent
    served = [path for path in root.rglob("*.py") if path.relative_to(root).parts[0] not in ("client", "swarm")]
    texts = {str(path.relative_to(root).with_suffix("")): path.read_text(encoding="utf-8") for path in served}
    unrationed = {name for name, text in texts.items() if "logging.getLogger(" in text}
    assert unrationed - {"logs", "members/parser"} == OUR_OWN  # the library's log has nothing but what is critical


# --- what a line looks like -------------------------------------------------------------------------------------------


def line(text: str, *arguments: object, level: int = logging.WARNING, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("gateway.test", level, "", 0, text, arguments, None)
    made.created, made.msecs = 1764000000.123, 123
    vars(made).update(more)
    return made


@pytest.mark.parametrize(
    ("level", "priority", "name"),
    [(10, 7, "debug"), (20, 6, "info"), (30, 4, "warning"), (40, 3, "error"), (50, 2, "critical")],
)
def test_a_line_has_its_level_in_each_form(level: int, priority: int, name: str) -> None:
    record = line("here is %s", "Ann", level=level)
    assert lines_of("journal").format(record) == f"<{priority}>here is Ann"
    assert lines_of("journal", "2").format(record) == f"<{priority}>[worker 2] here is Ann"
    assert re.fullmatch(rf"20[-\d]+ [\d:]+,123 {name.upper()} here is Ann", lines_of("text").format(record))
    assert lines_of("text", "2").format(record).endswith(f" {name.upper()} [worker 2] here is Ann")
    head = f'"at":"2025-11-24T16:00:00.123Z","level":"{name}","logger":"gateway.test"'
    assert lines_of("json").format(record) == f'{{{head},"message":"here is Ann"}}'
    assert lines_of("json", "2").format(record) == f'{{{head},"worker":"2","message":"here is Ann"}}'


@pytest.mark.parametrize("form", ["text", "json", "journal"])
@given(text=st.text(st.characters()))
@example(text="a\nb\r\x1b[2J\x9b\u2028\u202e\ud800\x00")
def test_whatever_is_told_is_one_line_that_no_terminal_obeys(form: LogFormat, text: str) -> None:
    record = line("%s", text)
    vars(record).update(fields("test", address=text, count=3))
    told = lines_of(form).format(record)
    assert len(told.splitlines()) == 1
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", told)
    told.encode()
    if form == "json":
        assert json.loads(told)["address"] == json.loads(told)["message"] == one_line(text)
        assert (json.loads(told)["event"], json.loads(told)["count"]) == ("test", 3)


@pytest.mark.parametrize("form", ["text", "json", "journal"])
def test_a_message_has_an_end(form: LogFormat) -> None:
    assert len(lines_of(form).format(line("x" * 10**6))) < MAX_CHARACTERS + 200


@pytest.mark.parametrize("form", ["text", "json", "journal"])
def test_what_a_fault_tells_forges_no_line(form: LogFormat) -> None:
    error = ValueError("a\nWARNING refused 203.0.113.9: password-wrong (room) by raw\x1b[2J")
    record = line("it broke", exc_info=(type(error), error, None))
    first, *others = lines_of(form).format(record).split("\n")
    assert "it broke" in first
    assert all(re.match(r"(<4>)?  \| ", each) for each in others)
    assert bool(others) is (form != "json")
    assert "ValueError: a" in first + "".join(others)
    assert "\x1b" not in first + "".join(others)
