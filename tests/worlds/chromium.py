"""A person at Debian's Chromium, by Playwright."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

from .pages import Browser, Reader
from .stage import Stage
from .story import PATIENCE, Person


class _Window(Browser):
    def __init__(self, page: Page) -> None:
        self._page = page
        self._complaints: list[str] = []
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: self._complaints.append(str(error)))

    @property
    def complaints(self) -> list[str]:
        return self._complaints

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
        browser = await stage.chromium.started()
        context = await browser.new_context(
            locale="en-US", viewport={"width": 900, "height": 600}, ignore_https_errors=True
        )
        if self.shadow:
            await context.add_init_script(self.shadow)
        try:
            yield Reader(_Window(await context.new_page()), stage.place)
        finally:
            await context.close()
