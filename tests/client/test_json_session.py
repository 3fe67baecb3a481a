"""A session by chat.v1.json, without a transport and without a clock."""

import json
from collections import deque
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.client import told
from gateway.client.address import LOST, REFUSED, ChatError, PasswordError
from gateway.client.json_session import FRAME_BYTES, HELD_SECONDS, MAX_HISTORY, QUIET_SECONDS, JsonSession

from ..ends import ENDS, End
from ..tables import each_of
from .world import ADDRESS, WELCOME, Event, Json, Raw


@pytest.mark.parametrize(
    ("wishes", "hello"),
    [
        ({}, {"history": 0}),
        ({"name": "ann"}, {"history": 0, "name": "ann"}),
        ({"password": "p"}, {"history": 0, "password": "p"}),
        ({"history": 50}, {"history": 50}),
        ({"history": 5000}, {"history": MAX_HISTORY}),
        ({"since": 3}, {"history": 0, "after": {"seq": 3}}),
        ({"since": -7}, {"history": 0, "after": {"seq": 0}}),
    ],
)
def test_hello_says_what_is_known(wishes: Event, hello: Event) -> None:
    assert Json(**wishes).open() == {"type": "hello", **hello}


def test_who_comes_back_goes_on_where_it_was_as_who_it_was() -> None:
    world = Json(name="anna", history=9)
    world.enter(name="ann")
    assert (world.session.name, world.session.label, world.session.members) == ("ann", "ann", 2)
    world.lose()
    assert world.enter(name="ann", seq=5, resumed=True) == {
        "type": "hello", "name": "ann", "session": "token", "history": 9, "after": {"epoch": "e", "seq": 5},
    }  # fmt: skip
    world.tell({"type": "message", "from": "bob", "text": "hi", "seq": 6}, {"type": "name", "name": "Ann B"})
    world.lose()
    hello = world.enter(epoch="another", seq=1)
    assert (hello["after"], hello["name"]) == ({"epoch": "e", "seq": 6}, "Ann B")
    world.lose()
    assert world.open()["after"] == {"epoch": "another", "seq": 1}


def test_a_guest_comes_back_without_a_name() -> None:
    world = Json()
    world.enter()
    assert (world.session.name, world.session.label) == ("", "guest-abcdef")
    world.lose()
    assert "name" not in world.enter()


def test_what_is_not_acked_is_said_again_by_the_same_id_and_nothing_else() -> None:
    world = Json()
    world.enter()
    world.say("one", "two", "three")
    says = [{"type": "say", "id": str(number), "text": text} for number, text in enumerate(("one", "two", "three"), 1)]
    assert world.events() == says
    assert world.sends() == []
    world.now += 0.25
    world.tell({"type": "ack", "id": "1", "seq": 6})
    assert (world.pending, world.session.ledger.lag) == (["two", "three"], 0.25)
    assert (world.session.ledger.unsure, world.session.ledger.unsent) == (2, 0)
    world.lose()
    assert world.sends() == []
    world.enter()
    assert world.events() == says[1:]


@each_of(
    ("event", "left"),
    [
        ({"type": "ack", "id": "1", "seq": 1}, ["two", "three"]),
        ({"type": "ack", "id": "2", "seq": 1}, ["one", "three"]),
        ({"type": "ack", "id": "9", "seq": 1}, ["one", "two", "three"]),
        ({"type": "ack", "id": "", "seq": 1}, ["one", "two", "three"]),
        ({"type": "error", "code": "slow", "message": "m", "id": "3"}, ["one", "two"]),
        ({"type": "error", "code": "slow", "message": "m", "id": "9"}, ["one", "two", "three"]),
        ({"type": "error", "code": "op-needed", "message": "m"}, ["one", "two", "three"]),
        ({"type": "error", "code": "op-needed", "message": "m", "id": None}, ["one", "two", "three"]),
        ({"type": "notice", "code": "slow", "text": "m", "id": "1"}, ["one", "two", "three"]),
    ],
)
def test_an_ack_or_an_error_with_its_id_ends_a_message_and_no_other(event: Event, left: list[str]) -> None:
    world = Json()
    world.enter()
    world.say("one", "two", "three")
    world.sends()
    world.tell(event)
    assert world.pending == left
    world.say("four")
    assert [each["text"] for each in world.events()] == ["four"]


def test_an_ack_that_comes_before_its_frame_is_known_to_be_sent_skips_nothing() -> None:
    world = Json()
    world.enter()
    world.say("one", "two")
    assert world.session.next_to_send()
    world.tell({"type": "ack", "id": "1", "seq": 6})
    world.session.sent(world.now)
    world.say("three")
    assert [each["text"] for each in world.events()] == ["three"]


def test_an_error_names_it_by_its_number_and_not_by_its_id() -> None:
    world = Json()
    world.enter()
    world.session.say("a line", world.now, 41)
    world.say("another")
    assert [each["id"] for each in world.events()] == ["1", "2"]
    for say_id in ("1", "2", "no id of ours"):
        world.tell({"type": "error", "code": "slow", "message": "m", "id": say_id})
    assert [event.id for event in world.heard if isinstance(event, told.Error)] == ["41", "2", "no id of ours"]


def test_two_that_share_a_session_have_no_id_in_common() -> None:
    """Both counted from 1: the first of one, with the same text, was a repetition of the other's."""
    ids: list[str] = []
    for _ in range(2):
        session = JsonSession(ADDRESS, lambda _: None, name="", password="", patience=0)
        for _ in range(100):
            session.say("tick", 0)
        ids += [said.id for said in session.ledger.pending]
    assert len(set(ids)) == 200
    assert {len(each) for each in ids} == {11}  # 64 bits


def test_a_frame_holds_as_many_as_fit_and_one_at_least() -> None:
    world = Json()
    world.enter()
    world.say(*["x" * 1000] * 100, "y" * 100_000, "z")
    frames = world.sends()
    assert len(frames) > 4
    assert all(len(frame) <= FRAME_BYTES + 200 or b"\n" not in frame for frame in frames)
    assert [json.loads(line)["text"] for frame in frames for line in frame.split(b"\n")] == world.pending


def test_a_command_goes_before_what_waits() -> None:
    world = Json()
    world.session.opened(world.now)
    world.say("hi")
    world.session.command("/who")
    assert [each["type"] for each in world.events()] == ["hello", "command"]
    world.session.command("/help")
    world.tell(WELCOME)
    assert world.events() == [{"type": "command", "text": "/help"}, {"type": "say", "id": "1", "text": "hi"}]


def test_where_the_log_ends_is_asked_again_until_it_is_told() -> None:
    world = Json()
    assert world.session.ask_last()
    ask = {"type": "history", "limit": 1}
    world.enter()
    assert world.events() == [ask]
    world.lose()
    world.enter()
    assert world.events() == [ask]
    world.tell({"type": "page", "messages": [], "more": False})
    world.lose()
    world.enter()
    assert world.events() == []
    assert not Raw().session.ask_last()


@pytest.mark.parametrize(
    ("wishes", "seq", "after"),
    [
        ({"since": 3}, 3, None),
        ({"since": 9}, 5, None),
        ({"history": 1000}, 700, 200),
        ({"history": 1000}, 300, 0),
        ({"history": 1000}, 0, None),
        ({"history": 500}, 700, None),
    ],
)
def test_where_hello_alone_can_not_say_where_to_begin_the_second_does(
    wishes: Event, seq: int, after: int | None
) -> None:
    world = Json(**wishes)
    world.open()
    world.tell(WELCOME | {"seq": seq}, {"type": "message", "from": "bob", "text": "hi", "seq": seq + 1})
    assert world.session.is_elsewhere is (after is not None)
    if after is not None:
        assert world.heard == []
        world.say("not here")
        assert world.sends() == []
        assert world.lose() < 1
        hello = world.enter(seq=after, resumed=True)
        assert (hello["after"], hello["history"]) == ({"epoch": "e", "seq": after}, 0)
        assert world.states == ["connected"]
    # That is over, however much is there when it comes back.
    world.lose()
    world.enter(seq=9000, resumed=True)
    assert not world.session.is_elsewhere


@each_of("end", ENDS)
def test_by_its_code_it_knows_whether_to_come_back(end: End) -> None:
    world = Json()
    world.enter()
    if end.chat is None:
        world.session.judge(end.code, "why")
        assert world.lose() == 0.3
        return
    with pytest.raises(ChatError) as caught:
        world.session.judge(end.code, "why")
    assert str(caught.value) == f"room:1: {end.chat or 'why'}"
    assert caught.value.status == (LOST if end.page == "replaced" else REFUSED)


def test_a_password_is_wrong_only_where_one_was_given() -> None:
    world = Json(password="guess")
    world.enter()
    with pytest.raises(PasswordError, match="room:1: wrong password"):
        world.session.judge(4503, "why")


def silence_of(world: Json) -> tuple[float, float]:
    """After how many seconds without a word it asks, and how many more it waits for an answer."""
    start = world.now
    world.now += world.session.beat_in(world.now)
    asked = world.now
    assert not world.session.is_silent(world.now)
    assert json.loads(world.session.question(world.now)) == {"type": "ping"}
    assert world.session.question(world.now) == b""
    world.now += world.session.beat_in(world.now) - 0.1
    assert not world.session.is_silent(world.now)
    world.now += 0.1
    assert world.session.is_silent(world.now)
    return round(asked - start, 1), round(world.now - asked, 1)


def test_after_silence_it_asks_and_leaves_who_does_not_answer() -> None:
    world = Json()
    world.enter()
    assert silence_of(world) == (20, 10)


def test_any_word_is_an_answer() -> None:
    world = Json()
    world.enter()
    for _ in range(10):
        world.now += 25
        assert world.session.question(world.now)
        world.session.heard(world.now)
        assert not world.session.is_silent(world.now + 15)
        assert world.session.question(world.now + 19) == b""


def test_a_room_that_accepts_and_never_welcomes_is_left() -> None:
    world = Json()
    world.open()
    assert silence_of(world) == (20, 10)


def test_a_room_that_can_not_store_is_waited_for_until_it_can() -> None:
    world = Json()
    world.enter()
    world.tell({"type": "notice", "text": "x", "code": "store-failed"})
    assert silence_of(world) == (20, HELD_SECONDS)
    world.tell({"type": "notice", "text": "x", "code": "store-back"})
    assert silence_of(world) == (20, 10)


def test_that_it_could_not_store_is_forgotten_on_the_next_connection() -> None:
    world = Json()
    world.enter()
    world.tell({"type": "notice", "text": "x", "code": "store-failed"})
    world.lose()
    world.enter()
    assert silence_of(world) == (20, 10)


def test_a_question_of_before_is_none_on_the_next_connection() -> None:
    world = Json()
    world.enter()
    silence_of(world)
    world.lose()
    world.enter()
    assert not world.session.is_silent(world.now + 19)
    assert silence_of(world) == (20, 10)


def test_what_is_told_is_heard_and_what_is_no_event_passed_over() -> None:
    world = Json()
    world.enter()
    del world.heard[:]
    for line in ("no JSON", "{}", '{"type":"news"}', '{"type":"ack"}', "[" * 5000, '{"type":"message","from":1}'):
        world.session.take(line, world.now)
    assert world.heard == []
    world.tell(
        {"type": "presence", "members": 7, "joined": [], "left": [], "more": False},
        {"type": "who", "members": 8, "names": []},
        {"type": "error", "code": "empty", "message": "m", "unknown": 1},
    )
    assert [type(event) for event in world.heard] == [told.Presence, told.Who, told.Error]
    assert world.session.members == 8


class Room:
    """Stores what has not been said by that id, and acks: docs/protocol.md, Resume."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.acks: deque[str] = deque()
        self._ids: set[str] = set()

    def take(self, frame: bytes) -> None:
        for line in frame.split(b"\n"):
            event = json.loads(line)
            if event["type"] != "say":
                continue
            if event["id"] not in self._ids:
                self._ids.add(event["id"])
                self.log.append(event["text"])
            self.acks.append(event["id"])


STEPS = st.lists(st.sampled_from(["say", "say", "send", "fail", "ack", "lose", "open", "enter"]), max_size=60)


@given(STEPS)
def test_whatever_happens_all_is_said_once_and_in_order(steps: list[str]) -> None:
    world, room = Json(patience=inf), Room()
    said: list[str] = []
    world.enter()
    is_open = True
    for step in [*steps, "lose", "enter", *["send"] * (len(steps) + 2), *["ack"] * (len(steps) + 2)]:
        if step == "say":
            said.append(f"text {len(said)}")
            world.say(said[-1])
        elif step in ("send", "fail") and is_open and (frame := world.session.next_to_send()):
            if step == "send":  # else it never arrives: the connection breaks
                room.take(frame)
                world.session.sent(world.now)
            else:
                world.lose()
                is_open = False
        elif step == "ack" and is_open and room.acks:
            world.tell({"type": "ack", "id": room.acks.popleft(), "seq": 1})
        elif step == "lose" and is_open:
            world.lose()
            is_open = False
            room.acks.clear()
        elif step == "open" and not is_open:
            world.open()
            world.lose()
        elif step == "enter" and not is_open:
            world.enter()
            is_open = True
    assert room.log == said
    assert world.pending == []


@given(st.lists(st.sampled_from(["say", "send", "ack", "unack"]), max_size=40))
def test_whatever_is_acked_nothing_is_sent_twice_on_one_connection(steps: list[str]) -> None:
    world = Json()
    world.enter()
    sent: list[str] = []
    count = 0
    for step in steps:
        if step == "say":
            count += 1
            world.say(f"{count}")
        elif step == "send":
            sent += [each["id"] for each in world.events()]
        elif step == "ack" and sent:
            world.tell({"type": "ack", "id": sent[0], "seq": 1})
        elif step == "unack" and sent:
            world.tell({"type": "error", "code": "slow", "message": "m", "id": sent[-1]})
    sent += [each["id"] for each in world.events()]
    assert sent == [f"{number}" for number in range(1, count + 1)]


def test_who_was_left_for_its_silence_is_given_its_time_anew() -> None:
    world = Json()
    world.enter()
    world.now += world.session.beat_in(world.now)
    assert world.session.question(world.now)
    world.now += world.session.beat_in(world.now)
    assert world.session.is_silent(world.now)
    world.now += world.lose()
    world.open()
    assert not world.session.is_silent(world.now)
    assert world.session.beat_in(world.now) == QUIET_SECONDS


def test_the_lag_is_that_of_the_network_and_not_how_long_one_was_away() -> None:
    world = Json()
    world.enter()
    world.lose()
    world.say("kept")
    assert (world.session.ledger.unsure, world.session.ledger.unsent) == (0, 1)
    world.now += 60
    world.enter()
    world.events()
    world.now += 0.25
    world.tell({"type": "ack", "id": "1", "seq": 6})
    assert world.session.ledger.lag == 0.25


def test_an_answer_tells_what_it_answers_also_when_it_is_said_again() -> None:
    world = Json()
    world.enter()
    world.session.say("yes", world.now, re=41)
    say = {"type": "say", "id": "1", "text": "yes", "re": 41}
    assert world.events() == [say]
    world.lose()
    world.enter()
    assert world.events() == [say]


def test_who_comes_back_goes_on_behind_a_deletion_that_it_heard_of() -> None:
    world = Json()
    world.enter()
    world.tell({"type": "deleted", "seq": 9, "of": [3], "from": "bob"})
    assert world.heard[-1] == told.Deleted([3], 9, "bob")
    world.lose()
    assert world.open()["after"] == {"epoch": "e", "seq": 9}


def test_a_message_is_taken_back_where_there_is_a_connection() -> None:
    world = Json()
    assert not world.session.delete(41)
    world.enter()
    assert world.session.delete(41)
    assert world.events() == [{"type": "delete", "seq": 41}]
    raw = Raw()
    raw.enter()
    assert not raw.session.delete(41)
