"""What the log of a real gateway is, in each form; and that Debian's fail2ban finds in it who guesses at passwords."""

import asyncio
import json
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import connect

from ..processes import need
from ..tables import of_these
from .conftest import Start
from .fronts import DEPLOY
from .gateway import Gateway, ended
from .peers import JSON_PROTOCOL, chat, raw
from .test_operations import ask
from .test_workers import FLAGS

FORMS = ("text", "json", "journal")
FILTER = DEPLOY / "fail2ban-filter.conf"
PASSWORDS = ("--password", "sesame-of-the-room", "--admin-password", "secret-of-operators")
FORGED = "2026-11-24 11:00:00,123 WARNING refused 203.0.113.9: password-wrong (room) by raw"
GUESSES = [
    "password-wrong (room) by raw", "password-wrong (operators) by raw", *["password-wrong (room) by http"] * 3,
    "password-wrong (room) by json", "password-wait (room) by http",
]  # fmt: skip


async def guess(gateway: Gateway) -> None:
    """Wrongly at each door, and once rightly."""
    wrong = {"Authorization": "Bearer wrong"}
    async with aiohttp.ClientSession() as session, raw(gateway, greeted=False) as ann:
        await ann.until("password")
        await ann.send(b"/pass wrong\n\n")
        await ann.until("not the password")
        await ann.send(b"/pass sesame-of-the-room\n\n/op wrong\n\n")
        await ann.until("not the password")
        for path in ("messages", "events"):
            async with session.get(gateway.page + path, headers=wrong) as response:
                assert response.status == 401
        async with session.post(gateway.page + "say", headers=wrong, data=b"x") as response:
            assert response.status == 401
        async with connect(gateway.url, subprotocols=[JSON_PROTOCOL]) as bob:
            await bob.send('{"type":"hello","password":"wrong"}')
            assert "password-wrong" in str(await bob.recv())
        async with session.get(gateway.page + "events", headers=wrong) as response:
            assert response.status == 429
        async with session.get(gateway.page + "messages") as response:  # no guess
            assert response.status == 401
        await ann.send(b"/op secret-of-operators\n\na text that is nobody else's\n\n")
        await ann.until("you are an operator")


def forge(gateway: Gateway) -> None:
    """What else a peer sends is in the log, and none of it is a line that the filter takes."""
    web, tcp = ("127.0.0.1", gateway.http_port), ("127.0.0.1", gateway.tcp_port)
    for fields in (f"Host: {FORGED}", f"Host: localhost\r\nOrigin: {FORGED}", f"Host: a\nX\r\nX: {FORGED}"):
        ask(web, f"GET /messages HTTP/1.1\r\n{fields}\r\n\r\n".encode())
    for fields in ("Host: \x1b[2J", f'Host: "\\\x9b\u202e,"message":"{FORGED[24:]}'):
        ask(web, f"GET /messages HTTP/1.1\r\n{fields}\r\n\r\n".encode())
    ask(web, f"{FORGED}\n{FORGED}\r\n\r\n".encode())
    ask(tcp, f"/name {FORGED[:25]}\n\n{FORGED}\n\n/quit\n\n".encode())


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """All that a gateway said, in each form."""
    told = {}
    for form in FORMS:
        gateway = Gateway(tmp_path_factory.mktemp(form), "--log-format", form, *PASSWORDS)
        asyncio.run(guess(gateway))
        forge(gateway)
        gateway.stop()
        told[form] = gateway.log
    return told


def lines_for_fail2ban(form: str, log: str) -> str:
    """As fail2ban has them: a file's; or what its systemd backend makes of a record of the journal."""
    if form != "journal":
        return log
    bare = re.sub(r"^<\d>", "", log, flags=re.MULTILINE)
    return "".join(f"Nov 24 11:00:00 host gateway[12]: {line}\n" for line in bare.splitlines())


def banned(log: str, folder: Path) -> tuple[list[str], list[str]]:
    """The lines that Debian's fail2ban takes, and the addresses that it has found in them."""
    (folder / "log").write_text(log)
    command = [need("fail2ban-regex"), "--print-all-matched", str(folder / "log"), str(FILTER)]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout
    matched = told.partition("|- Matched line(s):")[2].partition("`-")[0]
    lines = re.findall(r"^\|  (.*refused .*)$", matched, re.MULTILINE)
    assert f"{len(lines)} matched" in told, told
    command[1:2] = ["-o", "ip"]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout
    return lines, found.split()


@pytest.mark.parametrize("form", of_these(FORMS, "text"))
def test_fail2ban_finds_who_guesses_by_whatever_door_and_nobody_else(
    logs: dict[str, str], form: str, tmp_path: Path
) -> None:
    assert FORGED[24:60] in logs[form]
    lines, addresses = banned(lines_for_fail2ban(form, logs[form]), tmp_path)
    assert addresses == ["127.0.0.1"] * len(GUESSES)
    assert [re.findall(r"password-w\w+ \(\w+\) by \w+", line)[0] for line in lines] == GUESSES


@pytest.mark.worlds
@pytest.mark.parametrize(
    "line",
    [
        f"2026-11-24 11:00:00,123 WARNING [worker 2] refused 203.0.113.9: {GUESSES[0]}",
        f"2026-11-24 11:00:00,123 WARNING refused 203.0.113.9: {GUESSES[0]} (and 5 lines like it were not written)",
        f"Nov 24 11:00:00 host gateway[12]: 2026-11-24 11:00:00,123 WARNING refused 203.0.113.9: {GUESSES[0]}",
        f"Nov 24 11:00:00 host gateway[12]: [worker 2] refused 203.0.113.9: {GUESSES[0]}",
        '{"at":"2026-11-24T11:00:00.123Z","level":"warning","logger":"gateway.refusals.password-wrong","worker":"2",'
        f'"message":"refused 203.0.113.9: {GUESSES[0]}","event":"refused"}}',
    ],
)
def test_the_filter_knows_a_line_wherever_it_is_read(line: str, tmp_path: Path) -> None:
    assert banned(f"{line}\n", tmp_path) == ([line], ["203.0.113.9"])
    other = line.replace("203.0.113.9", "2001:db8::1").replace("wrong", "wait").replace("(room)", "(operators)")
    assert banned(f"{other}\n", tmp_path) == ([other], ["2001:db8::1"])


def test_the_jail_is_read_by_fail2ban(tmp_path: Path) -> None:
    """With the filter, in a configuration of Debian's otherwise."""
    (tmp_path / "filter.d").mkdir()
    for name in ("fail2ban.conf", "jail.conf", "action.d", "paths-common.conf", "paths-debian.conf"):
        (tmp_path / name).symlink_to(Path("/etc/fail2ban") / name)
    (tmp_path / "filter.d/gateway.conf").write_text(FILTER.read_text())
    (tmp_path / "jail.local").write_text((DEPLOY / "fail2ban-jail.conf").read_text())
    command = [need("fail2ban-client"), "-c", str(tmp_path), "-d"]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "['add', 'gateway', 'systemd']" in told.stdout, told.stderr
    assert "addjournalmatch', '_SYSTEMD_UNIT=gateway.service'" in told.stdout


@pytest.mark.parametrize("form", FORMS)
def test_nothing_in_it_is_secret_and_no_terminal_obeys_it(logs: dict[str, str], form: str) -> None:
    for secret in ("sesame", "secret-of", "a text that is nobody"):
        assert secret not in logs[form]
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", logs[form])


def test_json_is_one_object_a_line_from_the_start_to_the_end(logs: dict[str, str]) -> None:
    told = [json.loads(line) for line in logs["json"].splitlines()]
    for each in told:
        assert list(each)[:4] == ["at", "level", "logger", "message"]
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", each["at"])
    assert told[0]["event"] == "open"
    assert told[0]["message"].startswith(f"the room is open: http://localhost:{told[0]['http_port']}/, nc ")
    assert "stopping" in [each["message"] for each in told]  # and behind it who goes in that moment
    (first, *_) = [each for each in told if each.get("event") == "refused"]
    wanted = {"address": "127.0.0.1", "reason": "password-wrong", "about": "room", "door": "raw"}
    assert wanted.items() <= first.items()
    came = next(each for each in told if each.get("event") == "came")
    left = next(each for each in told if each.get("event") == "ended")
    operator = next(each for each in told if each.get("event") == "operator")
    assert came["address"] == left["address"] == operator["address"] == "127.0.0.1"
    assert came["by"] == operator["by"]
    assert {each["reason"] for each in told if each.get("event") == "ended"} >= {"password"}


def test_the_journal_is_told_a_priority_and_no_time(logs: dict[str, str]) -> None:
    lines = logs["journal"].splitlines()
    assert [line for line in lines if not re.match(r"<[46]>(?!\d{4}-)", line)] == []
    assert lines[0].startswith("<6>the room is open: http://localhost:")
    assert "<4>refused 127.0.0.1: password-wrong (room) by raw" in lines


async def test_a_reload_is_told_in_the_same_form_and_keeps_it(start: Start, tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text('log-format = "json"\n')
    gateway = start("--config", str(config))
    config.write_text('log-format = "text"\nlog-level = "warning"\ntitle = "Two"\n')
    gateway.signal(signal.SIGHUP)
    await asyncio.to_thread(gateway.wait_for_log, "reload: --log-format is another one: that needs a restart")
    assert gateway.interrupt() == 0
    told = [json.loads(line)["message"] for line in gateway.log.splitlines()]
    assert "reload: --title is Two now, it was none" in told
    assert "stopping" not in told  # which is no warning


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ("text", r"gateway: --tcp-port 1: .*\n"),
        ("json", r'\{"at":"[^"]*","level":"critical","logger":"gateway.cli","message":"--tcp-port 1: [^\n]*\}\n'),
        ("journal", r"<2>--tcp-port 1: .*\n"),
    ],
)
def test_why_it_does_not_start_is_told_in_the_same_form(form: str, pattern: str) -> None:
    refused = ended("--store", "memory:", "--log-format", form, "--host", "192.0.2.1", "--tcp-port", "1")
    assert refused.returncode == 1
    assert re.fullmatch(pattern.replace("--tcp-port 1", r"--(?:tcp|http)-port \d+"), refused.stderr), refused.stderr


@pytest.mark.worlds
@pytest.mark.nats
async def test_each_worker_says_which_it_is(start: Start) -> None:
    gateway = start(*FLAGS, "--log-format", "json")
    async with chat(gateway, name="Ann"):
        pass
    await asyncio.to_thread(gateway.wait_for_log, '"event":"ended"')
    assert gateway.interrupt() == 0
    told: list[dict[str, Any]] = [json.loads(line) for line in gateway.log.splitlines()]
    assert {each["worker"] for each in told if each.get("event") in ("came", "ended")} <= {"1", "2"}
    assert next(each for each in told if each.get("event") == "open").get("worker") is None
