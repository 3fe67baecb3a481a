"""What is told of a store that fails, however often it is asked."""

import logging

import pytest

from gateway.room import outage
from gateway.stores import StoreError


async def test_an_outage_is_told_once_when_it_begins_and_when_it_is_over(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outage, "RETRY_SECONDS", 0)
    reading = outage.Outage("read")
    reading.over()
    for _ in range(2):
        await reading.wait(StoreError("no disk"))
        await reading.wait(StoreError("no disk still"))
        reading.over()
        reading.over()
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.ERROR, "the log can't be read, and is tried again: no disk"),
        (logging.WARNING, "the log is read again"),
    ] * 2
