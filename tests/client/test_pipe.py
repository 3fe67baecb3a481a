"""What a pipe says of what is piped in; what it prints and how it ends, as a process, is in e2e."""

import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.client import told
from gateway.client.address import USAGE, ChatError
from gateway.client.pipe import FOUND_AT_ONCE, MOST_STALLED, Pipe, Wishes
from gateway.client.refused import COUNTED, MOST_TOLD
from gateway.client.screen import NOT_SAID
from gateway.searches import Sought

from ..typed import CASES, Case
from .recorder import Recorder


@pytest.fixture
def said_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Awaitable[list[str]]]:
    """What a pipe says of a text that is piped in as a whole."""

    async def said(typed: str) -> list[str]:
        (tmp_path / "input").write_bytes(typed.encode())
        with (tmp_path / "input").open("rb") as file:
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(file))
            pipe = Pipe(Wishes(sends=True, whole=True))
            link = Recorder(pipe.hear, acks=True)
            await pipe._say_all(link)
        return link.said

    return said


async def test_a_binary_is_told_line_by_line_for_a_while_and_then_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was 1,224 lines."""
    (tmp_path / "input").write_bytes(b"\xff\n" * 400 + b"/op x\ntext\n/op y\n")
    with (tmp_path / "input").open("rb") as file:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(file))
        pipe = Pipe(Wishes(sends=True))
        link = Recorder(pipe.hear, acks=True)
        await pipe._say_all(link)
    assert link.said == ["text"]
    lines = capsys.readouterr().err.splitlines()
    numbers = [int(line.partition("line ")[2].partition(":")[0]) for line in lines]
    assert numbers == [*range(1, MOST_TOLD + 2), 401, 403]
    assert [line.endswith(COUNTED) for line in lines] == [False] * MOST_TOLD + [True, False, False]
    assert pipe._not_said.startswith("402 of 403 were not said: line 1: ")
    assert pipe._rest(0, "", 0) == f"; {pipe._not_said}"  # however it ends


@pytest.mark.parametrize(
    "secret",
    ["/op secret", "\x1b[31m/op secret", "\x07/pass secret", "\x1b]0;title\x07/op secret", "a\n\x1b[0m/op secret"],
)
async def test_a_secret_behind_what_is_cleaned_away_is_held_back(
    secret: str, said_of: Callable[[str], Awaitable[list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await said_of(secret) == []
    assert capsys.readouterr().err == f"gateway chat: {NOT_SAID}\n"
    assert not {"before", "behind", "inside", "beginning"} & {*NOT_SAID.split()}  # it may stand alone


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.typed)
async def test_what_is_piped_in_is_text_and_no_command_unless_it_is_held_back(
    case: Case, said_of: Callable[[str], Awaitable[list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    is_held = case.held or case.name in ("op", "pass")
    assert await said_of(case.typed) == ([] if is_held else [case.typed])
    assert ("looks like /op or /pass" in capsys.readouterr().err) is is_held


class Searching(Recorder):
    """Notes what it is asked to look for."""

    def __init__(self, pipe: Pipe) -> None:
        super().__init__(pipe.hear)
        self.sought: list[tuple[Sought, int]] = []
        pipe._link = self

    def find(self, what: Sought, limit: int) -> bool:
        self.sought.append((what, limit))
        return True


@pytest.mark.parametrize("before", [9, 10, 0])
def test_a_search_that_comes_no_further_is_over(before: int) -> None:
    pipe = Pipe(Wishes(sends=False, sought=Sought("deploy")))
    link = Searching(pipe)
    pipe.hear(told.State("connected"))
    pipe.hear(told.Found([], more=True, before=9))
    for _ in range(MOST_STALLED):
        pipe.hear(told.Found([], more=True, before=before))
    assert pipe._over.is_set()
    assert len(link.sought) == (1 + MOST_STALLED if before == 9 else 2)


def test_a_search_goes_on_to_its_end_and_over_a_lost_connection(capfd: pytest.CaptureFixture[str]) -> None:
    pipe = Pipe(Wishes(sends=False, sought=Sought("deploy")))
    link = Searching(pipe)
    pipe.hear(told.State("connected"))
    pipe.hear(told.Found([told.Message("ann", "deploy 9", 9)], more=True, before=9))
    pipe.hear(told.Message("bob", "a deploy that is said now", 10))
    pipe.hear(told.State("lost", "closed"))
    pipe.hear(told.State("connected"))
    pipe.hear(told.Found([], more=True, before=4))
    assert not pipe._over.is_set()
    pipe.hear(told.Found([told.Message("ann", "deploy 2", 2)]))
    assert pipe._over.is_set()
    assert [(what.before, limit) for what, limit in link.sought] == [(each, FOUND_AT_ONCE) for each in (None, 9, 9, 4)]
    assert capfd.readouterr().out == "ann: deploy 9\nann: deploy 2\n"


def test_a_search_that_is_refused_is_a_mistake() -> None:
    pipe = Pipe(Wishes(sends=False, sought=Sought("deploy")))
    link = Searching(pipe)
    for code in ("password-needed", "password-wrong", "password-wait", "name-taken"):
        pipe.hear(told.Error(code, "that is no matter of the search, and its end tells what it is"))
    link.session.is_in = True
    pipe.hear(told.Error("name-taken", "the name Ann is taken"))
    with pytest.raises(ChatError, match="too much") as mistake:
        pipe.hear(told.Error("search-long", "that is too much"))
    assert mistake.value.status == USAGE
