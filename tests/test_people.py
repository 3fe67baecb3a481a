"""Who is in the room, as others are told of them: the name that is shown, and what other nodes may tell."""

import msgspec
import pytest

from gateway.names import guest_label
from gateway.people import MAX_BY, MAX_LABEL, Person, Seen

ADDRESS = "('192.0.2.1', 5000)"


@pytest.mark.parametrize(("name", "shown"), [("Ann", "Ann"), (ADDRESS, guest_label("Ann-Ann_Ann0"))])
def test_an_address_is_shown_as_the_guest_that_it_belongs_to(name: str, shown: str) -> None:
    assert Person(name, "tcp", "Ann-Ann_Ann0").shown == shown


@pytest.mark.parametrize(
    ("name", "by", "is_one"), [(MAX_LABEL, MAX_BY, True), (MAX_LABEL + 1, 1, False), (1, MAX_BY + 1, False)]
)
def test_what_another_node_tells_has_limits(name: int, by: int, is_one: bool) -> None:
    told = msgspec.json.encode({"name": "a" * name, "via": "tcp", "by": "b" * by})
    if is_one:
        assert msgspec.json.decode(told, type=Person).name == "a" * name
    else:
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(told, type=Person)


def test_what_is_not_known_is_not_told() -> None:
    assert msgspec.json.encode(Person("Ann", "web")) == b'{"name":"Ann","via":"web"}'
    assert msgspec.json.encode(Seen("Ann", "web", host="192.0.2.1")) == b'{"name":"Ann","via":"web","host":"192.0.2.1"}'
