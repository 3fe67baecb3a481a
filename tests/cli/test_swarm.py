"""`gateway swarm` before and after it runs."""

from pathlib import Path

import pytest

from gateway.cli.swarm import _check_writable, swarm
from gateway.swarm.conductor import Conductor
from gateway.swarm.report import Report

from ..swarm.test_report import outcome, report


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


@pytest.mark.parametrize(
    ("lost", "was_stopped", "status"), [(0, False, 0), (0, True, 130), (1, False, 1), (1, True, 1)]
)
def test_a_fault_is_told_by_the_status_whether_or_not_the_talk_was_stopped(
    monkeypatch: pytest.MonkeyPatch, lost: int, was_stopped: bool, status: int
) -> None:
    def run(conductor: Conductor) -> Report:
        conductor.was_stopped = was_stopped
        return report(outcome(lost=lost))

    monkeypatch.setattr(Conductor, "run", run)
    monkeypatch.setattr("signal.signal", lambda *_: None)  # Ctrl-C stays that of the tests
    with pytest.raises(SystemExit) as ended:
        swarm.main(["--ws", "2"], standalone_mode=False)
    assert ended.value.code == status
