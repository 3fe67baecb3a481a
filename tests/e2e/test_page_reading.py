"""Reading on the page: code, copies, days, what is new. A room that is told what to say makes it cheap."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from ..tables import in_worlds
from .browser import FRAMES, new_page, say, texts, violations
from .fake_room import FakeRoom, message, room_of
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
    await page.locator("#log .block button").nth(1).click()
    assert await page.evaluate("copied") == CODE
    await page.locator("#log .block button").nth(2).click()
    assert (await page.evaluate("copied")).endswith("line 59"), "what is folded is copied whole"
    await page.get_by_role("button", name="Show all").click()
    await expect(blocks.nth(2)).to_contain_text("line 59")


async def test_several_messages_are_copied_a_line_each_and_one_as_it_is(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, _ = await room_of(browser, shared_gateway, "one", "two\nlines", "three", f"see\n```\n{CODE}\n```\nthere")
    code = "  ```\n" + "".join(f"  {line}\n" for line in CODE.split("\n")) + "  ```\n  there"
    every = f"11:00 bob: one\n11:00 bob: two\n  lines\n11:00 bob: three\n11:00 bob: see\n{code}"
    await page.evaluate("getSelection().selectAllChildren(log)")
    assert await page.evaluate(COPIED) == every
    await page.evaluate(
        "const [one, two] = document.querySelectorAll('.text');"
        "getSelection().setBaseAndExtent(one.firstChild, 1, two.firstChild, 3)"
    )
    assert await page.evaluate(COPIED) == "11:00 bob: ne\n11:00 bob: two"
    await page.evaluate(
        "const [,, three, last] = document.querySelectorAll('.text');"
        "getSelection().setBaseAndExtent(three.firstChild, 0, last.lastChild, 3)"
    )
    seen = CODE.replace("\n", "\n  ")
    assert await page.evaluate(COPIED) == f"11:00 bob: three\n11:00 bob: see\n  {seen}\n  the"
    await page.evaluate(
        "const [one, two] = document.querySelectorAll('.text');"
        "getSelection().setBaseAndExtent(one.firstChild, 0, two.firstChild, 0)"
    )
    assert await page.evaluate(COPIED) == ""  # one alone, whose end is where the next begins
    await page.evaluate("getSelection().selectAllChildren(document.querySelector('.text'))")
    assert await page.evaluate(COPIED) == ""
    await page.focus("#scroller")
    await page.keyboard.press("Control+a")
    await page.evaluate(KEEP)
    await page.keyboard.press("Control+c")
    assert await page.evaluate("copied") == every
    await page.fill("#text", "in the box")
    await page.keyboard.press("Control+a")
    await page.evaluate("copied = ''")
    await page.keyboard.press("Control+c")
    assert await page.evaluate("copied") == ""


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


@pytest.mark.worlds
async def test_nothing_moves_under_a_pointer_on_the_buttons_of_a_row(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(40)))
    await texts(page).last.hover()
    await page.hover("#log .acts >> text=Answer")
    place = "document.querySelector('.acting').getBoundingClientRect().top"
    before = await page.evaluate(place)
    room.tell(*(message(seq, "more", by="by-bob") for seq in range(41, 61)))
    await expect(texts(page)).to_have_count(60)
    await page.evaluate(FRAMES)
    assert await page.evaluate(place) == before
    await page.hover("#text")
    await expect(texts(page).last).to_be_in_viewport()
    await texts(page).last.hover()
    await page.click("#log .acts >> text=Mention")
    room.tell(message(61, "more", by="by-bob"))
    await expect(texts(page)).to_have_count(61)
    await expect(texts(page).last).not_to_be_in_viewport(ratio=1)
    await page.keyboard.type("who types is done there")
    await expect(texts(page).last).to_be_in_viewport(ratio=1)


COMES_TO_LIE = """for (const each of [".message .text", ".acts button"])
    log.querySelector(each).dispatchEvent(new PointerEvent("pointerover", {bubbles: true, pointerType: "mouse"}))"""
"""What a browser tells when a row has moved under a pointer that rests."""


@pytest.mark.worlds
async def test_who_has_spoken_follows_wherever_the_pointer_rests(browser: Browser, shared_gateway: Gateway) -> None:
    """Rows that came to lie under it held the log again."""
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(40)))
    await texts(page).last.hover()
    await page.hover("#log .acts >> text=Answer")
    await say(page, "good morning")
    await page.hover("#text")  # the pointer is the test's own from here on
    await page.evaluate(COMES_TO_LIE)
    for seq in range(41, 61):
        room.tell(message(seq, "more", by="by-bob"))
        await page.evaluate(FRAMES)
    await expect(texts(page)).to_have_count(60)
    await expect(page.locator("#log .pending")).to_be_in_viewport(ratio=1)


async def test_the_focus_is_in_the_log_whoever_speaks_and_wherever_the_pointer_rests(
    browser: Browser, shared_gateway: Gateway
) -> None:
    """A row that came to lie under the pointer took the buttons of the one that had the focus, and it."""
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(40)))
    await page.mouse.move(450, 250)
    await page.focus("#text")
    await page.keyboard.press("Shift+Tab")
    focused = "(document.activeElement.closest('#log .message') ?? document.activeElement).textContent"
    row = await page.evaluate(focused)
    for seq, key in enumerate(("Tab", "Tab", "Shift+Tab"), 41):
        await page.keyboard.press(key)
        room.tell(message(seq, "more", by="by-bob"))
        await page.mouse.move(450, 150 + seq % 5 * 30)
        await page.evaluate(FRAMES)
        assert await page.evaluate("document.activeElement.matches('#log .acts button')")
        assert await page.evaluate(focused) == row


async def test_what_is_answered_there_keeps_the_focus_when_it_becomes_known(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, room = await room_of(browser, shared_gateway, "one")
    room.answers["history"] = lambda event: []
    room.tell({**message(42, "an answer", by="by-bob"), "re": 40})
    quote = page.locator("#log .quote")
    await quote.focus()
    await expect(quote).to_be_focused()
    room.tell({"type": "page", "messages": [message(40, "a question", by="by-bob")], "more": True})
    await expect(quote).to_contain_text("a question")
    await expect(page.locator("#log .message", has_text="an answer")).to_be_focused()


@pytest.mark.worlds
async def test_nothing_moves_under_the_row_that_the_keyboard_is_on(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(40)))
    await page.focus("#text")
    await page.keyboard.press("Shift+Tab")
    place = "document.activeElement.closest('.message').getBoundingClientRect().top"
    before = await page.evaluate(place)
    room.tell(*(message(seq, "more", by="by-bob") for seq in range(41, 61)))
    await expect(texts(page)).to_have_count(60)
    await page.evaluate(FRAMES)
    assert await page.evaluate(place) == before
    await page.focus("#text")
    await expect(texts(page).last).to_be_in_viewport(ratio=1)
    room.tell(message(61, "more", by="by-bob"))
    await expect(texts(page)).to_have_count(61)
    await expect(texts(page).last).to_be_in_viewport(ratio=1)


@pytest.mark.worlds
async def test_who_leaves_the_focused_row_behind_goes_on_by_the_keyboard(
    browser: Browser, shared_gateway: Gateway
) -> None:
    """By Home, Home, Home: the focus fell to the body, where no key scrolls."""
    page, _ = await new_page(browser)
    room = FakeRoom(page, *(message(seq, f"text {seq}", by="by-bob") for seq in range(1, 2501)))
    await room.open(shared_gateway.page)
    await expect(texts(page).last).to_be_in_viewport()
    await page.focus("#text")
    await page.keyboard.press("Shift+Tab")
    assert await page.evaluate("document.activeElement.matches('.message')")
    while await page.evaluate("document.activeElement.matches('.message')"):
        await page.evaluate("scroller.scrollTop = 0")
        await page.evaluate(FRAMES)
    assert await page.evaluate("document.activeElement.id") == "scroller"
    await page.keyboard.press("End")
    await page.wait_for_function("scroller.scrollTop > 0")


SCROLLED = """window.scrolled = new Promise(done => {
    const topOf = each => each.getBoundingClientRect().top;
    const row = [...log.children].find(each => topOf(each) > topOf(scroller));
    const before = topOf(row);
    scroller.addEventListener("scrollend", () => done(Math.round(topOf(row) - before)), {once: true});
}), 0"""
"""How far the rows will have moved when they stand still again."""


@pytest.mark.worlds
async def test_a_page_back_is_a_page_over_rows_that_nobody_has_seen_while_others_speak(
    browser: Browser, shared_gateway: Gateway
) -> None:
    """What wrote the place anew ended the browser's own scrolling: half a page, a finger's swing that dies."""
    page, room = await room_of(browser, shared_gateway, *("words " * (number * 37 % 90) + "." for number in range(280)))
    await page.evaluate("scroller.scrollBy(0, -300)")
    await expect(page.locator("#newer")).to_be_visible()
    await page.focus("#scroller")
    paged = "0.875 * (scroller.clientHeight - parseFloat(getComputedStyle(scroller).scrollPaddingTop))"
    wanted = await page.evaluate(paged)
    for first in range(281, 321, 5):
        await page.evaluate(SCROLLED)
        await page.keyboard.press("PageUp")
        for seq in range(first, first + (5 if first > 300 else 0)):
            room.tell(message(seq - 20, "more", by="by-bob"))
            await page.evaluate(FRAMES)
        assert await page.evaluate("scrolled") == pytest.approx(wanted, abs=3)


@pytest.mark.worlds
async def test_the_wheel_turns_on_where_a_round_button_came_under_the_pointer(
    browser: Browser, shared_gateway: Gateway
) -> None:
    """Which one just pressed: it stood in what does not scroll, and so did a finger that began on it."""
    page, _ = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(99)), has_touch=True)
    await page.evaluate("scroller.scrollBy(0, -400)")
    await page.click("#newer")
    await expect(page.locator("#newer")).to_be_hidden()
    await page.evaluate(FRAMES)
    end = await page.evaluate("scroller.scrollTop")
    for ticks in range(1, 5):
        await page.mouse.wheel(0, -100)
        await page.wait_for_function("wanted => scroller.scrollTop === wanted", arg=end - 100 * ticks)
    assert await page.evaluate("newer.matches(':hover')")
    box = await page.locator("#newer").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < await page.evaluate("scroller.getBoundingClientRect().bottom")
    glass = await page.context.new_cdp_session(page)
    for kind, down in [("touchStart", 0), ("touchMove", 40), ("touchMove", 80), ("touchMove", 99)]:
        finger = {"x": box["x"] + 9, "y": box["y"] + 9 + down}
        await glass.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [finger]})
    await page.wait_for_function("end => scroller.scrollTop < end - 470", arg=end)
    await glass.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.worlds
async def test_all_that_is_loaded_is_printed(browser: Browser, shared_gateway: Gateway) -> None:
    page, _ = await new_page(browser)
    room = FakeRoom(page)
    await room.open(shared_gateway.page)
    room.tell(*(message(seq, f"text {seq}") for seq in range(1, 2001)))
    await expect(texts(page).last).to_have_text("text 2000")
    assert await texts(page).count() < 2000
    await page.emulate_media(media="print")
    for each in await page.locator("button").all():
        await expect(each).to_be_hidden()
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert await texts(page).count() == 2000
    assert await page.evaluate("scroller.scrollHeight <= scroller.clientHeight + 1")
    await page.emulate_media(media="screen")
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert await texts(page).count() < 2000
    await expect(texts(page).last).to_be_in_viewport()


async def test_a_link_to_a_message_shows_it(browser: Browser, shared_gateway: Gateway) -> None:
    page, _ = await new_page(browser)
    room = FakeRoom(page, *(message(seq, f"text {seq}") for seq in range(1, 601)))
    room.page_size = 100
    await room.open(f"{shared_gateway.page}#m250")
    row = page.locator("#log .message", has_text="text 250")
    await expect(row).to_be_in_viewport()
    await expect(row).to_be_focused()
    await expect(page.locator("#log .acts")).to_have_count(0)  # they would lie over it
    await page.evaluate("location.hash = '#m400'")
    await expect(page.locator("#log .message", has_text="text 400")).to_be_in_viewport()
    await page.keyboard.press("Tab")
    await expect(page.locator("#log .acts button").first).to_be_focused()
    assert page.url.endswith("#m400")
    await page.click("#newer")
    await expect(page.locator("#newer")).to_be_hidden()
    assert page.url == shared_gateway.page


async def test_a_link_to_a_message_of_this_room_goes_there_in_place(browser: Browser, shared_gateway: Gateway) -> None:
    page, _ = await new_page(browser)
    other = shared_gateway.page.replace("localhost", "127.0.0.1")
    said = f"see {shared_gateway.page}#m250 or {other}#m251 or {shared_gateway.page}say#m252"
    room = FakeRoom(page, *(message(seq, f"text {seq}") for seq in range(1, 601)), message(601, said))
    room.page_size = 100
    await room.open(shared_gateway.page)
    links = page.locator("#log a")
    for _ in ("once", "and again"):
        await links.first.click()
        row = page.locator("#log .linked", has_text="text 250")
        await expect(row).to_be_in_viewport()
        await expect(row).to_be_focused()
        await page.get_by_role("button", name="To the end").click()
    assert len(page.context.pages) == 2  # the one that stays
    for link, is_held in ((links.nth(0), True), (links.nth(1), False), (links.nth(2), False)):
        async with page.context.expect_page() as opened:
            await link.click(modifiers=["Control"] if is_held else None)
        await (await opened.value).close()


@pytest.mark.parametrize("seq", [50, in_worlds(999_999)])
async def test_a_link_to_a_message_that_is_gone_says_so(browser: Browser, shared_gateway: Gateway, seq: int) -> None:
    page, _ = await new_page(browser)
    room = FakeRoom(page, *(message(seq, f"text {seq}") for seq in range(101, 301)))
    await room.open(f"{shared_gateway.page}#m{seq}")
    for leave in (lambda: page.evaluate("location.hash = '#m150'"), lambda: page.keyboard.press("Escape")):
        await expect(page.locator("#status")).to_have_text("That is not in the log")
        await expect(page.locator("#log .linked")).to_have_count(0)
        await leave()
        await expect(page.locator("#status")).to_be_empty()
        await page.keyboard.press("Shift")
        await page.evaluate(f"location.hash = '#m{seq}'")


async def test_a_link_finds_what_was_said_long_ago_by_one_question(browser: Browser, shared_gateway: Gateway) -> None:
    """All was fetched from the end on, and what stood before 19,000 others was told to be gone."""
    page, _ = await new_page(browser)
    room = FakeRoom(page, *(message(seq, f"text {seq}") for seq in range(1, 40_001)))
    room.page_size = 500
    await room.open(f"{shared_gateway.page}#m100")
    await expect(page.locator("#log .linked .text")).to_have_text("text 100")
    assert room.of("history")[1] == {"type": "history", "limit": 100, "after": 99}
    assert len(room.of("history")) < 10
    await expect(page.locator("#status")).to_be_empty()


async def test_days_have_names_and_stay_in_sight(browser: Browser, shared_gateway: Gateway) -> None:
    page, _ = await new_page(browser, own=True)
    await page.clock.set_fixed_time("2026-11-24T12:00:00Z")
    times = ["2025-12-31T10:00:00Z", "2026-11-20T10:00:00Z", "2026-11-23T10:00:00Z"]
    old = [message(seq, "old", at=at) for seq, at in enumerate(times, 1)]
    room = FakeRoom(page, *old, *(message(seq, f"text {seq}") for seq in range(4, 64)))
    await room.open(shared_gateway.page)
    days = page.locator("#log h2")
    await expect(days).to_have_text(["Wednesday, December 31, 2025", "Friday, November 20", "Yesterday", "Today"])
    await expect(texts(page).last).to_be_in_viewport()
    await expect(days.last).to_be_in_viewport(ratio=1)
    names = page.locator("#log .message:not(.grouped) .head")
    assert await names.evaluate_all(
        "all => all.every((head, index) => !index || head.getBoundingClientRect().top"
        " - all[index - 1].getBoundingClientRect().top < scroller.clientHeight)"
    )
    row = page.locator("#log .grouped").last
    await expect(row.locator("time")).to_have_css("opacity", "0")
    await row.hover()
    await expect(row.locator("time")).to_have_css("opacity", "1")
    assert await violations(page) == []


async def test_what_waits_has_its_own_head_and_does_not_jump_when_it_is_stored(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, room = await room_of(browser, shared_gateway, "hello")
    await page.fill("#text", "mine")
    await page.press("#text", "Enter")
    waiting = page.locator("#log .pending")
    await expect(waiting.locator(".who")).to_have_text("Ann")
    await expect(waiting.locator(".mark")).to_have_text("sending")
    box = "document.querySelector('.message:last-child .text').getBoundingClientRect().toJSON()"
    await page.evaluate(FRAMES)
    before = await page.evaluate(box)
    (said,) = room.of("say")
    room.tell({"type": "ack", "id": said["id"], "seq": 2}, message(2, "mine", "Ann", "by-me"))
    await expect(waiting).to_have_count(0)
    await page.evaluate(FRAMES)
    assert await page.evaluate(box) == before


async def test_what_waits_without_a_connection_says_so_beside_nothing_else(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, room = await room_of(browser, shared_gateway, "hello", viewport={"width": 320, "height": 600})
    room.answers["hello"] = lambda event: []
    await room.drop()
    await expect(page.locator("#who")).not_to_have_attribute("data-state", "in")
    for text in ("one", "a long one " * 20):
        await page.fill("#text", text)
        await page.press("#text", "Enter")
    for _ in ("before", "after a reload, which knows no name by a welcome"):
        await expect(page.locator("#log .mark")).to_have_text(["waits to be sent"] * 2)
        await expect(page.locator("#log .pending .who").first).to_have_text("Ann")
        await page.evaluate(FRAMES)
        assert await page.evaluate(COVERED) == []
        await page.reload()
    await expect(page.locator("#count")).to_have_text("… here")  # and not nobody


COVERED = """() => [...document.querySelectorAll(".mark, .pending .who, .pending .me, .pending time, .pending .text")]
    .filter(each => each.checkVisibility() && getComputedStyle(each).opacity !== "0").filter(each => {
        const {left, right, top, bottom} = each.getBoundingClientRect();
        return ![left + 1, right - 1].every(x => each.contains(document.elementFromPoint(x, (top + bottom) / 2)));
    }).map(each => each.className)"""


@pytest.mark.worlds
async def test_nothing_shows_beside_the_day_that_stays_in_sight(browser: Browser, shared_gateway: Gateway) -> None:
    wide = "```\n" + ("x" * 300 + "\n") * 60 + "```"
    page, _ = await room_of(browser, shared_gateway, *[wide] * 3, viewport={"width": 1100, "height": 600})
    beside = """() => {
        const {top, bottom} = scroller.querySelector(".day").getBoundingClientRect();
        return document.elementFromPoint(scroller.clientWidth - 20, (top + bottom) / 2).className;
    }"""
    assert "day" in await page.evaluate(beside)


@pytest.mark.worlds
async def test_what_one_reads_stays_where_it_is_when_the_banner_comes_and_goes(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(60)))
    await page.evaluate("scroller.scrollBy(0, -400)")
    await expect(page.locator("#newer")).to_be_visible()
    row = page.locator("#log .message").nth(45)
    place = "each => Math.round(each.getBoundingClientRect().top)"
    before = await row.evaluate(place)
    room.answers["hello"] = lambda event: []
    await room.drop()
    banner = page.locator("#banner")
    await expect(banner).to_be_visible()
    await page.evaluate(FRAMES)
    assert await row.evaluate(place) == before
    del room.answers["hello"]
    await room.drop()  # which nobody answered: it comes again by itself
    await expect(banner).to_be_hidden(timeout=20_000)
    await page.evaluate(FRAMES)
    assert await row.evaluate(place) == before


async def test_how_to_join_is_told_until_something_is_said(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway, viewport={"width": 320, "height": 420})
    room.tell({"type": "presence", "members": 3, "joined": [{"name": "cid", "via": "web"}], "left": [], "more": False})
    await expect(page.locator("#log .notice")).to_have_text("cid came")
    help_ = page.locator("#empty")
    await expect(help_.locator("h2")).to_be_in_viewport(ratio=1)
    await expect(page.locator("#older")).to_be_hidden()
    assert await violations(page) == []
    room.tell(message(1, "hello"))
    await expect(texts(page)).to_have_count(1)
    await expect(help_).to_be_hidden()
    await expect(texts(page)).to_be_in_viewport()
    await expect(page.locator("#older")).to_be_visible()


async def test_a_screen_reader_hears_each_message_with_its_text(browser: Browser, shared_gateway: Gateway) -> None:
    """Who goes from one to the next by the arrows heard who said something, and when."""
    page, _ = await room_of(browser, shared_gateway, "one `code`", "two\nlines")
    await page.fill("#text", "mine")
    await page.press("#text", "Enter")
    await expect(page.locator("#log .pending")).to_have_count(1)
    tree = await (await page.context.new_cdp_session(page)).send("Accessibility.getFullAXTree")
    articles = [node for node in tree["nodes"] if node.get("role", {}).get("value") == "article"]
    told = [[node[what]["value"] for what in ("name", "description")] for node in articles]
    assert [(name.split(",")[0], text) for name, text in told] == [
        ("bob", "one code"), ("bob", "two lines"), ("Ann", "mine"),
    ]  # fmt: skip


READ_OUT = """() => {
    window.added = [];
    new MutationObserver(changes => {
        for (const {addedNodes} of changes) added.push(...[...addedNodes].map(each => each.textContent));
    }).observe(log, {childList: true, subtree: true, characterData: true});
}"""
"""What a live region tells: all that is added to it."""


async def test_a_screen_reader_is_told_once_of_what_oneself_says(browser: Browser, shared_gateway: Gateway) -> None:
    """The row that waits becomes the one that is in the log, whether its ack comes first or the message does."""
    page, room = await room_of(browser, shared_gateway, "hello", "who?")
    await page.evaluate(READ_OUT)
    lines = "\n".join(f"line {number}" for number in range(40))
    for seq, text in ((3, "mine"), (4, lines)):
        await page.fill("#text", text)
        await page.press("#text", "Enter")
        row = page.locator("#log .sending")
        await expect(row).to_have_count(1)
        await row.evaluate("row => { window.row = row; row.focus(); }")
        told = [{"type": "ack", "id": room.of("say")[-1]["id"], "seq": seq}, message(seq, text, "Ann", "by-me")]
        if seq == 4:
            told.reverse()
        room.tell(told[0])
        await expect(page.locator("#log .sending")).to_have_count(0)
        room.tell(told[1])
        await expect(page.locator("#log .pending")).to_have_count(0)
        await expect(texts(page)).to_have_count(seq)
        assert await page.evaluate("row === log.lastElementChild && row === document.activeElement")
    room.tell(message(5, "hers"))
    await expect(texts(page)).to_have_count(5)
    added = [text for text in await page.evaluate("added.splice(0)") if text]
    assert len([text for text in added if "mine" in text]) == 1
    assert len([text for text in added if "line 1" in text]) == 1
    assert len([text for text in added if "hers" in text]) == 1
    await page.get_by_role("button", name="Show all").click()
    await expect(texts(page).nth(3)).to_contain_text("line 39")


async def test_a_screen_reader_hears_why_something_was_not_said_and_not_again_what(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, room = await room_of(browser, shared_gateway, "hello")
    await page.fill("#text", "mine")
    await page.press("#text", "Enter")
    await expect(page.locator("#log .sending")).to_have_count(1)
    await page.evaluate(READ_OUT)
    (said,) = room.of("say")
    room.tell({"type": "error", "code": "too-fast", "message": "too fast", "id": said["id"]})
    await expect(page.locator("#log .failed .mark")).to_contain_text("Not sent: too fast")
    (told,) = await page.evaluate("added")
    assert told.startswith("Not sent: too fast")


async def test_who_comes_and_goes_can_be_hidden(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway, "hello")
    room.tell({"type": "presence", "members": 3, "joined": [{"name": "cid", "via": "web"}], "left": [], "more": False})
    notice = page.locator("#log .notice")
    await expect(notice).to_have_text("cid came")
    await page.click("#options-open")
    await page.select_option("#joins", "hidden")
    await expect(notice).to_have_count(0)
    await page.reload()
    await expect(texts(page)).to_have_count(1)
    await expect(page.locator("#joins")).to_have_value("hidden")
    await expect(notice).to_have_count(0)


async def test_a_message_that_was_linked_is_marked_until_one_acts(browser: Browser, shared_gateway: Gateway) -> None:
    page, _ = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(40)))
    linked = page.locator("#log .linked")
    mouse, keys = page.mouse, page.keyboard
    acts: list[Callable[[], Awaitable[None]]] = [
        lambda: keys.press("Shift"),
        lambda: mouse.wheel(0, 100),
        lambda: mouse.click(450, 200),
    ]
    for act in acts:
        await page.evaluate("location.hash = 'm12'")
        await expect(linked.locator(".text")).to_have_text("text 11")
        await expect(linked).to_have_css("outline-style", "solid")
        await page.evaluate("location.hash = 'm10'")  # then that one alone
        await expect(linked.locator(".text")).to_have_text("text 9")
        await page.evaluate("location.hash = 'm12'")
        await expect(linked.locator(".text")).to_have_text("text 11")
        await page.emulate_media(forced_colors="active")
        await expect(linked).to_have_css("outline-style", "solid")
        await page.emulate_media(forced_colors="none")
        await act()
        await expect(linked).to_have_count(0)
        await page.evaluate("location.hash = ''")


@pytest.mark.worlds
async def test_the_mark_of_a_linked_message_with_code_is_whole(browser: Browser, shared_gateway: Gateway) -> None:
    """What cuts a wide block off at the window cut off the outline, too, and the block lay over it."""
    wide: ViewportSize = {"width": 1280, "height": 720}
    page, _ = await room_of(browser, shared_gateway, "one", f"```\n{'x' * 300}\n```", "three", viewport=wide)
    row = page.locator("#log .message.wide")
    await expect(row).not_to_have_css("clip-path", "none")
    await page.evaluate("location.hash = 'm2'")
    await expect(page.locator("#log .linked pre")).to_be_in_viewport()
    await row.evaluate("row => row.classList.remove('acting')")  # what has the focus by the keyboard is whole anyway
    await expect(row).to_have_css("clip-path", "none")
    await expect(row.locator(".text")).not_to_have_css("clip-path", "none")
    right = "each => each.getBoundingClientRect().right"
    assert await row.locator(".block").evaluate(right) < await row.evaluate(right)
    assert await page.evaluate("scroller.scrollWidth <= scroller.clientWidth")


@pytest.mark.worlds
async def test_a_notice_of_several_lines_is_set_as_a_table(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway, "one")
    room.tell({"type": "notice", "code": "help", "text": "you can type:\n/who    who is here\n/help   this text"})
    await expect(page.locator("#log pre.notice")).to_have_css("text-align", "start")
    await page.set_viewport_size({"width": 320, "height": 600})
    line = page.locator("#log pre.notice div").nth(1)
    starts = "each => { const range = document.createRange(); range.selectNodeContents(each);"
    starts += " return [...range.getClientRects()].map(({left}) => left); }"
    await line.evaluate("each => { each.textContent = '/who    who is here, told in more words than a line takes'; }")
    first, *others = await line.evaluate(starts)
    assert others
    assert min(others) > first, "what goes on in a further line is indented"
    assert await violations(page) == []


@pytest.mark.worlds
@pytest.mark.parametrize("text", ["one\ntwo\nthree\nfour", "a line\n" * 19 + "```\n" + "code\n" * 5 + "```"])
async def test_what_one_can_do_with_a_message_is_in_reach_wherever_it_begins(
    browser: Browser, shared_gateway: Gateway, text: str
) -> None:
    """Below the day that stays in sight, which it does not cover; one may be taller than the window."""
    page, _ = await room_of(browser, shared_gateway, *[text] * 9, viewport={"width": 900, "height": 400})
    acts = page.locator("#log .acts button")
    for above in (10, 30, 45):
        row = page.locator("#log .message").nth(4)
        box = await row.evaluate(
            "(row, above) => { scroller.scrollTop += row.getBoundingClientRect().top"
            " - scroller.getBoundingClientRect().top + above; return row.getBoundingClientRect().toJSON(); }",
            above,
        )
        await page.mouse.move(300, box["bottom"] - 5 if box["bottom"] < 300 else 200)
        await expect(acts).to_have_count(4)
        assert await page.evaluate(COVERED_BY, "#log .day") == []
        assert await page.evaluate(COVERED_BY, "#log .acts button") == []


COVERED_BY = """selector => [...document.querySelectorAll(selector)].map(each => {
    const {left, right, top, bottom} = each.getBoundingClientRect();
    return [each, document.elementFromPoint((left + right) / 2, (top + bottom) / 2)];
}).filter(([each, found]) => !each.contains(found)).map(([each, found]) => `${each.className} ${found?.outerHTML}`)"""
"""Which of these are behind something in their middle."""


async def test_who_follows_the_end_has_few_rows_and_who_goes_up_all(browser: Browser, shared_gateway: Gateway) -> None:
    """Each message costs what there are rows: with 1,200 it was three times as much as with 200."""
    page, room = await room_of(browser, shared_gateway, "text 1")
    for start in range(2, 1302, 100):
        room.tell(*(message(seq, f"text {seq}", by="by-bob") for seq in range(start, start + 100)))
        await expect(texts(page).last).to_have_text(f"text {start + 99}")
        assert await page.evaluate("log.children.length") <= 610
    while await texts(page).first.text_content() != "text 1":
        await page.evaluate("scroller.scrollTop = 0")
        await page.evaluate(FRAMES)
    assert await texts(page).count() > 1000
    await page.click("#newer")
    await expect(texts(page).last).to_be_in_viewport()
    assert await page.evaluate("log.children.length") <= 610


async def test_history_goes_up_and_loads_what_is_older(browser: Browser, shared_gateway: Gateway) -> None:
    """It was sent, and what came of it was nothing."""
    page, _ = await new_page(browser)
    room = FakeRoom(page, *(message(seq, f"text {seq}", by="by-bob") for seq in range(1, 301)))
    room.page_size = 100
    await room.open(shared_gateway.page)
    await expect(texts(page).last).to_be_in_viewport()
    await say(page, "/history 50")
    await expect(texts(page)).to_have_count(200)
    await expect(texts(page).last).not_to_be_in_viewport()
    await expect(page.locator("#text")).to_have_value("")
    assert room.of("command") == []


@pytest.mark.worlds
async def test_a_row_is_as_high_as_what_is_in_it(browser: Browser, shared_gateway: Gateway) -> None:
    """Empty rows of its grid took 16 pixels in WebKit."""
    page, _ = await room_of(browser, shared_gateway, "one", "two")
    rows = await page.locator("#log .message").evaluate_all(
        "rows => rows.map(row => getComputedStyle(row).gridTemplateRows.split(' ').length)"
    )
    assert rows == [2, 1]


@pytest.mark.worlds
async def test_the_press_that_opens_the_menu_presses_none_of_its_buttons(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, _ = await room_of(
        browser, shared_gateway, "words " * 99, has_touch=True, is_mobile=True, viewport={"width": 360, "height": 640}
    )
    await page.evaluate("DataTransfer.prototype.setData = (kind, text) => { window.copied = text; }")
    acts, row = page.locator("#log .acts"), page.locator("#log .message").first
    glass = await page.context.new_cdp_session(page)

    async def press(x: float, y: float) -> None:
        await glass.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        await expect(acts).to_have_count(1)
        await glass.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        await page.evaluate(FRAMES)

    box = await row.bounding_box()
    assert box is not None
    await press(box["x"] + 100, box["y"] + box["height"] - 20)
    button = await page.locator("#log .acts button").nth(1).bounding_box()
    assert button is not None
    await row.tap(position={"x": 100, "y": box["height"] - 20})
    await expect(acts).to_have_count(0)
    await press(button["x"] + button["width"] / 2, max(button["y"] + button["height"] - 8, box["y"] + 4))
    await expect(acts.locator("button").nth(1)).to_have_text("Copy link")
    assert await page.evaluate("window.copied") is None
    await acts.locator("button").nth(1).tap()
    await expect(acts.locator("button").nth(1)).to_have_text("Copied")
    await acts.locator("button", has_text="Answer").tap()  # what has nothing more to tell lies over no message
    await expect(page.locator("#answering")).to_be_visible()
    await expect(acts).to_have_count(0)


async def test_tab_stops_at_what_is_in_the_row_that_has_the_focus(browser: Browser, shared_gateway: Gateway) -> None:
    """Each block, its button and each quote was a stop: some hundred from the menu to the box, past a bot's code."""
    page, _ = await room_of(browser, shared_gateway, *[f"see\n```\n{'x' * 300}\n```"] * 3)
    where = "document.activeElement.id || document.activeElement.tagName"

    async def stops(key: str, count: int) -> list[str]:
        found = []
        for _ in range(count):
            await page.keyboard.press(key)
            found.append(await page.evaluate(where))
        return found

    await page.focus("#options-open")
    assert await stops("Tab", 2) == ["scroller", "DIV"]
    assert await stops("Tab", 6) == ["PRE", *["BUTTON"] * 5]
    await page.focus("#text")
    assert await stops("Shift+Tab", 4) == ["BUTTON", "PRE", "DIV", "scroller"]
    await page.focus("#log > .message")
    await page.keyboard.press("ArrowDown")
    assert await stops("Tab", 1) == ["PRE"]
    await page.keyboard.press("ArrowRight")
    await page.wait_for_function("() => document.activeElement.scrollLeft > 0")
    assert await page.evaluate("!!document.activeElement.closest('.acting')")


@pytest.mark.worlds
async def test_only_a_block_leaves_the_column(browser: Browser, shared_gateway: Gateway) -> None:
    """The quote and the buttons of a message with one line of code ran on to the edge of the window."""
    page, room = await room_of(browser, shared_gateway, "words " * 99, viewport={"width": 1400, "height": 600})
    room.tell(*(message(seq, f"```\n{'x' * n}\n```") | {"re": 1} for seq, n in [(2, 9), (3, 900)]))
    await expect(page.locator("#log .quote")).to_have_count(2)
    await texts(page).last.hover()
    rights = "all => all.map(each => Math.round(each.getBoundingClientRect().right))"
    column, *rows = await page.locator("#log .message").evaluate_all(rights)
    assert rows == [column, column]
    assert max(await page.locator("#log :is(.quote, .acts button)").evaluate_all(rights)) <= column
    short, long = await page.locator("#log pre").evaluate_all(rights)
    assert short < column < long
    assert await page.evaluate("scroller.scrollWidth <= scroller.clientWidth")
    assert await page.evaluate(COVERED_BY, "#log pre") == []
    pre = await page.locator("#log pre").last.bounding_box()
    assert pre is not None
    there = [column + 30, pre["y"] + 9]
    assert await page.evaluate("there => document.elementFromPoint(...there).tagName", there) == "PRE"
