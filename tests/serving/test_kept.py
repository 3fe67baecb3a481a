"""Files that are read at a start: another content is told by a reload, and one that can't be read is a fault."""

import os
from pathlib import Path

import pytest

from gateway.config import SettingError, Settings
from gateway.serving.reload import NOTHING, read_apart
from gateway.serving.server import Server

from ..tables import each_of

AS_SETTINGS = ("nats_ca", "nats_password_file", "nats_creds")


@each_of(
    ("name", "line"),
    [
        ("nats_ca", "the file of --nats-ca is another one: that needs a restart"),
        ("nats_password_file", "the file of --nats-password-file is another one: that needs a restart"),
        ("nats_creds", "the file of --nats-creds is another one: it is read when NATS is connected to again"),
    ],
)
async def test_what_is_replaced_in_its_place_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, line: str
) -> None:
    """A reload said that nothing is another one, and the gateway failed when NATS was restarted."""
    file = tmp_path / "file"
    file.write_text("old")
    settings = Settings(store="nats://u@127.0.0.1:1/r", **{name: str(file)})  # type: ignore[arg-type]
    server = Server(settings)
    monkeypatch.setattr(server, "adopt", nothing)  # it is not open
    assert await server.reload() == [NOTHING]
    file.write_text("new")
    assert await server.reload() == [line]
    assert await server.reload() == [line]  # until it is started again


async def nothing(_: Settings) -> list[str]:
    return []


@pytest.mark.parametrize("name", AS_SETTINGS)
async def test_one_that_is_not_there_is_a_fault(tmp_path: Path, name: str) -> None:
    settings = Settings(**{name: str(tmp_path / "file")})  # type: ignore[arg-type]
    with pytest.raises(SettingError, match=rf"^--{name.replace('_', '-')} {tmp_path}/file: No such file or directory$"):
        await read_apart(lambda: settings)


async def test_a_pipe_is_left_to_who_needs_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    await read_apart(lambda: Settings(nats_password_file=str(tmp_path / "pipe")))
