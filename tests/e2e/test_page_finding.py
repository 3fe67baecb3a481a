"""The search on the page: over the whole room, from the glass or Ctrl-F to what was found, and back to the present."""

import pytest
from playwright.async_api import Browser, Page, expect

from ..tables import in_worlds
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
    await expect(page.locator("#found")).to_have_text("1+ found")
    await more.click()
    await expect(page.locator(HITS)).to_have_count(2)
    await expect(page.locator("#found")).to_have_text("2 found")
    await expect(more).to_have_count(0)
    asked = [(event["text"], event["since"], event.get("before")) for event in room.of("find")]
    since = "2026-11-24T00:00:00.000Z"
    assert asked == [("hello", since, None), ("hello", since, 80), ("hello", since, 50)]


@pytest.mark.worlds
async def test_who_asks_for_more_by_the_keyboard_goes_on_at_the_first_that_comes(
    browser: Browser, gateway: Gateway
) -> None:
    page, room = await room_of(browser, gateway, "hello")
    room.answers["find"] = lambda event: [found(message(90, "hello 90"), before=80)]
    await find(page, "hello")
    await expect(page.locator("#found")).to_have_text("1+ found")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    more = page.locator("#hits").get_by_role("button", name="… and more")
    await expect(more).to_be_focused()
    room.answers["find"] = lambda event: []
    for _ in range(2):  # the second one asks for nothing
        await page.keyboard.press("Enter")
    await expect(page.locator("#found")).to_have_text("…")
    await expect(more).to_be_focused()
    room.tell(found(message(70, "hello 70"), message(60, "hello 60"), before=50))
    await expect(page.locator(HITS).nth(1)).to_be_focused()
    for _ in range(2):
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    room.tell(found(before=20))
    await expect(page.locator("#found")).to_have_text("3+ found")
    await expect(more).to_be_focused()
    await page.keyboard.press("Enter")
    room.tell(found())
    await expect(page.locator("#query")).to_be_focused()
    await expect(page.locator("#found")).to_have_text("3 found")
    assert [event.get("before") for event in room.of("find")] == [None, 80, 50, 20]


async def test_what_is_typed_as_a_command_is_looked_for_in_the_panel(browser: Browser, gateway: Gateway) -> None:
    page, room = await room_of(browser, gateway, "hello")
    room.answers["find"] = lambda event: [found(message(1, f"{event['text']} by {event['from']}"))]
    await page.fill("#text", '/search  deploy from:"Ann Lee" since:2026-11-24')
    await page.keyboard.press("Enter")
    await expect(page.locator(f"{HITS} .detail")).to_have_text("deploy by Ann Lee")
    await expect(page.locator("#query")).to_be_focused()
    assert (await page.input_value("#query")).strip() == 'deploy from:"Ann Lee" since:2026-11-24'
    await expect(page.locator("#text")).to_have_value("")
    assert [event["since"] for event in room.of("find")] == ["2026-11-24T00:00:00.000Z"]
    await page.keyboard.press("Escape")
    await page.fill("#text", "/Search\tnext\nfrom:Bob")
    await page.keyboard.press("Enter")
    await expect(page.locator(f"{HITS} .detail")).to_have_text("next by Bob")
    assert room.of("command") == []


async def test_an_answer_to_nothing_that_was_asked_changes_nothing(browser: Browser, gateway: Gateway) -> None:
    page, _ = await new_page(browser)
    room = FakeRoom(page, *(message(seq, f"text {seq}") for seq in range(1, 301)))
    room.page_size = 100
    room.answers["find"] = lambda event: [found(message(9, "text 9"))]
    # Nor is it the answer to something else that was asked for.
    room.answers["history"] = lambda event: [
        found(message(7, "other")), room.page_after(event) if "after" in event else room.page_before(event)
    ]  # fmt: skip
    await room.open(gateway.page)
    await expect(page.get_by_text("text 300", exact=True)).to_be_in_viewport()
    await find(page, "text")
    await expect(page.locator(HITS)).to_have_count(1)
    room.tell(found(message(7, "other"), before=3), message(301, "told"))
    await expect(page.locator("#log").get_by_text("told", exact=True)).to_be_visible()
    await expect(page.locator(HITS)).to_have_count(1)
    await expect(page.locator("#found")).to_have_text("1 found")
    await page.locator(HITS).click()
    await expect(page.locator(".linked .text")).to_have_text("text 9")


@pytest.mark.parametrize("zone", ["Asia/Shanghai", in_worlds("America/St_Johns")])
async def test_days_are_those_that_the_page_shows(browser: Browser, start: Start, zone: str) -> None:
    gateway = start()
    async with chat(gateway, name="bob") as bob:
        await bob.say("hello")
        at = (await bob.next("message"))["at"]
        page, _ = await new_page(browser, timezone_id=zone)
        await page.goto(gateway.page)
        day, before, after = await page.evaluate(
            "told => [0, -1, 1].map(days => { const at = new Date(told); at.setDate(at.getDate() + days);"
            " return at.toLocaleDateString('sv'); })",
            at,
        )
        await expect(page.get_by_text("hello", exact=True)).to_be_visible()
        for typed, count in (
            (f"since:{day}", 1), (f"until:{day}", 1), (f"since:{after}", 0), (f"until:{before}", 0),
            (f"since:{day} until:{day}", 1),
        ):  # fmt: skip
            await page.keyboard.press("Escape")
            await find(page, f"hello {typed}")
            await expect(page.locator("#found")).to_have_text(f"{count} found")


async def test_what_is_wrong_with_a_search_is_told_in_it_and_an_answer_of_before_is_none(
    browser: Browser, gateway: Gateway
) -> None:
    page, room = await room_of(browser, gateway, "hello")
    room.answers["find"] = lambda event: [{"type": "error", "code": "search-empty", "message": "one word at least"}]
    await find(page, "from:bob")
    await expect(page.locator("#found")).to_have_text("one word at least")
    for each in ("found", "misnamed", "wrong"):  # the server's words stand there among the page's own sentences
        look = "getComputedStyle(document.getElementById(id), '::first-letter').textTransform"
        assert await page.evaluate(f"id => {look}", each) == "uppercase"
    room.answers["find"] = lambda event: [{"type": "error", "code": "bad-json", "message": "Invalid date"}]
    for wrong in ("since:yesterday", "before:abc", "before:-1", "since:"):
        await page.fill("#query", "x")
        await page.fill("#query", f"x {wrong}")
        await page.keyboard.press("Enter")
        await expect(page.locator("#found")).to_have_text("Write since:2026-11-24, before:41")
    assert len(room.of("find")) == 3
    await expect(page.locator("#log .notice")).to_have_count(0)
    room.answers["find"] = lambda event: []
    for typed in ("slow", "quick"):
        await page.fill("#query", typed)
        await page.keyboard.press("Enter")
    await expect(page.locator("#found")).to_have_text("…")
    room.tell(found(message(1, "slow")), found())
    await expect(page.locator("#found")).to_have_text("0 found")
    await expect(page.locator(HITS)).to_have_count(0)
    await page.fill("#query", "lost")
    await page.keyboard.press("Enter")
    await room.drop()
    room.answers["find"] = lambda event: [found(message(1, f"{event['text']} and found"))]
    await expect(page.locator(f"{HITS} .detail")).to_have_text("lost and found")
    await room.drop(4505, "kicked")
    await page.keyboard.press("Enter")
    await expect(page.locator("#found")).to_have_text("The room can't be reached, trying again.")


@pytest.mark.worlds
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
    await expect(page.locator("#status")).to_have_text("记录中没有这条消息")
    await expect(page.get_by_text("text 300", exact=True)).to_be_in_viewport()
    assert complaints == []
