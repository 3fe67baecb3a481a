"""make screenshots: the page as people see it, for the README and for critical eyes."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from .browser import chromium, open_page, say
from .gateway import Gateway
from .peers import chat, raw

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
DESKTOP = {"width": 1000, "height": 680}
PHONE = {"width": 360, "height": 640}


async def main() -> None:
    """Make all of them anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder))
        try:
            async with chromium() as browser:
                await shoot_all(browser, gateway)
        finally:
            gateway.kill()


async def shoot_all(browser: Browser, gateway: Gateway) -> None:
    """Empty, a chat on a desktop, on a phone, in the dark, in Chinese, and without a connection."""
    page, _ = await open_page(browser, gateway, viewport=DESKTOP)
    await shoot(page, "empty")
    await page.fill("#name", "Ann")
    await page.press("#name", "Enter")
    async with raw(gateway) as bob, chat(gateway, name="小明") as ming, chat(gateway, name="Zoë") as zoe:
        await bob.send(b"/name bob\n\n")
        await bob.until("now bob")
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
        phone, _ = await open_page(browser, gateway, viewport=PHONE, locale="zh-CN", device_scale_factor=2)
        await expect(phone.locator("#log .text")).to_have_count(6)
        await shoot(phone, "phone")
        await page.emulate_media(color_scheme="light")
        gateway.kill()
        await say(page, "written without a connection")
        await expect(page.locator("#banner")).to_be_visible()
        await expect(page.locator("#log .mark")).to_have_count(1)
        await shoot(page, "away")


async def shoot(page: Page, name: str) -> None:
    """A picture, once all stands still."""
    await page.mouse.move(0, 0)
    await page.evaluate("new Promise(done => setTimeout(done, 300))")
    await page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
