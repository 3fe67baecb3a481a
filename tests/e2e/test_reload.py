"""SIGHUP: all settings are read again. Who is in stays in; who comes is met by the new ones; or all is as it was."""

import asyncio
import os
import signal
import threading
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
import trustme

from gateway.config import SettingError, Settings
from gateway.serving.reload import read_apart

from ..nats import lone_server
from ..patience import PATIENCE
from ..tables import in_worlds
from .conftest import Own, Start
from .gateway import Gateway
from .peers import chat, raw
from .test_workers import FLAGS

SECRETS = ("first-secret", "second-secret", "boss-secret")


class Files:
    """A file of settings, and one with the password."""

    def __init__(self, folder: Path) -> None:
        self.config, self.password = folder / "gateway.toml", folder / "password"
        self.write("first-secret", 'title = "One"')

    def write(self, password: str, *lines: str) -> None:
        self.password.write_text(f"{password}\n")
        self.config.write_text("\n".join([f'password-file = "{self.password}"', *lines]))

    @property
    def flags(self) -> tuple[str, ...]:
        return "--config", str(self.config)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


async def reload(gateway: Gateway, expected: str, times: int = 1) -> None:
    gateway.signal(signal.SIGHUP)
    await asyncio.to_thread(gateway.wait_for_log, f"reload: {expected}", times)


async def answer(gateway: Gateway, path: str, **fields: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(gateway.page + path, headers=fields) as response:
        return response.status, await response.text()


@pytest.mark.parametrize("flags", [(), in_worlds(FLAGS)], ids=["one", "workers"])
async def test_a_file_that_is_waited_for_keeps_nobody_waiting(
    start: Start, files: Files, flags: tuple[str, ...]
) -> None:
    """As a pipe, or on a disk that hangs: nobody heard anything until somebody wrote to it."""
    gateway = start(*flags, *files.flags)
    files.password.unlink()
    os.mkfifo(files.password)
    async with chat(gateway, password="first-secret") as ann:
        gateway.signal(signal.SIGHUP)
        pipe = await asyncio.to_thread(os.open, files.password, os.O_WRONLY)  # when it is being read
        await ann.say("still here")
        assert (await ann.next("message"))["text"] == "still here"
        os.write(pipe, b"second-secret\n")
        os.close(pipe)
        await asyncio.to_thread(gateway.wait_for_log, "reload: --password is another one now")


async def test_one_that_is_never_read_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.serving.reload.READ_SECONDS", 0.01)
    hangs = threading.Event()
    with pytest.raises(SettingError, match=r"^a file of its settings could not be read within"):
        await read_apart(lambda: Settings(title=str(hangs.wait())))
    hangs.set()


@pytest.mark.parametrize("flags", [(), in_worlds(FLAGS)], ids=["one", "workers"])
async def test_who_is_in_stays_in_and_who_comes_meets_the_new_ones(
    start: Start, files: Files, flags: tuple[str, ...]
) -> None:
    gateway = start(*flags, *files.flags)
    elsewhere = {"Origin": "https://elsewhere.example"}
    async with chat(gateway, password="first-secret") as ann, AsyncExitStack() as later:
        assert ann.welcome["title"] == "One"
        assert (await answer(gateway, "messages", **elsewhere))[0] == 403
        files.write(
            "second-secret", 'title = "Two"', 'origin = ["https://elsewhere.example"]', 'admin-password = "boss-secret"'
        )
        await reload(gateway, "--title is Two now, it was One")
        gateway.wait_for_log("reload: --password is another one now; who is in stays in")
        gateway.wait_for_log("reload: --origin is https://elsewhere.example now, it was none")
        gateway.wait_for_log("reload: --admin-password is there now")
        await ann.say("still here", "a")
        assert (await ann.next("ack", "message"))["type"]
        # The kernel deals connections out among workers, which hear of it one after another.
        async with asyncio.timeout(PATIENCE):
            while await refused(gateway, "second-secret"):
                await asyncio.sleep(0.01)
        for _ in range(8):
            bob = await later.enter_async_context(chat(gateway, password="second-secret"))
            assert bob.welcome["title"] == "Two"
        assert "<title>Two" in (await answer(gateway, ""))[1]
        assert (await answer(gateway, "messages", Authorization="Bearer second-secret", **elsewhere))[0] == 200
        assert await refused(gateway, "first-secret")
    assert gateway.interrupt() == 0
    assert not any(secret in gateway.log for secret in SECRETS)


@pytest.mark.parametrize("flags", [(), in_worlds(FLAGS)], ids=["one", "workers"])
async def test_by_another_admin_password_nobody_is_an_operator_any_more(
    start: Start, files: Files, flags: tuple[str, ...]
) -> None:
    files.write("first-secret", 'admin-password = "boss-secret"')
    gateway = start(*flags, *files.flags)
    async with AsyncExitStack() as here:
        # The kernel deals connections out among workers.
        people = [await here.enter_async_context(chat(gateway, password="first-secret")) for _ in range(8)]
        for each in people:
            await each.send({"type": "command", "text": "/op boss-secret"})
            assert (await each.next("notice", "error"))["code"] == "op"
        files.write("first-secret", 'admin-password = "next-secret"')
        await reload(gateway, "--admin-password is another one now; who was an operator is none any more")
        for each in people:
            assert (await each.next("notice", "error"))["code"] == "op-ended"
            await each.send({"type": "moderate", "act": "banned"})
            assert (await each.next("notice", "error"))["code"] == "op-needed"
        await people[0].send({"type": "command", "text": "/op next-secret"})
        assert (await people[0].next("notice", "error"))["code"] == "op"
        session = people[1].welcome["session"]
    async with chat(gateway, password="first-secret", session=session) as back:
        await back.send({"type": "moderate", "act": "banned"})
        assert (await back.next("notice", "error"))["code"] == "op-needed"
    assert gateway.interrupt() == 0
    assert not any(secret in gateway.log for secret in (*SECRETS, "next-secret"))


async def refused(gateway: Gateway, password: str) -> bool:
    return (await answer(gateway, "messages", Authorization=f"Bearer {password}"))[0] != 200


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("titel = 'Two'", "'titel' is no setting"),
        ("rate = 'fast'", "rate: 'fast' must be a number"),
        ("tls-cert = '/nowhere/none'", "--tls-cert /nowhere/none: No such file"),
        ("[", "no valid TOML"),
    ],
)
async def test_one_fault_and_all_is_as_it_was(start: Start, files: Files, line: str, expected: str) -> None:
    gateway = start(*files.flags)
    files.write("second-secret", 'title = "Two"', line)
    await reload(gateway, "all stays as it was: ")
    gateway.wait_for_log(expected)
    async with chat(gateway, password="first-secret") as ann:
        assert ann.welcome["title"] == "One"
    files.write("second-secret", 'title = "Two"')
    await reload(gateway, "--title is Two now")
    async with chat(gateway, password="second-secret") as ann:
        assert ann.welcome["title"] == "Two"
    gateway.judged = True


async def test_a_password_file_that_is_gone_opens_nothing(start: Start, files: Files) -> None:
    gateway = start(*files.flags)
    files.password.unlink()
    await reload(gateway, f"all stays as it was: {files.password}: No such file")
    assert await refused(gateway, "")
    assert not await refused(gateway, "first-secret")
    gateway.judged = True


async def test_the_command_line_stays_and_what_needs_a_restart_is_told(start: Start, files: Files) -> None:
    gateway = start("--title", "Mine", "--max-text", "100", *files.flags)
    files.write("first-secret", 'title = "Two"', "max-text = 200", "keep = 7", "per-ip = 1")
    await reload(gateway, "--keep is another one: that needs a restart")
    gateway.wait_for_log("reload: --per-ip is 1 now, it was 64")
    await reload(gateway, "--keep is another one: that needs a restart", 2)
    async with chat(gateway, password="first-secret") as ann:
        assert ann.welcome["title"] == "Mine"
        await ann.say("x" * 101, "a")
        assert (await ann.next("error"))["code"] == "too-long"
    assert gateway.interrupt() == 0
    assert "--max-text is" not in gateway.log
    assert gateway.log.count("--per-ip is") == 1


async def test_who_is_slowed_down_is_slowed_down_otherwise(start: Start, files: Files) -> None:
    files.write("first-secret", "rate = 0.01", "burst = 3")
    gateway = start(*files.flags)
    async with chat(gateway, password="first-secret") as ann:
        await ann.say("0")
        assert await ann.texts(1) == ["0"]
        files.write("first-secret", "rate = 0")
        await reload(gateway, "--rate is 0 now")
        for number in range(1, 50):  # of which the third would have waited for a minute
            await ann.say(f"{number}")
        assert await ann.texts(49) == [f"{number}" for number in range(1, 50)]


async def test_what_is_logged_and_whom_a_proxy_speaks_for(start: Start, files: Files) -> None:
    files.write("first-secret", 'log-level = "warning"')
    gateway = start(*files.flags)
    field = {"X-Forwarded-For": "198.51.100.7"}
    files.write("first-secret", 'log-level = "info"', 'trust-proxy = ["127.0.0.1"]')
    await reload(gateway, "--log-level is info now, it was warning")
    assert (await answer(gateway, "messages", Authorization="Bearer wrong", **field))[0] == 401
    gateway.wait_for_log("refused 198.51.100.7: password-wrong")
    async with raw(gateway, greeted=False) as ann:
        await ann.send(b"PROXY TCP4 198.51.100.8 127.0.0.1 1 2\r\n \r\n/pass first-secret\r\n")
        await asyncio.to_thread(gateway.wait_for_log, "from 198.51.100.8 came by raw")


async def test_the_raw_port_asks_for_the_new_password(start: Start, files: Files) -> None:
    files.write("first-secret")
    gateway = start(*files.flags)
    files.write("second-secret")
    await reload(gateway, "--password is another one")
    async with raw(gateway) as ann:
        await ann.type_lines()
        await ann.send(b"/pass second-secret\r\n")
        await ann.until("/help")


# --- NATS -------------------------------------------------------------------------------------------------------------


def nats_of(folder: Path, word: str, authority: trustme.CA) -> str:
    """What a nats-server goes by that has this password and a certificate of this CA."""
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    tls = f'tls {{ cert_file: "{folder}/cert.pem", key_file: "{folder}/key.pem" }}'
    return f"authorization {{ users = [{{ user: gw, password: {word} }}] }}\n{tls}"


@pytest.mark.nats
@pytest.mark.parametrize("flags", [(), in_worlds(("--workers", "2"))], ids=["one", "workers"])
async def test_a_gateway_comes_back_by_another_password_and_ca_of_nats(
    start: Start, own: Own, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    old, new, word, ca = trustme.CA(), trustme.CA(), tmp_path / "word", tmp_path / "ca.pem"
    server = own(lone_server(tmp_path, nats_of(tmp_path, "old", old)))
    word.write_text("old\n")
    old.cert_pem.write_to_path(ca)
    files = ("--nats-password-file", str(word), "--nats-ca", str(ca))
    gateway = start("--store", f"tls://gw@127.0.0.1:{server.port}/room", *files, *flags)
    async with chat(gateway) as ann:
        await ann.say("before")
        assert await ann.texts(1) == ["before"]
        word.write_text("new\n")
        new.cert_pem.write_to_path(ca)
        await reload(
            gateway, "the file of --nats-password-file is another one: it is read when NATS is connected to again"
        )
        await asyncio.to_thread(gateway.wait_for_log, "the file of --nats-ca is another one")
        server.kill()
        server.configure(nats_of(tmp_path, "new", new))
        server.start()
        back = f"connection to NATS at 127.0.0.1:{server.port} is back"
        await asyncio.to_thread(gateway.wait_for_log, back, 2 if flags else 1)
        await ann.say("after")
        while (event := await ann.next("message", "notice"))["type"] != "message":
            assert event["code"] in ("store-failed", "store-back")  # nobody leads the stream yet
        assert event["text"] == "after"
    ca.write_text("no certificate\n")
    await reload(gateway, f"all stays as it was: --nats-ca {ca}: no certificate in PEM")
    gateway.judged = True
