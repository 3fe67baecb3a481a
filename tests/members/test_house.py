"""What all members share: which texts can be said, and what is made of them."""

import msgspec
import pytest

from gateway.refusals import RefusedError
from gateway.wires.events import Say

from ..doors import JsonPeer
from ..fakes import scene


@pytest.mark.parametrize("text", ["x" * 100, "消" * 33, "\U0001f600" * 25])
async def test_a_text_has_so_many_bytes(text: str) -> None:
    async with scene(max_text=100) as here:
        here.house.check_text(text)
        with pytest.raises(RefusedError, match="too-long"):
            here.house.check_text(text + text[0])


@pytest.mark.parametrize("text", ["", " \t\u3000"])
async def test_nothing_is_no_text(text: str) -> None:
    async with scene() as here:
        with pytest.raises(RefusedError, match="empty"):
            here.house.check_text(text)


async def test_what_is_said_has_all_that_was_asked_for() -> None:
    """But for the id, of which the key is made. Whoever adds a field to one forgets the other."""
    said = Say("waves", id="c1", kind="action", re=7)
    for field in msgspec.structs.fields(Say):
        assert getattr(said, field.name) not in (field.default, "", 0), field.name
    async with scene() as here:
        peer = JsonPeer(here, "192.0.2.1", "Ann")
        await peer.come()
        draft = here.house.draft(peer.member, said)
    for name in {*Say.__struct_fields__} - {"id"}:
        assert getattr(draft, name) == getattr(said, name), name
