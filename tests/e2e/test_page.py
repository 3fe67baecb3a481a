"""The page in a real browser, beside a netcat."""

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, WebSocketRoute, expect

from gateway.room.room import MAX_CONNECTIONS

from ..tables import in_worlds
from .browser import FRAMES, is_in, new_page, open_page, pending, say, texts, violations
from .conftest import Start
from .gateway import Gateway
from .peers import chat, raw

pytestmark = pytest.mark.asyncio(loop_scope="session")

HIDE = """isHidden => {
    Object.defineProperty(document, "hidden", {value: isHidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""
BELOW = "scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight"
PLACE = """() => {
    const top = scroller.getBoundingClientRect().top;
    const row = [...log.querySelectorAll(".message")].find(each => each.getBoundingClientRect().bottom > top);
    return [row.innerText, Math.round(row.getBoundingClientRect().top)];
}"""


async def fill_log(gateway: Gateway, count: int, name: str = "bob") -> None:
    """So many messages of somebody, `text 1` and so on."""
    async with chat(gateway, name=name) as peer:
        await peer.send(*({"type": "say", "text": f"text {number}"} for number in range(1, count + 1)))
        await peer.texts(count)


async def test_what_somebody_does_is_in_italics_and_a_rename_is_told_as_one(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await open_page(browser, gateway)
    async with raw(gateway) as bob:
        await say(page, "/me waves")
        await expect(texts(page)).to_have_text(["waves"])
        await expect(pending(page)).to_have_count(0)
        assert (await bob.until("\n\n")).endswith("的消息:*waves*\n\n")
        await bob.send(b"/me bows\n\nhi\n\n")
        await expect(texts(page)).to_have_text(["waves", "bows", "hi"])
        styles = [await each.evaluate("each => getComputedStyle(each).fontStyle") for each in await texts(page).all()]
        assert styles == ["italic", "italic", "normal"]
        await expect(page.locator("#log .notice", has_text="came")).to_have_count(1)
        await bob.send(b"I am\n\n")  # who is renamed at once came so
        await expect(texts(page)).to_have_count(4)
        await bob.send(b"/name Bob\n\n")
        await expect(page.locator("#log .notice", has_text="is now Bob")).to_have_count(1)
        await expect(page.locator("#log .notice", has_text="left")).to_have_count(0)
    assert complaints == []


async def test_a_browser_and_a_netcat_in_one_room(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await open_page(browser, gateway)
    await expect(page.locator("#commands code").first).to_have_text(f"nc localhost {gateway.tcp_port}")
    async with raw(gateway) as bob:
        await page.fill("#name", "Ann")
        await page.press("#name", "Enter")
        await say(page, "hello <b>bob</b>\t'quoted' 你好 😀")
        assert await bob.until("\n\n") == "来自Ann的消息:hello <b>bob</b>\t'quoted' 你好 😀\n\n"
        await expect(pending(page)).to_have_count(0)
        await expect(texts(page)).to_have_text(["hello <b>bob</b>\t'quoted' 你好 😀"])
        await bob.send(b"/name Bob\n\n")
        await bob.until("now Bob\n\n")
        await bob.send("second 第二行\nthird\n\n".encode())
        await expect(texts(page).last).to_have_text("second 第二行\nthird")
        await expect(page.locator("#count")).to_have_text("2 here")
        await page.click("#who")
        await expect(page.locator("#names bdi")).to_have_text(["Ann", "Bob"])
        await expect(page.locator("#names li", has_text="Bob").locator(".via")).to_have_attribute(
            "title", "at a terminal"
        )
        await page.click("#names button:has-text('Bob')")
        await expect(page.locator("#text")).to_have_value("@Bob ")
        await say(page, "/dance")
        await expect(page.locator("#log .notice", has_text="no command /dance")).to_have_count(1)
        await page.click("#options-open")
        await page.fill("#name", "bob")
        await page.press("#name", "Enter")
        await expect(page.locator("#misnamed")).to_contain_text("the name bob is taken")
        await page.press("#name", "Escape")
        await expect(page.locator("#name")).to_have_value("Ann")
        await expect(page.locator("#misnamed")).to_be_empty()
        await page.keyboard.press("Escape")
        await expect(page.locator("#options")).to_be_hidden()
        await expect(page.locator("#log .notice", has_text="is taken")).to_have_count(0)
        await say(page, "//who asks")
        assert await bob.until("\n\n") == "来自Ann的消息:/who asks\n\n"
    assert complaints == []


async def test_a_restart_is_survived_while_two_write(browser: Browser, gateway: Gateway) -> None:
    pages = [(await open_page(browser, gateway))[0] for _ in range(2)]
    said = []
    for number in range(6):
        if number == 2:
            await asyncio.to_thread(gateway.kill)
        if number == 4:
            await asyncio.to_thread(gateway.again)
        for name, page in zip("ab", pages, strict=True):
            await say(page, f"{name}{number}")
            said.append(f"{name}{number}")
    async with chat(gateway, history=50) as witness:
        for page in pages:
            await is_in(page)
            await expect(pending(page)).to_have_count(0)
            await expect(texts(page)).to_have_count(len(said))
        heard = await witness.texts(len(said))
    assert sorted(heard) == sorted(said)
    for name, page in zip("ab", pages, strict=True):
        assert await texts(page).all_text_contents() == heard
        assert [text for text in heard if text[0] == name] == [f"{name}{number}" for number in range(6)]


async def test_what_is_said_shows_at_once_and_is_marked_if_it_takes_long(browser: Browser, start: Start) -> None:
    gateway = start()
    page, complaints = await open_page(browser, gateway)
    gateway.signal(signal.SIGSTOP)
    await say(page, "slow")
    await expect(pending(page).locator(".text")).to_have_text("slow")
    await expect(pending(page).locator(".mark")).to_have_text("sending")
    gateway.signal(signal.SIGCONT)
    await expect(pending(page)).to_have_count(0)
    await expect(texts(page)).to_have_text(["slow"])
    assert complaints == []


async def test_what_is_refused_can_be_sent_again_or_dropped(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await open_page(browser, gateway)
    await say(page, "\x02")  # of which the gateway leaves nothing
    await expect(pending(page).locator(".mark")).to_contain_text("that message is empty and was not sent")
    await pending(page).get_by_role("button", name="Send again").click()
    await expect(pending(page).locator(".mark")).to_contain_text("that message is empty and was not sent")
    await pending(page).get_by_role("button", name="Discard").click()
    await expect(pending(page)).to_have_count(0)
    assert complaints == []


async def test_offline_one_writes_on_and_it_is_sent_once_when_back(browser: Browser, gateway: Gateway) -> None:
    page, _ = await open_page(browser, gateway, own=True)
    await page.context.set_offline(True)
    await asyncio.to_thread(gateway.kill)
    await expect(page.locator("#banner-text")).to_contain_text("You are offline")
    for number in range(3):
        await say(page, f"offline {number}")
    await expect(pending(page)).to_have_count(3)
    await asyncio.to_thread(gateway.again)
    await page.context.set_offline(False)
    await expect(pending(page)).to_have_count(0)
    await expect(page.locator("#banner")).to_be_hidden()
    await expect(texts(page)).to_have_text([f"offline {number}" for number in range(3)])


@pytest.mark.worlds
@pytest.mark.parametrize(
    "viewport", [{"width": 390, "height": 660}, {"width": 900, "height": 600}], ids=["phone", "desk"]
)
async def test_the_log_stays_at_its_end_while_one_writes_many_rows(
    browser: Browser, gateway: Gateway, viewport: dict[str, int]
) -> None:
    """The box has to be low for a moment to be measured: the log was higher then, and thought that its reader moved."""
    async with chat(gateway, name="Ann") as ann:
        for number in range(40):
            await ann.say(f"line {number}", str(number))
        page, _ = await open_page(browser, gateway, viewport=viewport)
        await expect(texts(page)).to_have_count(40)
        for row in ("one", "two", "three", "four"):
            await page.locator("#text").press_sequentially(row)
            await page.keyboard.press("Shift+Enter")
            await page.evaluate(FRAMES)
            assert await page.evaluate(BELOW) <= 1
        for count in (41, 42, 43, 44):  # the second and later ones are grouped: their true height shows late
            await page.locator("#text").fill("\n".join(f"row {row}" for row in range(4)))
            await page.keyboard.press("Enter")
            await expect(texts(page)).to_have_count(count)
            await expect(pending(page)).to_have_count(0)
            await page.evaluate(FRAMES)
            assert await page.evaluate(BELOW) <= 1
        await ann.say("did you see that?")
        await expect(texts(page)).to_have_count(45)
        await page.evaluate(FRAMES)
        assert await page.evaluate(BELOW) <= 1
        assert not (await page.title()).startswith("(")


async def test_what_waits_and_the_draft_survive_a_reload(browser: Browser, gateway: Gateway) -> None:
    page, _ = await new_page(browser)
    is_cut = False

    async def relay(socket: WebSocketRoute) -> None:
        if is_cut:
            await socket.close(code=1012)
        else:
            socket.connect_to_server()

    await page.route_web_socket("**/ws", relay)
    await page.goto(gateway.page)
    await is_in(page)
    await say(page, "before")
    await expect(texts(page)).to_have_text(["before"])
    is_cut = True
    await page.reload()
    for number in range(2):
        await say(page, f"while cut off {number}")
    await page.fill("#text", "a draft")
    await page.reload()
    await expect(pending(page).locator(".text")).to_have_text(["while cut off 0", "while cut off 1"])
    await expect(page.locator("#text")).to_have_value("a draft")
    is_cut = False
    await page.reload()
    await expect(texts(page)).to_have_text(["before", "while cut off 0", "while cut off 1"])
    await expect(pending(page)).to_have_count(0)


async def test_a_session_is_in_by_many_tabs_and_the_oldest_of_too_many_can_come_back(
    browser: Browser, gateway: Gateway
) -> None:
    page, complaints = await open_page(browser, gateway, locale="zh-CN")
    await expect(page.locator("h1")).to_have_text("聊天室")
    session = await page.evaluate("JSON.parse(localStorage.getItem('/ session'))")
    async with AsyncExitStack() as others:
        for _ in range(MAX_CONNECTIONS):
            await is_in(page)
            await others.enter_async_context(chat(gateway, session=session))
        await expect(page.locator("#banner-text")).to_have_text("已有 16 个更新的标签页或设备")
        await page.click("#banner-act")
        await is_in(page)
        for _ in range(MAX_CONNECTIONS):
            await others.enter_async_context(chat(gateway, session=session))
        await expect(page.locator("#banner-text")).to_have_text("已有 16 个更新的标签页或设备")
        await say(page, "写在这里的人就在这里")  # the others may be gone: who writes comes back
        await expect(texts(page)).to_have_text(["写在这里的人就在这里"])
        await expect(pending(page)).to_have_count(0)
    assert complaints == []


async def moved_since(page: Page, before: list[str | int]) -> int:
    """How many pixels the row has moved that was the first in sight."""
    row, top = await page.evaluate(PLACE)
    assert row == before[0]
    return abs(int(top) - int(before[1]))


async def test_history_loads_without_a_jump_and_a_reader_is_not_moved(browser: Browser, gateway: Gateway) -> None:
    await fill_log(gateway, 350)
    page, complaints = await open_page(browser, gateway)
    await expect(texts(page)).to_have_count(100)
    await expect(texts(page).last).to_be_in_viewport()
    await page.evaluate("scroller.scrollTop = 900")
    await page.evaluate(FRAMES)
    before = await page.evaluate(f"() => {{ scroller.scrollTop -= 200; return ({PLACE})(); }}")
    await expect(texts(page)).to_have_count(200)
    await page.evaluate(FRAMES)
    assert await moved_since(page, before) <= 1
    for count in (300, 350):
        await page.evaluate("scroller.scrollTop = 0")
        await expect(texts(page)).to_have_count(count)
    await expect(texts(page).first).to_have_text("text 1")
    await expect(page.locator("#older")).to_have_text("The log begins here")
    await page.evaluate("scroller.scrollTop = 2000")
    await page.evaluate(FRAMES)
    before = await page.evaluate(PLACE)
    await fill_log(gateway, 30, "cid")
    await expect(page.locator("#newer")).to_contain_text("30 new since ")
    assert await moved_since(page, before) <= 1
    await page.click("#newer")
    await expect(page.locator("#log .divider")).to_be_in_viewport()
    await page.click("#newer")
    await expect(texts(page).last).to_be_in_viewport()
    await expect(page.locator("#newer")).to_be_hidden()
    await expect(page.locator("#log .divider")).to_have_text("New")
    await fill_log(gateway, 1, "dan")
    await expect(texts(page).last).to_have_text("text 1")
    await expect(texts(page).last).to_be_in_viewport()
    assert complaints == []


@pytest.mark.worlds
async def test_two_thousand_messages_are_a_window_of_some(browser: Browser, start: Start) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0")
    page, _ = await open_page(browser, gateway)
    await fill_log(gateway, 2000)
    await expect(texts(page).last).to_have_text("text 2000")
    assert await page.evaluate("log.children.length") <= 1510
    for _ in range(10):
        await page.evaluate("scroller.scrollTop = 0")
        await page.evaluate(FRAMES)
        assert await page.evaluate("log.children.length") <= 1510
    await expect(texts(page).first).to_have_text("text 1")
    await page.click("#newer")
    await expect(texts(page).last).to_have_text("text 2000")
    await expect(texts(page).last).to_be_in_viewport()


@pytest.mark.worlds
async def test_a_thousand_that_come_are_one_line(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await open_page(browser, gateway)
    await say(page, "calm")
    await expect(texts(page)).to_have_text(["calm"])
    peers = [await asyncio.open_connection("127.0.0.1", gateway.tcp_port) for _ in range(1000)]
    try:
        await expect(page.locator("#count")).to_have_text("1001 here")
        await expect(page.locator("#log .notice")).to_have_count(1)
        await expect(page.locator("#log .notice")).to_contain_text("more came")
        await page.click("#who")
        await expect(page.locator("#names .notice")).to_have_text("… and more")
    finally:
        for _, writer in peers:
            writer.close()
    await expect(page.locator("#count")).to_have_text("1 here")
    assert await page.locator("#log .notice").count() <= 1  # none, if those that were named are the same
    assert complaints == []


async def test_writing(browser: Browser, start: Start) -> None:
    gateway = start("--max-text", "200")
    page, complaints = await open_page(browser, gateway)
    box = page.locator("#text")
    async with raw(gateway) as bob:
        await bob.send(b"/name Bobby\n\n")
        await bob.until("now Bobby")
        await bob.send(b"hello\n\n")
        await expect(texts(page)).to_have_text(["hello"])
        await box.fill("one")
        await box.press("Shift+Enter")
        await box.press_sequentially("two")
        await box.press("Enter")
        assert "的消息:one\ntwo\n\n" in await bob.until("\n\n")
        # An Enter that ends a composition sends nothing, whichever way the browser tells of it.
        await box.fill("nihao")
        for field in ("isComposing: true", "keyCode: 229"):
            event = f"new KeyboardEvent('keydown', {{key: 'Enter', bubbles: true, {field}}})"
            await page.evaluate(f"text.dispatchEvent({event})")
        await expect(box).to_have_value("nihao")
        await box.fill("")
        await box.press("ArrowUp")
        await expect(box).to_have_value("one\ntwo")
        await box.fill("hi @bo")
        await box.press("Tab")
        await expect(box).to_have_value("hi @Bobby ")
        await box.fill("/hi")
        await box.press("Tab")
        await expect(box).to_have_value("/history ")
        await box.fill("nothing of that kind: zzz")
        await box.press("Tab")
        await box.press("Tab")  # the first asks who is here
        await expect(page.locator("#send")).to_be_focused()
        await box.fill("")
        await page.evaluate(
            "text.focus(); const data = new DataTransfer(); data.setData('text/plain', 'a\\nb\\nc');"
            "document.execCommand('insertText', false, data.getData('text/plain'))"
        )
        await box.press("Enter")
        assert "的消息:a\nb\nc\n\n" in await bob.until("\n\n")
        await box.fill("好" * 60)
        await expect(page.locator("#status")).to_have_text("180 of 200")
        await box.fill("好" * 70)
        await box.press("Enter")
        await expect(page.locator("#status")).to_have_text("10 bytes too many: 210 of 200")
        await expect(box).to_have_attribute("aria-invalid", "true")
        await expect(box).to_have_value("好" * 70)
    assert complaints == []


async def test_what_comes_while_nobody_looks_is_counted(browser: Browser, gateway: Gateway) -> None:
    page, _ = await open_page(browser, gateway)
    await page.fill("#name", "Ann")
    await page.press("#name", "Enter")
    await page.evaluate(HIDE, True)
    plain = await page.get_attribute("#icon", "href")
    async with raw(gateway) as bob:
        await bob.send(b"one\n\n")
        await expect(page).to_have_title("(1) The room")
        await bob.send(b"Ann, look\n\n")
        await expect(page).to_have_title("(@1) The room")
        await expect(page.locator("#log .mention")).to_have_count(1)
        assert await page.evaluate("icon.href") != plain
        await page.evaluate(HIDE, False)
        await expect(page).to_have_title("The room")
        await expect(page.locator("#log .divider")).to_have_count(1)


async def test_a_mention_notifies_whoever_chose_that(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await open_page(browser, gateway, permissions=["notifications"])
    await page.evaluate(
        "window.told = []; window.Notification = class { constructor(title, {body}) { told.push([title, body]); } };"
        "Notification.permission = 'granted'; Notification.requestPermission = async () => 'granted'"
    )
    await page.fill("#name", "Ann")
    await page.press("#name", "Enter")
    await page.evaluate(HIDE, True)
    async with chat(gateway, name="bob") as bob:
        await bob.say("ann: before")
        await expect(page).to_have_title("(@1) The room")
        await page.click("#options-open")
        await page.select_option("#notify", "on")
        await page.keyboard.press("Escape")
        await bob.say("ann: after")
        await bob.say("not for you")
        await expect(page).to_have_title("(@2) The room")
        await page.click("#options-open")
        await page.select_option("#notify", "all")
        await bob.say("for whoever looks")
        await expect(texts(page)).to_have_count(4)
    # What was chosen shows at once: where none can be made, it is not taken.
    shown = ["The room", "Notify me"]
    assert await page.evaluate("told") == [shown, ["bob", "ann: after"], shown, ["bob", "for whoever looks"]]
    assert complaints == []


async def test_the_language_can_be_chosen_and_stays(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await open_page(browser, gateway)
    await say(page, "hello")
    await page.click("#options-open")
    await page.select_option("#language", "zh")
    await expect(page.locator("#options-title")).to_have_text("选项")
    await page.keyboard.press("Escape")
    await expect(page.locator("#count")).to_have_text("1 人")
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("lang", "zh")
    await expect(page.locator("#text")).to_have_attribute("placeholder", "说点什么…")
    assert complaints == []


HOSTILE = [
    "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "javascript:alert(1)", "\"><svg onload=alert(1)>",
    "https://example.org/\"onmouseover=alert(1)", "{{constructor.constructor('alert(1)')()}}", "&lt;b&gt;",
    "https://example.org/<script>alert(1)</script>", "data:text/html,<script>alert(1)</script>",
]  # fmt: skip


async def test_nothing_that_is_said_is_more_than_text(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await open_page(browser, gateway)
    async with raw(gateway) as bob:
        await bob.send(b"/name <b>bob</b>\n\n")
        await bob.until("now <b>bob</b>")
        for text in HOSTILE:
            await bob.send(f"{text}\n\n".encode())
        await expect(texts(page)).to_have_text(HOSTILE)
    await expect(page.locator("#log bdi").first).to_have_text("<b>bob</b>")
    assert await page.locator("#log .text *:not(a), #log script, #log img").count() == 0
    for link in await page.locator("#log .text a").all():
        assert await link.get_attribute("rel") == "noreferrer"
        assert str(await link.get_attribute("href")).startswith("https://example.org/")
    assert complaints == []


async def test_markup_from_a_string_is_refused_by_the_browser_itself(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await open_page(browser, gateway)
    refused = "() => { try { document.body.innerHTML = '<p>x</p>'; return false; } catch { return true; } }"
    assert await page.evaluate(refused)
    assert "TrustedHTML" in complaints[0]


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), in_worlds(1100, "light")])
async def test_it_fits_and_axe_finds_nothing(browser: Browser, gateway: Gateway, width: int, scheme: str) -> None:
    page, complaints = await open_page(
        browser, gateway, color_scheme=scheme, viewport={"width": width, "height": 640}, reduced_motion="reduce"
    )
    assert await violations(page) == []
    ground = await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) < 200) is (scheme == "dark")
    async with raw(gateway) as bob, chat(gateway, name="x" * 32) as xaver:
        await page.fill("#name", "Ann")
        await page.press("#name", "Enter")
        await bob.send(b"Ann: https://example.org/\n\n")
        await xaver.say("y" * 300)
        await say(page, "mine")
        await expect(texts(page)).to_have_count(3)
        await say(page, "\x02")
        await expect(pending(page).locator(".mark")).to_contain_text("was not sent")
        assert await violations(page) == []
        assert await page.evaluate("document.scrollingElement.scrollWidth") <= width
        assert await page.evaluate("scroller.scrollWidth <= scroller.clientWidth")
        await expect(page.locator("#send")).to_be_in_viewport(ratio=1)
        for opener, dialog in (("#who", "#people"), ("#options-open", "#options")):
            await page.click(opener)
            await expect(page.locator(dialog)).to_be_visible()
            assert await violations(page) == []
            await page.keyboard.press("Escape")
            await expect(page.locator(dialog)).to_be_hidden()
    assert complaints == []


async def test_everything_is_within_reach_of_the_keyboard(browser: Browser, gateway: Gateway) -> None:
    page, _ = await open_page(browser, gateway)
    await say(page, "hello")
    await expect(texts(page)).to_have_count(1)
    reached = []
    for _ in range(14):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.id"))
    assert {"who", "options-open", "scroller", "name", "text", "send"} <= set(reached)
    await page.focus("#who")
    await page.keyboard.press("Enter")
    await expect(page.locator("#people")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#who")).to_be_focused()


async def test_it_is_read_out_once_history_is_there(browser: Browser, gateway: Gateway) -> None:
    await fill_log(gateway, 20)
    page, _ = await open_page(browser, gateway)
    log = page.locator("#log")
    await expect(log).to_have_attribute("role", "log")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(texts(page)).to_have_count(20)


@pytest.mark.worlds
async def test_an_operator_keeps_order(browser: Browser, start: Start) -> None:
    gateway = start("--admin-password", "open sesame")
    page, complaints = await open_page(browser, gateway)
    async with raw(gateway) as bob:
        await bob.send(b"/name bob\n\n")
        await bob.until("now bob")
        await page.click("#who")
        await expect(page.locator("#people")).to_be_visible()  # it opens when the answer is there
        await expect(page.locator("#names button:has-text('Moderate')")).to_have_count(0)
        await page.keyboard.press("Escape")
        await expect(page.locator("#people")).to_be_hidden()
        await say(page, "/op close sesame")
        await expect(page.locator("#log .notice", has_text="that is not the password")).to_have_count(1)
        await say(page, "/op open sesame")
        await expect(page.locator("#log .notice", has_text="you are an operator")).to_have_count(1)
        await page.press("#text", "ArrowUp")
        await expect(page.locator("#text")).to_have_value("")
        await page.click("#who")
        await page.get_by_role("button", name="Moderate").click()
        await page.get_by_role("button", name="Mute").click()
        await bob.until("an operator has muted you")
        assert await violations(page) == []
        await page.select_option("#act", "kick")
        await page.get_by_role("button", name="Send away").click()
        assert await bob.rest() == ""
        await expect(page.locator("#names bdi")).to_have_count(1)
    assert complaints == []
    assert gateway.interrupt() == 0
    assert "sesame" not in gateway.log


async def test_a_locked_room_asks_for_the_password(browser: Browser, start: Start, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("open sesame\n")
    gateway = start("--password-file", str(tmp_path / "password"))
    page, complaints = await new_page(browser)
    await page.goto(gateway.page)
    await expect(page.locator("#lock")).to_be_visible()
    assert await violations(page) == []
    await page.fill("#password", "wrong")
    await page.press("#password", "Enter")
    await expect(page.locator("#wrong")).to_have_text("that is not the password")
    await page.fill("#password", "open sesame")
    await page.press("#password", "Enter")
    await is_in(page)
    await expect(page.locator("#lock")).to_be_hidden()
    await say(page, "inside")
    await expect(texts(page)).to_have_text(["inside"])
    await page.reload()
    await is_in(page)
    assert complaints == []
    assert gateway.interrupt() == 0
    assert "sesame" not in gateway.log + page.url
