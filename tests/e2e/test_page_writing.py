"""Writing on the page, and what one can do with a message; in a room that is told what to say."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from ..tables import in_worlds
from .browser import FRAMES, choose, is_in, new_page, say, texts, violations
from .fake_room import FakeRoom, message
from .gateway import Gateway

pytestmark = pytest.mark.asyncio(loop_scope="session")

PEOPLE = [{"name": name, "via": "web"} for name in ("Ann", "bob", "Bobby", "cid")]
PASTE = """text => {
    const data = new DataTransfer();
    data.items.add(new File(["x"], "x.png", {type: "image/png"}));
    if (text) data.setData("text/plain", text);
    const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
    return document.getElementById("text").dispatchEvent(event);
}"""


async def room_of(browser: Browser, gateway: Gateway, **look: Any) -> tuple[Page, FakeRoom]:
    """A page in a room where bob and Ann have spoken."""
    page, complaints = await new_page(browser, **look)
    room = FakeRoom(page, message(1, "hello", by="by-bob"), message(2, "mine", "Ann", "by-me"))
    room.answers["who"] = lambda event: [{"type": "who", "members": 4, "names": PEOPLE, "more": False}]
    await room.open(gateway.page)
    await expect(texts(page)).to_have_count(2)
    assert complaints == []
    return page, room


@pytest.mark.worlds
async def test_what_the_page_writes_is_undone_like_what_one_typed(browser: Browser, shared_gateway: Gateway) -> None:
    """It was forgotten with all that had been typed before."""
    page, _ = await room_of(browser, shared_gateway)
    box = page.locator("#text")
    await box.press_sequentially("hello there @bo")
    await box.press("Tab")
    await expect(box).to_have_value("hello there @bob ")
    await box.press("Control+z")
    await expect(box).to_have_value("hello there @bo")
    await choose(page, "hello", "Answer")
    await expect(box).to_have_value("@bob hello there @bo")
    await box.press("Escape")
    await expect(box).to_have_value("hello there @bo")
    await box.press("Control+z")
    await expect(box).to_have_value("@bob hello there @bo")
    await box.press("Control+z")
    await choose(page, "hello", "Mention")
    await expect(box).to_have_value(re.compile("@bob .*there|there.*@bob $"))
    for _ in "hello there @bo" + "M":  # each letter may be one by itself, where they come slowly; and the mention
        await box.press("Control+z")
    await expect(box).to_have_value("")
    await say(page, "/op secret")
    await box.press("Control+z")
    await expect(box).to_have_value("")


async def test_names_and_commands_are_completed(browser: Browser, shared_gateway: Gateway) -> None:
    page, _ = await room_of(browser, shared_gateway)
    box, options = page.locator("#text"), page.get_by_role("option")
    await box.press_sequentially("@Bobb")  # who has not spoken: it was not asked who is here before one matched
    await expect(options).to_have_text(["@Bobby"])
    await box.fill("")
    await box.press_sequentially("hi @b")
    await expect(options).to_have_text(["@bob", "@Bobby"])
    await expect(page.locator("#people")).to_be_hidden()
    assert await violations(page) == []
    await box.press("ArrowDown")
    await expect(page.get_by_role("option", selected=True)).to_have_text("@Bobby")
    await expect(box).to_have_attribute("aria-activedescendant", "option-1")
    await box.press("Enter")
    await expect(box).to_have_value("hi @Bobby ")
    await expect(options).to_have_count(0)
    await box.press_sequentially("@")
    await page.get_by_role("option", name="@cid").click()
    await expect(box).to_have_value("hi @Bobby @cid ")
    await expect(box).to_be_focused()
    await box.fill("@bo")
    await box.press("Escape")
    await expect(options).to_have_count(0)
    await expect(box).to_have_value("@bo")
    await box.fill("/h")
    await expect(options).to_have_text(["/history", "/help"])
    await box.press("Tab")
    await expect(box).to_have_value("/history ")


@pytest.mark.worlds
async def test_what_is_chosen_of_the_completions_and_what_is_pointed_at_look_different(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, _ = await room_of(browser, shared_gateway)
    options = page.get_by_role("option")
    await page.locator("#text").press_sequentially("@Bobb")
    await page.fill("#text", "@")
    for pointed in range(2):
        await options.nth(pointed).hover()
        chosen, others = [
            await page.get_by_role("option", selected=is_chosen).evaluate_all(
                "all => all.map(each => getComputedStyle(each).backgroundColor)"
            )
            for is_chosen in (True, False)
        ]
        assert len(chosen) == 1
        assert chosen[0] not in others
        assert await violations(page) == []


async def test_tab_completes_any_name(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway)
    box, options = page.locator("#text"), page.get_by_role("option")
    for seq, text, names in ((3, "hey ci", ["cid"]), (5, "hey b", ["bob", "Bobby"])):  # at first nobody knows cid
        await box.fill("")
        await box.press_sequentially(text)
        asked = len(room.of("who"))
        await box.press("Tab")
        await expect(options).to_have_text(names)
        await expect(box).to_be_focused()
        assert len(room.of("who")) == asked + 1
        room.tell(*room.answers["who"]({}), message(seq, "that came later"))
        await expect(texts(page).last).to_have_text("that came later")
        await expect(options).to_have_text(names)
        await box.press("Escape")
        room.tell(*room.answers["who"]({}), message(seq + 1, "that too"))
        await expect(texts(page).last).to_have_text("that too")
        await expect(options).to_have_count(0)
    await box.press("Tab")
    await box.press("Enter")
    await expect(box).to_have_value("hey bob ")
    await box.press("Tab")
    await expect(box).not_to_be_focused()


async def test_who_types_types_into_the_box_and_escape_leads_to_the_end(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, room = await room_of(browser, shared_gateway)
    room.tell(*(message(seq, f"text {seq}") for seq in range(3, 60)))
    await expect(texts(page)).to_have_count(59)
    await page.focus("#scroller")
    await page.keyboard.type("hi")
    await expect(page.locator("#text")).to_have_value("hi")
    await page.focus("#scroller")
    await page.evaluate("scroller.scrollTop = 0")
    await expect(page.locator("#newer")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#newer")).to_be_hidden()
    await expect(page.locator("#text")).to_be_focused()
    await page.click("#log .who >> nth=0")
    await expect(page.locator("#text")).to_have_value("hi @bob ")
    await page.press("#text", "Escape")
    await expect(page.locator("#newer")).to_be_hidden()
    await page.press("#text", "PageUp")
    await expect(page.locator("#newer")).to_be_visible()
    await page.press("#text", "PageDown")
    await expect(page.locator("#newer")).to_be_hidden()


async def test_up_and_down_go_through_what_one_said(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway)
    box = page.locator("#text")

    async def press(*keys: str) -> list[str]:
        found = []
        for key in keys:
            await box.press(key)
            found.append(await box.input_value())
        return found

    for text in ("one", "two", "one", "three", "/op secret"):
        await say(page, text)
    assert [event["text"] for event in room.of("say")] == ["one", "two", "one", "three"]
    up, down = "ArrowUp", "ArrowDown"
    assert await press(up, up, up, up, down, down, down, down) == ["three", "one", "two", "two", "one", "three", "", ""]
    assert await press(up, "x", up, down) == ["three", "threex", "threex", "threex"]
    await box.fill("")
    kept = "sessionStorage.setItem(`${location.pathname} said`, JSON.stringify(['one', 7, 'three', '/op old']))"
    await page.evaluate(kept)  # as pages of before kept it, or whoever
    await page.reload()
    await is_in(page)
    assert await press(up, up) == ["three", "one"]
    await box.press("Enter")
    assert await press(up, up) == ["one", "three"]


async def test_files_and_what_can_not_be_done_are_refused_in_words(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway)
    status = page.locator("#status")
    assert not await page.evaluate(PASTE, "")
    await expect(status).to_have_text("Text only, no files")
    assert await page.evaluate(PASTE, "text beside its picture")
    await page.fill("#text", "x")
    await expect(status).to_be_hidden()
    room.answers["hello"] = lambda event: []
    await room.drop()
    await expect(page.locator("#who")).not_to_have_attribute("data-state", "in")
    await say(page, "/me waves")
    await expect(page.locator("#log .pending .mark")).to_have_text("waits to be sent")
    mark = await page.locator("#log .pending .mark").bounding_box()
    row = await page.locator("#log .pending").bounding_box()
    assert mark is not None
    assert row is not None
    assert mark["y"] + mark["height"] <= row["y"] + row["height"]
    await say(page, "/who")
    await expect(status).to_have_text("Not done: no connection")
    await expect(page.locator("#text")).to_have_value("/who")


async def test_a_name_that_is_picked_behind_a_word_is_a_mention(browser: Browser, shared_gateway: Gateway) -> None:
    page, _ = await room_of(browser, shared_gateway)
    box, name = page.locator("#text"), page.locator("#log .who").first
    for before, after in (
        ("", "@bob "), ("thanks", "thanks @bob "), ("thanks,", "thanks, @bob "), ("oh ", "oh @bob "),
        ("(", "(@bob "), ("\U0001f600", "\U0001f600 @bob "), ("one\n", "one\n@bob "),
    ):  # fmt: skip
        await box.fill(before)
        await name.click()
        await expect(box).to_have_value(after)


async def test_on_glass_enter_breaks_the_line_and_a_long_press_opens_the_menu(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, room = await room_of(
        browser, shared_gateway, has_touch=True, is_mobile=True, viewport={"width": 360, "height": 640}
    )
    box = page.locator("#text")
    await box.press_sequentially("one")
    await box.press("Enter")
    await expect(box).to_have_value("one\n")
    await page.click("#send")
    assert [event["text"] for event in room.of("say")] == ["one\n"]
    acts = page.locator("#log .acts button")
    row = page.locator("#log .message").first
    await row.dispatch_event("pointerdown", {"pointerType": "touch"})
    await expect(acts).to_have_text(["Copy", "Copy link", "Answer", "Mention"])
    assert await page.evaluate("document.scrollingElement.scrollWidth") <= 360


async def test_a_name_is_asked_for_once_and_refused_at_its_field(browser: Browser, shared_gateway: Gateway) -> None:
    page, _ = await new_page(browser)
    room = FakeRoom(page, name="guest-abcdef")
    refusal = {"type": "error", "code": "name-taken", "message": "the name bob is taken"}
    room.answers["name"] = lambda event: [refusal if event["name"] == "bob" else event]
    await room.open(shared_gateway.page)
    assert await violations(page) == []
    await page.fill("#name", "bob")
    await page.press("#name", "Enter")
    await expect(page.locator("#misnamed")).to_have_text("the name bob is taken")
    await expect(page.locator("#log .notice")).to_have_count(0)
    await expect(page.locator("#name")).to_be_focused()  # what is typed next is another name, and nothing to say
    for code, told in (("rename-wait", "too soon"), ("you-are-muted", "you are muted")):
        refusal |= {"code": code, "message": told}
        await page.press("#name", "Enter")  # the same again, which may be had by now
        await expect(page.locator("#misnamed")).to_have_text(told)
    await expect(page.locator("#log .notice")).to_have_count(0)
    room.answers["name"] = lambda event: [refusal | {"id": "of a message", "message": "not said"}, refusal]
    await page.press("#name", "Enter")
    await expect(page.locator("#misnamed")).to_have_text("you are muted")
    room.answers["name"] = lambda event: [event]
    await page.press("#name", "Escape")
    await expect(page.locator("#name")).to_have_value("")
    await page.click("#skip")
    await expect(page.locator("#naming")).to_be_hidden()
    await page.reload()
    await is_in(page)
    await expect(page.locator("#naming")).to_be_hidden()
    await page.click("#options-open")
    await page.fill("#name", "Ann")
    await page.press("#name", "Enter")
    assert [event["name"] for event in room.of("name")] == ["bob", "bob", "bob", "bob", "Ann"]


@pytest.mark.worlds
async def test_the_button_beside_a_name_that_is_typed_takes_it_and_skips_without_one(
    browser: Browser, shared_gateway: Gateway
) -> None:
    """Not now took the name."""
    page, _ = await new_page(browser)
    room = FakeRoom(page, name="guest-abcdef")
    refusal = {"type": "error", "code": "name-taken", "message": "the name bob is taken", "detail": "bob"}
    room.answers["name"] = lambda event: [refusal]
    await room.open(shared_gateway.page)
    beside = page.locator("#above #naming button")
    await expect(beside).to_have_text("Not now")
    await page.locator("#name").press_sequentially("bob")
    await expect(beside).to_have_text("OK")
    await page.evaluate("document.getElementById('language').value = 'zh'")
    await page.dispatch_event("#language", "change")
    await expect(beside).to_have_text("确定")
    await beside.click()
    await expect(page.locator("#misnamed")).to_have_text("名字 bob 已有人使用")
    asked = [event["name"] for event in room.of("name")]
    assert {*asked} == {"bob"}
    await page.press("#name", "Escape")
    await expect(beside).to_have_text("以后再说")
    await page.fill("#name", " ")
    await expect(beside).to_have_text("以后再说")
    await beside.click()
    await expect(page.locator("#naming")).to_be_hidden()
    assert len(room.of("name")) == len(asked)


@pytest.mark.worlds
async def test_why_a_name_was_refused_can_be_read_at_any_width(browser: Browser, shared_gateway: Gateway) -> None:
    page, _ = await new_page(browser)
    room = FakeRoom(page, name="guest-abcdef")
    why = "a name can't have *, a comma before a space, a colon before a space or at its end, or look like one that has"
    room.answers["name"] = lambda event: [{"type": "error", "code": "name-punctuation", "message": why}]
    await room.open(shared_gateway.page)
    for place in ("footer", "options"):
        await page.fill("#name", "Ann: Lee")
        await page.press("#name", "Enter")
        told = page.locator("#misnamed")
        await expect(told).to_have_text(why)
        for width in (320, 390, 900, 1280):
            await page.set_viewport_size({"width": width, "height": 600})
            assert await told.evaluate(WITHIN), (place, width)
        if place == "footer":
            await page.click("#options-open")
            await expect(page.locator("#options #misnamed")).to_be_empty()


WITHIN = """each => {
    const range = document.createRange();
    range.selectNodeContents(each);
    const {left, right} = each.closest("dialog, footer").getBoundingClientRect();
    return [...range.getClientRects()].every(line => line.left >= left && line.right <= right);
}"""
"""Whether all of its text is inside what it stands in."""


async def test_what_one_can_do_with_a_message_by_the_keyboard(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway)
    await page.evaluate("DataTransfer.prototype.setData = (kind, text) => { window.copied = text; }")
    acts = page.locator("#log .acts button")
    room.tell({"type": "notice", "code": "x", "text": "something happened"})  # no row of those that one goes through
    await expect(page.locator("#log .notice")).to_have_text(["something happened"])
    await page.focus("#scroller")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("article", name="Ann, ")).to_be_focused()
    await expect(acts).to_have_text(["Copy", "Copy link", "Answer", "Delete"])
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("article", name="bob, ")).to_be_focused()
    await expect(acts).to_have_text(["Copy", "Copy link", "Answer", "Mention"])
    assert await violations(page) == []
    await acts.nth(0).click()
    assert await page.evaluate("copied") == "hello"
    await acts.nth(1).click()
    await expect(acts.nth(1)).to_have_text("Copied")
    assert await page.evaluate("copied") == f"{shared_gateway.page}#m1"
    await acts.nth(3).click()
    await expect(page.locator("#text")).to_have_value("@bob ")


async def test_what_is_far_too_long_takes_no_seconds_at_each_key(browser: Browser, shared_gateway: Gateway) -> None:
    """Chromium looks for the direction of each line of the box again and again, unless it is told."""
    page, _ = await room_of(browser, shared_gateway)
    box = page.locator("#text")
    await box.focus()
    await page.evaluate("text.addEventListener('beforeinput', () => { window.before = text.dir; })")
    await page.keyboard.insert_text("word " * 52_000)
    assert await page.evaluate("before") == "ltr"
    await expect(box).to_have_attribute("aria-invalid", "true")
    await expect(box).to_have_attribute("dir", "ltr")
    await box.fill("short")
    await expect(box).to_have_attribute("dir", "auto")


@pytest.mark.worlds
@pytest.mark.parametrize(
    ("width", "height"), [(390, 330), *(in_worlds(*each) for each in [(740, 190), (390, 800), (1280, 400)])]
)
async def test_all_completions_are_in_reach_in_a_low_window(
    browser: Browser, shared_gateway: Gateway, width: int, height: int
) -> None:
    """As that of a phone is with its keyboard, or on its side."""
    page, room = await room_of(
        browser, shared_gateway, viewport={"width": width, "height": height}, has_touch=True, is_mobile=True
    )
    names = [{"name": f"name {number}", "via": "web"} for number in range(10)]
    room.answers["who"] = lambda event: [{"type": "who", "members": 10, "names": names, "more": False}]
    await page.fill("#text", "one\n" * 4 + "@")
    await expect(page.get_by_role("option")).to_have_count(8)
    for _ in range(8):
        chosen = page.get_by_role("option", selected=True)
        await expect(chosen).to_be_in_viewport(ratio=1)
        assert await chosen.evaluate(HIT)
        await page.press("#text", "ArrowDown")
    assert await page.evaluate("scrollY === 0 && document.body.scrollTop === 0")


HIT = """each => {
    const {left, right, top, bottom} = each.getBoundingClientRect();
    return each.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
}"""
"""Whether it is what one points at in its middle."""


@pytest.mark.worlds
async def test_the_box_is_as_high_as_its_draft_however_its_width_changes(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, _ = await room_of(browser, shared_gateway, viewport={"width": 1280, "height": 600})
    await page.fill("#text", "some words that take a line on a wide screen, and more than that on a narrow one; so on")
    heights = [await page.evaluate("text.offsetHeight")]
    fits = "text.scrollHeight <= text.clientHeight && text.clientHeight < text.scrollHeight + 20"
    for width in (420, 320, 1280):
        await page.set_viewport_size({"width": width, "height": 600})
        await page.evaluate(FRAMES)
        assert await page.evaluate(fits), width
        assert await page.evaluate("scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight") <= 1
        heights.append(await page.evaluate("text.offsetHeight"))
    assert heights[0] < heights[1] < heights[2] > heights[3] == heights[0]


@pytest.mark.worlds
async def test_on_glass_a_tap_opens_no_menu_and_a_long_press_one_that_stays(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, _ = await room_of(
        browser, shared_gateway, has_touch=True, is_mobile=True, viewport={"width": 360, "height": 640}
    )
    acts, rows = page.locator("#log .acts"), page.locator("#log .message")
    await rows.nth(0).tap()
    await rows.nth(1).tap()
    await page.evaluate(FRAMES)
    await expect(acts).to_have_count(0)
    box = await rows.nth(0).bounding_box()
    assert box is not None
    glass = await page.context.new_cdp_session(page)
    finger = {"x": box["x"] + 150, "y": box["y"] + 15}
    await glass.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [finger]})
    await expect(acts).to_have_count(1)
    await glass.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await page.evaluate(FRAMES)
    await expect(rows.nth(0).locator(".acts")).to_have_count(1)
    await rows.nth(1).tap()
    await expect(acts).to_have_count(0)
