"""`gateway swarm` before it runs."""

from pathlib import Path

import pytest

from gateway.cli.swarm import _check_writable


def test_whether_a_report_can_be_written_is_found_out_and_nothing_is_changed(tmp_path: Path) -> None:
    """The report of the last run is the operator's until there is another one."""
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text("the last run")
    for file in (old, new, None):
        _check_writable(file)
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]
    assert old.read_text() == "the last run"
    for wrong in (tmp_path, tmp_path / "none" / "new.json"):
        with pytest.raises(OSError, match=str(tmp_path)):
            _check_writable(wrong)
