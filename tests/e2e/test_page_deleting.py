"""What was said is taken back on the page: by whom it may be, everywhere, and for good."""

from functools import partial

import pytest
from playwright.async_api import Browser, expect

from .browser import LOOK, choose, is_in, new_page, pending, say, texts, violations
from .conftest import Three
from .fake_room import FakeRoom, message, room_of
from .gateway import Gateway
from .test_page_operators import operator_in

pytestmark = pytest.mark.asyncio(loop_scope="session")

DELETE = "#log .acts >> text=Delete"

delete = partial(choose, act="Delete")


async def test_one_takes_back_what_one_said_and_nobody_ever_sees_it_again(three: Three) -> None:
    bob, page, other, complaints = three
    await bob.send(b"hi\n\n")
    await expect(texts(page)).to_have_text(["hi"])
    await say(page, "my password is hunter2")
    await expect(texts(other)).to_have_text(["hi", "my password is hunter2"])
    await expect(pending(page)).to_have_count(0)
    await texts(other).nth(1).hover()
    await expect(other.locator("#log .acts")).to_have_count(1)
    await expect(other.locator(DELETE)).to_have_count(0)  # it is somebody else's
    await texts(page).nth(0).hover()
    await expect(page.locator(DELETE)).to_have_count(0)
    await delete(page, "my password is hunter2")
    for each in (page, other):
        await expect(texts(each)).to_have_text(["hi", "message deleted"])
        assert "hunter2" not in await each.content()
    assert await violations(page) == []
    await texts(page).nth(1).hover()
    await expect(page.locator("#log .acts")).to_have_count(0)
    assert complaints == ["Delete this for everybody?\n\nmy password is hunter2"]
    await page.fill("#text", "")
    await page.press("#text", "ArrowUp")  # nor is it recalled
    await expect(page.locator("#text")).to_have_value("")
    kept = await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "hunter2" not in kept
    await page.reload()
    await is_in(page)
    await expect(texts(page)).to_have_text(["hi"])


async def test_who_thinks_better_of_it_deletes_nothing(browser: Browser, gateway: Gateway) -> None:
    page, room = await room_of(browser, gateway)
    room.tell(message(1, "mine", "Ann", "by-me"))
    await expect(texts(page)).to_have_count(1)
    await page.evaluate("window.confirm = () => false")
    await delete(page, "mine")
    assert room.of("delete") == []
    await page.evaluate("window.confirm = () => true")
    await delete(page, "mine")
    assert room.of("delete") == [{"type": "delete", "seq": 1}]


async def test_operators_take_back_anything_and_others_only_what_is_known_to_be_theirs(
    browser: Browser, gateway: Gateway
) -> None:
    page, _ = await new_page(browser)
    old = message(2, "of a log of before", "Ann")
    room = await operator_in(page, gateway, message(1, "spam", "script", "by-script"), old)
    await delete(page, "spam")
    await delete(page, "of a log of before")
    assert [event["seq"] for event in room.of("delete")] == [1, 2]
    room.tell({"type": "deleted", "seq": 3, "of": [1], "from": "Ann"})
    await expect(texts(page).nth(0)).to_have_text("message deleted")
    room.tell({"type": "error", "code": "op-needed", "message": "only operators can do that"})
    await expect(page.locator("#log .notice")).to_have_count(2)
    await texts(page).nth(1).hover()
    await expect(page.locator("#log .acts")).to_have_count(1)
    await expect(page.locator(DELETE)).to_have_count(0)


async def test_what_had_no_answer_is_asked_again_and_what_is_gone_is_done(browser: Browser, gateway: Gateway) -> None:
    page, room = await room_of(browser, gateway)
    room.add(*(message(seq, text, "Ann", "by-me") for seq, text in ((1, "one"), (2, "two"), (3, "three"))))
    room.tell(*room.history)
    await expect(texts(page)).to_have_count(3)
    await delete(page, "one")
    await delete(page, "two")
    await delete(page, "three")
    room.tell({"type": "error", "code": "not-yours", "message": "message 3 is not yours", "detail": "3"})
    await expect(page.locator("#log .notice")).to_have_text(["message 3 is not yours"])
    room.add({"type": "gap", "seq": 4, "from": 4, "to": 4})
    await room.drop()
    await expect(page.locator("#log .notice")).to_have_count(2)
    room.tell(
        {"type": "deleted", "seq": 5, "of": [1], "from": "Ann"},
        {"type": "error", "code": "no-such-message", "message": "there is no message 2", "detail": "2"},
        {"type": "error", "code": "no-such-message", "message": "there is no message 1", "detail": "1"},
    )
    await expect(texts(page)).to_have_text(["message deleted", "message deleted", "three"])
    await expect(page.locator("#log .notice")).to_have_count(2)  # the last one tells what was wished for
    assert [event["seq"] for event in room.of("delete")] == [1, 2, 3, 1, 2]


async def test_what_is_to_be_deleted_outlives_a_reload_says_so_and_asks_who_leaves(
    browser: Browser, gateway: Gateway
) -> None:
    """Behind a link that is dead, which nobody knows of yet: the room answers nothing."""
    page, _ = await new_page(browser)
    room = FakeRoom(page, *(message(seq, text, "Ann", "by-me") for seq, text in ((1, "one"), (2, "two"), (3, "three"))))
    await room.open(gateway.page)
    for text in ("one", "two", "three"):
        await delete(page, text)
    marks = page.locator("#log .mark")
    await expect(marks).to_have_text(["being deleted"] * 3)
    async with page.expect_event("dialog") as asked:
        await page.reload()
    assert (await asked.value).type == "beforeunload"
    await is_in(page)
    await expect(marks).to_have_text(["being deleted"] * 3)
    room.tell(
        {"type": "deleted", "seq": 4, "of": [1], "from": "Ann"},
        {"type": "error", "code": "no-such-message", "message": "there is no message 1", "detail": "1"},
        {"type": "error", "code": "no-such-message", "message": "there is no message 2", "detail": "2"},
        {"type": "error", "code": "not-yours", "message": "message 3 is not yours", "detail": "3"},
    )
    await expect(texts(page)).to_have_text(["message deleted", "message deleted", "three"])
    await expect(page.locator("#log .notice")).to_have_text(["message 3 is not yours"])
    await expect(marks).to_have_count(0)
    await page.reload()
    await is_in(page)
    assert [event["seq"] for event in room.of("delete")] == [1, 2, 3, 1, 2, 3]


async def test_a_typed_deletion_asks_too_and_is_not_recalled(browser: Browser, gateway: Gateway) -> None:
    page, complaints = await new_page(browser)
    room = FakeRoom(page, message(1, "bob's"))
    await room.open(gateway.page)
    await expect(texts(page)).to_have_count(1)
    await say(page, "/delete")  # of what is not loaded the server knows
    assert [event["text"] for event in room.of("command")] == ["/delete"]
    room.tell(message(2, "mine", "Ann", "by-me"), message(3, "my last", "Ann", "by-me"), message(4, "bob's"))
    await expect(texts(page)).to_have_count(4)
    await page.evaluate("void (window.agree = window.confirm, window.confirm = () => false)")
    await say(page, "/delete")
    assert room.of("delete") == []
    await page.evaluate("void (window.confirm = window.agree)")
    await say(page, "/delete ")
    await expect(page.locator("#log .mark")).to_have_text("being deleted")
    assert room.of("delete") == [{"type": "delete", "seq": 3}]
    assert complaints == ["Delete this for everybody?\n\n", "Delete this for everybody?\n\nmy last"]
    await say(page, "hello")
    await say(page, "/delete bob")
    await page.press("#text", "ArrowUp")
    await expect(page.locator("#text")).to_have_value("hello")


@pytest.mark.worlds
async def test_what_was_to_be_deleted_of_another_log_is_no_message_of_this_one(
    browser: Browser, gateway: Gateway
) -> None:
    page, room = await room_of(browser, gateway)
    room.tell(message(1, "mine", "Ann", "by-me"))
    await expect(texts(page)).to_have_count(1)
    await delete(page, "mine")
    await expect(page.locator("#log .mark")).to_have_text("being deleted")
    room.answers["hello"] = lambda event: [
        {"type": "welcome", "id": "by-me", "name": "Ann", "session": "s" * 22, "epoch": "other", "seq": 1,
         "resumed": False, "members": 2},
        message(1, "another", "Ann", "by-me"),
    ]  # fmt: skip
    await room.drop()
    await expect(texts(page)).to_have_text(["another"])
    await expect(page.locator("#log .mark")).to_have_count(0)
    assert len(room.of("delete")) == 1


async def test_without_a_connection_what_was_not_sent_is_gone_at_once_and_what_was_once_there_is_one(
    browser: Browser, gateway: Gateway
) -> None:
    page, room = await room_of(browser, gateway)
    room.tell(message(1, "mine", "Ann", "by-me"))
    await expect(texts(page)).to_have_count(1)
    await room.drop(4505, "kicked")
    await expect(page.locator("#who")).to_have_attribute("data-state", "refused")
    await delete(page, "mine")
    await expect(page.locator("#log .mark")).to_have_text("being deleted")
    await say(page, "not said yet")
    await pending(page).hover()
    await expect(page.locator("#log .acts button")).to_have_text(["Copy", "Delete"])
    await page.click(DELETE)
    await expect(pending(page)).to_have_count(0)
    assert "not said yet" not in await page.evaluate("JSON.stringify({...localStorage})")
    assert room.of("delete") == []
    await page.click("#banner-act")
    await is_in(page)
    assert room.of("delete") == [{"type": "delete", "seq": 1}]


async def test_what_is_deleted_is_not_new_speaks_to_nobody_and_is_not_copied(
    browser: Browser, gateway: Gateway
) -> None:
    page, room = await room_of(browser, gateway, "one")
    await page.evaluate(LOOK, False)
    room.tell(message(2, "@Ann two"), message(3, "three"), message(4, "four"))
    await expect(page).to_have_title("(@1) The room")
    room.tell({"type": "deleted", "seq": 5, "of": [2], "from": "bob"})
    await expect(page).to_have_title("(2) The room")
    room.tell({"type": "deleted", "seq": 6, "of": [3], "from": "bob"})
    await expect(page).to_have_title("(1) The room")
    copied = await page.evaluate(
        """() => {
            const log = document.getElementById("log");
            getSelection().selectAllChildren(log);
            const clipboardData = new DataTransfer();
            log.dispatchEvent(new ClipboardEvent("copy", {clipboardData, bubbles: true}));
            return clipboardData.getData("text/plain");
        }"""
    )
    assert [line[6:] for line in copied.split("\n")] == ["bob: one", "bob: four"]
    room.tell({"type": "deleted", "seq": 7, "of": [4], "from": "bob"})
    await expect(page).to_have_title("The room")
    await expect(page.locator("#log .divider")).to_have_count(0)


async def test_who_was_away_sees_that_it_was_deleted_and_where_one_was(browser: Browser, gateway: Gateway) -> None:
    page, room = await room_of(browser, gateway, "one", "two", "three")
    await page.locator("#log .message").nth(1).focus()
    room.add({"type": "deleted", "seq": 4, "of": [2], "from": "bob"})
    await room.drop()
    await expect(texts(page)).to_have_text(["one", "message deleted", "three"])
    assert room.of("hello")[1]["after"]["seq"] == 3
    await expect(page.locator("#log .message").nth(1)).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#log .message").nth(2)).to_be_focused()
    room.add(message(5, "five"))
    await room.drop()
    await expect(texts(page)).to_have_text(["one", "message deleted", "three", "five"])
    assert room.of("hello")[-1]["after"]["seq"] == 4


async def test_what_was_deleted_while_an_answer_was_on_its_way_is_not_in_that(
    browser: Browser, gateway: Gateway
) -> None:
    """A page of history, what is answered, and a search."""
    page, complaints = await new_page(browser)
    room = FakeRoom(page, *(message(seq, f"text {seq}") for seq in range(1, 6)), seq=400)
    room.answers["history"] = room.answers["find"] = lambda event: []
    await room.open(gateway.page)
    gone = {"type": "deleted", "seq": 401, "of": [2], "from": "bob"}
    room.tell(gone, {"type": "page", "messages": room.history[:3], "more": False})
    await expect(texts(page)).to_have_text(["text 1", "text 3"])
    room.tell(message(402, "an answer") | {"re": 4})
    await expect(page.locator("#log .quote")).to_have_text("…")
    gone = {"type": "deleted", "seq": 403, "of": [4], "from": "bob"}
    room.tell(gone, {"type": "page", "messages": room.history[3:4], "more": True}, message(404, "next"))
    await expect(texts(page)).to_have_count(4)
    await expect(page.locator("#log .quote")).to_have_text("message deleted")
    await page.click("#find")
    await page.keyboard.type("text")
    await page.keyboard.press("Enter")
    await expect(page.locator("#found")).to_have_text("…")
    gone = {"type": "deleted", "seq": 405, "of": [5], "from": "bob"}
    room.tell(gone, {"type": "found", "messages": [room.history[4], room.history[0]], "more": False})
    await expect(page.locator("#found")).to_have_text("1 found")
    await expect(page.locator("#hits .detail")).to_have_text("text 1")
    assert [len(room.of(kind)) for kind in ("history", "find")] == [2, 1]
    assert complaints == []


@pytest.mark.worlds
async def test_a_deletion_is_told_in_chinese(browser: Browser, gateway: Gateway) -> None:
    page, room = await room_of(browser, gateway, "one", locale="zh-CN")
    room.tell(message(2, "two", "Ann", "by-me"), {"type": "deleted", "seq": 3, "of": [1], "from": "bob"})
    await expect(texts(page)).to_have_text(["消息已删除", "two"])
    await texts(page).nth(1).hover()
    await page.click("#log .acts >> text=删除")
    assert room.of("delete") == [{"type": "delete", "seq": 2}]
