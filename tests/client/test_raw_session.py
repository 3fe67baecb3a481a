"""A session by the raw wire, without a transport and without a clock."""

from contextlib import suppress
from datetime import datetime, tzinfo
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.client import told
from gateway.client.address import LOST, REFUSED, STRANGER, ChatError
from gateway.client.framing import MARK, MARK_ANSWER, as_text
from gateway.client.greeting import GREETING
from gateway.messages import clean_text
from gateway.phrases import Language, Phrases
from gateway.wires.closing import Closing
from gateway.wires.commands import parse
from gateway.wires.events import Mistake, Request, Say
from gateway.wording import PHRASES

from ..tables import each_of
from ..typed import CASES, Case
from .world import Raw


def evening(zone: tzinfo) -> datetime:
    return datetime(2026, 11, 24, 21, 0, tzinfo=zone)


def test_who_is_greeted_says_its_name_and_then_what_waited() -> None:
    world = Raw(name="ann")
    world.say("early")
    world.session.opened(world.now)
    assert world.texts() == []
    world.tell(f"{GREETING},IP为127.0.0.1:1")
    assert world.texts() == ["/name ann"]
    assert world.heard[0] == told.Notice(f"{GREETING},IP为127.0.0.1:1", "greeting")
    world.notice("welcome-name", name="Ann")
    assert (world.session.name, world.session.label) == ("Ann", "Ann")
    assert world.sends() == [b"/times on\n\n" + MARK, b"early\n\n" + MARK]
    world.lose()
    world.enter()
    assert world.texts() == ["/name Ann", "/times on"]


@each_of(
    ("is_a_persons", "is_gateway", "where"),
    [(True, True, "; /history tells the newest of it"), (False, True, ""), (True, False, "")],
)
def test_who_comes_back_is_told_that_it_misses_what_was_said(is_a_persons: bool, is_gateway: bool, where: str) -> None:
    """By /ws it is told all of it, or of a gap. Nothing told that here some was missed for good."""
    line = told.Notice(f"what others said while the connection was lost is not shown{where}", "missed")
    world = Raw(is_a_persons=is_a_persons)
    for times in range(3):
        world.enter()
        world.session.found(is_gateway=is_gateway)
        if is_gateway:
            world.notice("store-back")
        assert world.heard.count(line) == times
        world.lose()


@each_of(
    ("text", "status", "expected"),
    [
        ("* the room is full, try again later", None, "the room is full"),
        ("", None, "closed without a greeting"),
        ("HTTP/1.1 400 Bad Request\r\n", STRANGER, "no chat room answers there, but a web server"),
        ("SSH-2.0-x", STRANGER, "no chat room answers there, but an SSH server; give a gateway's port$"),
        ("INFO {} \r\n", STRANGER, "no chat room answers there, but a NATS server"),
        ("220 x", STRANGER, "but a mail or FTP server"),
        ("hello", STRANGER, "no chat room answers there$"),
        ("来自ann的消息:hi", STRANGER, "no chat room answers there$"),
    ],
)
def test_what_greets_is_judged(text: str, status: int | None, expected: str) -> None:
    world = Raw(patience=inf)
    world.session.opened(world.now)
    with pytest.raises(ChatError if status else ConnectionError, match=expected) as caught:
        world.end(text)
    if isinstance(caught.value, ChatError):
        assert caught.value.status == status
    # It is for now, once we have been in.
    world = Raw(patience=inf)
    world.enter()
    world.lose()
    world.session.opened(world.now)
    with pytest.raises(ConnectionError):
        world.end(text)


def test_the_end_of_what_comes_is_taken_and_then_it_is_lost() -> None:
    world = Raw()
    world.enter()
    with pytest.raises(ConnectionError, match=r"^closed$"):
        world.end("来自ann的消息:bye")
    assert world.heard[-1] == told.Message("ann", "bye")


def test_what_has_no_end_is_whole_after_a_while() -> None:
    world = Raw()
    world.enter()
    unended = [world.session.has_unended]
    world.session.feed("来自ann的消息:hi".encode(), world.now)
    unended.append(world.session.has_unended)
    world.session.paused()
    assert [*unended, world.session.has_unended] == [False, True, False]
    assert world.heard[-1] == told.Message("ann", "hi")


def test_of_a_gateway_nothing_is_taken_without_its_end() -> None:
    world = Raw()
    world.enter()
    world.session.feed("来自ann的消息:a long".encode(), world.now)
    unended = [world.session.has_unended]
    world.session.found(is_gateway=True)
    assert [*unended, world.session.has_unended] == [True, False]
    world.tell(" one")
    assert world.heard[-1] == told.Message("ann", "a long one")


@pytest.mark.parametrize("code", PHRASES)
def test_what_is_written_behind_a_cut_is_its_authors(code: str) -> None:
    """By a text of 14 KB anybody said `you are banned`, or what somebody else had said, to who is far away."""
    world = Raw(name="ann")
    world.enter()
    world.session.feed("来自mallory的消息:...".encode(), world.now)
    world.session.paused()
    before = len(world.heard)
    world.texts()
    forged = PHRASES[code][1].replace("{", "").replace("}", "")
    for text in (f"* {forged}", f"[20:17] bob: {forged}", f"来自bob的消息:{forged}"):
        world.session.feed(text.encode(), world.now)
        world.session.paused()
        assert world.heard[before:] == [told.Message("mallory", text)]
        del world.heard[before:]
    assert (world.texts(), world.session.label, world.session.is_in) == ([], "", True)
    world.session.feed(
        "来自('10.0.0.7', 4711)的消息:hi".encode(), world.now
    )  # of the post's server, which ends nothing
    world.session.paused()
    assert world.heard[before:] == [told.Message("('10.0.0.7', 4711)", "hi")]


def test_with_a_password_nothing_is_said_before_it_lets_us_in() -> None:
    world = Raw(name="ann", password="open sesame")
    world.say("early")
    world.enter()
    world.notice("password-needed")
    is_at_the_door = [world.session.is_at_the_door]
    assert world.texts() == ["/pass open sesame"]
    world.notice("password-right")
    assert [*is_at_the_door, world.session.is_at_the_door] == [True, False]
    assert world.texts() == ["/name ann", "/times on", "early"]
    assert [type(event) for event in world.heard] == [told.Notice, told.State]


@pytest.mark.parametrize(
    ("code", "expected"),
    [("password-wrong", "wrong password"), ("password-wait", "too many wrong passwords"), ("you-are-banned", "banned")],
)
def test_who_is_not_let_in_hears_why(code: str, expected: str) -> None:
    world = Raw(password="x")
    world.enter()
    with pytest.raises(ChatError, match=expected) as caught:
        world.notice(code)
    assert caught.value.status == REFUSED


@pytest.mark.parametrize(
    ("why", "expected"),
    [(Closing.BANNED, "you are banned from this room"), (Closing.KICKED, "an operator has sent you away")],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_who_is_sent_away_does_not_come_again(why: Closing, expected: str, language: Language) -> None:
    """It was back within a second."""
    world = Raw(patience=inf)
    world.enter()
    assert why.farewell is not None
    with pytest.raises(ChatError, match=rf"^room:1: {expected}$") as caught:
        world.tell(f"* {Phrases(language).of(why.farewell)}")
    assert caught.value.status == REFUSED


def test_a_person_without_a_name_asks_for_times_at_once() -> None:
    """Guests were addresses, as the post has them, until one typed something."""
    world = Raw(is_a_persons=True)
    world.enter()
    assert world.texts() == ["/times on"]
    world = Raw(is_a_persons=True, name="Ann")  # whom a gateway answers
    world.enter()
    assert world.texts() == ["/name Ann"]


def test_times_are_not_asked_for_and_not_switched_off_by_who_types_that() -> None:
    """On was silence; off made notices of all that was said."""
    world = gateway()
    for typed in ("/times on", "/TIMES off", "/times"):
        world.session.command(typed)
        assert world.heard[-1] == told.Notice("/times is for nc and telnet, and does nothing here")
    assert world.texts() == []


def test_what_came_to_a_shut_door_is_said_again_behind_it() -> None:
    """A pipe does not wait for who may be the post's server. Lines counted as said which nobody had heard."""
    world = Raw()
    world.enter()
    world.say("one", "two", "three")
    for text in (b"one", b"two"):
        assert world.session.next_to_send() == text + b"\n\n"
        world.session.sent(world.now)
    world.notice("password-needed")
    assert (world.pending, world.session.ledger.unsure, world.session.is_in) == (["one", "two", "three"], 0, False)
    assert world.texts() == []
    world.lose()
    world.session.give("open sesame")
    world.enter()
    world.notice("password-needed")
    assert world.texts() == ["/pass open sesame"]
    world.notice("password-right")
    assert world.texts() == ["/times on", "one", "two", "three"]
    world.notice("password-right")  # by /pass of who is in
    assert world.texts() == []


def test_what_is_under_way_when_the_door_is_found_shut_is_said_again_too() -> None:
    """It counted as stored by the mark behind /pass: a pipe ended well, and a line was lost."""
    world = Raw()
    world.enter()
    world.say("one", "two")
    world.session.next_to_send()
    world.session.sent(world.now)
    assert world.session.next_to_send() == b"two\n\n"
    world.notice("password-needed")
    world.session.sent(world.now)
    assert (world.pending, world.session.ledger.unsure) == (["one", "two"], 0)
    assert world.texts() == []


@pytest.mark.parametrize("answer", ["* messages have their time, in the server's zone (UTC+00:00)", "来自bob的消息:hi"])
@pytest.mark.parametrize("known", [True, False])
def test_who_can_wait_says_nothing_before_it_is_known_whether_there_is_a_door(answer: str, known: bool) -> None:
    world = gateway() if known else Raw(is_a_persons=True)
    if known:
        world.lose()
    world.enter()
    world.say("one")
    assert (world.texts()[-1], world.session.is_at_the_door) == ("/times on", True)
    world.tell(answer)
    assert (world.texts(), world.session.is_at_the_door) == (["one"], False)
    world.notice("password-needed")  # what is in hears of no door
    assert world.texts() == []


def test_who_never_answers_is_talked_to_all_the_same() -> None:
    """The post's own server."""
    world = Raw(is_a_persons=True)
    world.enter()
    world.say("one")
    assert (world.texts(), world.session.is_sure_of_an_answer) == (["/times on"], False)
    world.session.unanswered()
    assert (world.texts(), world.states) == (["one"], ["connected"])


def test_what_was_sent_is_shown_and_not_said_again() -> None:
    world = Raw()
    world.enter()
    world.say("one\n\n\ntwo", "/who", "three")
    assert world.texts() == ["one\ntwo", "//who", "three"]
    own = [event for event in world.heard if isinstance(event, told.Message)]
    assert own == [told.Message("you", text, via="own") for text in ("one\n\n\ntwo", "/who", "three")]
    assert world.pending == []
    world.lose()
    world.enter()
    assert world.texts() == []
    assert world.session.ledger.unstored == 3


def test_what_could_not_be_written_is_written_on_the_next_connection() -> None:
    world = Raw()
    world.enter()
    world.say("one", "two")
    assert world.session.next_to_send() == b"one\n\n"
    world.lose()
    world.enter()
    assert world.texts() == ["one", "two"]


def test_what_is_typed_while_a_message_is_under_way_takes_nothing_from_it() -> None:
    world = Raw()
    world.enter()
    world.say("one")
    assert world.session.next_to_send() == b"one\n\n"
    world.session.command("/who")
    world.session.sent(world.now)
    assert world.pending == []
    assert world.texts() == ["/times on", "/who"]


def test_a_mark_that_is_answered_tells_that_all_is_stored() -> None:
    world = Raw()
    world.enter()
    world.say("one")
    world.texts()
    assert world.session.finish(world.now) == MARK
    assert world.session.is_over
    world.session.feed(MARK_ANSWER, world.now)
    world.session.closed()
    assert world.session.ledger.unstored == 0
    world.session.judge(is_gateway=True)


def test_an_answer_that_was_not_asked_for_tells_nothing() -> None:
    world = Raw()
    world.enter()
    world.say("one")
    world.texts()
    world.session.feed(MARK_ANSWER, world.now)
    world.session.closed()
    assert world.session.ledger.unstored == 1


@pytest.mark.parametrize("is_known", [True, False])
def test_what_is_not_known_to_be_stored_is_told_of_a_gateway(is_known: bool) -> None:
    world = Raw()
    world.enter()
    if is_known:
        world.notice("store-back")
    world.say("one", "two")
    world.texts()
    world.session.finish(world.now)
    world.session.closed()
    assert world.session.may_be_the_posts is not is_known
    world.session.judge(is_gateway=False)
    with pytest.raises(ChatError, match="as many as 2 may not have been said") as caught:
        world.session.judge(is_gateway=True)
    assert caught.value.status == LOST


def test_what_was_lost_on_a_connection_before_the_last_is_told_whatever_that_is() -> None:
    world = Raw()
    world.enter()
    world.say("one")
    world.texts()
    world.lose()
    world.enter()
    world.session.finish(world.now)
    world.session.closed()
    assert world.session.ledger.unstored == 1
    assert not world.session.may_be_the_posts


def test_without_anything_unsure_nothing_is_marked() -> None:
    world = Raw()
    world.enter()
    assert world.session.finish(world.now) == b""
    world = Raw()
    world.say("kept")
    assert world.session.finish(world.now) == b""


REFUSED_BY = [
    ("too-long", {}),
    ("slow", {"detail": 3}),
    ("not-said-muted", {}),
    ("not-said-muted-until", {"detail": "w"}),
    ("command-long", {}),
]


@pytest.mark.parametrize(("code", "values"), REFUSED_BY, ids=[code for code, _ in REFUSED_BY])
def test_what_a_gateway_refuses_is_told_with_its_number_and_never_shown_as_said(
    code: str, values: dict[str, object]
) -> None:
    """It was shown as said as soon as it was sent, and of a pipe nobody could tell which line it was."""
    world = answered()
    for number in (5, 6, 7, 8):
        world.session.say(f"text {number}", world.now, number)
    world.session.command("/who")
    assert world.sends() == [b"/who\n\n" + MARK, *(b"text %d\n\n" % number + MARK for number in (5, 6, 7, 8))]
    world.heard.clear()
    world.answer()  # of the command
    world.answer()
    world.notice(code, **values)
    world.answer()
    world.notice(code, **values)
    assert (world.pending, world.session.ledger.settled) == (["text 8"], 3)
    world.answer()
    world.answer()
    assert (world.pending, world.session.ledger.settled, world.session.ledger.unsure) == ([], 4, 0)
    assert [event.id for event in world.heard if isinstance(event, told.Error)] == ["6", "7"]
    assert [event.text for event in world.heard if isinstance(event, told.Message)] == ["text 5", "text 8"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("is_a_persons", [True, False])
def test_who_refuses_a_name_is_a_gateway_as_who_gives_one(*, is_a_persons: bool, language: Language) -> None:
    """It got no marks: nothing bounded what was under way, and nothing was known to be stored."""
    world = Raw(name="ann", is_a_persons=is_a_persons)
    world.enter()
    assert world.texts() == ["/name ann"]
    phrases = Phrases(language)
    world.tell(f"* {phrases('name-still', name='guest-abcdef', why=phrases('name-taken', detail='ann'))}")
    world.say("one", "two")
    assert world.sends() == [b"/times on\n\n" + MARK, b"one\n\n" + MARK, b"two\n\n" + MARK]
    assert (world.pending, world.session.ledger.settled) == (["one", "two"], 0)
    for _ in range(3):
        world.answer()
    assert (world.pending, world.session.ledger.settled) == ([], 2)


def back() -> Raw:
    """Ann, who came back before her name was free."""
    world = answered()
    world.lose()
    world.enter()
    world.texts()
    refuse_name(world)
    world.texts()
    return world


def refuse_name(world: Raw) -> None:
    phrases = Phrases("en")
    world.tell(f"* {phrases('name-still', name='guest-abcdef', why=phrases('name-taken', detail='Ann'))}")


def test_who_is_refused_its_own_name_as_it_comes_back_asks_for_it_again() -> None:
    """The lease of a node that was killed held it for some seconds more: it was a guest for good."""
    world = back()
    assert [ask(world, 7.9), ask(world, 0.1), ask(world, 1)] == [b"", b"/name Ann\n\n" + MARK, b""]
    refuse_name(world)
    assert ask(world, 8) == b"/name Ann\n\n" + MARK
    world.notice("welcome-name", name="Ann")
    assert (world.heard[-1], ask(world, 8)) == (told.Named("Ann"), b"")


def test_a_name_that_is_somebody_elses_by_now_is_not_asked_for_for_ever() -> None:
    world = back()
    asked = []
    for _ in range(5):
        asked.append(ask(world, 8).startswith(b"/name"))
        refuse_name(world)
        world.answer()
    assert asked == [True, True, True, False, False]


@pytest.mark.parametrize("command", ["/name bob", "/nick bob", "/NAME bob", "\uff0fname bob"])
def test_who_chooses_another_name_meanwhile_is_not_renamed(command: str) -> None:
    world = back()
    world.session.command(command)
    world.texts()
    refuse_name(world)
    assert not ask(world, 8).startswith(b"/name")


def test_a_name_that_never_was_ours_is_not_asked_for_again() -> None:
    world = Raw(name="Ann")
    for _ in range(2):
        world.enter()
        world.texts()
        refuse_name(world)
        world.texts()
        assert not ask(world, 8).startswith(b"/name")
        world.lose()


def test_who_loses_its_name_without_a_lost_connection_is_left_so() -> None:
    world = answered()
    refuse_name(world)
    assert not ask(world, 8).startswith(b"/name")


def test_what_a_command_is_refused_for_is_no_texts() -> None:
    world = answered()
    world.session.command("/name x")
    world.say("one")
    world.texts()
    world.notice("command-long")
    world.answer()
    world.answer()
    assert [event.id for event in world.heard if isinstance(event, told.Error)] == [None]
    assert world.heard[-1] == told.Message("Ann", "one", via="own")


def test_a_first_line_that_was_taken_for_a_request_is_told() -> None:
    """By who had answered nothing; to a gateway something else is said first."""
    world = Raw()
    world.enter()
    world.say("GET / HTTP/1.1", "more")
    world.texts()
    with pytest.raises(ChatError, match="took the first line for a browser's request, and said nothing") as caught:
        world.tell("HTTP/1.1 400 Bad Request\r")
    assert caught.value.status == LOST


def test_of_who_has_no_number_none_is_told() -> None:
    """It was no gateway, for all that was known."""
    world = Raw()
    world.enter()
    world.say("one")
    world.texts()
    world.notice("slow", detail=3)
    assert [event.id for event in world.heard if isinstance(event, told.Error)] == [""]


@pytest.mark.parametrize("is_a_persons", [True, False])
def test_what_a_gateway_has_not_told_of_may_not_have_been_said(is_a_persons: bool) -> None:
    world = Raw(is_a_persons=is_a_persons)
    world.enter()
    world.notice("times-on", detail="+00:00")
    world.session.say("one", world.now)
    world.session.say("two", world.now)
    world.session.say("three", world.now)
    world.texts()
    world.answer()
    world.answer()
    world.lose()
    notices = [event.text for event in world.heard if isinstance(event, told.Notice) and not event.code]
    assert notices[-2:] == [f"this may not have been said: {text}" for text in ("two", "three")] * is_a_persons
    assert (world.session.ledger.unstored, world.session.ledger.unsure, world.pending) == (2, 2, [])


def test_what_is_answered_before_it_is_all_written_is_settled() -> None:
    world = gateway()
    world.say("one")
    assert world.session.next_to_send()
    world.answer()
    world.answer()
    world.session.sent(world.now)
    world.lose()
    assert (world.session.ledger.unstored, world.pending) == (0, [])


def test_what_an_operator_does_refuses_no_line() -> None:
    """That one is muted was counted as a line which was not said."""
    world = Raw()
    world.enter()
    world.say("one")
    world.texts()
    world.notice("you-are-muted")
    world.notice("muted", detail="Bob", lasting="for ever", count=1)
    world.notice("slowed", detail=5)
    assert not [event for event in world.heard if isinstance(event, told.Error)]
    world.notice("not-said-muted")
    assert isinstance(world.heard[-1], told.Error)


def ask(world: Raw, after: float) -> bytes:
    world.now += after
    return world.session.question(world.now)


def gateway() -> Raw:
    """A world with what has said that it is a gateway."""
    world = Raw()
    world.enter()
    world.notice("welcome-name", name="Ann")
    assert world.texts() == ["/times on"]
    return world


def answered() -> Raw:
    """The same, and it has answered."""
    world = gateway()
    world.answer()
    return world


def test_a_quiet_gateway_is_asked_by_a_mark_and_left_if_it_does_not_answer() -> None:
    world = answered()
    assert ask(world, 15) == b""
    assert ask(world, 0.1) == MARK
    assert ask(world, 1) == b""
    assert not world.session.is_silent(world.now + 8.9)
    assert world.session.is_silent(world.now + 9.1)
    world.session.feed(MARK_ANSWER, world.now)
    assert not world.session.is_silent(world.now + 60)
    assert ask(world, 15.1) == MARK


def test_a_mark_of_a_connection_that_was_lost_is_none_on_the_next() -> None:
    world = gateway()
    assert ask(world, 16) == MARK
    world.lose()
    world.enter()
    world.texts()
    world.now += 14
    assert not world.session.is_silent(world.now)
    assert ask(world, 2) == MARK


def test_what_may_be_the_posts_server_is_never_asked() -> None:
    world = Raw()
    world.enter()
    world.tell("来自('127.0.0.1', 5)的消息:first")
    assert ask(world, 1000) == b""
    assert not world.session.is_silent(world.now)


def test_who_can_not_store_is_neither_asked_nor_left() -> None:
    world = gateway()
    world.notice("store-failed", detail="x")
    world.notice("you-may-speak")  # whatever else it is told
    assert ask(world, 1000) == b""
    world.notice("store-back")
    assert ask(world, 1000) == MARK
    world.notice("store-failed", detail="x")
    assert not world.session.is_silent(world.now + 1000)
    world.lose()
    world.enter()
    world.texts()
    assert ask(world, 1000) == MARK


def test_no_mark_comes_before_a_text() -> None:
    """A gateway would take us for who types lines."""
    world = Raw()
    world.enter()
    world.notice("password-needed")
    assert ask(world, 1000) == b""
    world.session.command("/pass x")
    world.texts()
    assert ask(world, 1000) == MARK


def test_names_and_times_are_the_servers() -> None:
    world = Raw(wall=evening)
    world.enter()
    world.notice("welcome-name", name="Ann")
    world.notice("times-on", detail="+08:00")
    world.tell("[20:17] Ann: hi\n  there")
    assert world.heard[-1] == told.Message("Ann", "hi\nthere", at="2026-11-24T20:17:00+08:00")


def test_the_posts_messages_are_read_as_before_it_tells_times() -> None:
    world = Raw()
    world.enter()
    world.tell("来自ann的消息:[20:17] bob: hi")
    assert world.heard[-1] == told.Message("ann", "[20:17] bob: hi")
    world.tell("[20:17] bob: hi")
    assert isinstance(world.heard[-1], told.Notice)


def test_an_action_is_shown_to_who_does_it() -> None:
    world = Raw()
    world.enter()
    world.session.say("waves", world.now, kind="action")
    assert world.texts() == ["/me waves"]
    assert world.heard[-1] == told.Message("you", "waves", via="own", kind="action")


def test_nothing_is_asked_behind_what_waits_or_at_the_end() -> None:
    world = gateway()
    world.say("waits")
    assert ask(world, 1000) == b""
    world.texts()
    assert ask(world, 1000) == MARK
    world = gateway()
    world.say("last")
    world.texts()
    assert world.session.finish(world.now) == b""  # there is one behind it
    assert ask(world, 1000) == b""
    assert not world.session.is_silent(world.now)


@given(
    st.lists(st.sampled_from(["say", "send", "fail", "lose", "enter", "answer", "refuse"]), min_size=20, max_size=60)
)
def test_whatever_happens_all_is_written_in_order_and_what_is_unsure_is_counted(steps: list[str]) -> None:
    world = answered()
    said: list[str] = []
    written: list[str] = []
    marks: list[str] = []  # what stands before each
    lost = 0
    is_open = True
    for step in [*steps, "lose", "enter", *["send"] * (len(steps) + 2)]:
        if step == "say":
            said.append(f"text {len(said)}")
            world.say(said[-1])
        elif step == "send" and is_open and (data := world.session.next_to_send()):
            world.session.sent(world.now)
            marks.append(data.removesuffix(b"\n\n" + MARK).decode())
            written += [text for text in marks[-1:] if text in said]
        elif step in ("lose", "fail") and is_open:
            if step == "fail":
                world.session.next_to_send()
            world.lose()
            is_open, lost, marks = False, lost + sum(text in said for text in marks), []
        elif step == "enter" and not is_open:
            world.enter()
            world.notice("times-on", detail="+00:00")
            is_open = True
        elif step == "answer" and is_open:  # of no question too
            world.answer()
            marks = marks[1:]
        elif step == "refuse" and is_open:
            world.notice("slow", detail=1)
            marks[:1] = [""] * bool(marks)
    assert written == said
    assert world.session.ledger.unsure == lost + sum(text in said for text in marks)
    world.session.closed()
    assert world.session.ledger.unstored == lost + sum(text in said for text in marks)


@given(st.binary(min_size=1, max_size=200), st.binary(min_size=1, max_size=200))
def test_whatever_a_room_says_it_is_heard_or_it_is_an_end(first: bytes, second: bytes) -> None:
    world = Raw(password="p")
    world.enter()
    with suppress(ChatError):
        for data in (first, second):
            world.session.feed(data, world.now)
        with pytest.raises(ConnectionError):
            world.session.feed(b"", world.now)
    world.sends()


# --- where a text and a command look alike ------------------------------------------------------------------------


def read_by_the_server(text: str) -> Request:
    return parse(clean_text(as_text(text)))


@each_of("case", CASES)
def test_a_text_is_said_as_it_is_whatever_it_would_be_if_it_was_typed(case: Case) -> None:
    assert read_by_the_server(case.typed) == (Mistake("secret") if case.held else Say(case.typed))


@given(st.one_of(st.text(), st.from_regex(r"\A[\n\u2028\x1b]?/{0,4}\w{0,3}[ \n/]?\w?", fullmatch=True)))
def test_any_text_is_said_as_it_is_or_told_as_a_secret(text: str) -> None:
    read = read_by_the_server(text)
    assert read == Say(clean_text(text)) or (isinstance(read, Mistake) and read.code in ("secret", "not-said"))
