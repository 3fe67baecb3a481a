"""GET /events as a wire; what a stream is, is in members/test_stream."""

from gateway.wires import json, stream

ELSEWHERE = {"seq"}
"""It is in the event's id."""


def test_data_says_what_a_message_event_says() -> None:
    """As docs/protocol.md has it: whoever adds a field to one forgets the other."""
    assert {*json._Message.__struct_encode_fields__} - ELSEWHERE == {*stream._Data.__struct_encode_fields__}
