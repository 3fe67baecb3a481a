"""Reading on the page: code, copies, days, what is new. A room that is told what to say makes it cheap."""

import pytest
from playwright.async_api import Browser, Page, expect

from .browser import FRAMES, new_page, texts, violations
from .fake_room import FakeRoom, message
from .gateway import Gateway

pytestmark = pytest.mark.asyncio(loop_scope="session")

BELOW = "scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight"
COPIED = """() => {
    const data = new DataTransfer();
    log.firstElementChild.dispatchEvent(new ClipboardEvent("copy", {clipboardData: data, bubbles: true}));
    return data.getData("text/plain");
}"""
KEEP = "DataTransfer.prototype.setData = (kind, text) => { window.copied = text; }"
CODE = "def f(x):\n    return x * 2\n\nprint(f(1))"


async def room_of(browser: Browser, gateway: Gateway, *said: str, **look: object) -> tuple[Page, FakeRoom]:
    """A page in a room where bob has said these."""
    page, _ = await new_page(browser, timezone_id="UTC", **look)
    room = FakeRoom(page, *(message(seq, text, by="by-bob") for seq, text in enumerate(said, 1)))
    await room.open(gateway.page)
    await expect(texts(page)).to_have_count(len(said))
    return page, room


async def test_code_is_in_monospace_scrolls_and_is_copied(browser: Browser, shared_gateway: Gateway) -> None:
    fenced = "see\n```py\n" + "x = '" + "y" * 300 + "'\n```\nor `*this*`"
    long = "```\n" + "".join(f"line {number}\n" for number in range(60)) + "```"
    page, _ = await room_of(browser, shared_gateway, "an *asterisk*", fenced, f"look:\n{CODE}", long)
    blocks = page.locator("#log pre")
    await expect(blocks).to_have_count(3)
    await expect(page.locator("#log .text > code")).to_have_text(["*this*"])
    assert await blocks.nth(0).evaluate("each => each.scrollWidth > each.clientWidth")
    assert await page.evaluate("scroller.scrollWidth <= scroller.clientWidth")
    assert await blocks.nth(1).evaluate("each => each.textContent") == CODE
    assert await violations(page) == []
    await page.evaluate(KEEP)
    await page.locator("#log .block").nth(1).hover()
    await page.locator("#log .copy").nth(1).click()
    assert await page.evaluate("copied") == CODE
    await page.locator("#log .copy").nth(2).click()
    assert (await page.evaluate("copied")).endswith("line 59"), "what is folded is copied whole"
    await page.get_by_role("button", name="Show all").click()
    await expect(blocks.nth(2)).to_contain_text("line 59")


async def test_several_messages_are_copied_a_line_each_and_one_as_it_is(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, room = await room_of(browser, shared_gateway, "one", "two\nlines", "three")
    await page.evaluate("getSelection().selectAllChildren(log)")
    assert await page.evaluate(COPIED) == "11:00 bob: one\n11:00 bob: two\n  lines\n11:00 bob: three"
    await page.evaluate(
        "const [one, two] = document.querySelectorAll('.text');"
        "getSelection().setBaseAndExtent(one.firstChild, 1, two.firstChild, 3)"
    )
    assert await page.evaluate(COPIED) == "11:00 bob: one\n11:00 bob: two\n  lines"
    await page.evaluate("getSelection().selectAllChildren(document.querySelector('.text'))")
    assert await page.evaluate(COPIED) == ""


async def test_nothing_moves_under_a_selection_or_a_pressed_pointer(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(40)))
    await page.evaluate("getSelection().selectAllChildren(document.querySelector('.message:last-child .text'))")
    place = "document.querySelector('.message:nth-last-child(%d)').getBoundingClientRect().top"
    before = await page.evaluate(place % 1)
    room.tell(*(message(seq, "more", by="by-bob") for seq in range(41, 61)))
    await expect(texts(page)).to_have_count(60)
    assert await page.evaluate(place % 21) == before
    assert await page.evaluate("`${getSelection()}`") == "text 39"
    await expect(page.locator("#newer")).to_be_visible()
    await page.evaluate("getSelection().removeAllRanges()")
    await expect(texts(page).last).to_be_in_viewport()
    await page.locator("#log .message").last.hover()
    await page.mouse.down()
    before = await page.evaluate(place % 1)
    room.tell(message(61, "pressed", by="by-bob"))
    await expect(texts(page)).to_have_count(61)
    assert await page.evaluate(place % 2) == before
    await page.mouse.up()
    await page.evaluate(FRAMES)
    assert await page.evaluate(BELOW) <= 1


async def test_all_that_is_loaded_is_printed(browser: Browser, shared_gateway: Gateway) -> None:
    page, _ = await new_page(browser)
    room = FakeRoom(page)
    await room.open(shared_gateway.page)
    room.tell(*(message(seq, f"text {seq}") for seq in range(1, 2001)))
    await expect(texts(page).last).to_have_text("text 2000")
    assert await texts(page).count() < 2000
    await page.emulate_media(media="print")
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert await texts(page).count() == 2000
    assert await page.evaluate("scroller.scrollHeight <= scroller.clientHeight + 1")
    await page.emulate_media(media="screen")
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert await texts(page).count() < 2000
    await expect(texts(page).last).to_be_in_viewport()
