"""How far a pipe is: a line at its end, and on a terminal a bar meanwhile."""

import io
from pathlib import Path

import pytest

from gateway.client.progress import EACH_SECONDS, FIRST_SECONDS, Progress


class Tty(io.StringIO):
    """A terminal, as far as it says."""

    def isatty(self) -> bool:
        """See IOBase."""
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("gateway.client.progress.time.monotonic", lambda: now[0])
    return now


def test_on_a_terminal_a_long_pipe_has_a_bar(clock: list[float], tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"x" * 1000)
    with (tmp_path / "log").open("rb") as source:
        screen = Tty()
        progress = Progress(source, screen)
        progress.show(1, 2)
        assert screen.getvalue() == ""  # a short one has none
        clock[0] += FIRST_SECONDS
        progress.read = 500
        progress.show(1200, 1300)
        assert screen.getvalue() == "\r[##########..........] 1,200 stored, 100 under way"
        progress.show(1201, 1300)
        assert "1,201" not in screen.getvalue()  # not so soon
        clock[0] += EACH_SECONDS
        progress.show(1, 1)
        last = screen.getvalue().rpartition("\r")[2]
        assert last.rstrip() == "[##########..........] 1 stored, 0 under way"
        assert len(last) == len("[##########..........] 1,200 stored, 100 under way")  # what was longer is wiped
        progress.end(1300, 1300)
        assert screen.getvalue().endswith("\rgateway chat: 1300 of 1300 stored\n")


@pytest.mark.usefixtures("clock")
def test_elsewhere_the_end_alone_is_told(clock: list[float]) -> None:
    screen = io.StringIO()
    with Path("/dev/null").open("rb") as source:
        progress = Progress(source, screen)
        clock[0] += 60
        progress.show(5, 9)
        progress.clear()
        progress.end(5, 9)
    assert screen.getvalue() == "gateway chat: 5 of 9 stored\n"
