"""The reasons for which a connection ends: whoever adds one has to tell those who meet it."""

from pathlib import Path

import pytest
from websockets.frames import CloseCode

from gateway.wires.closing import Closing

from ..tables import each_of

GATEWAY = Path(__file__).parents[2] / "gateway"
SOURCES = [path.read_text(encoding="utf-8") for path in GATEWAY.rglob("*.py")]
PROTOCOL = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("why", [why for why in Closing if why.code >= 4000], ids=lambda why: why.reason)
def test_each_code_of_ours_is_in_the_protocol(why: Closing) -> None:
    assert f"| {why.code} | `{why.reason}` |" in PROTOCOL


@pytest.mark.parametrize("why", [why for why in Closing if why.farewell], ids=lambda why: why.reason)
def test_each_last_word_is_in_the_protocol(why: Closing) -> None:
    chinese, english = why.farewell or ("", "")
    assert f"| `{why.reason}` | `* {english}` | `* {chinese}` |" in PROTOCOL


def test_a_reason_is_one_ones_own() -> None:
    assert len({why.reason for why in Closing}) == len(Closing)
    ours = [why.code for why in Closing if why.code >= 4000]
    assert len(set(ours)) == len(ours)


@each_of("why", Closing)
def test_a_code_is_one_that_may_be_sent_and_somebody_ends_so(why: Closing) -> None:
    """RFC 6455, section 7.4: its own ones, and from 4000 on whatever two sides agree on. 0 is no code at all."""
    assert why.code in {0, *CloseCode} or 4000 <= why.code <= 4999
    assert any(f"Closing.{why.name}" in source for source in SOURCES)
