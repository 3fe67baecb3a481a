"""The page in a real browser, beside a netcat."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from .conftest import need
from .gateway import Gateway
from .peers import PATIENCE, chat, raw

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    path = need("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()


async def open_page(browser: Browser, gateway: Gateway, locale: str = "en-US") -> tuple[Page, list[str]]:
    """A page in a browser of its own, and what its console complains of."""
    context = await browser.new_context(locale=locale, viewport={"width": 900, "height": 600})
    page = await context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(gateway.page)
    await expect(page.locator("#state")).to_have_attribute("data-state", "in")
    return page, complaints


async def say(page: Page, text: str) -> None:
    await page.fill("#text", text)
    await page.press("#text", "Enter")


async def shoot(page: Page, name: str) -> None:
    """A screenshot, where somebody asks for them."""
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


async def test_a_browser_and_a_netcat_in_one_room(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await open_page(browser, gateway)
    log = page.locator("#log")
    await expect(page.locator("#commands")).to_contain_text(f"nc localhost {gateway.tcp_port}")
    await shoot(page, "empty")
    async with raw(gateway) as bob:
        await page.fill("#name", "Ann")
        await page.press("#name", "Enter")
        await say(page, "hello <b>bob</b>\t'quoted' 你好 😀")
        assert await bob.until("\n\n") == "来自Ann的消息:hello <b>bob</b>\t'quoted' 你好 😀\n\n"
        await expect(log.locator(".pending")).to_have_count(0)
        await expect(log.locator(".text")).to_have_text(["hello <b>bob</b>\t'quoted' 你好 😀"])
        await bob.send(b"/name Bob\n\n")
        await bob.until("now Bob\n\n")
        await bob.send("<img src=x onerror=alert(1)>\nsecond 第二行\n\n".encode())
        await expect(log.locator(".text").last).to_have_text("<img src=x onerror=alert(1)>\nsecond 第二行")
        await expect(page.locator("#who")).to_have_text("2 here")
        await page.click("#who")
        await expect(page.locator("#names b")).to_have_text(["Ann", "Bob"])
        await shoot(page, "people")
        await page.keyboard.press("Escape")
        await page.fill("#text", "one")
        await page.press("#text", "Shift+Enter")
        await page.type("#text", "two")
        await page.press("#text", "Enter")
        assert await bob.until("\n\n") == "来自Ann的消息:one\ntwo\n\n"
        await say(page, "/dance")
        await expect(log.locator(".notice").last).to_contain_text("no command /dance")
        await page.fill("#name", "bob")
        await page.press("#name", "Tab")
        await expect(log.locator(".notice").last).to_have_text("the name bob is taken")
        await say(page, "//who asks")
        assert await bob.until("\n\n") == "来自Ann的消息:/who asks\n\n"
        await shoot(page, "chat")
    assert complaints == []


async def test_a_restart_is_survived_and_nothing_is_missed(browser: Browser, gateway: Gateway) -> None:
    page, _ = await open_page(browser, gateway)
    await say(page, "before")
    texts = page.locator("#log .text")
    await expect(page.locator("#log .pending")).to_have_count(0)
    await expect(texts).to_have_text(["before"])
    await asyncio.to_thread(gateway.kill)
    await expect(page.locator("#state")).not_to_have_attribute("data-state", "in")
    await say(page, "while away")
    await expect(page.locator("#log .pending")).to_have_count(1)
    await shoot(page, "away")
    await asyncio.to_thread(gateway.again)
    async with chat(gateway, name="bob") as bob:
        await bob.say("from bob")
    await expect(page.locator("#state")).to_have_attribute("data-state", "in")
    await expect(page.locator("#log .pending")).to_have_count(0)
    await expect(texts).to_have_count(3)
    assert sorted(await texts.all_text_contents()) == ["before", "from bob", "while away"]
    await page.reload()
    await expect(texts).to_have_count(3)


async def test_history_a_chinese_page_and_a_session_in_two_tabs(browser: Browser, gateway: Gateway) -> None:
    async with chat(gateway, name="bob") as bob:
        for number in range(150):
            await bob.say(f"old {number}")
        await bob.texts(150)
    page, complaints = await open_page(browser, gateway, "zh-CN")
    await expect(page.locator("h1")).to_have_text("聊天室")
    texts = page.locator("#log .text")
    await expect(texts).to_have_count(100)
    await page.click("#older")
    await expect(texts).to_have_count(150)
    await expect(texts.first).to_have_text("old 0")
    await expect(page.locator("#older")).to_be_hidden()
    session = await page.evaluate("sessionStorage.getItem('session')")
    async with chat(gateway, session=session):
        await expect(page.locator("#state")).to_have_text("此会话已在另一个标签页打开")
    assert complaints == []
