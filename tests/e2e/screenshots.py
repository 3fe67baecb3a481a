"""make screenshots: the page as people see it. Three are for the README, the others for critical eyes."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, expect

from .browser import chromium, new_page, open_page, say
from .fake_room import FakeRoom, message
from .gateway import Gateway
from .peers import chat, raw

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
LOOKED_AT = Path(__file__).parents[2] / ".cache" / "screenshots"
DESKTOP = {"width": 1000, "height": 680}
PHONE = {"width": 360, "height": 640}


async def main() -> None:
    """Make all of them anew."""
    FOLDER.mkdir(exist_ok=True)
    LOOKED_AT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder))
        try:
            async with chromium() as browser:
                await shoot_all(browser, gateway)
                await shoot_operator(browser, gateway.again())
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


async def shoot_operator(browser: Browser, gateway: Gateway) -> None:
    """What an operator sees, what is long, and what could not be shown; on a desktop and on a phone in the dark."""
    people = [
        {"name": "Ann", "via": "web", "by": "a", "host": "203.0.113.4", "since": "2026-11-24T11:00:00Z"},
        {"name": "bob", "via": "tcp", "by": "b", "host": "203.0.113.9", "since": "2026-11-24T10:42:00Z"},
        {
            "name": "ABC-Nachrichtendienst 7d",
            "via": "web",
            "by": "c",
            "host": "2001:db8:85a3::8a2e",
            "since": "2026-11-23T10:42:00Z",
        },
    ]
    history = [
        message(1, "hello everybody", "bob", "b"),
        message(2, "".join(f"{number:>4}  a long listing, line by line\n" for number in range(900)), "bob", "b"),
        message(3, "zalgo: " + "".join(letter + "\u0301\u030b\u0306" * 30 for letter in "hello there"), "小明", "d"),
        message(4, "see https://example.com很好用, and שלום https://example.org/a/1?b=2 עולם", "小明", "d"),
    ]
    for name, look in (
        ("", {"viewport": DESKTOP}),
        ("-phone", {"viewport": PHONE, "color_scheme": "dark", "device_scale_factor": 2}),
    ):
        page, _ = await new_page(browser, **look)
        room = FakeRoom(page, *history, id="a")
        room.answers["who"] = lambda event: [{"type": "who", "members": 3, "names": people, "more": False}]
        await room.open(gateway.page)
        room.tell({"type": "notice", "code": "op", "text": "you are an operator"})
        await shoot(page, f"long{name}", LOOKED_AT)
        room.tell(message(5, "when?", at="never"))
        await page.click("#who")
        await expect(page.locator("#people")).to_be_visible()
        await shoot(page, f"people{name}", LOOKED_AT)
        await page.locator("#names li").nth(2).get_by_role("button", name="Moderate").click()
        await page.select_option("#act", "ban")
        await shoot(page, f"ban{name}", LOOKED_AT)
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
        await page.fill("#text", " ／op secret")
        await page.press("#text", "Enter")
        await shoot(page, f"held{name}", LOOKED_AT)
        await shoot_error(browser, gateway, name, **look)


async def shoot_error(browser: Browser, gateway: Gateway, name: str, **look: Any) -> None:
    """The page where the server does not know its own name."""
    page, _ = await new_page(browser, **look)
    await page.add_init_script(
        """window.WebSocket = class {
            constructor() { setTimeout(() => this.onclose({code: 1006, reason: ""})); }
            close() {}
        }"""
    )
    await page.route("**/ws", lambda route: route.fulfill(status=403, body="no"))
    await page.goto(gateway.page)
    await expect(page.locator("#banner-text")).to_contain_text("--origin")
    await shoot(page, f"error{name}", LOOKED_AT)


async def shoot(page: Page, name: str, folder: Path = FOLDER) -> None:
    """A picture, once all stands still."""
    await page.mouse.move(0, 0)
    await page.evaluate("new Promise(done => setTimeout(done, 300))")
    await page.screenshot(path=folder / f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
