"""The reasons for which a connection ends: whoever adds one has to tell those who meet it."""

from pathlib import Path

import pytest

from gateway.wires.closing import Closing

PROTOCOL = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("why", [why for why in Closing if why.code >= 4000], ids=lambda why: why.reason)
def test_each_code_of_ours_is_in_the_protocol(why: Closing) -> None:
    assert f"| {why.code} | `{why.reason}` |" in PROTOCOL


def test_a_reason_is_one_ones_own() -> None:
    assert len({why.reason for why in Closing}) == len(Closing)
    ours = [why.code for why in Closing if why.code >= 4000]
    assert len(set(ours)) == len(ours)
