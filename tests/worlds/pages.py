"""A person at the page, whichever browser it is in."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from typing import Any

from ..patience import PATIENCE
from .place import Place
from .story import Person, eventually

TEXTS = """[...document.querySelectorAll("#log .message .text")].map(each => each.textContent).join("\\n")"""
LINKS = """[...document.querySelectorAll("#log .message .text a")].map(each => each.href)"""
STATE = """document.getElementById("who").dataset.state"""
BANNER = """document.getElementById("banner").hidden ? "" : document.getElementById("banner-text").textContent"""
FAULTS = """[...document.querySelectorAll("#log .fault")].map(each => each.textContent)"""
LOOK = """(() => {
    Object.defineProperty(document, "hidden", {value: %s, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
})()"""

ENTER = "\ue007"


def keys(text: str) -> list[dict[str, Any]]:
    """The keys of a text and Enter, as WebDriver has them (w3c.github.io/webdriver: keyboard actions)."""
    pressed = [{"type": what, "value": key} for key in (*text, ENTER) for what in ("keyDown", "keyUp")]
    return [{"type": "key", "id": "keyboard", "actions": pressed}]


class Browser(ABC):
    """What has to be known of a browser: the rest is the page."""

    @abstractmethod
    async def go(self, url: str) -> None:
        """Open this address."""

    @abstractmethod
    async def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""

    @abstractmethod
    async def type(self, text: str) -> None:
        """Press the keys of a text, and Enter."""

    @property
    def complaints(self) -> list[str]:
        """What the browser's console complains of, and exceptions that nobody caught, where it tells of them."""
        return []


class Reader(Person):
    """Somebody who has the page open."""

    keeps = True

    def __init__(self, browser: Browser, place: Place) -> None:
        self._browser = browser
        self._page = place.page

    async def come_in(self, name: str) -> None:
        await self._browser.go(self._page)
        await self.notices("in")
        await self._type("name", name)

    async def say(self, text: str) -> None:
        await self._type("text", text)

    async def screen(self) -> str:
        return str(await self._browser.evaluate(TEXTS))

    async def come_back(self) -> None:
        """It comes back by itself."""

    async def notices(self, what: str) -> None:
        is_in = what == "in"
        await eventually(self._state, lambda seen: (seen[0] == "in") is is_in, f"the page should be {what}")

    async def links(self) -> list[str]:
        return list(await self._browser.evaluate(LINKS))

    async def trouble(self) -> str:
        banner, faults = [await self._browser.evaluate(what) for what in (BANNER, FAULTS)]
        return "\n".join([banner, *faults, *self._browser.complaints]).strip()

    async def is_called(self, call: Awaitable[None]) -> None:
        await self._browser.evaluate(LOOK % "true")
        await call
        await eventually(self._title, lambda title: title.startswith("(@1)"), "the title should tell of a mention")
        await self._browser.evaluate(LOOK % "false")

    async def _state(self) -> list[str]:
        """The connection's, and whatever may tell why it is so."""
        async with asyncio.timeout(PATIENCE):
            state = await self._browser.evaluate(STATE)
            return [str(state), await self.trouble()]

    async def _title(self) -> str:
        return str(await self._browser.evaluate("document.title"))

    async def _type(self, where: str, text: str) -> None:
        await self._browser.evaluate(f"document.getElementById('{where}').focus()")
        await self._browser.type(text)
