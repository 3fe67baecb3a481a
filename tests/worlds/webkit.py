"""A person at WebKitGTK, the engine of Safari, by W3C WebDriver: JSON over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from ..nats import free_ports
from ..processes import skip
from .pages import Browser, Reader, keys
from .programs import PATIENCE, need, running
from .stage import Stage
from .story import Person

MINI_BROWSERS = "usr/lib/*/webkit2gtk-4.*/MiniBrowser"


class _Window(Browser):
    def __init__(self, driver: aiohttp.ClientSession) -> None:
        self._driver = driver
        self._session = ""

    async def call(self, path: str, **body: Any) -> Any:
        """The value of a command's answer."""
        async with self._driver.post(f"/session{self._session}{path}", json=body) as response:
            value = (await response.json())["value"]
            assert response.status == 200, value
            return value

    async def start(self, mini_browser: str) -> None:
        options = {"binary": mini_browser, "args": ["--automation"]}
        wanted = {"acceptInsecureCerts": True, "webkitgtk:browserOptions": options}
        session = await self.call("", capabilities={"alwaysMatch": wanted})
        self._session = f"/{session['sessionId']}"

    async def end(self) -> None:
        """Close the browser, which is no child of the driver's session."""
        async with self._driver.delete(f"/session{self._session}") as response:
            await response.read()

    async def go(self, url: str) -> None:
        await self.call("/url", url=url)

    async def evaluate(self, expression: str) -> Any:
        return await self.call("/execute/sync", script=f"return {expression}", args=[])

    async def type(self, text: str) -> None:
        await self.call("/actions", actions=keys(text))


@dataclass(frozen=True, slots=True)
class AtWebKit:
    """In a MiniBrowser of one's own, on a screen that nobody sees."""

    @asynccontextmanager
    async def __call__(self, stage: Stage) -> AsyncIterator[Person]:
        driver, xvfb = need("WebKitWebDriver"), need("Xvfb")
        (port,) = free_ports(1)
        found = sorted(Path("/").glob(MINI_BROWSERS))
        if not found:
            skip("MiniBrowser of webkit2gtk-driver is not installed: make worlds installs it as root with apt-get")
        async with running(stage.folder, xvfb, "-displayfd", "1", "-nolisten", "tcp") as screen:
            display = (await screen.says(r"(?m)^(\d+)\n"))[1]
            environment = {"DISPLAY": f":{display}", "XDG_RUNTIME_DIR": str(stage.folder), "LIBGL_ALWAYS_SOFTWARE": "1"}
            async with (
                running(stage.folder, driver, f"--port={port}", environment=environment) as program,
                aiohttp.ClientSession(
                    f"http://127.0.0.1:{port}", timeout=aiohttp.ClientTimeout(total=PATIENCE)
                ) as session,
            ):
                await program.listens(port)
                window = _Window(session)
                await window.start(str(found[-1]))
                try:
                    yield Reader(window, stage.place)
                finally:
                    await window.end()
