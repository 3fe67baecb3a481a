"""The search on the page: over the whole room, from the glass or Ctrl-F to what was found, and back to the present."""

import pytest
from playwright.async_api import Browser, Page, expect

from .browser import new_page, open_page, say, texts, violations
from .conftest import Start
from .fake_room import FakeRoom, message, room_of
from .gateway import Gateway
from .peers import Event, chat

pytestmark = pytest.mark.asyncio(loop_scope="session")

HITS = "#hits .plain"


async def find(page: Page, typed: str) -> None:
    """By the keyboard."""
    await page.keyboard.press("Control+f")
    await expect(page.locator("#query")).to_be_focused()
    await page.fill("#query", typed)
    await page.keyboard.press("Enter")


def found(*messages: Event, before: int | None = None) -> Event:
    """An answer."""
    return {"type": "found", "messages": list(messages), "more": before is not None} | (
        {} if before is None else {"before": before}
    )


async def test_what_was_said_long_ago_is_found_shown_with_what_is_around_it_and_left_again(
    browser: Browser, start: Start
) -> None:
    gateway = start("--rate", "0")
    async with chat(gateway, name="bob") as bob:
        for number in range(1, 401):
            await bob.say(f"number {number}" + " was DEPLOYED" * (number in (40, 380)))
        await bob.texts(400)
        page, complaints = await open_page(browser, gateway, own=True)
        await expect(page.get_by_text("number 400", exact=True)).to_be_in_viewport()
        await find(page, 'deployed from:"Bob"')
        await expect(page.locator("#found")).to_have_text("2 found")
        await expect(page.locator(f"{HITS} .detail")).to_have_text(
            ["number 380 was DEPLOYED", "number 40 was DEPLOYED"]
        )
        await expect(page.locator(f"{HITS} mark")).to_have_text(["DEPLOYED", "DEPLOYED"])
        await expect(page.locator(f"{HITS} .who").first).to_have_text("bob")
        assert await violations(page) == []
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await expect(page.locator(HITS).nth(1)).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#finding")).to_be_hidden()
        await expect(page.locator(".linked .text")).to_have_text("number 40 was DEPLOYED")
        await expect(page.locator(".linked")).to_be_focused()
        for around in (37, 45):
            await expect(page.get_by_text(f"number {around}", exact=True)).to_be_in_viewport()
        await page.click("#newer")
        await expect(page.get_by_text("number 400", exact=True)).to_be_in_viewport()
        await expect(page.locator("#newer")).to_be_hidden()
        await page.keyboard.press("Control+f")  # it is still there
        await expect(page.locator(HITS)).to_have_count(2)
        await expect(page.locator("#query")).to_have_value('deployed from:"Bob"')
        await page.keyboard.press("Escape")
        await expect(page.locator("#finding")).to_be_hidden()
        await say(page, "I am here")
        await expect(texts(page).last).to_have_text("I am here")
        assert complaints == []


async def test_more_is_asked_for_and_what_was_not_looked_at_is_told_as_that(browser: Browser, gateway: Gateway) -> None:
    page, room = await room_of(browser, gateway, "hello")
    answers = [found(message(90, "hello 90"), before=80), found(before=50), found(message(7, "hello 7"))]
    room.answers["find"] = lambda event: [answers.pop(0)]
    await page.click("#find")
    await expect(page.locator("#query")).to_be_focused()
    await page.keyboard.type("hello since:2026-11-24")
    await page.click("#look button")
    await expect(page.locator(HITS)).to_have_count(1)
    more = page.locator("#hits").get_by_role("button", name="… and more")
    await more.click()
    await expect(page.locator("#found")).to_have_text("1 found")
    await more.click()
    await expect(page.locator(HITS)).to_have_count(2)
    await expect(more).to_have_count(0)
    asked = [(event["text"], event["since"], event.get("before")) for event in room.of("find")]
    assert asked == [("hello", "2026-11-24", None), ("hello", "2026-11-24", 80), ("hello", "2026-11-24", 50)]


async def test_what_is_wrong_with_a_search_is_told_in_it_and_an_answer_of_before_is_none(
    browser: Browser, gateway: Gateway
) -> None:
    page, room = await room_of(browser, gateway, "hello")
    room.answers["find"] = lambda event: [{"type": "error", "code": "search-empty", "message": "one word at least"}]
    await find(page, "from:bob")
    await expect(page.locator("#found")).to_have_text("one word at least")
    room.answers["find"] = lambda event: [{"type": "error", "code": "bad-json", "message": "Invalid date"}]
    await page.fill("#query", "x since:yesterday")
    await page.keyboard.press("Enter")
    await expect(page.locator("#found")).to_have_text("A day is written 2026-11-24")
    await expect(page.locator("#log .notice")).to_have_count(0)
    room.answers["find"] = lambda event: []
    for typed in ("slow", "quick"):
        await page.fill("#query", typed)
        await page.keyboard.press("Enter")
    await expect(page.locator("#found")).to_have_text("…")
    room.tell(found(message(1, "slow")), found())
    await expect(page.locator("#found")).to_have_text("Nothing found")
    await expect(page.locator(HITS)).to_have_count(0)
    await page.fill("#query", "lost")
    await page.keyboard.press("Enter")
    await room.drop()
    room.answers["find"] = lambda event: [found(message(1, f"{event['text']} and found"))]
    await expect(page.locator(f"{HITS} .detail")).to_have_text("lost and found")
    await room.drop(4505, "kicked")
    await page.keyboard.press("Enter")
    await expect(page.locator("#found")).to_have_text("The room can't be reached, trying again.")


async def test_the_second_press_is_the_browsers_own_and_so_is_any_over_another_dialog(
    browser: Browser, gateway: Gateway
) -> None:
    page, _ = await room_of(browser, gateway, "hello")
    await page.evaluate("addEventListener('keydown', event => { window.left = !event.defaultPrevented; })")
    for key, is_open, is_left in (("Control+f", True, False), ("Control+f", False, True), ("Meta+f", True, False)):
        await page.keyboard.press(key)
        await expect(page.locator("#finding")).to_be_visible(visible=is_open)
        assert await page.evaluate("left") is is_left
    await page.keyboard.press("Escape")
    await expect(page.locator("#finding")).to_be_hidden()
    for key in ("f", "Control+Shift+f"):
        await page.keyboard.press(key)
        await expect(page.locator("#finding")).to_be_hidden()
    await page.click("#options-open")
    await page.keyboard.press("Control+f")
    assert await page.evaluate("left") is True
    await expect(page.locator("#finding")).to_be_hidden()


async def test_what_was_found_and_is_deleted_shows_no_more_and_can_not_be_gone_to(
    browser: Browser, gateway: Gateway
) -> None:
    page, complaints = await new_page(browser, locale="zh-CN")
    room = FakeRoom(page, *(message(seq, f"text {seq}") for seq in range(1, 301)))
    room.page_size = 100
    await room.open(gateway.page)
    room.answers["find"] = lambda event: [found(message(9, "my secret", "小明"), message(8, "no secret"))]
    await find(page, "secret")
    await expect(page.locator("#found")).to_have_text("找到 2 条")
    del room.history[8]
    room.tell({"type": "deleted", "seq": 301, "of": [9], "from": "小明"})
    await expect(page.locator(f"{HITS} .detail")).to_have_text(["消息已删除", "no secret"])
    assert "my secret" not in await page.content()
    await page.locator(HITS).first.click()
    await expect(page.locator("#status")).to_have_text("这条消息已不在记录中")
    await expect(page.get_by_text("text 300", exact=True)).to_be_in_viewport()
    assert complaints == []
