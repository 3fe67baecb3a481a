"""What another reading of the settings changes, and how it is told."""

from dataclasses import replace

from gateway.config import Settings
from gateway.config.changes import taken_over, told
from gateway.config.table import TABLE

from ..tables import each_of


def test_what_is_the_same_is_not_told() -> None:
    assert told(Settings(), Settings()) == []
    assert taken_over(Settings(), Settings()) == Settings()


def test_what_can_not_be_changed_stays_and_is_told_again_each_time() -> None:
    """A store's address may hold a password: no value of these is shown."""
    new = Settings(store="nats://u:secret@127.0.0.1:4222/r", rate=7.5)
    first = told(Settings(), new)
    assert first == ["--store is another one: that needs a restart", "--rate is 7.5 now, it was 50"]
    old = taken_over(Settings(), new)
    assert (old.store, old.rate) == (Settings().store, 7.5)
    assert told(old, new) == first[:1]


@each_of(
    ("old", "new", "expected"),
    [
        ({}, {"password": "s3cret"}, "--password is there now; who is in stays in"),
        ({"password": "s3cret"}, {}, "--password is gone: there is none any more"),
        ({}, {"admin_password": "s3cret"}, "--admin-password is there now"),
        (
            {"admin_password": "a"},
            {"admin_password": "s3cret"},
            "--admin-password is another one now; who was an operator is none any more",
        ),
        ({"password": "a"}, {"password": "s3cret"}, "--password is another one now; who is in stays in"),
        (
            {"admin_password": "s3cret"},
            {},
            "--admin-password is gone: there is none any more; who was an operator is none any more",
        ),
        ({}, {"origin": ("https://a.example", "https://b.example")}, "https://a.example, https://b.example now"),
        ({"title": "x" * 200}, {}, f"--title is none now, it was {'x' * 100}…"),
        ({"tls_cert": "a.pem"}, {"tls_cert": "b.pem"}, "--tls-cert is b.pem now, it was a.pem"),
        ({}, {"tls_cert": "b.pem"}, "--tls-cert is another one: that needs a restart"),
        ({"tls_cert": "b.pem"}, {}, "--tls-cert is another one: that needs a restart"),
    ],
)
def test_how_it_is_told(old: dict[str, str], new: dict[str, str], expected: str) -> None:
    (line,) = told(Settings(**old), Settings(**new))  # type: ignore[arg-type]
    assert expected in line
    assert "s3cret" not in line


def test_those_that_can_be_changed_are_taken_over_and_no_others() -> None:
    others = {row.name: object() for row in TABLE}
    old = Settings(tls_cert="a.pem")
    taken = taken_over(old, replace(old, **others))  # type: ignore[arg-type]
    for row in TABLE:
        assert (getattr(taken, row.name) is others[row.name]) is row.live, row.name
