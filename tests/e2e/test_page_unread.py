"""What is new on the page: since the last visit, since one looked away; and the ways to it."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from ..tables import in_worlds
from .browser import FRAMES, LOOK, new_page, say, texts
from .fake_room import FakeRoom, message, room_of
from .gateway import Gateway
from .peers import Event

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def shown_again(page: Page) -> None:
    """The page, opened again, in the same room."""
    await page.reload()
    await expect(page.locator("#who")).to_have_attribute("data-state", "in")


async def kept_up_to(page: Page, seq: int) -> None:
    """What it knows to be read."""
    await page.evaluate(
        """seq => new Promise(done => {
            const read = () => JSON.parse(localStorage.getItem(`${location.pathname} read`))?.seq;
            const look = () => (read() === seq ? done() : setTimeout(look, 20));
            look();
        })""",
        seq,
    )


async def test_what_came_since_the_last_visit_is_new(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(40)))
    await kept_up_to(page, 40)
    news = [message(seq, "Ann: look" if seq == 60 else "more", by="by-bob") for seq in range(41, 102)]
    room.add(*news)
    await shown_again(page)
    await expect(page).to_have_title("(@1) The room")
    await expect(page.get_by_role("button", name="@1 To the mention", exact=True)).to_have_text("@1")
    await expect(page.locator("#newer")).to_have_text(re.compile("^61 new since .*11:00"))
    await expect(page.locator("#log .divider")).to_be_in_viewport()
    await expect(page.locator("#log .divider + .message .text")).to_have_text("more")
    await page.click("#mentioned")
    await expect(page.locator("#log .mention")).to_be_in_viewport()
    await expect(page).to_have_title("(61) The room")
    await expect(page.locator("#mentioned")).to_be_hidden()
    await page.click("#newer")
    await expect(page).to_have_title("The room")
    await kept_up_to(page, 101)
    await shown_again(page)
    await expect(texts(page)).to_have_count(101)
    await expect(page.locator("#log .divider")).to_have_count(0)
    await expect(texts(page).last).to_be_in_viewport()


WHERE = """() => {
    const rows = [...document.querySelectorAll("#log .message")];
    const row = rows.find(each => each.getBoundingClientRect().top > scroller.getBoundingClientRect().top);
    return [row.querySelector(".text").textContent, Math.round(row.getBoundingClientRect().top)];
}"""
"""Which is the first message that shows, and where."""


@pytest.mark.worlds
async def test_what_is_chosen_and_becoming_an_operator_move_nobody_and_read_nothing(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(250)))
    await kept_up_to(page, 250)
    room.page_size = 100
    long = "more words than one line of it takes " * 6
    room.add(*(message(seq, f"{seq} {long}", by="by-bob") for seq in range(251, 312)))
    await shown_again(page)
    newer = page.locator("#newer")
    await expect(newer).to_have_text(re.compile("^61 new since "))
    await expect(page.locator("#log .divider")).to_be_in_viewport()
    for scrolled in (0, -150):
        await page.evaluate(f"scroller.scrollBy(0, {scrolled})")
        await page.evaluate(FRAMES)
        place, asked = await page.evaluate(WHERE), len(room.of("history"))
        await page.click("#options-open")
        for name, value in (("language", "zh"), ("clock", "h23"), ("theme", "dark"), ("language", "en")):
            await page.select_option(f"#{name}", value)
            await page.evaluate(FRAMES)
            assert await page.evaluate(WHERE) == place
        await expect(page.locator("#log time").first).to_have_text("11:00")
        await expect(page.locator("#log .message").first).to_have_attribute("aria-label", re.compile("11:00"))
        await page.keyboard.press("Escape")
        room.tell({"type": "notice", "code": "op", "text": "you are an operator"})
        await expect(page.locator("#log .notice")).to_have_count(1 if scrolled == 0 else 2)
        assert await page.evaluate(WHERE) == place
        await expect(newer).to_have_text(re.compile("^61 new since "))
        assert len(room.of("history")) == asked


@pytest.mark.worlds
async def test_a_mention_that_was_jumped_over_is_there_on_the_next_visit(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(40)))
    await kept_up_to(page, 40)
    room.add(*(message(seq, "Ann: look" if seq in (60, 200) else "more", by="by-bob") for seq in range(41, 402)))
    room.page_size = 100
    await shown_again(page)
    await expect(page).to_have_title("(@2) The room")
    await page.click("#newer")
    await kept_up_to(page, 401)
    room.history = [each for each in room.history if each["seq"] > 60]
    await shown_again(page)
    await expect(texts(page)).to_have_count(100)
    await expect(page).to_have_title("(@2) The room")
    await page.click("#mentioned")  # that one is gone from the log
    await expect(page).to_have_title("(@1) The room")
    await page.click("#mentioned")
    await expect(page.locator("#log .mention")).to_be_in_viewport()
    await expect(page).to_have_title("The room")
    await expect(page.locator("#mentioned")).to_be_hidden()


@pytest.mark.worlds
async def test_what_was_said_while_the_connection_was_away_is_new_whoever_looks(
    browser: Browser, shared_gateway: Gateway
) -> None:
    """A machine that slept, a tab that was frozen: one is back before what was missed comes."""
    page, room = await room_of(browser, shared_gateway, "one", "two")
    room.add(*(message(seq, f"missed {seq}", by="by-bob") for seq in (3, 4)))
    await room.drop()
    await expect(texts(page)).to_have_text(["one", "two", "missed 3", "missed 4"])
    await expect(page.locator("#log .divider + .message .text")).to_have_text("missed 3")
    await expect(page).to_have_title("The room")
    await kept_up_to(page, 4)
    room.tell(message(5, "now", by="by-bob"))
    await expect(texts(page).last).to_have_text("now")
    await expect(page.locator("#log .divider + .message .text")).to_have_text("missed 3")


async def test_what_was_missed_is_new_however_slowly_it_comes(browser: Browser, shared_gateway: Gateway) -> None:
    """What took longer than a second was read, and a mention in it told to nobody."""
    page, _ = await new_page(browser, own=True)
    room = FakeRoom(page, *(message(seq, f"text {seq}", by="by-bob") for seq in range(1, 41)))
    await page.clock.install()
    await room.open(shared_gateway.page)
    log = page.locator("#log")
    await page.clock.run_for(3_000)
    await expect(log).to_have_attribute("aria-live", "polite")
    await kept_up_to(page, 40)
    news = [message(seq, "Ann: look" if seq == 60 else "more", by="by-bob") for seq in range(41, 102)]
    room.add(*news)
    room.answers["hello"] = lambda event: [room.welcome_back(event), *news[:10]]
    await room.drop()
    await expect(texts(page)).to_have_count(50)
    await page.clock.run_for(5_000)
    await expect(log).to_have_attribute("aria-live", "off")
    await expect(page).to_have_title("(10) The room")
    room.tell(*news[10:])
    await expect(page.locator("#newer")).to_have_text(re.compile("^61 new since .* ↑$"))
    await expect(page).to_have_title("(@1) The room")
    await page.clock.run_for(3_000)
    await expect(log).to_have_attribute("aria-live", "polite")
    await page.keyboard.press("Escape")
    await expect(page.locator("#newer")).to_be_hidden()
    room.tell(message(102, "now", by="by-bob"))
    await expect(texts(page).last).to_have_text("now")
    await expect(page.locator("#newer")).to_be_hidden()


async def missed(page: Page, room: FakeRoom, count: int, *mentions: int) -> list[Event]:
    """So many come while the page is closed; it is opened again, and the first page of them has come.

    What it asks for then, which has no answer.
    """
    start = len(room.history) + 1
    await kept_up_to(page, start - 1)
    room.add(
        *(message(seq, "Ann: look" if seq in mentions else "more", by="by-bob") for seq in range(start, start + count))
    )
    room.page_size = 100
    asked: list[Event] = []

    def answer(event: Event) -> list[Event]:
        asked.append(event)
        return [room.page_before(event)] if len(asked) == 1 else []

    room.answers["history"] = answer
    await shown_again(page)
    await expect(texts(page)).to_have_count(100)
    await page.evaluate(FRAMES)
    return asked


def answer_at_last(room: FakeRoom, asked: list[Event]) -> None:
    """The rest of the pages."""
    del room.answers["history"]
    room.tell(room.page_after(asked[-1]))


@pytest.mark.worlds
async def test_what_flashed_by_while_more_was_loaded_is_not_read(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(40)))
    asked = await missed(page, room, 350, 390)
    answer_at_last(room, asked)
    await expect(page.locator("#newer")).to_have_text(re.compile("^350 new since "))
    await expect(page).to_have_title("(@1) The room")
    await expect(page.locator("#log .divider")).to_be_in_viewport()
    await page.click("#newer")
    await expect(page).to_have_title("The room")
    await expect(page.locator("#newer")).to_be_hidden()


@pytest.mark.worlds
async def test_who_speaks_while_more_is_loaded_stays_there_and_finds_the_way_to_it(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(40)))
    asked = await missed(page, room, 350)
    await say(page, "good morning")
    (said,) = room.of("say")
    room.tell({"type": "ack", "id": said["id"], "seq": 391}, message(391, "good morning", "Ann", "by-me"))
    await expect(texts(page).last).to_have_text("good morning")
    answer_at_last(room, asked)
    newer = page.locator("#newer")
    await expect(newer).to_have_text(re.compile("^350 new since .* ↑$"))
    await expect(texts(page).last).to_be_in_viewport()
    await newer.click()
    await expect(page.locator("#log .divider")).to_be_in_viewport()
    await newer.click()
    await expect(texts(page).last).to_be_in_viewport()
    await expect(newer).to_be_hidden()


async def test_what_can_not_be_loaded_keeps_nobody_from_reading(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(40)))
    await missed(page, room, 350)
    room.tell({"type": "error", "code": "store-unreadable", "message": "the log can't be read right now", "id": None})
    newer = page.locator("#newer")
    await expect(newer).to_have_text(re.compile("^350 new"))
    await page.keyboard.press("Escape")
    await expect(newer).to_be_hidden()
    await kept_up_to(page, 390)


async def away(browser: Browser, gateway: Gateway, count: int, *mentions: int) -> tuple[Page, FakeRoom]:
    """A page whose visitor has read 40, and comes back when so many more were said, and of these spoke to her."""
    page, room = await room_of(browser, gateway, *(f"text {number}" for number in range(40)))
    await kept_up_to(page, 40)
    room.add(
        *(message(seq, "Ann: look" if seq in mentions else f"more {seq}", by="by-bob") for seq in range(41, 41 + count))
    )
    room.page_size = 100
    return page, room


async def test_who_was_away_for_long_gets_to_what_is_new_by_one_question(
    browser: Browser, shared_gateway: Gateway
) -> None:
    """All 8,000 were fetched for it. More than 19,000 were not, and the line stood, and "N new" counted from, there."""
    page, room = await away(browser, shared_gateway, 35_000)
    await shown_again(page)
    await expect(page.locator("#log .divider + .message .text")).to_have_text("more 41")
    await expect(page.locator("#log .divider")).to_be_in_viewport()
    await expect(page.locator("#newer")).to_have_text(re.compile("^35000 new since "))
    await page.evaluate(FRAMES)
    assert {"type": "history", "limit": 100, "after": 40} in room.of("history")
    assert len(room.of("history")) < 10
    await page.click("#newer")
    await expect(page.locator("#newer")).to_be_hidden()
    await kept_up_to(page, 35_040)


@pytest.mark.worlds
async def test_who_is_spoken_to_in_some_hundred_messages_is_told(browser: Browser, shared_gateway: Gateway) -> None:
    """Also between those that one begins with and the last ones."""
    page, _ = await away(browser, shared_gateway, 900, 500)
    await shown_again(page)
    await expect(page).to_have_title("(@1) The room")
    await expect(page.locator("#newer")).to_have_text(re.compile("^900 new since "))
    await page.click("#mentioned")
    await expect(page.locator("#log .mention")).to_be_in_viewport()
    await expect(page).to_have_title("(900) The room")


@pytest.mark.worlds
@pytest.mark.parametrize("count", [1_500, 19_000])
async def test_a_mention_among_any_number_of_messages_is_told_until_it_was_on_the_screen(
    browser: Browser, shared_gateway: Gateway, count: int
) -> None:
    """Of more than 1,000 that were not loaded nobody was told, and at the end all of them were read."""
    page, room = await away(browser, shared_gateway, count, 200)
    room.history[300]["text"] = "Anna, not her; nor `Ann`"
    room.history[301] |= {"text": "Ann: I said", "by": "by-me"}
    for _ in range(2):
        await shown_again(page)
        await expect(page).to_have_title("(@1) The room")
        await expect(page.locator("#log .divider")).to_have_count(0 if _ else 1)
        if await page.locator("#newer").is_visible():
            await page.click("#newer")
        await expect(texts(page).last).to_be_in_viewport()
        await expect(page.locator("#newer")).to_be_hidden()
        await expect(page).to_have_title("(@1) The room")
        await kept_up_to(page, 40 + count)
    assert len(room.of("find")) == 1
    await expect(page.locator("#hits > *")).to_have_count(0)
    await page.click("#mentioned")
    await expect(page.locator("#log .mention")).to_be_in_viewport()
    await expect(page).to_have_title("The room")
    await expect(page.locator("#mentioned")).to_be_hidden()


async def test_mentions_are_asked_for_until_all_were_told_and_what_one_searches_for_is_shown_alone(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, _ = await new_page(browser, own=True)
    room = FakeRoom(page, *(message(seq, f"text {seq}", by="by-bob") for seq in range(1, 41)))
    await page.clock.install()
    await room.open(shared_gateway.page)
    await page.clock.run_for(3_000)
    await kept_up_to(page, 40)
    room.add(
        *(message(seq, "Ann: look" if seq in (500, 600, 700) else "more", by="by-bob") for seq in range(41, 2_041))
    )
    room.page_size = 100
    unreadable = {"type": "error", "code": "store-unreadable", "message": "the log can't be read right now", "id": None}
    asked: list[Event] = []

    def answer(event: Event) -> list[Event]:
        asked.append(event)
        return [[], [unreadable], [room.found({**event, "limit": 2})]][len(asked)] if len(asked) < 3 else []

    room.answers["find"] = answer
    await shown_again(page)
    await expect(page.locator("#newer")).to_have_text(re.compile("^2000 new since "))
    await page.keyboard.press("Escape")
    await expect(page.locator("#newer")).to_be_hidden()
    await page.clock.run_for(1_500)
    await expect(page).to_have_title("(@2) The room")
    await page.clock.run_for(1_500)
    await page.keyboard.press("Control+f")
    await page.keyboard.type("text 31")
    await page.keyboard.press("Enter")
    await expect(page.locator("#found")).to_have_text("…")
    assert [event["text"] for event in asked] == ["Ann", "Ann", "Ann", "text 31"]
    assert [event.get("before") for event in asked] == [None, None, 600, None]
    room.tell(room.found(asked[2]), room.found(asked[3]))
    await expect(page).to_have_title("(@3) The room")
    await expect(page.locator("#found")).to_have_text("1 found")
    await kept_up_to(page, 2_040)
    assert len(asked) == 4


async def test_who_is_called_anew_as_it_comes_is_told_by_that_name(browser: Browser, shared_gateway: Gateway) -> None:
    """A room in memory has forgotten the name that one had."""
    page, room = await away(browser, shared_gateway, 1_500, 200)
    room.answers["hello"] = lambda event: [{**room.welcome, "name": "guest-abc"}]
    room.answers["name"] = lambda event: [{"type": "name", "name": event["name"]}]
    await shown_again(page)
    await expect(page).to_have_title("(@1) The room")
    assert [event["text"] for event in room.of("find")] == ["Ann"]


async def test_a_mention_far_back_is_gone_to_and_forgotten_only_if_the_log_has_it_no_more(
    browser: Browser, shared_gateway: Gateway
) -> None:
    """What was not loaded was taken for gone."""
    page, room = await away(browser, shared_gateway, 35_000, 4000)
    await page.evaluate(
        "const key = `${location.pathname} read`; const read = JSON.parse(localStorage[key]);"
        "addEventListener('pagehide', () => { localStorage[key] ="
        "JSON.stringify({...read, seq: 5000, mentions: [3999, 4000]}); })"
    )
    del room.history[3998]
    await shown_again(page)
    await expect(page).to_have_title("(@2) The room")
    await expect(page.locator("#newer")).to_have_text(re.compile("^30040 new since "))
    await page.click("#mentioned")
    await expect(page.locator("#status")).to_have_text("That is not in the log")
    await expect(page).to_have_title("(@1) The room")
    await page.click("#mentioned")
    await expect(page.locator("#log .mention")).to_be_in_viewport()
    await expect(page.locator("#mentioned")).to_be_hidden()
    await expect(page.locator("#newer")).to_have_text(re.compile("^30040 new since "))


async def test_who_writes_is_not_moved_when_what_is_new_is_found(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(40)))
    asked = await missed(page, room, 350)
    await expect(texts(page).last).to_be_in_viewport()
    await page.locator("#text").press_sequentially("good morn")
    answer_at_last(room, asked)
    await expect(page.locator("#newer")).to_have_text(re.compile("^350 new since .* ↑$"))
    await page.evaluate(FRAMES)
    await expect(texts(page).last).to_be_in_viewport()
    await expect(page.locator("#text")).to_be_focused()
    await page.click("#newer")
    await expect(page.locator("#log .divider")).to_be_in_viewport()


@pytest.mark.parametrize("way", ["away from the tab", in_worlds("without a connection")])
async def test_what_came_meanwhile_above_the_end_where_one_is_is_told_until_one_was_there(
    browser: Browser, shared_gateway: Gateway, way: str
) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(40)))
    newer, line = page.locator("#newer"), page.locator("#log .divider")
    news = [message(seq, "more", by="by-bob") for seq in range(41, 102)]
    for _ in range(2):
        if way == "away from the tab":
            await page.evaluate(LOOK, False)
            room.tell(*news)
            await expect(page).to_have_title(re.compile(r"^\(\d+\) The room"))
            await page.evaluate(LOOK, True)
        else:
            await kept_up_to(page, news[0]["seq"] - 1)
            room.add(*news)
            await room.drop()
        await expect(texts(page)).to_have_count(news[-1]["seq"])
        await expect(texts(page).last).to_be_in_viewport()
        await expect(newer).to_have_text(re.compile(f"^{len(news)} new since .* ↑$"))
        await expect(page).to_have_title(f"({len(news)}) The room")
        await newer.click()
        await expect(line).to_be_in_viewport()
        await expect(line.locator("+ .message + .message")).to_be_in_viewport()
        await newer.click()
        await expect(texts(page).last).to_be_in_viewport()
        await expect(newer).to_be_hidden()
        await expect(page).to_have_title("The room")
        room.history += news if way == "away from the tab" else []
        news = [{**each, "seq": each["seq"] + 61} for each in news]


async def test_a_second_look_away_loses_nothing_and_escape_is_enough(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(40)))
    newer = page.locator("#newer")
    for start in (41, 102):
        await page.evaluate(LOOK, False)
        room.tell(*(message(seq, "more", by="by-bob") for seq in range(start, start + 61)))
        await expect(texts(page)).to_have_count(start + 60)
        await page.evaluate(LOOK, True)
        await expect(newer).to_have_text(re.compile(f"^{start + 20} new since"))
    await page.keyboard.press("Escape")
    await expect(newer).to_be_hidden()
    await expect(page.locator("#log .divider")).to_have_count(0)
    await kept_up_to(page, 162)


async def test_who_reads_above_is_led_to_what_is_new_not_past_it(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(80)))
    newer, line = page.locator("#newer"), page.locator("#log .divider")
    await page.evaluate("scroller.scrollTop = 0")
    await expect(newer).to_be_visible()
    room.tell(*(message(seq, "more", by="by-bob") for seq in range(81, 142)))
    await expect(newer).to_have_text(re.compile("^61 new since .*[^↑]$"))
    await newer.click()
    await expect(line).to_be_in_viewport()
    await newer.click()
    await expect(texts(page).last).to_be_in_viewport()


async def test_a_mention_that_one_scrolls_to_was_seen(browser: Browser, shared_gateway: Gateway) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(80)))
    await page.evaluate("scroller.scrollTop = 0")
    await expect(page.locator("#newer")).to_be_visible()
    room.tell(*(message(seq, "Ann: look" if seq == 81 else "more", by="by-bob") for seq in range(81, 142)))
    await expect(page).to_have_title("(@1) The room")
    await page.evaluate("document.querySelector('.mention').scrollIntoView()")
    await expect(page).to_have_title("(61) The room")


COVERED = """(() => {
    const {bottom} = [...document.querySelectorAll("#log .message")].at(-1).getBoundingClientRect();
    const shown = [...document.querySelectorAll("#jumps button:not([hidden])")];
    return shown.map(each => Math.round(bottom - each.getBoundingClientRect().top)).filter(each => each > 0);
})()"""
"""By how many pixels the newest message reaches below the upper edge of a button for what is new."""


@pytest.mark.worlds
async def test_the_ways_to_what_is_new_hide_nothing_of_the_newest_message(
    browser: Browser, shared_gateway: Gateway
) -> None:
    look = {"has_touch": True, "is_mobile": True, "viewport": {"width": 320, "height": 568}}
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(40)), **look)
    await page.evaluate(LOOK, False)
    room.tell(*(message(seq, "Ann: look at this" if seq == 42 else "more", by="by-bob") for seq in range(41, 102)))
    await expect(page).to_have_title("(@1) The room")
    await page.evaluate(LOOK, True)
    await expect(page.locator("#newer")).to_have_text(re.compile("^61 new since .* ↑$"))
    await expect(page.locator("#mentioned")).to_be_visible()
    await page.evaluate(FRAMES)
    assert await page.evaluate(COVERED) == []
    await page.keyboard.press("Escape")
    await expect(page.locator("#newer")).to_be_hidden()
    await page.evaluate("document.querySelector('.mention').scrollIntoView()")
    await expect(page.locator("#mentioned")).to_be_hidden()
    await page.click("#newer")
    await expect(page.locator("#newer")).to_be_hidden()
    await expect(page.locator("#jumps")).to_have_css("height", "0px")


async def test_what_answers_a_command_is_seen_and_what_is_new_is_not_read_by_it(
    browser: Browser, shared_gateway: Gateway
) -> None:
    page, room = await room_of(browser, shared_gateway, *(f"text {number}" for number in range(80)))
    await page.evaluate("scroller.scrollTop = 0")
    await expect(page.locator("#newer")).to_be_visible()
    room.tell(*(message(seq, "more", by="by-bob") for seq in range(81, 142)))
    await expect(page.locator("#newer")).to_have_text(re.compile("^61 new since "))
    await say(page, "/help")
    room.tell({"type": "notice", "code": "help", "text": "what can be done"})
    await expect(page.locator("#log .notice")).to_be_in_viewport()
    await expect(page.locator("#newer")).to_have_text(re.compile("^61 new since .* ↑$"))
