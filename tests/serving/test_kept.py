"""Files that are read when NATS is connected to: others are told by a reload, one that is no good is a fault."""

import os
import re
from pathlib import Path
from uuid import uuid4

import pytest
import trustme

from gateway.config import SettingError, Settings
from gateway.serving.reload import NOTHING, read_apart
from gateway.serving.server import Server

from ..papers import Office

AS_SETTINGS = ("nats_ca", "nats_password_file", "nats_creds")


def written(name: str) -> str:
    """What such a file may say: something else each time."""
    if name == "nats_ca":
        return trustme.CA().cert_pem.bytes().decode()
    return Office().creds() if name == "nats_creds" else f"{uuid4()}\n"


@pytest.mark.parametrize("name", AS_SETTINGS)
async def test_what_is_replaced_in_its_place_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A reload said that nothing is another one, and the gateway failed when NATS was restarted."""
    file = tmp_path / "file"
    file.write_text(written(name))
    settings = Settings(store="nats://u@127.0.0.1:1/r", **{name: str(file)})  # type: ignore[arg-type]
    server = Server(settings)
    monkeypatch.setattr(server, "adopt", nothing)  # it is not open
    assert await server.reload() == [NOTHING]
    file.write_text(written(name))
    flag = f"--{name.replace('_', '-')}"
    assert await server.reload() == [f"the file of {flag} is another one: it is read when NATS is connected to again"]
    assert await server.reload() == [NOTHING]
    file.write_text("\n")
    with pytest.raises(SettingError, match=re.escape(str(file))):
        await server.reload()


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
