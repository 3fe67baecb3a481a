"""A line of output is whole or not there: on a disk that is full, too."""

import asyncio
import json
import os
import subprocess
from pathlib import Path

import pytest

from gateway.client.stdout import print_line

from ..e2e.gateway import MODULE
from ..processes import started
from .rooms import JsonRoom

LIMITED = 'ulimit -f 8; trap "" XFSZ; exec "$@"'
"""Runs a command whose files hold 8 KiB, as if the disk were full then."""


@pytest.mark.parametrize("before", [b"", b"what stood there\n"])
async def test_a_full_disk_ends_it_with_a_line_and_no_half_of_one(tmp_path: Path, before: bytes) -> None:
    """It was JSONL with glued lines, for ever; then its last line was a half."""
    file = tmp_path / "log"
    file.write_bytes(before)
    async with JsonRoom(*("x" * 300 for _ in range(100))).open() as address:
        command = ["bash", "-c", LIMITED, "-", *MODULE, "chat", address, "--json", "--no-follow", "--history", "100"]
        streams = {"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        with file.open("ab") as output, started(command, stdout=output, **streams) as ended:
            _, errors = await asyncio.to_thread(ended.communicate, timeout=20)
    assert ended.returncode == 1
    assert errors.decode().startswith("gateway: standard output: ")
    assert errors.count(b"\n") == 1
    lines = file.read_bytes().removeprefix(before)
    assert lines.endswith(b"\n")
    assert [json.loads(line)["seq"] for line in lines.splitlines()] == [*range(1, lines.count(b"\n") + 1)]


def test_a_line_goes_out_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    print_line("你好")
    os.write(1, b"next\n")
    assert capfd.readouterr().out == "你好\nnext\n"
