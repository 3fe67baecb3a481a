"""What each setting may be, and what follows from it."""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.config import SettingError, Settings, state_folder
from gateway.config.checks import STORES, check_port
from gateway.config.sources import settings_from
from gateway.config.table import TABLE
from gateway.serving.check import findings
from gateway.stores import StoreError
from gateway.stores.opening import open_store


def test_the_defaults() -> None:
    settings = settings_from({}, {}, None)
    assert settings == Settings()
    assert (settings.host, settings.tcp_port, settings.http_port) == ("127.0.0.1", 8001, 8080)
    assert (settings.keep, settings.keep_mib, settings.keep_days, settings.rate, settings.burst) == (
        *(100_000, 256, 0),
        *(50, 200),
    )
    assert (settings.per_ip, settings.max_text, settings.stall_timeout, settings.line_grace) == (64, 65536, 60, 0.3)
    assert (settings.loop, settings.origin, settings.public_host) == ("uvloop", (), ())
    assert settings.store.startswith("sqlite:/")


def test_a_title_is_a_clean_line() -> None:
    """Pages, banners and terminals show it."""
    for written, title in ((" Ops\n 2 ", "Ops 2"), ("\x1b]0;x\x07O\u202eps", "Ops"), ("聊" * 16, "聊" * 16)):
        assert settings_from({"title": written}, {}, None).title == title


def test_hosts_and_origins_are_what_browsers_send_for_what_people_write() -> None:
    written = {"host": "聊天.Example.", "public_host": ("Bücher.example.",), "origin": ("https://BÜCHER.example:443",)}
    settings = settings_from(written, {}, None)
    assert settings.names == ("xn--bcher-kva.example", "xn--rss932g.example")
    assert settings.origin == ("https://xn--bcher-kva.example",)
    assert not settings_from({"host": "Localhost."}, {}, None).is_public


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("127.0.0.1", False),
        ("::1", False),
        ("localhost", False),
        ("0.0.0.0", True),
        ("::", True),
        ("10.0.0.1", True),
        ("example.org", True),
    ],
)
def test_who_can_reach_it(host: str, public: bool) -> None:
    assert Settings(host=host).is_public is public


@dataclass(frozen=True, slots=True)
class WithOneMore(Settings):
    """As they are when somebody has added a port."""

    irc_port: int | str = field(default="unix:/irc.sock", metadata={"check": check_port})


@pytest.mark.parametrize("port", WithOneMore().ports)
def test_one_port_that_is_no_file_is_enough_to_reach_it(port: str) -> None:
    files: dict[str, Any] = dict.fromkeys(WithOneMore().ports, "unix:/a.sock")
    assert not WithOneMore(host="0.0.0.0", **files).is_public
    assert WithOneMore(host="0.0.0.0", **{**files, port: 1}).is_public
    assert not WithOneMore(host="127.0.0.1", **{**files, port: 1}).is_public


@pytest.mark.parametrize(
    ("host", "expected"),
    [("Chat.Example.org", ("a.example", "chat.example.org")), ("10.0.0.1", ("a.example",)), ("::", ("a.example",))],
)
def test_a_name_that_is_given_as_host_is_one_of_ours(host: str, expected: tuple[str, ...]) -> None:
    assert Settings(host=host, public_host=("a.example",)).names == expected


def test_the_password_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("open sesame\nnot this line\n")
    assert settings_from({"password_file": str(file)}, {}, None).key == "open sesame"
    assert settings_from({"password": "x"}, {}, None).key == "x"
    assert settings_from({}, {}, None).key == ""


@pytest.mark.parametrize("content", [None, "", "\n", "\x07\n"])
def test_a_password_file_that_holds_none_is_named(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingError, match=str(file)):
        _ = settings_from({"password_file": str(file)}, {}, None).key


def test_one_password_is_enough(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="one of them"):
        _ = settings_from({"password": "x", "password_file": "y"}, {}, None).key


@pytest.mark.parametrize("answer", [RuntimeError("no home"), Path("~/.local/state/chat-gateway")])
def test_without_a_home_only_what_needs_it_fails(answer: RuntimeError | Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(name: str) -> Path:
        if isinstance(answer, Path):
            return answer
        raise answer

    monkeypatch.setattr("platformdirs.user_state_path", nowhere)
    assert settings_from({"store": "memory:"}, {}, None).store == "memory:"
    assert settings_from({"embedded_nats": "yes"}, {}, None).embedded_nats
    with pytest.raises(SettingError, match=r"^--store: there is no home folder"):
        settings_from({}, {}, None)
    with pytest.raises(SettingError, match=r"^--embedded-nats: "):
        state_folder("--embedded-nats")


def test_readme_has_each_setting() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"`(--[a-z-]+)`", "".join(line for line in text.splitlines() if line.startswith("| `--")))
    assert [row.flag for row in TABLE if row.flag not in told] == []


def test_readme_has_each_store() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (row,) = (line for line in text.splitlines() if line.startswith("| `--store`"))
    assert [kind for kind in STORES if f"`{kind}:" not in row] == []


async def test_what_a_store_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [each for each in sys.modules if each.partition(".")[0] == "nats" or "stores.jetstream" in each]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "nats", None)
    words = r"--store nats: needs nats\S*: pip install 'chat-gateway\[nats\]'"
    settings = Settings(store="nats://127.0.0.1/room", tcp_port=0, http_port=0)
    with pytest.raises(StoreError, match=rf"^{words}$"):
        await open_store(settings)
    assert [re.fullmatch(words, each.text) is not None async for each in findings(settings)] == [True]


@pytest.mark.parametrize("value", ["127.0.0.1", "localhost", "9090", ":9090", "127.0.0.1:", "127.0.0.1:x", "a b:1"])
def test_a_listener_says_that_it_is_host_and_port(value: str) -> None:
    with pytest.raises(SettingError, match=r"^--metrics: .* must be HOST:PORT, like 127\.0\.0\.1:9090 or "):
        settings_from({"metrics": value}, {}, None)
