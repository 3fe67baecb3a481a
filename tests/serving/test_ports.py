"""The table of ports."""

from pathlib import Path

from gateway.config import Settings
from gateway.serving.ports import PORTS


def test_each_setting_of_a_port_is_a_row() -> None:
    """That each row listens is in tests/test_doors.py."""
    assert sorted(port.setting for port in PORTS) == sorted(Settings().ports)


def test_the_protocol_says_which_port_each_is() -> None:
    """And begins with what is spoken there: whoever adds one has to tell those who would speak it."""
    text = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    contents, _, _ = text.partition("\n## ")
    assert [port for port in Settings().ports.values() if f"port {port}" not in contents] == []
