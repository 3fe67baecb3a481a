"""The page in Chromium: how soon it can be used, and how it takes a burst."""

import asyncio
import os
import statistics
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Browser

from ..e2e.browser import chromium, new_page, open_page
from ..e2e.gateway import Gateway
from ..e2e.peers import chat

LOADS = 10
BURST = 1000

# When the page is in the room, shows its history and can be written in, in ms after the response had come.
USABLE = """() => new Promise(done => {
    const look = () => {
        const isEmpty = document.contentType === "text/plain";
        const shown = document.querySelectorAll("#log .text").length;
        const isUsable = isEmpty || (document.querySelector("#who").dataset.state === "in" && shown > 99);
        const [navigation] = performance.getEntriesByType("navigation");
        const since = time => time - navigation.responseEnd;
        if (isUsable && navigation.loadEventEnd) done([since(performance.now()), since(navigation.loadEventEnd)]);
        else setTimeout(look, 1);
    };
    look();
})"""
FRAMES = """() => {
    window.gaps = [];
    let last = performance.now();
    const frame = now => { gaps.push(now - last); last = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
}"""


def usable() -> None:
    """The page: usable after its response, beside an empty page"""
    asyncio.run(_with_browser(_usable))


def burst() -> None:
    """The page: 1,000 messages within a second"""
    asyncio.run(_with_browser(_burst))


async def _with_browser(measure: Callable[[Browser, Gateway], Awaitable[None]]) -> None:
    os.sched_setaffinity(0, range(os.cpu_count() or 1))  # a browser is many processes
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder), "--rate", "0", "--rate-kib", "0")
        try:
            async with chromium(program="chromium") as browser:
                await measure(browser, gateway)
        finally:
            gateway.kill()


async def _usable(browser: Browser, gateway: Gateway) -> None:
    async with chat(gateway, name="bob") as bob:
        for number in range(100):
            await bob.say(f"message {number}")
        await bob.texts(100)
    waits: dict[str, list[float]] = {"": [], "healthz": []}
    for _ in range(LOADS):
        for path, taken in waits.items():
            page, _ = await new_page(browser)
            await page.goto(gateway.page + path)
            in_room, loaded = await page.evaluate(USABLE)
            taken.append(loaded if path else in_room)
            await page.context.close()
    ours, empty = (statistics.median(taken) for taken in waits.values())
    print(
        f"In the room with 100 messages of history, ready to write: {ours:.0f} ms after the response; an empty page's "
        f"load event in the same run: {empty:.0f} ms (medians of {LOADS}, nothing cached).",
        flush=True,
    )


async def _burst(browser: Browser, gateway: Gateway) -> None:
    page, _ = await open_page(browser, gateway)
    await page.evaluate(FRAMES)
    async with chat(gateway, name="bob") as bob:
        start = asyncio.get_running_loop().time()
        for number in range(0, BURST, 10):
            await bob.send(*({"type": "say", "text": f"message {number + each} of a burst"} for each in range(10)))
            await asyncio.sleep(max(0, start + number / BURST - asyncio.get_running_loop().time()))
        await bob.texts(BURST)
    last = page.locator("#log .text").last
    while await last.inner_text() != f"message {BURST - 1} of a burst":
        await asyncio.sleep(0.05)
    gaps = sorted(await page.evaluate("gaps"))
    print(
        f"Longest time between two frames {gaps[-1]:.0f} ms, p99 {gaps[int(len(gaps) * 0.99)]:.0f}, median "
        f"{statistics.median(gaps):.0f} ms, over {len(gaps)} frames.",
        flush=True,
    )
