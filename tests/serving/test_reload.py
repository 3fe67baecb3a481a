"""Settings that are read again."""

import asyncio

import pytest

from gateway.config import SettingError
from gateway.faults import begin
from gateway.serving.reload import tell


async def faulty() -> list[str]:
    raise SettingError("--rate: no number")


async def test_a_fault_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    await tell(faulty)
    assert caplog.messages == ["reload: all stays as it was: --rate: no number"]


async def test_who_tells_can_be_cancelled() -> None:
    begun = asyncio.Event()

    async def slow() -> list[str]:
        begun.set()
        await asyncio.Event().wait()
        return []

    telling = begin(tell(slow))
    await begun.wait()
    telling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await telling
