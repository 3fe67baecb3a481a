"""The table of ports."""

from gateway.config import Settings
from gateway.serving.ports import PORTS


def test_each_setting_of_a_port_is_a_row() -> None:
    """That each row listens is in tests/test_doors.py."""
    assert sorted(port.setting for port in PORTS) == sorted(Settings().ports)
