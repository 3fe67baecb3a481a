"""Flags win over the environment, that over the file; what is wrong is one line that names it."""

import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import SettingError, Settings
from gateway.config.sources import faults_in, passed_over, settings_from
from gateway.config.table import TABLE, Setting
from gateway.stores.jetstream.nats import Place
from gateway.upkeep.places import shown, shown_of

from ..tables import each_of


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
    ("keep_mib", "0"), ("keep_days", "-1"),
    ("rate", "-1"), ("rate", "nan"), ("rate", "inf"), ("rate", "1e3"), ("burst", "0"),
    ("per_ip", "-1"), ("max_text", "1"), ("max_text", "99999999"), ("stall_timeout", "x"), ("line_grace", "61"),
    ("origin", ["null"]), ("origin", ["https://a.example/"]), ("origin", ["a.example"]),
    ("public_host", ["http://a.example"]), ("public_host", ["a.example:80"]), ("public_host", ["a..example"]),
    ("public_host", ["聊 天.example"]), ("public_host", ["聊天.example:80"]), ("origin", ["https://聊天.example/"]),
    ("origin", ["https://a@a.example"]), ("origin", ["https://a.example:x"]), ("origin", ["https://"]),
    ("trust_proxy", ["x"]), ("loop", "kqueue"), ("language", "fr"),
    ("log_level", "loud"),
    ("socket_mode", "0o660"), ("socket_mode", "066"), ("socket_mode", "666"), ("socket_mode", "662"),
    ("socket_mode", 460),
    ("title", ""), ("title", " \t"), ("title", "x" * 33), ("title", "聊" * 17), ("title", "a\u200b" * 40),
]  # fmt: skip


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


@pytest.mark.parametrize("written", ["660", '"660"', '"0660"', "600", "775", '"664"'])
def test_a_mode_is_what_is_written(written: str, tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(f"socket-mode = {written}\n")
    assert settings_from({"store": "memory:"}, {}, file).socket_mode == written.strip('"')


def test_no_mode_in_tomls_octal_is_read_as_another_one(tmp_path: Path) -> None:
    """It is a number, 432 for 0o660, whose digits stood for a mode: everybody on the machine could write."""
    file = tmp_path / "gateway.toml"
    for mode in range(0o600, 0o1000):
        file.write_text(f"socket-mode = 0o{mode:o}\n")
        with pytest.raises(SettingError, match=r'toml: socket-mode: .* must be written as "660"'):
            settings_from({"store": "memory:"}, {}, file)


@pytest.mark.parametrize(("name", "bad"), [("origin", "x"), ("public_host", "x:1"), ("trust_proxy", "x")])
def test_of_a_list_the_one_that_is_wrong_is_shown(name: str, bad: str) -> None:
    (row,) = [row for row in TABLE if row.name == name]
    good = str(row.check("https://a.example" if name == "origin" else "10.0.0.1"))
    with pytest.raises(SettingError) as caught:
        settings_from({name: (good, bad)}, {}, None)
    assert str(caught.value).startswith(f"{row.flag}: {bad!r} must be ")


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


def test_a_bad_password_is_not_shown() -> None:
    with pytest.raises(SettingError) as caught:
        settings_from({"password": " secret"}, {}, None)
    assert "secret" not in str(caught.value)


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


@each_of("row", TABLE)
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


@pytest.mark.parametrize("name", ["password", "admin_password"])
def test_no_password_is_shown(name: str) -> None:
    with pytest.raises(SettingError) as caught:
        settings_from({name: "open sesame "}, {}, None)
    assert "sesame" not in str(caught.value)


SLIPS = (
    "nats://gw:{}@127.0.0.1:4222",  # the room is forgotten
    "nats://gw:{}@127.0.0.1:4222/tea room",
    "tls://gw:{}@/ROOM",
    "tls://{}@a host/ROOM",  # a token
    "natss://gw:{}@127.0.0.1:4222/ROOM",
    "gw:{}@127.0.0.1:4222/ROOM",
    "nats:gw:{}@127.0.0.1:4222/ROOM",
    "NATS://gw:{}@127.0.0.1:4222/ROOM",
    "nats://gw:{}/ROOM",  # the host is forgotten
    "nats://gw:{}@a:4222,gw:{}@b:4222/ROOM",
    "nats://gw:%ff{}@a:4222/ROOM",
)
printable = st.characters(exclude_categories=("C", "Z"))


@each_of("slip", SLIPS)
@given(password=st.text(printable, min_size=1, max_size=150).map(lambda text: f"Geheimnis{text}"))
def test_no_text_of_a_fault_in_a_store_has_a_password(slip: str, password: str) -> None:
    """The likeliest slips printed it, in the log of a reload as well."""
    store = slip.replace("{}", password)
    for flags, environment in (({"store": store}, {}), ({}, {"GATEWAY_STORE": store})):
        with pytest.raises(SettingError) as caught:
            settings_from(flags, environment, None)
        told = "".join(traceback.format_exception(caught.value))
        for fault in (told, repr(caught.value), *map(str, faults_in(flags, environment, None))):
            assert "Geheimnis" not in fault
            assert password not in fault


@given(password=st.text(printable, min_size=1, max_size=50).map(lambda text: f"Geheimnis{text}"))
def test_a_store_that_is_well_written_tells_none_either(password: str) -> None:
    settings = settings_from({"store": f"nats://gw:{quote(password, safe='')}@127.0.0.1:4222/ROOM"}, {}, None)
    place = Place.parse(settings.store)
    assert place.password == password
    for told in (str(place), repr(place), *place.servers, shown(settings.store), shown_of(settings)):
        assert "Geheimnis" not in told
    assert shown(settings.store) == "nats://127.0.0.1:4222/ROOM"


@pytest.mark.parametrize("who", ["", "gw:secret@", "gw:@"])
def test_a_password_for_nats_is_given_once_and_is_somebodys(who: str) -> None:
    given = {"store": f"nats://{who}127.0.0.1:4222/ROOM", "nats_password_file": "/nowhere"}
    with pytest.raises(SettingError, match=r"^--nats-password-file: it goes with USER@ in --store"):
        settings_from(given, {}, None)
    assert settings_from(given | {"store": "nats://gw@127.0.0.1:4222/ROOM"}, {}, None).nats_password_file


def test_of_other_urls_none_is_shown_either() -> None:
    with pytest.raises(SettingError, match=r"--origin: 'https://…@chat.example.org/' must be an origin"):
        settings_from({"origin": ["https://ann:secret@chat.example.org/"]}, {}, None)


@pytest.mark.parametrize("key", ["tcp-port", "tcp_port"])
def test_an_error_in_a_file_names_the_key_as_it_stands_there(key: str, tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(f'{key} = "x"')
    with pytest.raises(SettingError, match=f"gateway.toml: {key}: 'x' must be a whole number"):
        settings_from({}, {}, file)
