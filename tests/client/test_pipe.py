"""What a pipe says of what is piped in; what it prints and how it ends, as a process, is in e2e."""

import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.client.pipe import Pipe, Wishes

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


@pytest.mark.parametrize(
    "secret", ["\x1b[31m/op secret", "\x07/pass secret", "\x1b]0;title\x07/op secret", "a\n\x1b[0m/op secret"]
)
async def test_a_secret_behind_what_is_cleaned_away_is_held_back(
    secret: str, said_of: Callable[[str], Awaitable[list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await said_of(secret) == []
    assert "looks like /op or /pass" in capsys.readouterr().err


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.typed)
async def test_what_is_piped_in_is_text_and_no_command_unless_it_is_held_back(
    case: Case, said_of: Callable[[str], Awaitable[list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    is_held = case.held or case.name in ("op", "pass")
    assert await said_of(case.typed) == ([] if is_held else [case.typed])
    assert ("looks like /op or /pass" in capsys.readouterr().err) is is_held
