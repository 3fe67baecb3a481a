"""The nats-server of --embedded-nats; what it does is in e2e/test_workers, and on a full disk in e2e/test_faults."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from gateway.serving.embedded import EmbeddedNats, NatsServer, _can_write
from gateway.serving.ports import ServerError

from ..patience import PATIENCE
from ..tables import each_of


def test_what_is_acked_is_on_the_disk_and_the_password_is_nobody_elses(tmp_path: Path) -> None:
    # JetStream's own default is two minutes: a power failure would take what people were told is kept.
    nats = EmbeddedNats(tmp_path / "nats")
    try:
        file = tmp_path / "nats" / "nats.conf"
        assert "sync_interval: always" in file.read_text(encoding="utf-8")
        assert file.stat().st_mode & 0o077 == file.parent.stat().st_mode & 0o077 == 0
    finally:
        nats.close()


def test_a_folder_is_one_gateways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.serving.embedded.LOCK_SECONDS", 0.0)
    nats = EmbeddedNats(tmp_path)
    held = os.listdir("/proc/self/fd")
    with pytest.raises(ServerError, match="in use by another gateway"):
        EmbeddedNats(tmp_path)
    assert os.listdir("/proc/self/fd") == held
    nats.close()
    EmbeddedNats(tmp_path).close()


def test_a_folder_that_cant_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "nats.conf").mkdir()
    with pytest.raises(ServerError, match=f"^--embedded-nats: {tmp_path}: Is a directory$"):
        EmbeddedNats(tmp_path)
    (tmp_path / "nats.conf").rmdir()
    EmbeddedNats(tmp_path).close()  # it is nobody's now


@each_of(
    ("words", "advice"),
    [("no space left on device", "make room there, 16 MiB at least"), ("input/output error", "mend that")],
)
async def test_one_that_cant_write_is_ended_when_it_could_again(words: str, advice: str) -> None:
    failures, room = ["", words], [False, True]

    async def failure(where: str) -> str:
        assert where == "nats://here"
        return failures.pop(0)

    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("gateway.stores.jetstream.disk.disk_failure", failure)
        patch.setattr("gateway.serving.embedded._can_write", lambda folder: room.pop(0))
        patch.setattr("gateway.serving.embedded.ASK_SECONDS", 0)
        patch.setattr("gateway.serving.embedded.log.error", lambda text, *values: lines.append(text % values))
        server = NatsServer("nats-server", ["sleep", "60"], folder=Path("/here"), url="nats://here")
        process = await server.start()
        async with asyncio.timeout(PATIENCE):
            await server.watch()
    assert process.returncode == -signal.SIGTERM
    assert lines == [f"nats-server can't write to /here: {words}; {advice}: then it goes on by itself"]
    assert not failures
    assert not room


def test_whether_a_disk_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _can_write(tmp_path)
    assert not list(tmp_path.iterdir())
    assert not _can_write(tmp_path / "gone")
    monkeypatch.setattr("gateway.serving.embedded.ROOM_MIB", 2**40)
    assert not _can_write(tmp_path)
