"""make screenshots: the page as people see it. Two are for the README, the others for critical eyes."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize, expect

from .browser import chromium, new_page, open_page, say
from .gateway import Gateway
from .peers import chat, raw
from .states import TRACE, states

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
LOOKED_AT = Path(__file__).parents[2] / ".cache" / "screenshots"
DESKTOP: ViewportSize = {"width": 1000, "height": 680}
WIDE: ViewportSize = {"width": 1280, "height": 780}
PHONE: ViewportSize = {"width": 360, "height": 640}
GLASS = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}


async def main() -> None:
    """Make all of them anew."""
    FOLDER.mkdir(exist_ok=True)
    LOOKED_AT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder), "--title", "Ops")
        try:
            async with chromium() as browser:
                await shoot_all(browser, gateway)
                await shoot_states(browser, gateway.again())
        finally:
            gateway.kill()


async def shoot_all(browser: Browser, gateway: Gateway) -> None:
    """Empty, a chat on a desktop, in the dark, on a wide screen, on a phone, in Chinese, and without a connection."""
    page, _ = await open_page(browser, gateway, viewport=DESKTOP)
    await shoot(page, "empty")
    await page.fill("#name", "Ann")
    await page.press("#name", "Enter")
    async with raw(gateway) as bob, chat(gateway, name="小明") as ming, chat(gateway, name="Zoë") as zoe:
        await bob.send(b"/name bob\n\n")
        await bob.until("now bob")
        await expect(page.locator("#count")).to_have_text("4 here")
        await bob.send(b"deploy 42 is done, see https://ci.example.org/42\n\n")
        await bob.send(b"ann: can you look at the dashboard?\n\n")
        await expect(page.locator("#log .mention")).to_have_count(1)
        await ming.say("好的，我也来看看\n谢谢！")
        await expect(page.locator("#log .text")).to_have_count(3)
        await say(page, "on it")
        await say(page, "looks fine to me, all green since 10:42")
        await expect(page.locator("#log .pending")).to_have_count(0)
        await zoe.say("Then I am off to lunch. Who comes along?")
        await expect(page.locator("#log .text")).to_have_count(6)
        await shoot(page, "chat")
        await page.emulate_media(color_scheme="dark")
        await shoot(page, "dark")
        await page.emulate_media(color_scheme="light")
        await zoe.say(
            f"one of the nightly jobs failed, ann, is that yours?\n```\n{TRACE}\n```\nI ran `make nightly` twice."
        )
        await page.set_viewport_size(WIDE)
        await expect(page.locator("#names li")).to_have_count(4)
        await shoot(page, "wide")
        await page.set_viewport_size(PHONE)
        await page.emulate_media(color_scheme="dark")
        await page.click("#options-open")
        await shoot(page, "options")
        await page.select_option("#joins", "hidden")  # the next one only looks on
        await page.keyboard.press("Escape")
        await page.set_viewport_size(DESKTOP)
        phone, _ = await open_page(browser, gateway, viewport=PHONE, locale="zh-CN", device_scale_factor=2)
        await expect(phone.locator("#log .text")).to_have_count(7)
        await shoot(phone, "phone")
        await page.emulate_media(color_scheme="light")
        gateway.kill()
        await say(page, "written without a connection")
        await expect(page.locator("#banner")).to_be_visible()
        await expect(page.locator("#log .mark")).to_have_count(1)
        await shoot(page, "away")


LOOKS: dict[str, dict[str, Any]] = {
    "320": {"viewport": {"width": 320, "height": 568}, **GLASS},
    "390-dark": {"viewport": {"width": 390, "height": 780}, "color_scheme": "dark", **GLASS},
    "390-zh": {"viewport": {"width": 390, "height": 780}, "locale": "zh-CN", **GLASS},
    "740-low": {"viewport": {"width": 740, "height": 310}, **GLASS},
    "768": {"viewport": {"width": 768, "height": 900}},
    "1280": {"viewport": {"width": 1280, "height": 760}},
    "1280-200": {"viewport": {"width": 640, "height": 380}, "device_scale_factor": 2},
    "1280-forced": {"viewport": {"width": 1280, "height": 760}, "forced_colors": "active"},
    "1920-dark": {"viewport": {"width": 1920, "height": 1000}, "color_scheme": "dark"},
}
"""Widths, by whose pointer, in which colours; 200 % is half the width at twice the density."""


async def shoot_states(browser: Browser, gateway: Gateway) -> None:
    """Each state in each look."""
    for look, settings in LOOKS.items():
        page, _ = await new_page(browser, **settings)
        async for state in states(page, gateway.page):
            await shoot(page, f"{state}-{look}", LOOKED_AT)
        await shoot_error(browser, gateway, look, **settings)


async def shoot_error(browser: Browser, gateway: Gateway, name: str, **look: Any) -> None:
    """The page where the server does not know its own name."""
    page, _ = await new_page(browser, **look)
    await page.add_init_script(
        """window.WebSocket = class {
            constructor() { setTimeout(() => this.onclose({code: 1006, reason: ""})); }
            close() {}
        }"""
    )
    await page.route("**/ws", lambda route: route.fulfill(status=403, body="no: --origin", content_type="text/plain"))
    await page.goto(gateway.page)
    await expect(page.locator("#banner-text")).to_contain_text("--origin")
    await shoot(page, f"error-{name}", LOOKED_AT)


async def shoot(page: Page, name: str, folder: Path = FOLDER) -> None:
    """A picture, once all stands still."""
    await page.mouse.move(0, 0)
    await page.evaluate("new Promise(done => setTimeout(done, 300))")
    await page.screenshot(path=folder / f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
