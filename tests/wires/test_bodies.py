"""What is told in JSON: each answer, each field of a message, and no address."""

import json
from datetime import UTC, datetime

import msgspec

from gateway.messages import Message
from gateway.names import guest_label
from gateway.people import Person, Renamed, Seen
from gateway.wires import answers, encoded
from gateway.wires.bodies import answer_json, message_json
from gateway.wires.json import JSON

from ..samples import a_message
from ..tables import each_of

MESSAGE = a_message('a\n"你"\u2028', seq=42, at=1764000000123, via="tcp")

SINCE = datetime(2026, 11, 24, 11, tzinfo=UTC)
ANSWERS: list[tuple[answers.Answer, str]] = [
    (
        answers.Welcome("i", "ann", "s", "e", 41, True, 7, 57, "Ops"),
        '{"type":"welcome","id":"i","name":"ann","session":"s","epoch":"e","seq":41,"resumed":true,"members":7,"head":57,"title":"Ops"}',
    ),
    (
        answers.Welcome("i", "ann", "s", "e", 41, True, 7, 41),
        '{"type":"welcome","id":"i","name":"ann","session":"s","epoch":"e","seq":41,"resumed":true,"members":7,"head":41}',
    ),
    (answers.Ack("c1", 42), '{"type":"ack","id":"c1","seq":42}'),
    (answers.NameTaken("ann"), '{"type":"name","name":"ann"}'),
    (answers.Pong(), '{"type":"pong"}'),
    (
        answers.Presence(8, [Person("bob", "tcp")], [], more=False),
        '{"type":"presence","members":8,"joined":[{"name":"bob","via":"tcp"}],"left":[],"more":false}',
    ),
    (
        answers.Presence(
            8,
            [BERT := Person("bert", "tcp", "B")],
            [RAW := Person("('192.0.2.1', 5000)", "tcp", "B")],
            False,
            [Renamed(RAW, BERT)],
        ),
        '{"type":"presence","members":8,"joined":[{"name":"bert","via":"tcp","by":"B"}],"left":[{"name":"'
        f'{guest_label("B")}","via":"tcp","by":"B"}}],"more":false,"renamed":[{{"from":"{guest_label("B")}","to":"bert"}}]}}',
    ),
    (
        answers.Who(1, [Seen("('192.0.2.1', 5000)", "tcp", "B", "192.0.2.1")], more=False),
        f'{{"type":"who","members":1,"names":[{{"name":"{guest_label("B")}","via":"tcp","by":"B","host":"192.0.2.1"}}],'
        '"more":false}',
    ),
    (
        answers.Who(1, [Person("bob", "web", "Bob-Bob_Bob0")], more=True),
        '{"type":"who","members":1,"names":[{"name":"bob","via":"web","by":"Bob-Bob_Bob0"}],"more":true}',
    ),
    (
        answers.Who(2, [Seen("bob", "web", "B", "203.0.113.9", SINCE), Seen("carl", "tcp")], more=False),
        '{"type":"who","members":2,"names":[{"name":"bob","via":"web","by":"B","host":"203.0.113.9",'
        '"since":"2026-11-24T11:00:00Z"},{"name":"carl","via":"tcp"}],"more":false}',
    ),
    (answers.Gap(10, 31), '{"type":"gap","from":10,"to":31}'),
    (answers.Notice("a", "b"), '{"type":"notice","code":"a","text":"b"}'),
    (answers.Error("a", "b", "c1"), '{"type":"error","code":"a","message":"b","id":"c1"}'),
    (answers.Error("a", "b", detail="d"), '{"type":"error","code":"a","message":"b","id":null,"detail":"d"}'),
    (answers.Error("slow", "b", "c1", 5), '{"type":"error","code":"slow","message":"b","id":"c1","seconds":5}'),
]


@each_of(("answer", "expected"), ANSWERS)
def test_answers(answer: answers.Answer, expected: str) -> None:
    assert answer_json(answer) == expected.encode()


EVENT = {
    "type": "message",
    "seq": 42,
    "at": "2025-11-24T16:00:00.123Z",
    "from": "ann",
    "via": "tcp",
    "text": 'a\n"你"\u2028',
    "by": MESSAGE.by,
}


def test_a_message_and_a_page_of_them() -> None:
    assert json.loads(message_json(MESSAGE)) == EVENT
    assert json.loads(answer_json(answers.Page([MESSAGE], more=True))) == {
        "type": "page",
        "messages": [EVENT],
        "more": True,
    }


OF_THE_LOG = {"owner", "origin"}
"""What nobody is told of a message."""


def test_a_message_event_has_each_field_of_a_message() -> None:
    """Whoever adds one tells it."""
    message = a_message(kind="action", re=7)
    for field in msgspec.structs.fields(Message):
        assert getattr(message, field.name) not in (field.default, "", 0), field.name
    told = {"label" if name == "from" else name for name in json.loads(message_json(message))}
    assert told == {field.name for field in msgspec.structs.fields(Message)} - OF_THE_LOG | {"type"}


def test_a_deletion_says_what_is_taken_back_and_by_whom() -> None:
    message = a_message("42 7", seq=57, kind="deleted", label="('192.0.2.1', 5000)")
    expected = f'{{"type":"deleted","seq":57,"of":[42,7],"from":"{guest_label(message.by)}"}}'
    assert encoded(JSON, message).decode() == expected


def test_an_action_says_so_and_an_address_is_told_to_nobody() -> None:
    message = a_message("waves", label="('192.0.2.1', 5000)", kind="action")
    event = json.loads(message_json(message))
    assert (event["kind"], event["from"]) == ("action", guest_label(message.by))
    assert "192.0.2.1" not in message_json(message).decode()


def test_a_message_of_which_nobody_knows_who_said_it_has_no_by() -> None:
    assert json.loads(message_json(msgspec.structs.replace(MESSAGE, by=""))) == {
        name: value for name, value in EVENT.items() if name != "by"
    }
