"""An answer on the page: whom and what it answers, from the menu to what others see."""

import asyncio
import re
from functools import partial

import pytest
from playwright.async_api import Browser, expect

from ..patience import PATIENCE
from .browser import FRAMES, choose, is_in, new_page, pending, say, texts, violations
from .conftest import Three
from .fake_room import FakeRoom, message, room_of
from .gateway import Gateway
from .peers import Event

pytestmark = pytest.mark.asyncio(loop_scope="session")

STRIP = "#answering .plain"

UNKNOWN = """[...document.querySelectorAll("[data-re]")]
    .filter(each => each.getBoundingClientRect().top > scroller.offsetTop).length"""
"""How many of the quotes on the screen are not known."""

answer = partial(choose, act="Answer")


async def test_an_answer_tells_whom_and_what_and_others_see_it_by_its_text(three: Three) -> None:
    bob, page, other, complaints = three
    await bob.send(b"who deploys today?\n\n")
    await expect(texts(page)).to_have_count(1)
    await page.fill("#text", "I do")
    await answer(page, "who deploys today?")
    await expect(page.locator("#text")).to_be_focused()
    await expect(page.locator("#text")).to_have_value("@bob I do")
    await expect(page.locator(STRIP)).to_have_text("Answer to bob: who deploys today?")
    assert await violations(page) == []
    await page.reload()
    await is_in(page)
    await expect(page.locator("#text")).to_have_value("@bob I do")
    await expect(page.locator(STRIP)).to_have_text("Answer to bob: who deploys today?")
    await page.press("#text", "Enter")
    await expect(page.locator(STRIP)).to_be_hidden()
    for each in (page, other):
        await expect(texts(each)).to_have_text(["who deploys today?", "@bob I do"])
        await expect(each.locator("#log .quote")).to_have_text("bob: who deploys today?")
        answers = each.get_by_role("article").nth(1)
        await expect(answers).to_have_accessible_description("bob: who deploys today? @bob I do")
    assert "@bob I do" in await bob.until("I do")
    assert await violations(other) == []
    await say(page, "and this is no answer")
    await expect(texts(other)).to_have_count(3)
    await expect(other.locator("#log .quote")).to_have_count(1)
    await bob.send(b"/delete\n\n")
    for each in (page, other):
        await expect(each.locator("#log .quote")).to_have_text("message deleted")
        await expect(each.locator("#log .quote")).to_be_disabled()
        assert "who deploys" not in await each.content()
    assert complaints == []


async def test_an_answer_can_be_let_be_and_another_one_begun_by_the_keyboard(
    browser: Browser, gateway: Gateway
) -> None:
    page, room = await room_of(browser, gateway, "one", "two")
    room.tell(message(3, "carl's", "carl"), message(4, "mine", "Ann", "by-me"))
    await expect(texts(page)).to_have_count(4)
    await page.locator("#log .message").nth(3).focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(page.locator("#text")).to_have_value("@carl ")
    await page.keyboard.type("hello")
    await answer(page, "two")
    await expect(page.locator("#text")).to_have_value("@bob hello")
    await page.keyboard.press("Escape")
    await expect(page.locator("#text")).to_have_value("hello")
    room.tell(message(5, "gone", "carl"), {"type": "deleted", "seq": 6, "of": [5], "from": "carl"})
    await expect(page.locator("#log .deleted")).to_have_count(1)
    await page.locator("#log .deleted").press("Enter")  # there is nothing to answer
    await expect(page.locator("#answering")).to_be_hidden()
    await answer(page, "mine")
    await expect(page.locator("#text")).to_have_value("hello")
    await page.get_by_role("button", name="Let it be").click()
    await expect(page.locator("#answering")).to_be_hidden()
    await page.press("#text", "Enter")
    await answer(page, "one")
    await page.keyboard.type("yes")
    await page.keyboard.press("Enter")
    says = [{key: event.get(key) for key in ("text", "re")} for event in room.of("say")]
    assert says == [{"text": "hello", "re": None}, {"text": "@bob yes", "re": 1}]
    await expect(pending(page).nth(1).locator(".quote")).to_have_text("bob: one")


async def test_what_is_answered_and_not_loaded_is_asked_for_and_a_click_goes_there_and_back(
    browser: Browser, gateway: Gateway
) -> None:
    page, complaints = await new_page(browser)
    log = [message(seq, f"text {seq}") for seq in range(1, 1001)]
    del log[70]
    log[-1] |= {"re": 40}
    log[-2] |= {"re": 71}
    room = FakeRoom(page, *log, seq=1000)
    room.page_size = 100
    await room.open(gateway.page)
    quotes = page.locator("#log .quote")
    await expect(quotes).to_have_text(["message deleted", "bob: text 40"])
    await quotes.nth(1).click()
    there = texts(page).get_by_text("text 40", exact=True)
    await expect(there).to_be_in_viewport()
    await expect(page.locator(".linked .text")).to_have_text("text 40")
    await expect(page.locator(".linked")).to_be_focused()
    assert await page.locator("#log .hole").count() <= 1
    await expect(texts(page).get_by_text("text 45", exact=True)).to_be_in_viewport()  # what is behind it
    assert len(room.of("history")) < 10  # and not all that is between
    await page.click("#newer")
    await expect(quotes.nth(1)).to_be_in_viewport()
    await expect(texts(page).get_by_text("text 1000", exact=True)).to_be_in_viewport()
    await expect(page.locator("#newer")).to_be_hidden()
    assert complaints == []


async def test_what_is_answered_shows_whichever_page_it_came_by(browser: Browser, gateway: Gateway) -> None:
    page, _ = await new_page(browser)
    log = [message(seq, f"text {seq}", by="by-bob") for seq in range(1, 301)]
    log[201] |= {"re": 150}
    room = FakeRoom(page, *log)
    room.page_size = 100
    await room.open(gateway.page)
    await expect(texts(page).last).to_be_in_viewport()
    await page.evaluate("scroller.scrollTop = 0")  # which asks for older ones, and of them the answered one is
    await expect(texts(page)).to_have_count(200)
    await page.locator("#log .quote").scroll_into_view_if_needed()
    await expect(page.locator("#log .quote")).to_have_text("bob: text 150")
    assert [event["limit"] for event in room.of("history")] == [100] * len(room.of("history"))


@pytest.mark.worlds
async def test_a_flood_of_answers_asks_for_next_to_nothing_and_what_stands_still_is_asked_for_one_by_one(
    browser: Browser, gateway: Gateway
) -> None:
    page, complaints = await new_page(browser, own=True)
    room = FakeRoom(page, *(message(seq, f"text {seq}") for seq in range(1, 501)))
    room.page_size = 100
    await page.clock.install(time=0)
    await page.clock.pause_at(1_000)
    await room.open(gateway.page)
    await page.clock.run_for(100)
    await expect(texts(page).last).to_have_text("text 500")
    asked: list[int] = []
    heard = asyncio.Event()

    def quote(event: Event) -> list[Event]:
        asked.append(event["after"] + 1)
        heard.set()
        return [room.page_after(event)]

    room.answers["history"] = quote
    last = page.locator("#log .quote").last
    room.tell(message(501, "I do") | {"re": 50})
    await page.clock.run_for(50)
    async with asyncio.timeout(PATIENCE):
        await heard.wait()  # at once: the clock stands
    await page.clock.run_for(50)
    await expect(last).to_have_text("bob: text 50")
    for number in range(1, 41):
        room.tell(message(501 + number, "spam") | {"re": 100 + number})
        await page.clock.run_for(20)
    assert len(asked) <= 2  # the others were gone from the screen within 400 ms
    moments = 0
    async with asyncio.timeout(PATIENCE):
        while await page.evaluate(UNKNOWN):
            await page.clock.run_for(100)
            moments += 1
    assert 140 in asked[1:3]  # the newest first
    assert len(asked) <= 3 + moments / 4
    await expect(last).to_have_text("bob: text 140")
    assert len(asked) < 20  # what passed by is not asked for later, either
    assert complaints == []


async def test_an_answer_to_what_is_gone_says_so_before_it_is_sent(browser: Browser, gateway: Gateway) -> None:
    page, room = await room_of(browser, gateway, "one", "two")
    await answer(page, "two")
    room.tell({"type": "deleted", "seq": 3, "of": [2], "from": "bob"})
    await expect(page.locator(STRIP)).to_have_text("That is gone: this will be no answer")
    await page.keyboard.press("Escape")
    await expect(page.locator(STRIP)).to_be_hidden()
    await expect(page.locator(STRIP)).to_have_text("")


async def test_an_answer_runs_as_what_it_says_does_and_not_as_the_name_before_it(
    browser: Browser, gateway: Gateway
) -> None:
    said = ["@محمد I think so", "@bob نعم، أظن ذلك", "@bob", "نعم @bob"]
    page, _ = await room_of(browser, gateway, *said)
    await expect(texts(page)).to_have_text(said)
    directions = "rows => rows.map(each => getComputedStyle(each).direction)"
    assert await texts(page).evaluate_all(directions) == ["ltr", "rtl", "ltr", "rtl"]
    assert await texts(page).evaluate_all("rows => rows.map(each => each.textContent)") == said


async def test_one_reads_on_from_there_in_both_directions_until_the_hole_is_filled(
    browser: Browser, gateway: Gateway
) -> None:
    page, _ = await new_page(browser)
    log = [message(seq, f"text {seq}") for seq in range(1, 401)]
    log[-1] |= {"re": 150}
    room = FakeRoom(page, *log)
    room.page_size = 50
    await room.open(gateway.page)
    await page.locator("#log .quote").click()
    await expect(texts(page).get_by_text("text 150", exact=True)).to_be_in_viewport()
    seen = "[...document.querySelectorAll('#log .text')].map(each => Number(each.textContent.slice(5)))"
    for step, end in ((400, 400), (-400, 1)):
        for _ in range(400):
            await page.evaluate(f"document.getElementById('scroller').scrollBy(0, {step})")
            await page.evaluate(FRAMES)
            shown, has_hole = await page.evaluate(f"[{seen}, Boolean(document.querySelector('.hole'))]")
            assert shown == sorted(shown)
            if end in shown and not has_hole:
                break
        else:
            pytest.fail(f"{end} was not reached")


@pytest.mark.worlds
async def test_an_answer_is_of_its_log_alone(browser: Browser, gateway: Gateway) -> None:
    page, room = await room_of(browser, gateway, "one")
    await answer(page, "one")
    await page.keyboard.type("yes")
    await room.drop(4505, "kicked")
    await expect(page.locator("#who")).to_have_attribute("data-state", "refused")
    await page.keyboard.press("Enter")
    await expect(pending(page)).to_have_count(1)
    room.answers["hello"] = lambda event: [
        {"type": "welcome", "id": "by-me", "name": "Ann", "session": "s" * 22, "epoch": "other", "seq": 0,
         "resumed": False, "members": 2}
    ]  # fmt: skip
    await page.click("#banner-act")
    await is_in(page)
    await expect(page.locator("#log .sending")).to_have_count(1)
    assert [event.get("re") for event in room.of("say")] == [None]


@pytest.mark.worlds
async def test_answering_in_chinese_without_a_connection_and_after_it(browser: Browser, gateway: Gateway) -> None:
    page, room = await room_of(browser, gateway, "一", locale="zh-CN")
    await texts(page).hover()
    await page.click("#log .acts >> text=回答")
    await expect(page.locator(STRIP)).to_have_text("回答 bob: 一")
    await room.drop()
    await page.keyboard.type("好")
    await page.keyboard.press("Enter")
    await expect(pending(page).locator(".quote")).to_have_text("bob: 一")
    await is_in(page)
    await expect(page.locator("#log .sending")).to_have_count(1)
    assert [(event["text"], event["re"]) for event in room.of("say")] == [("@bob 好", 1)]


async def test_what_is_answered_is_shown_without_the_marks_of_its_code(browser: Browser, gateway: Gateway) -> None:
    page, room = await room_of(browser, gateway, "run `it`:\n```py\ndef f(x): " + "x" * 300 + "\n```")
    room.tell(message(2, "an answer", by="by-bob") | {"re": 1})
    await expect(page.locator("#log .quote")).to_have_text(re.compile(r"^bob: run it: def f\(x\): x+ $"))
