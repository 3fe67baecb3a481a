"""Flags win over the environment, that over the file; what is wrong is one line that names it."""

import re
import sys
from pathlib import Path

import pytest

from gateway.config import TABLE, Setting, SettingError, Settings, passed_over, settings_from, state_folder
from gateway.config.checks import STORES
from gateway.serving import server
from gateway.serving.ports import ServerError


def test_the_defaults() -> None:
    settings = settings_from({}, {}, None)
    assert settings == Settings()
    assert (settings.host, settings.tcp_port, settings.http_port) == ("127.0.0.1", 8001, 8080)
    assert (settings.keep, settings.keep_mib, settings.rate, settings.burst) == (100_000, 256, 50, 200)
    assert (settings.per_ip, settings.max_text, settings.stall_timeout, settings.line_grace) == (64, 65536, 60, 0.3)
    assert (settings.loop, settings.origin, settings.public_host) == ("uvloop", (), ())
    assert settings.store.startswith("sqlite:/")


def test_who_wins(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text('tcp-port = 1\nhttp_port = 2\nkeep = 3\norigin = ["https://a.example", "https://b.example"]\n')
    environment = {"GATEWAY_TCP_PORT": "10", "GATEWAY_HTTP_PORT": "20", "GATEWAY_PUBLIC_HOST": "a.example,b.example"}
    settings = settings_from({"tcp_port": "100", "keep": None, "origin": ()}, environment, file)
    assert (settings.tcp_port, settings.http_port, settings.keep) == (100, 20, 3)
    assert settings.origin == ("https://a.example", "https://b.example")
    assert settings.public_host == ("a.example", "b.example")


BAD = [
    ("host", "a b"), ("host", ""), ("tcp_port", "65536"), ("tcp_port", "-1"), ("tcp_port", "x"), ("tcp_port", "1.5"),
    ("http_port", ""), ("store", "mysql:x"), ("store", "sqlite:"), ("store", "nats://x"), ("keep", "0"),
    ("keep_mib", "0"), ("rate", "-1"), ("rate", "nan"), ("rate", "inf"), ("rate", "1e3"), ("burst", "0"),
    ("per_ip", "-1"), ("max_text", "1"), ("max_text", "99999999"), ("stall_timeout", "x"), ("line_grace", "61"),
    ("origin", ["null"]), ("origin", ["https://a.example/"]), ("origin", ["a.example"]),
    ("public_host", ["http://a.example"]), ("public_host", ["a.example:80"]), ("public_host", ["a..example"]),
    ("public_host", ["聊 天.example"]), ("public_host", ["聊天.example:80"]), ("origin", ["https://聊天.example/"]),
    ("origin", ["https://a@a.example"]), ("origin", ["https://a.example:x"]), ("origin", ["https://"]),
    ("trust_proxy", ["x"]), ("loop", "kqueue"), ("language", "fr"),
    ("log_level", "loud"),
    ("title", ""), ("title", " \t"), ("title", "x" * 33), ("title", "聊" * 17), ("title", "a\u200b" * 40),
]  # fmt: skip


def test_a_title_is_a_clean_line() -> None:
    """Pages, banners and terminals show it."""
    for written, title in ((" Ops\n 2 ", "Ops 2"), ("\x1b]0;x\x07O\u202eps", "Ops"), ("聊" * 16, "聊" * 16)):
        assert settings_from({"title": written}, {}, None).title == title


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_is_one_line_that_names_its_source(name: str, value: object, tmp_path: Path) -> None:
    (row,) = [row for row in TABLE if row.name == name]
    with pytest.raises(SettingError, match=row.flag) as by_flag:
        settings_from({name: value}, {}, None)
    raw = ",".join(value) if isinstance(value, list) else str(value)
    with pytest.raises(SettingError, match=row.variable) as by_variable:
        settings_from({}, {row.variable: raw or " "}, None)  # an empty one is none
    file = tmp_path / "gateway.toml"
    file.write_text(f"{name} = {value!r}\n".replace("'", '"'))
    with pytest.raises(SettingError, match=f"gateway.toml: {name}") as by_key:
        settings_from({}, {}, file)
    for caught in (by_flag, by_variable, by_key):
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "bad"), [("origin", "x"), ("public_host", "x:1"), ("trust_proxy", "x")])
def test_of_a_list_the_one_that_is_wrong_is_shown(name: str, bad: str) -> None:
    (row,) = [row for row in TABLE if row.name == name]
    good = str(row.check("https://a.example" if name == "origin" else "10.0.0.1"))
    with pytest.raises(SettingError) as caught:
        settings_from({name: (good, bad)}, {}, None)
    assert str(caught.value).startswith(f"{row.flag}: {bad!r} must be ")


def test_hosts_and_origins_are_what_browsers_send_for_what_people_write() -> None:
    written = {"host": "聊天.Example.", "public_host": ("Bücher.example.",), "origin": ("https://BÜCHER.example:443",)}
    settings = settings_from(written, {}, None)
    assert settings.names == ("xn--bcher-kva.example", "xn--rss932g.example")
    assert settings.origin == ("https://xn--bcher-kva.example",)
    assert not settings_from({"host": "Localhost."}, {}, None).is_public


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("colour = 1", "'colour' is no setting"),
        ("keep = ", "no valid TOML"),
        ("[serve]\nkeep = 1", "'serve' is no setting"),
        *(
            (f"{row.name} = {value}", f"toml: {row.name}: .*must be")
            for row in TABLE
            for value in ("true", "{ a = 1 }", '[["a"]]' if row.many else '["a"]')
            if (row.switch, value) != (True, "true")
        ),
    ],
)
def test_a_bad_file_is_one_line(content: str, expected: str, tmp_path: Path) -> None:
    """`password = true` was the password `a list or table`, which opened the room to whoever had read our source."""
    file = tmp_path / "gateway.toml"
    file.write_text(content)
    with pytest.raises(SettingError, match=expected):
        settings_from({}, {}, file)


def test_a_file_may_begin_with_the_mark_of_windows_editors(tmp_path: Path) -> None:
    config, password = tmp_path / "gateway.toml", tmp_path / "password"
    config.write_text("\ufefftcp-port = 1\n", encoding="utf-8")
    password.write_text("\ufeffopen sesame\r\n", encoding="utf-8")
    settings = settings_from({"password_file": str(password), "admin_password_file": str(password)}, {}, config)
    assert (settings.tcp_port, settings.key, settings.admin_key) == (1, "open sesame", "open sesame")


def test_no_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"none\.toml: No such file"):
        settings_from({}, {}, tmp_path / "none.toml")


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


def test_a_bad_password_is_not_shown() -> None:
    with pytest.raises(SettingError) as caught:
        settings_from({"password": " secret"}, {}, None)
    assert "secret" not in str(caught.value)


def test_one_password_is_enough(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="one of them"):
        _ = settings_from({"password": "x", "password_file": "y"}, {}, None).key


LINKS = {
    "GATEWAY_TCP_PORT": "tcp://10.0.0.1:8001",
    "GATEWAY_HTTP_PORT": "udp://10.0.0.1:8080",
    "GATEWAY_PORT": "tcp://10.0.0.1:8001",
    "GATEWAY_PORT_8001_TCP": "tcp://10.0.0.1:8001",
    "GATEWAY_PORT_8001_TCP_ADDR": "10.0.0.1",
    "GATEWAY_TCP_PORT_8001_TCP_PORT": "8001",
    "GATEWAY_TCP_PORT_8001_TCP_PROTO": "tcp",
    "GATEWAY_SERVICE_HOST": "10.0.0.1",
    "GATEWAY_TCP_SERVICE_PORT_RAW": "8001",
}
"""What Kubernetes sets in every container beside services that are called gateway, gateway-tcp and gateway-http."""


def test_links_of_kubernetes_are_no_settings() -> None:
    assert settings_from({}, LINKS, None) == Settings()
    told = list(passed_over(LINKS))
    assert [line.split()[0] for line in told] == ["GATEWAY_HTTP_PORT", "GATEWAY_TCP_PORT"]
    assert all("tcp://10.0.0.1:8001" in line or "udp://10.0.0.1:8080" in line for line in told)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row.variable))
def test_an_empty_variable_is_none_unless_it_should_hold_a_password(row: Setting) -> None:
    if "password" in row.name:
        with pytest.raises(SettingError, match=row.variable):
            settings_from({}, {row.variable: ""}, None)
    else:
        assert settings_from({}, {row.variable: ""}, None) == Settings()


def test_a_link_does_not_hide_what_the_file_says(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text("tcp-port = 9001\n")
    assert settings_from({}, LINKS, file).tcp_port == 9001


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("GATEWAY_TCP_PROT", "did you mean GATEWAY_TCP_PORT?"),
        ("GATEWAY_KEPE", "did you mean GATEWAY_KEEP?"),
        ("GATEWAY_COLOUR_OF_THE_BIKE_SHED", "see gateway serve --help"),
        ("GATEWAY_PORT", "did you mean"),  # of people, not of Kubernetes: no URL
    ],
)
def test_a_variable_that_is_no_setting_is_told(variable: str, expected: str) -> None:
    (told,) = passed_over({variable: "9001", "PATH": "/bin", "GATEWAYS": "3"})
    assert told.startswith(f"{variable} is no setting; ")
    assert expected in told
    assert settings_from({}, {variable: "9001"}, None) == Settings()


def test_variables_of_the_commands_are_known() -> None:
    known = {row.variable: "x" for row in TABLE} | {"GATEWAY_ADDRESS": "x", "GATEWAY_CONFIG": "x"}
    assert list(passed_over(known)) == []


def test_a_variable_of_each_option_is_known() -> None:
    from gateway.cli import gateway

    named = {
        variable
        for command in gateway.commands.values()
        for parameter in command.params
        for variable in ([parameter.envvar] if isinstance(parameter.envvar, str) else parameter.envvar or [])
    }
    assert named
    assert list(passed_over(dict.fromkeys(named, "x"))) == []


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


@pytest.mark.parametrize("name", ["password", "admin_password"])
def test_no_password_is_shown(name: str) -> None:
    with pytest.raises(SettingError) as caught:
        settings_from({name: "open sesame "}, {}, None)
    assert "sesame" not in str(caught.value)


def test_readme_has_each_setting() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"`(--[a-z-]+)`", "".join(line for line in text.splitlines() if line.startswith("| `--")))
    assert [row.flag for row in TABLE if row.flag not in told] == []


@pytest.mark.parametrize("kind", STORES)
def test_each_kind_of_store_can_be_opened(kind: str) -> None:
    assert server.opener_of(f"{kind}:").__module__ == f"gateway.stores.{STORES[kind].module}"


def test_what_a_store_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [each for each in sys.modules if each.partition(".")[0] == "nats" or "stores.jetstream" in each]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "nats", None)
    with pytest.raises(ServerError, match=r"^--store nats: needs nats\S*: pip install 'chat-gateway\[nats\]'$"):
        server.opener_of("nats://127.0.0.1/room")


@pytest.mark.parametrize("value", ["127.0.0.1", "localhost", "9090", ":9090", "127.0.0.1:", "127.0.0.1:x", "a b:1"])
def test_a_listener_says_that_it_is_host_and_port(value: str) -> None:
    with pytest.raises(SettingError, match=r"^--metrics: .* must be HOST:PORT, like 127\.0\.0\.1:9090 or "):
        settings_from({"metrics": value}, {}, None)


@pytest.mark.parametrize("key", ["tcp-port", "tcp_port"])
def test_an_error_in_a_file_names_the_key_as_it_stands_there(key: str, tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(f'{key} = "x"')
    with pytest.raises(SettingError, match=f"gateway.toml: {key}: 'x' must be a whole number"):
        settings_from({}, {}, file)
