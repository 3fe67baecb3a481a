"""The description of plain requests; that they do what it says is e2e/test_api's."""

from gateway.web.openapi import _MESSAGE
from gateway.wires.bodies import _Message


def test_a_message_has_the_fields_of_its_event() -> None:
    """Whoever adds one forgets the description."""
    assert {*_MESSAGE["properties"]} == {"type", *_Message.__struct_encode_fields__}
