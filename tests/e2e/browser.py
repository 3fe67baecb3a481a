"""Debian's Chromium, and pages of a gateway in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Dialog, Locator, Page, async_playwright, expect

from ..patience import PATIENCE
from ..processes import need
from .gateway import Gateway

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP chat.test 127.0.0.1",
    "--renderer-process-limit=1",
]  # fmt: skip
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Resolves when what was changed is on the screen."""

LOOK = """isSeen => {
    Object.defineProperty(document, "hidden", {value: !isSeen, configurable: true});
    document.hasFocus = () => isSeen;
    dispatchEvent(new Event("focus"));
}"""
"""Whether anybody looks at it: Chromium without windows takes each page for one that has the focus."""

WAIT_MS = 3 * PATIENCE * 1000
"""A browser shares the cores with all other tests."""

expect.set_options(timeout=WAIT_MS)


@asynccontextmanager
async def chromium(*flags: str, program: str = "chromium-headless-shell") -> AsyncIterator[Browser]:
    """The browser, as long as the block lasts. Without windows a page takes a sixth of the time to open."""
    path = need(program)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        yield browser
        await browser.close()


SETTINGS: dict[str, Any] = {"locale": "en-US", "timezone_id": "UTC", "viewport": {"width": 900, "height": 600}}
MEDIA = {"color_scheme", "reduced_motion"}
STAYS = "http://localhost/stays"
"""Of the same site as the pages of all gateways, else they could not share its process."""


async def make_ready(browser: Browser) -> None:
    """Open a context that pages may share, with a page that stays.

    Its process is theirs, too: to start one takes half the time of opening a page.
    """
    page = await (await browser.new_context(**SETTINGS)).new_page()
    await page.route("**", lambda route: route.fulfill(body="", content_type="text/html"))
    await page.goto(STAYS)


async def tidy_up(browser: Browser) -> None:
    """Close what was opened since it was made ready, and forget what the pages kept."""
    shared, *others = browser.contexts
    for context in others:
        await context.close()
    stays, *opened = shared.pages
    for page in opened:
        await page.close()
    session = await shared.new_cdp_session(stays)
    await session.send("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})  # a port may come again
    await session.detach()


async def new_page(browser: Browser, *, own: bool = False, **context: Any) -> tuple[Page, list[str]]:
    """A page of a person, and what its console complains of.

    `own`, or settings that are no page's: in a context of its own, for whoever changes something of it: the clock, or
    that it is online.
    """
    shared = [each for each in browser.contexts if each.pages and each.pages[0].url == STAYS]
    if own or not shared or not context.keys() <= {"viewport", *MEDIA}:
        page = await (await browser.new_context(**SETTINGS | context)).new_page()
    else:
        page = await shared[0].new_page()
        await page.set_viewport_size(context.pop("viewport", SETTINGS["viewport"]))
        await page.emulate_media(**context)
    page.set_default_timeout(WAIT_MS)
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))

    async def answer(dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            complaints.append(dialog.message)
        await dialog.accept()

    page.on("dialog", answer)
    return page, complaints


async def open_page(browser: Browser, gateway: Gateway, *, own: bool = False, **context: Any) -> tuple[Page, list[str]]:
    """A page that is in the room."""
    page, complaints = await new_page(browser, own=own, **context)
    await page.goto(gateway.page)
    await is_in(page)
    return page, complaints


async def is_in(page: Page) -> None:
    """Wait until the page is in the room."""
    await expect(page.locator("#who")).to_have_attribute("data-state", "in")


async def say(page: Page, text: str) -> None:
    """Type and send."""
    await page.fill("#text", text)
    await page.press("#text", "Enter")


async def choose(page: Page, text: str, act: str) -> None:
    """From the menu of a message. The page's `confirm` is accepted."""
    await texts(page).get_by_text(text, exact=True).hover()
    await page.click(f"#log .acts >> text={act}")


def texts(page: Page) -> Locator:
    """The texts of what was said, without what waits."""
    return page.locator("#log .message:not(.pending) .text")


def pending(page: Page) -> Locator:
    """What waits to be said."""
    return page.locator("#log .pending")


async def violations(page: Page) -> list[str]:
    """What axe-core finds. Tab stops at a block of code in the row that has the focus, which arrows lead to."""
    async with asyncio.timeout(PATIENCE):
        found = await Axe().run(page)
    return [
        f"{each['id']}: {each['help']} {[node['html'] for node in each['nodes']]}"
        for each in found.response["violations"]
        if each["id"] != "scrollable-region-focusable"
        or any('tabindex="-1"' not in node["html"] for node in each["nodes"])
    ]
