"""The room's password, and how often one address may guess it."""

import hmac
from hashlib import sha256

from .gate import address_group
from .rate import Buckets

GUESSES = 5
"""Wrong ones of an address at once; then one every SECONDS_A_GUESS."""

SECONDS_A_GUESS = 10.0


class Lock:
    """A password, or none. It keeps the digest only, and compares in constant time.

    1. An address that has guessed too often MUST be told so whether its guess is right or not: else waiting is free.
    """

    def __init__(self, password: str = "") -> None:
        self._digest = _digest(password) if password else b""
        self._guesses = Buckets(1 / SECONDS_A_GUESS, GUESSES)

    @property
    def is_open(self) -> bool:
        """Whether there is no password."""
        return not self._digest

    def refuses(self, host: str, password: str | None, now: float) -> str | None:
        """None if this opens it; else the code of the phrase that says why not."""
        if self.is_open:
            return None
        if password is None:
            return "password-needed"
        group = address_group(host)
        if self._guesses.wait(group, now):
            return "password-wait"
        if hmac.compare_digest(_digest(password), self._digest):
            return None
        self._guesses.take(group, now)
        return "password-wrong"


def _digest(password: str) -> bytes:
    return sha256(password.encode()).digest()
