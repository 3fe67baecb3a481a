"""Errors of the system are told in words, and these are made in one place."""

import errno
import re
import socket
import ssl
from pathlib import Path

import pytest

import gateway
from gateway.causes import cause_of

PACKAGE = Path(gateway.__file__).parent
IN_WORDS = {"causes.py", "faults.py"}
"""A fault of ours is told by its kind: whoever reads that has the source."""


def tls_error(text: str, reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, text)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionResetError(), "Connection reset by peer"),
        (ConnectionAbortedError(), "Software caused connection abort"),
        (ConnectionRefusedError(), "Connection refused"),
        (BrokenPipeError(), "Broken pipe"),
        (TimeoutError(), "Connection timed out"),
        (ConnectionResetError("Connection lost"), "Connection lost"),
        (OSError(errno.EHOSTUNREACH, "Connect call failed ('::1', 80, 0, 0)"), "No route to host"),
        (OSError("several"), "several"),
        (OSError(), "it failed without a word (OSError)"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known"),
        (tls_error("[SSL] x (_ssl.c:1006)", "WRONG_VERSION_NUMBER"), "wrong version number"),
        (ssl.SSLEOFError(8, "EOF occurred (_ssl.c:1129)"), "eof occurred"),
        (ValueError(), "it failed without a word (ValueError)"),
    ],
    ids=repr,
)
def test_an_error_has_words(error: Exception, words: str) -> None:
    assert cause_of(error) == words


def test_nobody_else_makes_words_of_errors() -> None:
    own = re.compile(r"strerror or |strerror', None|type\((?:error|exc|fault)\)\.__name__")
    assert {path.name for path in PACKAGE.rglob("*.py") if own.search(path.read_text())} <= IN_WORDS
