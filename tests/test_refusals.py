"""Who is turned away: a line that programs can read and nobody can forge, and a count."""

import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.logs import LINES_A_SECOND
from gateway.metrics import Metrics


def told(caplog: pytest.LogCaptureFixture, host: str, reason: str, about: str = "") -> str:
    caplog.clear()
    Metrics().refusals.tell(host, reason, about)
    return caplog.messages[0]


@pytest.mark.parametrize(
    ("host", "about", "line"),
    [
        ("192.0.2.9", "", "refused 192.0.2.9: test-line"),
        ("::ffff:192.0.2.9", "", "refused 192.0.2.9: test-line"),
        ("fe80::1%eth0", "", "refused fe80::1: test-line"),
        ("?", "", "refused ?: test-line"),
        ("192.0.2.9", "room", "refused 192.0.2.9: test-line (room)"),
        ("192.0.2.9", "a\nb\u202ec", "refused 192.0.2.9: test-line (a\ufffdb\ufffdc)"),
        ("192.0.2.9", "x" * 200, f"refused 192.0.2.9: test-line ({'x' * 100})"),
    ],
)
def test_a_line(caplog: pytest.LogCaptureFixture, host: str, about: str, line: str) -> None:
    caplog.set_level(logging.INFO)
    assert told(caplog, host, "test-line", about).partition(" (and ")[0] == line


@given(st.text(st.characters()))
def test_whatever_it_is_about_it_is_one_line(about: str) -> None:
    records: list[str] = []
    logger = logging.getLogger("gateway.refusals.test-any")
    logger.filters = [lambda record: not records.append(record.getMessage())]  # type: ignore[func-returns-value]
    Metrics().refusals.tell("192.0.2.9", "test-any", about)
    assert re.fullmatch(r"refused 192\.0\.2\.9: test-any( \(.{1,100}\))?", records[0])
    assert len(records[0].splitlines()) == 1
    records[0].encode()


def test_a_flood_of_one_reason_hides_no_other(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    metrics = Metrics()
    for _ in range(10 * LINES_A_SECOND):
        metrics.refusals.tell("192.0.2.9", "test-flood")
    metrics.refusals.tell("192.0.2.10", "test-guess")
    assert LINES_A_SECOND <= sum("flood" in message for message in caplog.messages) <= 2 * LINES_A_SECOND
    assert caplog.messages[-1] == "refused 192.0.2.10: test-guess"
    assert b'gateway_refusals_total{reason="test-flood"} 100.0' in metrics.expose()
