"""What the READMEs show of a newcomer's first two minutes is what the real programs show."""

import re
from pathlib import Path

import pytest

from ..processes import need
from .conftest import Start
from .transcripts import PROGRAMS, record

ROOT = Path(__file__).parents[2]
READMES = {"en": ROOT / "README.md", "zh": ROOT / "docs/README.zh.md"}


def timeless(transcript: str) -> str:
    """Without what differs each time: clocks, the server's zone, and what a guest is called."""
    transcript = re.sub(r"\[\d\d:\d\d\]", "[20:17]", transcript)
    return re.sub("guest-[a-z]{6}", "guest-abcdef", re.sub(r"UTC[+-]\d\d:\d\d", "UTC+00:00", transcript))


def shown(language: str, program: str) -> str:
    """The block of a README that begins with the command."""
    readme = READMES[language].read_text(encoding="utf-8")
    found = re.search(rf"^    \$ {program} localhost 8001\n((?:    .*\n|\n(?=    ))*)", readme, re.MULTILINE)
    assert found, f"no transcript of {program} in {READMES[language]}"
    return re.sub("^    ", "", found[0], flags=re.MULTILINE).strip()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("program", ["nc", "telnet"])
async def test_a_newcomers_first_two_minutes(start: Start, program: str, language: str) -> None:
    need(PROGRAMS[program])
    gateway = start("--language", language)
    assert timeless(shown(language, program)) == timeless(await record(gateway, program, language))
