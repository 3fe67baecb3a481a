"""What `gateway chat` asks for before and between its runs."""

import click
import pytest

from gateway.cli.chat import _asked_for, chat
from gateway.cli.options import mistake
from gateway.cli.swarm import swarm
from gateway.client.address import LOST, REFUSED, Address, ChatError, PasswordError

from ..tables import each_of


@pytest.mark.parametrize(
    ("ends_with", "rest", "shown", "status"),
    [
        (EOFError, "", "room:1: the room has a password: give it by --password-file", REFUSED),
        (EOFError, "; not sent: 1 line", "room:1: the room has a password.*; not sent: 1 line", REFUSED),
        (KeyboardInterrupt, "; not sent: 2 lines", "left; not sent: 2 lines", LOST),
    ],
)
def test_who_gives_no_password_is_told_what_is_lost(
    monkeypatch: pytest.MonkeyPatch, ends_with: type[BaseException], rest: str, shown: str, status: int
) -> None:
    """It was gone without a word."""

    def asked(_: str) -> str:
        raise ends_with

    monkeypatch.setattr("getpass.getpass", asked)
    error = PasswordError(Address("room", 1))
    error.rest = rest
    with pytest.raises(ChatError, match=f"^{shown}$") as caught:
        _asked_for(error)
    assert caught.value.status == status


def test_who_leaves_at_the_password_with_nothing_typed_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(_: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("getpass.getpass", asked)
    with pytest.raises(KeyboardInterrupt):
        _asked_for(PasswordError(Address("room", 1)))


@pytest.mark.parametrize(
    ("given", "problem"),
    [(["--tag", "a\nb"], "one line"), (["--password", "x", "--password-file", "f"], "give one of them")],
)
def test_what_makes_no_sense_is_told(given: list[str], problem: str) -> None:
    with pytest.raises(click.UsageError, match=problem):
        chat.main(given, standalone_mode=False)


@each_of(
    ("command", "given", "told"),
    [
        (chat, ["--history", "x"], "--history: 'x' must be a whole number from 0 on"),
        (chat, ["--history", "-1"], "--history: '-1' must be a whole number from 0 on"),
        (chat, ["--from", "0"], "--from: '0' must be a whole number from 1 on"),
        (chat, ["--name", "you"], "--name: that name is reserved: "),
        (chat, ["--name", ""], "--name: a name needs at least one character; leave --name away to be a guest"),
        (chat, ["--tag", "a\nb"], "--tag: it has to be one line"),
        (swarm, ["--tcp-port", "0"], "--tcp-port: '0' must be a whole number from 1 to 65535"),
        (swarm, ["--rate", "x"], "--rate: 'x' must be a number from 0.001 on"),
        (chat, ["--nosuch"], "No such option '--nosuch'."),
    ],
)
def test_a_mistake_in_an_option_is_told_as_that_in_a_setting(
    command: click.Command, given: list[str], told: str
) -> None:
    """It was in click's own words: `'x' is not a valid integer range`."""
    with pytest.raises(click.UsageError) as caught:
        command.main(given, standalone_mode=False)
    assert mistake(caught.value).startswith(told)


def test_an_empty_variable_is_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_NAME", "")
    context = chat.make_context("chat", [])
    assert context.params["name"] == ""


def test_a_swarm_takes_no_two_passwords_either() -> None:
    """It took one of them, and said nothing."""
    with pytest.raises(click.UsageError, match="give one of them"):
        swarm.main(["--ws", "1", "--password", "x", "--password-file", "f"], standalone_mode=False)
