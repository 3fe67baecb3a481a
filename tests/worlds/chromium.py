"""A person at Debian's Chromium, by Playwright."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

from ..e2e.browser import new_page
from ..patience import PATIENCE
from .pages import Browser, Reader
from .stage import Stage
from .story import Person

OF_THE_NETWORK = "WebSocket connection to|Failed to load resource|Cross-Origin-Opener-Policy header has been ignored"
"""What Chromium says of a connection that was cut, and of plain http from elsewhere."""


class _Window(Browser):
    def __init__(self, page: Page, complaints: list[str]) -> None:
        self._page = page
        self._complaints = complaints
        page.set_default_timeout(PATIENCE * 1000)

    @property
    def complaints(self) -> list[str]:
        return [each for each in self._complaints if not re.search(OF_THE_NETWORK, each)]

    async def go(self, url: str) -> None:
        await self._page.goto(url)

    async def evaluate(self, expression: str) -> Any:
        return await self._page.evaluate(expression)

    async def type(self, text: str) -> None:
        await self._page.keyboard.type(text)
        await self._page.keyboard.press("Enter")


@dataclass(frozen=True, slots=True)
class AtChromium:
    """In a window of one's own, with a script that runs before the page's."""

    shadow: str = ""

    @asynccontextmanager
    async def __call__(self, stage: Stage) -> AsyncIterator[Person]:
        page, complaints = await new_page(await stage.chromium.started(), ignore_https_errors=True)
        if self.shadow:
            await page.add_init_script(self.shadow)
        try:
            yield Reader(_Window(page, complaints), stage.place)
        finally:
            await page.context.close()
