"""What all members share: which texts can be said."""

import pytest

from gateway.refusals import RefusedError

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
