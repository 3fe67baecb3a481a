"""One person, several tabs: of one browser, whose storage they share."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, WebSocketRoute, expect

from ..tables import in_worlds
from .browser import LOOK, SETTINGS, WAIT_MS, is_in, pending, say, texts
from .conftest import Start
from .fake_room import FakeRoom
from .gateway import Gateway
from .peers import chat

pytestmark = pytest.mark.asyncio(loop_scope="session")

SESSION = "JSON.parse(localStorage.getItem('/ session'))"
TAKE_OVER = "Become whoever made this link? It should be you."


async def profile(browser: Browser, **settings: Any) -> BrowserContext:
    """A person's browser."""
    context = await browser.new_context(**SETTINGS | settings)
    context.set_default_timeout(WAIT_MS)
    return context


async def tab_in(context: BrowserContext, address: str) -> Page:
    """A tab that is in the room."""
    page = await context.new_page()
    await page.goto(address)
    await is_in(page)
    return page


async def called(page: Page, name: str) -> None:
    """The first of one's tabs: it is asked for its name."""
    await page.fill("#name", name)
    await page.press("#name", "Enter")
    await expect(page.locator("#above #naming")).to_have_count(0)


def refusing(page: Page) -> list[str]:
    """What the page asks, which is answered with no."""
    asked: list[str] = []

    async def answer(dialog: Any) -> None:
        asked.append(dialog.message)
        await dialog.dismiss()

    page.on("dialog", answer)
    return asked


async def duplicate(page: Page) -> Page:
    """As the browser's menu does it: with a copy of what the tab's session holds."""
    async with page.context.expect_page() as opened:
        await page.evaluate("void open(location)")
    return await opened.value


async def test_two_tabs_are_one_person_after_a_restart_too(browser: Browser, gateway: Gateway) -> None:
    mine = await profile(browser)
    one = await tab_in(mine, gateway.page)
    await called(one, "Bob")
    two = await tab_in(mine, gateway.page)
    tabs = (one, two, await duplicate(two))
    for page in tabs:
        await expect(page.locator("#count")).to_have_text("1 here")
        await expect(page.locator("#name")).to_have_value("Bob")
    await say(one, "from one")
    await say(two, "from two")
    for page in tabs:
        await expect(texts(page)).to_have_count(2)
        await expect(page.locator("#log .mine")).to_have_count(2)
    await two.click("#options-open")
    await two.fill("#name", "Bea")
    await two.press("#name", "Enter")
    await expect(one.locator("#name")).to_have_value("Bea")
    await asyncio.to_thread(gateway.kill)
    await expect(one.locator("#who")).not_to_have_attribute("data-state", "in")
    await one.evaluate("for (const each of ['name', 'asked']) localStorage.removeItem(`/ ${each}`)")
    await asyncio.to_thread(gateway.again)
    for page in tabs:
        await is_in(page)
        await expect(page.locator("#count")).to_have_text("1 here")
        await expect(page.locator("#name")).to_have_value("Bea")
    async with chat(gateway) as peer:
        await peer.send({"type": "who"})
        who = await peer.next("who")
        assert [each["name"] for each in who["names"] if not each["name"].startswith("guest-")] == ["Bea"]


async def test_a_room_that_forgot_the_name_is_told_it(browser: Browser, start: Start) -> None:
    """A restart of `memory:` made everybody a guest."""
    gateway = start("--store", "memory:")
    mine = await profile(browser)
    tabs = [await tab_in(mine, gateway.page) for _ in range(2)]
    await called(tabs[0], "Bob")
    await expect(tabs[1].locator("#name")).to_have_value("Bob")
    await asyncio.to_thread(gateway.kill)
    for page in tabs:
        await expect(page.locator("#who")).not_to_have_attribute("data-state", "in")
        await say(page, "meanwhile")
    await asyncio.to_thread(gateway.again)
    for page in tabs:
        await is_in(page)
        await say(page, "still me")
    async with chat(gateway, history=4) as peer:
        assert [(await peer.next("message"))["from"] for _ in range(4)] == ["Bob"] * 4
    for page in tabs:
        await expect(page.locator("#name")).to_have_value("Bob")
        await expect(page.locator("#above #naming")).to_have_count(0)
        await expect(page.locator("#misnamed")).to_have_text("")


async def test_who_gets_the_name_no_more_is_told_so_once(browser: Browser, shared_gateway: Gateway) -> None:
    mine = await profile(browser)
    page = await mine.new_page()
    room = FakeRoom(page)
    await room.open(shared_gateway.page)
    await expect(page.locator("#name")).to_have_value("Ann")
    room.answers["name"] = lambda event: [{"type": "error", "code": "name-taken", "message": "the name Ann is taken"}]
    room.answers["hello"] = lambda event: [{**room.welcome_back(event), "name": "guest-abcdef"}]
    await room.drop()
    await expect(page.locator("#above #misnamed")).to_have_text("the name Ann is taken")
    assert "name" not in room.of("hello")[1]
    assert room.of("name") == [{"type": "name", "name": "Ann"}]
    await expect(page.locator("#log .notice")).to_have_count(0)
    await room.drop()
    await expect(page.locator("#who")).not_to_have_attribute("data-state", "in")
    await is_in(page)
    assert len(room.of("name")) == 1


@pytest.mark.worlds
async def test_a_name_goes_with_a_session_only_from_the_tab_in_which_it_was_chosen(
    browser: Browser, shared_gateway: Gateway
) -> None:
    mine = await profile(browser)
    one, two = [await mine.new_page() for _ in range(2)]
    rooms = [FakeRoom(page, name="guest-abcdef") for page in (one, two)]
    for room in rooms:
        await room.open(shared_gateway.page)
    assert "session" in rooms[1].of("hello")[0]
    for room in rooms:
        room.answers["hello"] = lambda event: []
        await room.drop()
    await expect(one.locator("#who")).not_to_have_attribute("data-state", "in")
    await one.fill("#name", "Ann")
    await one.press("#name", "Enter")
    for room in rooms:
        del room.answers["hello"]
        await room.drop()
    for page in (one, two):
        await is_in(page)
    assert [[event.get("name") for event in room.of("hello")][-1] for room in rooms] == ["Ann", None]


@pytest.mark.worlds
async def test_what_a_closed_tab_had_not_sent_is_offered_in_the_next_one(browser: Browser, gateway: Gateway) -> None:
    mine = await profile(browser)
    sockets: list[WebSocketRoute] = []
    is_cut = False

    async def relay(socket: WebSocketRoute) -> None:
        if is_cut:
            await socket.close(code=1012)
        else:
            socket.connect_to_server()
            sockets.append(socket)

    await mine.route_web_socket("**/ws", relay)
    one, two = await tab_in(mine, gateway.page), await tab_in(mine, gateway.page)
    is_cut = True
    for socket in sockets:
        await socket.close(code=1012)
    await expect(one.locator("#who")).not_to_have_attribute("data-state", "in")
    await say(one, "/me waves")
    await say(one, "unsent")
    await one.fill("#text", "a draft")
    await say(two, "of two")
    copied = await duplicate(one)
    await expect(copied.locator("#banner")).to_be_visible()
    await expect(pending(copied)).to_have_count(0)
    await expect(copied.locator("#text")).to_have_value("")
    await copied.close()
    await two.evaluate(LOOK, False)
    await one.close()
    is_cut = False
    await expect(texts(two)).to_have_text(["of two"])
    three = await tab_in(mine, gateway.page)
    await expect(pending(three).locator(".text")).to_have_text(["waves", "unsent", "a draft"])
    await expect(pending(three).locator(".mark").first).to_contain_text("Not sent: from a closed tab")
    await expect(pending(three).locator(".mark").first).not_to_have_css("color", "rgb(168, 50, 31)")  # it is no error
    await three.reload()
    await is_in(three)
    await expect(texts(three)).to_have_text(["of two"])
    await pending(three).first.get_by_role("button", name="Edit").click()
    await expect(three.locator("#text")).to_have_value("/me waves")
    await three.press("#text", "Enter")
    await expect(three.locator("#log .action .text")).to_have_text(["waves"])
    for left in (1, 0):
        await pending(three).last.get_by_role("button", name="Discard").click()
        await expect(pending(three)).to_have_count(left)
    await expect(texts(two)).to_have_text(["of two", "waves"])


@pytest.mark.worlds
async def test_a_log_that_a_closed_tab_left_is_edited_at_once(browser: Browser, gateway: Gateway) -> None:
    """By the browser's own editing 1,000 lines took half a minute, and all that while nothing else went."""
    mine = await profile(browser)
    one = await tab_in(mine, gateway.page)
    log = "\n".join(f"line {number} of a log" for number in range(2500))
    await one.evaluate("log => { text.value = log; text.dispatchEvent(new Event('input')); }", log)
    await one.close()
    two = await tab_in(mine, gateway.page)
    await pending(two).get_by_role("button", name="Edit").click(timeout=10_000)
    await expect(two.locator("#text")).to_have_value(log)


SUDDEN = "addEventListener('pagehide', event => event.stopImmediatePropagation(), true)"
"""It ends without a word: killed, or on a phone."""


@pytest.mark.worlds
async def test_what_is_left_by_a_tab_that_ended_without_a_word_is_offered_at_once(
    browser: Browser, gateway: Gateway
) -> None:
    mine = await profile(browser)
    await mine.add_init_script(SUDDEN)
    one, two = await tab_in(mine, gateway.page), await tab_in(mine, gateway.page)
    await two.evaluate(LOOK, False)
    await one.fill("#text", "a draft")
    await one.reload()
    await is_in(one)
    await expect(one.locator("#text")).to_have_value("a draft")
    await one.close()
    await two.evaluate(LOOK, True)
    await expect(pending(two).locator(".text")).to_have_text(["a draft"], timeout=10_000)
    three = await tab_in(mine, gateway.page)
    await expect(pending(three).locator(".text")).to_have_text(["a draft"], timeout=10_000)
    await pending(three).get_by_role("button", name="Edit").click()
    await expect(three.locator("#text")).to_have_value("a draft")
    await expect(pending(two)).to_have_count(0)
    await expect(pending(three)).to_have_count(0)


@pytest.mark.worlds
async def test_who_comes_back_by_the_history_has_its_draft(browser: Browser, gateway: Gateway) -> None:
    mine = await profile(browser)
    one, two = await tab_in(mine, gateway.page), await tab_in(mine, gateway.page)
    await one.fill("#text", "a draft")
    await one.goto(f"{gateway.page}healthz")
    await expect(pending(two).locator(".text")).to_have_text(["a draft"])
    await one.go_back()
    await is_in(one)
    await expect(one.locator("#text")).to_have_value("a draft")
    await expect(pending(two)).to_have_count(0)


async def test_who_would_lose_what_is_not_sent_is_asked(browser: Browser, gateway: Gateway) -> None:
    mine = await profile(browser)
    page = await tab_in(mine, gateway.page)
    await say(page, "sent")
    await expect(texts(page)).to_have_text(["sent"])
    await page.reload()  # asks nothing: it would be refused
    await is_in(page)
    await asyncio.to_thread(gateway.kill)
    await expect(page.locator("#who")).not_to_have_attribute("data-state", "in")
    await say(page, "unsent")
    async with page.expect_event("dialog") as asked:
        await page.close(run_before_unload=True)
    dialog = await asked.value
    assert dialog.type == "beforeunload"
    async with page.expect_event("close"):
        await dialog.accept()


@pytest.mark.worlds
async def test_a_link_for_ones_phone_makes_it_the_same_person(browser: Browser, gateway: Gateway) -> None:
    desk, phone = await profile(browser), await profile(browser)
    one = await tab_in(desk, gateway.page)
    await one.evaluate("DataTransfer.prototype.setData = (kind, text) => { window.copied = text; }")
    await called(one, "Ann")
    await one.click("#options-open")
    share = one.locator("[data-text=sessionLink]")
    await share.click()
    await expect(share).to_have_text("Copied")
    link = await one.evaluate("copied")
    assert link.startswith(f"{gateway.page}#session=")
    fresh = await phone.new_page()
    fresh.on("dialog", lambda dialog: dialog.accept())
    await fresh.goto(link)
    other = await tab_in(phone, gateway.page)
    assert fresh.url == gateway.page
    await expect(other.locator("#count")).to_have_text("1 here")
    await expect(other.locator("#name")).to_have_value("Ann")

    guest = await profile(browser)
    beside, page = await tab_in(guest, gateway.page), await tab_in(guest, gateway.page)
    await called(page, "Bob")
    await expect(one.locator("#count")).to_have_text("2 here")  # who comes and goes within a second is told to nobody
    asked: list[str] = []

    async def answer(dialog: Any) -> None:
        asked.append(dialog.message)
        await (dialog.accept() if len(asked) > 1 else dialog.dismiss())

    page.on("dialog", answer)
    for name in ("Bob", "Ann"):
        await page.evaluate("link => { location.hash = new URL(link).hash; }", link)
        await expect(page.locator("#name")).to_have_value(name)
        assert page.url == gateway.page
    assert asked == [TAKE_OVER] * 2
    await expect(beside.locator("#name")).to_have_value("Ann")  # which heard of it
    for each in (one, other, page, beside):
        await expect(each.locator("#count")).to_have_text("1 here")
    await say(beside, "hello")
    await expect(page.locator("#log .mine .text")).to_have_text(["hello"])


@pytest.mark.parametrize("was_here", [in_worlds(False), True], ids=["new", "guest"])
async def test_nobody_is_made_somebody_by_a_link_unasked(
    browser: Browser, shared_gateway: Gateway, *, was_here: bool
) -> None:
    """Whoever made it would be them, and an operator with them."""
    mine = await profile(browser)
    page = await (tab_in(mine, shared_gateway.page) if was_here else mine.new_page())
    before = await page.evaluate(SESSION) if was_here else None
    asked = refusing(page)
    await page.goto("about:blank")
    await page.goto(f"{shared_gateway.page}#session={'s' * 22}")
    await is_in(page)
    assert (asked, page.url) == ([TAKE_OVER], shared_gateway.page)
    session = await page.evaluate(SESSION)
    assert session == before if was_here else session not in ("", "s" * 22)


async def test_over_http_from_another_machine_there_is_no_such_link(browser: Browser, start: Start) -> None:
    gateway = start("--public-host", "chat.test")
    page = await tab_in(await profile(browser), f"http://chat.test:{gateway.http_port}/")
    before, asked = await page.evaluate(SESSION), refusing(page)
    await page.evaluate("() => { location.hash = `session=${'s'.repeat(22)}`; }")
    await expect(page).to_have_url(f"http://chat.test:{gateway.http_port}/")
    assert (await page.evaluate(SESSION), asked) == (before, [])
    await page.click("#options-open")
    await expect(page.locator("#options")).to_be_visible()
    await expect(page.locator("[data-text=sessionLink]")).to_have_count(0)


async def test_what_was_read_in_one_tab_is_read_in_the_others(browser: Browser, gateway: Gateway) -> None:
    mine = await profile(browser)
    one = await tab_in(mine, gateway.page)
    await called(one, "Ann")
    two = await tab_in(mine, gateway.page)
    for page in (one, two):
        await page.evaluate(LOOK, False)
    async with chat(gateway, name="bob") as bob:
        await bob.say("Ann: look")
        await bob.say("more")
        for page in (one, two):
            await expect(page).to_have_title("(@1) The room")
        await one.evaluate(LOOK, True)
        await expect(one).to_have_title("The room")
        await expect(two).to_have_title("The room")
        await one.evaluate(LOOK, False)
        await bob.say("and more")
        for page in (one, two):
            await expect(page).to_have_title("(1) The room")


async def test_a_tab_of_a_browser_that_is_in_needs_no_password(browser: Browser, start: Start, tmp_path: Path) -> None:
    """Another tab tells it, and the tab keeps it in nothing but its memory."""
    (tmp_path / "password").write_text("open sesame\n")
    gateway = start("--password-file", str(tmp_path / "password"))
    mine = await profile(browser)
    one, early = await mine.new_page(), await mine.new_page()
    for page in (one, early):
        await page.goto(gateway.page)
        await expect(page.locator("#lock")).to_be_visible()
    await one.fill("#password", "open sesame")
    await one.press("#password", "Enter")
    late = await tab_in(mine, gateway.page)
    for page in (one, early, late):
        await is_in(page)
        await expect(page.locator("#lock")).to_be_hidden()
    for page in (early, late):
        assert "sesame" not in await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    await early.close()
    await one.close()
    await late.reload()
    await expect(late.locator("#lock")).to_be_visible()
    other = await (await profile(browser)).new_page()
    await other.goto(gateway.page)
    await expect(other.locator("#lock")).to_be_visible()


async def test_what_another_tab_tells_is_guessed_once(browser: Browser, start: Start, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("open sesame\n")
    gateway = start("--password-file", str(tmp_path / "password"))
    mine = await profile(browser)
    other, page = await mine.new_page(), await mine.new_page()
    await other.goto(f"{gateway.page}healthz")
    await other.evaluate(
        """() => {
            window.channel = new BroadcastChannel("/ password");
            channel.onmessage = ({data}) => { if (!data) channel.postMessage("old"); };
        }"""
    )
    await page.goto(gateway.page)
    await asyncio.to_thread(gateway.wait_for_log, "password-wrong")
    await expect(page.locator("#lock")).to_be_visible()
    await expect(page.locator("#wrong")).to_be_empty()  # nobody has given it here
    await other.evaluate("channel.postMessage('old'); channel.postMessage('open sesame')")
    await is_in(page)
    assert gateway.interrupt() == 0
    assert gateway.log.count("password-wrong") == 1
