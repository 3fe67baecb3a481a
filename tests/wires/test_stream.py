"""GET /events as a wire; what a stream is, is in members/test_stream."""

import json

import pytest

from gateway.messages import Position
from gateway.wires import encoded
from gateway.wires.bodies import _Data, _Message
from gateway.wires.json import JSON
from gateway.wires.stream import position_of, sse_format

from ..samples import FULL, a_message

ELSEWHERE = {"type", "seq"}
"""What the event's name and its id say."""


def test_data_says_what_a_message_event_says() -> None:
    """As docs/protocol.md has it: whoever adds a field to one forgets the other."""
    message = a_message(**{**FULL, "label": "('192.0.2.1', 5000)"})
    event = json.loads(JSON.encode(message))
    name, _, data = sse_format("e").encode(message).decode().partition("\ndata: ")
    assert name == f"id: e:{message.seq}"
    assert {*_Message.__struct_encode_fields__} - {*_Data.__struct_encode_fields__} == {"seq"}
    assert json.loads(data) == {field: value for field, value in event.items() if field not in ELSEWHERE}


def test_a_deletion_is_an_event_of_its_own_which_says_what_the_json_one_says() -> None:
    message = a_message("42", seq=57, kind="deleted", label="('192.0.2.1', 5000)")
    event = json.loads(encoded(JSON, message))
    name, kind, data = encoded(sse_format("e"), message).decode().removesuffix("\n\n").split("\n")
    assert (name, kind) == ("id: e:57", "event: deleted")
    assert json.loads(data.removeprefix("data: ")) == {name: event[name] for name in ("of", "from")}


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("e:5", Position("e", 5)),
        ("2026-11-28T12:00:00Z:57", Position("2026-11-28T12:00:00Z", 57)),  # as an epoch in NATS is
        *((text, None) for text in ("", "5", ":5", "e", "e:", "e:-1", "e:1.5", "e:\u0665", f"e:{10**15}", "e:5 ")),
    ],
)
def test_an_id_names_a_position(text: str, position: Position | None) -> None:
    assert position_of(text) == position
