"""Signals that come at any moment, however often: heard while they mean something, and no word of them after."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .processes import started

BEGIN = "import asyncio, os, signal, sys; from contextlib import suppress; TERM = signal.SIGTERM\n"
SCENES = {
    "server": """
from gateway.serving.signals import handled
async def scene():
    with handled(asyncio.get_running_loop(), stop=lambda: None, reload=lambda: None):
        print("open", flush=True)
        await asyncio.sleep(0)
for _ in range(300):
    asyncio.run(scene())
""",
    "client": """
from gateway.client.address import ChatError
from gateway.client.signals import stopped
signal.signal(TERM, lambda *_: None)
print("open", flush=True)
for _ in range(300):
    with suppress(ChatError):
        asyncio.run(stopped(TERM))
""",
}


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_of_a_signal_that_comes_while_it_ends_no_word_is_said(scene: str, tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    command = [sys.executable, "-c", BEGIN + scene]
    with errors.open("w") as told, started(command, stdout=subprocess.PIPE, stderr=told) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
            time.sleep(1e-5)  # a handler that is begun anew before it ends begins another
    assert errors.read_text() == ""
    assert process.returncode == 0
