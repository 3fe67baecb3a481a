"""The room around what is said: its title, who is here, what can be chosen, what is refused; glass and wide screens."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from .browser import FRAMES, is_in, new_page, open_page, pending, say, texts, violations
from .conftest import Start
from .fake_room import FakeRoom, message
from .gateway import Gateway
from .peers import Event, chat
from .states import states

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDE: ViewportSize = {"width": 1280, "height": 720}
CODE = "see\n```\n" + "a long line of code " * 8 + "\n```\nthere"
LONG = "ABC-Nachrichtendienst am Morgen"
PEOPLE = [
    {"name": name, "via": "web", "by": f"by-{name}"} for name in ("Zoë", "bob 10", "bob 9", "émile", "小明", LONG)
]


async def room_of(browser: Browser, gateway: Gateway, *history: Event, **look: Any) -> tuple[Page, FakeRoom]:
    """A page in a room that is told what to say, with its people."""
    page, complaints = await new_page(browser, **look)
    room = FakeRoom(page, *(history or [message(1, "hello")]))
    room.answers["who"] = lambda event: [{"type": "who", "members": 6, "names": PEOPLE, "more": False}]
    await room.open(gateway.page)
    await expect(texts(page)).to_have_count(max(1, len(history)))
    assert complaints == []
    return page, room


async def test_a_room_goes_by_its_title_and_that_is_text(browser: Browser, start: Start) -> None:
    gateway = start("--title", "Ops <b>&amp;")
    page, complaints = await open_page(browser, gateway)
    await expect(page.locator("h1")).to_have_text("Ops <b>&amp;")
    await expect(page).to_have_title("Ops <b>&amp;")
    async with chat(gateway) as bob:
        assert bob.welcome["title"] == "Ops <b>&amp;"
    assert complaints == []


async def test_what_was_chosen_is_taken_at_once_in_other_tabs_too_and_kept(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await open_page(browser, gateway)
    await say(page, "hello")
    other, others = await open_page(browser, gateway)
    await page.click("#options-open")
    await page.select_option("#theme", "dark")
    await page.select_option("#clock", "h23")
    await page.select_option("#language", "zh")
    for _ in range(2):
        for each in (page, other):
            await expect(each.locator("html")).to_have_attribute("class", "dark")
            await expect(each.locator("#options-title")).to_have_text("选项")
            await expect(each.locator("#log time").first).to_have_text(re.compile(r"^\d\d:\d\d$"))
            assert await each.get_attribute("[name=theme-color]", "content") == "#1c1f22"
        await page.reload()
        await is_in(page)
    await page.click("#options-open")
    await page.select_option("#theme", "system")
    await page.select_option("#clock", "h12")
    await expect(other.locator("html")).to_have_attribute("class", "")
    await expect(other.locator("#log time").first).to_have_text(re.compile("[上下]午"))
    assert complaints + others == []


@pytest.mark.worlds
async def test_why_nobody_can_be_notified_is_told(browser: Browser, shared_gateway: Gateway) -> None:
    page, _ = await room_of(browser, shared_gateway)
    await page.click("#options-open")
    told = page.locator("#blocked")
    secure = "Object.defineProperty(window, 'isSecureContext', {value: %s, configurable: true})"
    throws = "window.Notification = class { constructor() { throw new TypeError('no'); } }"
    for change, words in (
        (secure % "false", "Only by https"),
        (f"{secure % 'true'}; Notification.requestPermission = async () => 'denied'", "Not allowed"),
        (f"{throws}; Notification.requestPermission = async () => 'granted'", "Not possible"),
    ):
        await page.evaluate(change)
        await page.select_option("#notify", "all")
        await expect(told).to_contain_text(words)
        await expect(page.locator("#notify")).to_have_value("off")


async def test_who_is_here_is_found_and_stays_true(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway)
    await page.click("#who")
    names = page.locator("#names bdi")
    await expect(names).to_have_text([LONG, "bob 9", "bob 10", "émile", "Zoë", "小明"])
    await page.focus("#names button >> nth=2")
    room.tell(
        {
            "type": "presence",
            "members": 6,
            "joined": [{"name": "Anna", "via": "tcp"}],
            "left": PEOPLE[:1],
            "more": False,
        }
    )
    await expect(names).to_have_text([LONG, "Anna", "bob 9", "bob 10", "émile", "小明"])
    await expect(page.locator("#names button:focus")).to_have_text("Bbob 10")
    await page.focus("#people-title")
    await page.keyboard.type("zo")  # it is no text for the box
    await expect(page.locator("#search")).to_have_value("zo")
    await page.fill("#search", "\uff22OB ")
    await expect(names).to_have_text(["bob 9", "bob 10"])
    await page.fill("#search", "emi")
    await expect(names).to_have_text(["émile"])
    assert len(room.of("who")) == 1
    await page.mouse.click(5, 5)
    await expect(page.locator("#people")).to_be_hidden()


@pytest.mark.worlds
async def test_on_a_wide_screen_who_is_here_stands_at_the_side(browser: Browser, shared_gateway: Gateway) -> None:
    page, _ = await room_of(browser, shared_gateway, viewport=WIDE)
    side = page.locator("#people")
    await expect(page.locator("#names li")).to_have_count(6)
    await page.focus("#scroller")
    await page.keyboard.type("hi ")  # it is no dialog that keeps the keys
    await page.click("#names button:has-text('bob 9')")
    await expect(page.locator("#text")).to_have_value("hi @bob 9 ")
    await expect(side).to_be_visible()
    for name in (page.locator("#names .who").first, page.locator("#names .badge").first):
        box = await name.bounding_box()
        assert box is not None
        assert box["height"] < 40, "cut into two lines, or squashed"
    badge = await page.locator("#names .badge").first.bounding_box()
    assert badge is not None
    assert badge["width"] == badge["height"]
    await page.click("#who")
    await expect(side).to_be_hidden()
    await page.reload()
    await is_in(page)
    await expect(side).to_be_hidden()
    await page.click("#who")
    await expect(side).to_be_visible()
    await page.set_viewport_size({"width": 800, "height": 600})
    await expect(side).to_be_hidden()
    await page.click("#who")
    await page.keyboard.press("Escape")
    await expect(side).to_be_hidden()
    await page.set_viewport_size(WIDE)
    await expect(side).to_be_visible()


@pytest.mark.worlds
async def test_in_large_text_who_is_here_leaves_the_room_to_the_log(browser: Browser, shared_gateway: Gateway) -> None:
    """At 200 % the list is as wide as half the window."""
    page, _ = await new_page(browser, viewport=WIDE)
    letters = await page.context.new_cdp_session(page)
    await letters.send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    await FakeRoom(page).open(shared_gateway.page)
    await expect(page.locator("#people")).to_be_hidden()
    await page.click("#who")
    await page.keyboard.press("Escape")
    await expect(page.locator("#people")).to_be_hidden()


HIDE = """isHidden => {
    Object.defineProperty(document, "hidden", {value: isHidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def ghosts(count: int) -> list[Event]:
    """Presence of so many who came; that they left is never told. Six are here."""
    joined = [{"name": f"ghost {number}", "via": "web", "by": f"by-{number}"} for number in range(count)]
    batches = [joined[at : at + 20] for at in range(0, count, 20)]
    return [{"type": "presence", "members": 6, "joined": each, "left": [], "more": True} for each in batches]


async def pass_half_a_minute(page: Page) -> None:
    """In steps, so that its ping is answered."""
    for _ in range(5):
        await page.clock.run_for(7_000)
        await is_in(page)


@pytest.mark.worlds
async def test_who_left_unnamed_does_not_stay_in_the_list(browser: Browser, shared_gateway: Gateway) -> None:
    page, complaints = await new_page(browser, own=True, viewport=WIDE)
    room = FakeRoom(page, message(1, "hello"))
    room.answers["who"] = lambda event: [{"type": "who", "members": 6, "names": PEOPLE, "more": False}]
    await page.clock.install()
    await room.open(shared_gateway.page)
    rows, title = page.locator("#names > li"), page.locator("#people-title")
    await expect(rows).to_have_count(6)
    room.tell(*ghosts(600))
    await expect(rows).to_have_count(500)
    await expect(title).to_have_text("6 here")
    assert len(room.of("who")) == 1
    await pass_half_a_minute(page)
    await expect(rows).to_have_count(6)
    await pass_half_a_minute(page)
    assert len(room.of("who")) == 2
    await page.click("#who")
    room.tell(*ghosts(20), message(2, "they are told"))
    await expect(texts(page)).to_have_count(2)
    await pass_half_a_minute(page)
    assert len(room.of("who")) == 2
    await page.click("#who")
    await expect(rows).to_have_count(6)
    assert len(room.of("who")) == 3
    await page.evaluate(HIDE, True)
    room.tell(*ghosts(20))
    await expect(rows).to_have_count(26)
    await pass_half_a_minute(page)
    assert len(room.of("who")) == 3
    await page.evaluate(HIDE, False)
    await pass_half_a_minute(page)
    await expect(rows).to_have_count(6)
    assert len(room.of("who")) == 4
    assert complaints == []


EDGES = """() => {
    const edges = {};
    for (const each of ["#log", "#scroller", ".block", "#composer"]) {
        edges[each] = document.querySelector(each).getBoundingClientRect().toJSON();
    }
    const range = document.createRange();
    range.selectNodeContents(document.querySelector(".wide .text").lastChild);
    return {...edges, prose: range.getBoundingClientRect().toJSON()};
}"""


@pytest.mark.worlds
async def test_few_messages_stand_at_the_bottom_and_code_breaks_out(browser: Browser, shared_gateway: Gateway) -> None:
    look = {"width": 1900, "height": 720}
    page, _ = await room_of(browser, shared_gateway, message(1, "hi"), message(2, CODE), viewport=look)
    edges = await page.evaluate(EDGES)
    assert edges["#log"]["bottom"] > edges["#scroller"]["bottom"] - 20
    column = edges["#composer"]["right"]
    assert column + 100 < edges[".block"]["right"] < edges["#scroller"]["right"]
    assert edges["prose"]["right"] < column


REFUSED = {"type": "error", "code": "unknown-command", "message": "there is no command /x: see /help", "detail": "/x"}
NEW = {"type": "error", "code": "quite-new", "message": "that can't be: it is new"}


async def test_an_empty_room_is_read_from_its_beginning(browser: Browser, shared_gateway: Gateway) -> None:
    page, _ = await new_page(browser, viewport={"width": 320, "height": 420})
    room = FakeRoom(page)
    await room.open(shared_gateway.page)
    await expect(page.locator("#empty h2")).to_be_in_viewport(ratio=1)
    await page.locator("#commands li").last.scroll_into_view_if_needed()
    room.tell({"type": "who", "members": 3, "names": PEOPLE, "more": False})
    await expect(page.locator("#count")).to_have_text("3 here")
    await expect(page.locator("#commands li").last).to_be_in_viewport(ratio=1)
    room.tell(*(message(seq, f"text {seq}") for seq in range(1, 40)))
    await expect(texts(page).last).to_be_in_viewport()
    await expect(page.locator("#log .divider")).to_have_count(0)


@pytest.mark.worlds
async def test_what_operators_and_others_see_fits_a_narrow_window(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway, message(1, "hi"), viewport={"width": 320, "height": 640})
    room.answers["who"] = lambda event: [{"type": "who", "members": 3, "names": PEOPLE, "more": False}]
    room.tell({"type": "notice", "code": "op", "text": "you are an operator:\n/who          who is here"})
    row = page.locator("#log pre.notice div").last
    await expect(row).to_be_visible()
    assert await row.evaluate("each => each.innerText") == "/who who is here"
    await expect(row.locator("b")).to_have_text("/who")
    await page.locator("#log .message").hover()
    acts = page.locator(".acts button")
    await expect(acts).to_have_text(["Copy", "Copy link", "Answer", "Mention", "Delete", "Moderate"])
    assert min([box["x"] for each in await acts.all() if (box := await each.bounding_box())]) >= 0
    await page.click("#who")
    names = page.locator("#names > li")
    await expect(names).to_have_count(len(PEOPLE))
    await page.fill("#search", "nobody at all")
    await expect(names).to_have_text(["Nobody is called so"])
    await page.fill("#search", "")
    await expect(names).to_have_count(len(PEOPLE))


@pytest.mark.worlds
async def test_what_ends_a_dialog_stands_in_one_line(browser: Browser, shared_gateway: Gateway) -> None:
    page, _ = await room_of(browser, shared_gateway)
    await page.evaluate("document.getElementById('lock').showModal()")
    close, enter = [await each.bounding_box() for each in await page.locator("#lock button").all()]
    assert close is not None
    assert enter is not None
    assert (close["y"], close["height"]) == (enter["y"], enter["height"])
    await page.get_by_role("button", name="Close").click()
    await expect(page.locator("#lock")).to_be_hidden()


async def test_what_the_server_refuses_is_said_in_the_pages_language(browser: Browser, start: Start) -> None:
    gateway = start("--language", "en")
    page, room = await room_of(browser, gateway, locale="zh-CN")
    room.tell(REFUSED, NEW)
    notices = page.locator("#log .notice")
    await expect(notices).to_have_text(["没有 /x 这个命令,请用 /help 查看", NEW["message"]])
    await say(page, "mine")
    (said,) = room.of("say")
    room.tell(
        {"type": "error", "code": "not-said", "message": "that was not said", "detail": "/ban $&", "id": said["id"]}
    )
    await expect(pending(page).locator(".mark")).to_contain_text("管理员命令 /ban $&;")
    await page.click("#options-open")
    await page.select_option("#language", "en")
    await expect(notices).to_have_text([REFUSED["message"], NEW["message"]])
    await expect(pending(page).locator(".mark")).to_contain_text("that was not said")


async def test_so_are_notices_that_are_about_nothing_else(browser: Browser, start: Start) -> None:
    gateway = start("--language", "en")
    page, room = await room_of(browser, gateway, locale="zh-CN")
    told = {"you-are-muted": "an operator has muted you", "store-back": "messages are stored again", "whois": "Bob"}
    room.tell(*({"type": "notice", "code": code, "text": text} for code, text in told.items()))
    await expect(page.locator("#log .notice")).to_have_text(["你被禁言了", "消息又可以保存了", "Bob"])


async def test_an_english_page_is_not_refused_in_chinese(browser: Browser, start: Start) -> None:
    gateway = start("--language", "zh")
    page, complaints = await open_page(browser, gateway)
    await say(page, "/dance")
    await expect(page.locator("#log .notice")).to_have_text("there is no command /dance: see /help")
    assert complaints == []


async def test_a_dialog_is_left_by_a_click_beside_it_and_the_password_asked_for_again(
    browser: Browser, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("open sesame\n")
    gateway = start("--password-file", str(tmp_path / "password"))
    page, complaints = await new_page(browser)
    await page.goto(gateway.page)
    lock = page.locator("#lock")
    await expect(lock).to_be_visible()
    box = await lock.bounding_box()
    assert box is not None
    await page.mouse.click(box["x"] + 3, box["y"] + 3)  # its own edge
    await page.mouse.move(box["x"] + 30, box["y"] + 30)
    await page.mouse.down()
    await page.mouse.move(5, 5)
    await page.mouse.up()  # a selection that ends outside
    await expect(lock).to_be_visible()
    await page.mouse.click(5, 5)
    await expect(lock).to_be_hidden()
    await page.get_by_role("button", name="Enter password").click()
    await expect(lock).to_be_visible()
    await page.fill("#password", "guess")
    await page.press("#password", "Enter")
    await expect(page.locator("#wrong")).to_have_text("that is not the password")
    await page.reload()  # the browser kept it: nobody has given one now
    await expect(lock).to_be_visible()
    await expect(page.locator("#wrong")).to_be_empty()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Enter password").click()
    await page.fill("#password", "open sesame")
    await page.press("#password", "Enter")
    await is_in(page)
    assert complaints == []


async def test_before_the_password_is_given_nothing_is_told_that_nobody_knows(
    browser: Browser, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("open sesame\n")
    gateway = start("--password-file", str(tmp_path / "password"))
    page, _ = await new_page(browser)
    await page.goto(gateway.page)
    await expect(page.locator("#lock")).to_be_visible()
    await page.keyboard.press("Escape")
    await say(page, "before")
    await expect(page.locator("#log .pending .mark")).to_have_text("waits to be sent")
    await expect(page.locator("#older")).to_be_hidden()
    await page.get_by_role("button", name="Enter password").click()
    await page.fill("#password", "open sesame")
    await page.press("#password", "Enter")
    await expect(page.locator("#log .message:not(.pending)")).to_have_count(1)
    await expect(page.locator("#older")).to_have_text("The log begins here")
    await expect(page.locator("#older")).to_be_visible()


SMALL = """() => [...document.querySelectorAll("button, input, select, summary, [role=option]")]
    .filter(each => each.checkVisibility() && Math.min(each.offsetWidth, each.offsetHeight) < 44)
    .map(each => each.outerHTML)"""


@pytest.mark.worlds
async def test_on_glass_all_that_is_pressed_is_large_enough(browser: Browser, shared_gateway: Gateway) -> None:
    look = {"has_touch": True, "is_mobile": True, "viewport": {"width": 360, "height": 640}}
    page, _ = await room_of(browser, shared_gateway, message(1, CODE), **look)
    await page.fill("#text", "/h")
    await expect(page.get_by_role("option")).to_have_count(2)
    await page.locator("#log .message").first.dispatch_event("pointerdown", {"pointerType": "touch"})
    await expect(page.locator("#log .acts button")).to_have_count(4)
    assert await page.evaluate(SMALL) == []
    await page.fill("#text", "")
    await page.locator("#log .acts button", has_text="Answer").tap()
    await expect(page.locator("#answering")).to_be_visible()
    assert await page.evaluate(SMALL) == []
    for opened in ("#options-open", "#who", "#find"):
        await page.click(opened)
        await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        await page.evaluate(FRAMES)
        assert await page.evaluate(SMALL) == []
        await page.keyboard.press("Escape")


@pytest.mark.worlds
async def test_on_glass_the_menu_lies_over_no_line_of_its_message(browser: Browser, shared_gateway: Gateway) -> None:
    look = {"has_touch": True, "is_mobile": True, "viewport": {"width": 360, "height": 640}}
    page, _ = await room_of(browser, shared_gateway, message(1, "one"), message(2, "two"), **look)
    row = page.locator("#log .grouped")
    await row.dispatch_event("pointerdown", {"pointerType": "touch"})
    await expect(row.locator(".acts button")).to_have_count(4)
    text = await row.locator(".text").bounding_box()
    assert text is not None
    for each in await row.locator(".acts button").all():
        button = await each.bounding_box()
        assert button is not None
        assert button["y"] + button["height"] <= text["y"] + 3


async def test_a_password_that_was_changed_is_told_as_that_and_a_guess_as_one(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, room = await room_of(browser, shared_gateway)
    refused = asyncio.Event()

    def refuse(event: Event) -> list[Event]:
        refused.set()
        return [{"type": "error", "code": "password-wrong", "message": "that is not the password", "id": None}]

    async def give(password: str) -> None:
        refused.clear()
        await page.fill("#password", password)
        await page.press("#password", "Enter")

    for _ in range(2):
        room.answers["hello"] = refuse
        await room.drop(4503, "password")
        await expect(page.locator("#wrong")).to_have_text("The password has changed")
        await give("a guess")
        await refused.wait()
        await room.drop(4503, "password")
        await expect(page.locator("#wrong")).to_have_text("that is not the password")
        del room.answers["hello"]
        await give("sesame")
        await is_in(page)


async def test_what_was_said_last_is_asked_for_with_the_hello(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway)
    assert [event["type"] for event in room.heard][:2] == ["hello", "history"]
    assert room.of("history") == [{"type": "history", "limit": 100}]  # before what, a welcome would have had to tell
    await room.drop()
    await is_in(page)
    assert len(room.of("history")) == 1  # who goes on knows it


async def test_how_to_join_from_a_terminal_stays_in_the_menu(browser: Browser, shared_gateway: Gateway) -> None:
    page, _ = await room_of(browser, shared_gateway)
    await page.click("#options-open")
    await page.click("summary")
    port = shared_gateway.tcp_port
    await expect(page.locator("#ways code").first).to_have_text(f"nc localhost {port}")
    await expect(page.locator("#ways code", has_text=f"telnet localhost {port}")).to_be_visible()


@pytest.mark.worlds
@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_axe_finds_nothing_whatever_the_page_is_like(
    browser: Browser, shared_gateway: Gateway, colours: str
) -> None:
    page, _ = await new_page(browser, viewport=WIDE, color_scheme=colours)
    async for state in states(page, shared_gateway.page):
        assert await violations(page) == [], state


LINES = """() => {
    const {top, bottom} = scroller.getBoundingClientRect();
    const {paddingTop, paddingBottom} = getComputedStyle(scroller);
    return (bottom - top - parseFloat(paddingTop) - parseFloat(paddingBottom)) / 24;
}"""


@pytest.mark.worlds
@pytest.mark.parametrize("window", [(640, 280), (667, 190), (320, 180)], ids=str)
async def test_in_a_low_window_there_is_room_for_what_is_said(
    browser: Browser, shared_gateway: Gateway, window: tuple[int, int]
) -> None:
    """A phone on its side, with its keyboard; a window at 400 %. One's name is in the menu there."""
    width, height = window
    page, _ = await new_page(browser, has_touch=True, is_mobile=True, viewport={"width": width, "height": 640})
    room = FakeRoom(page, *(message(seq, f"text {seq}") for seq in range(1, 30)), name="guest-abcdef")
    await room.open(shared_gateway.page)
    await expect(page.locator("#above #name")).to_be_visible()
    await page.tap("#above #name")
    await page.set_viewport_size({"width": width, "height": height})
    await expect(page.locator("#above #name")).to_be_visible()  # its keyboard made it low
    await page.tap("#text")
    await expect(page.locator("#above #name")).to_be_hidden()
    assert await page.evaluate(LINES) >= 3
    assert await page.evaluate("document.scrollingElement.scrollWidth") <= width
    await expect(texts(page).last).to_be_in_viewport()
    await page.tap("#options-open")
    await expect(page.locator("#options #name")).to_be_visible()
    await expect(page.locator("#skip")).to_be_hidden()
