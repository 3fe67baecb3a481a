"""The fixtures of tests/e2e, and the browser that the worlds share."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest_asyncio

from ..e2e.conftest import start
from .stage import Chromium

__all__ = ["start"]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    """One for all the worlds that want it."""
    async with AsyncExitStack() as stack:
        yield Chromium(stack)
