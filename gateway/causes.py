"""Why something of the system's failed, in words: many an error has none of its own, or a number and a tuple."""

import errno
import os
import ssl

_NUMBERS = {
    ConnectionResetError: errno.ECONNRESET,
    ConnectionAbortedError: errno.ECONNABORTED,
    ConnectionRefusedError: errno.ECONNREFUSED,
    BrokenPipeError: errno.EPIPE,
    TimeoutError: errno.ETIMEDOUT,
}
"""Of errors that asyncio raises without a word."""

_ASYNCIOS = "Connect call failed"
"""So begins what asyncio says instead of the system's words: a tuple stands behind it."""


def cause_of(error: Exception) -> str:
    """What to say of it: never nothing, and no name of Python's alone."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):  # its text has a place in a C file
        text = getattr(error, "reason", "") or error.strerror or str(error)  # one of Python's own has no reason
        return text.partition(" (_ssl")[0].replace("_", " ").lower()
    if isinstance(error, OSError) and error.strerror and not error.strerror.startswith(_ASYNCIOS):
        return error.strerror
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return str(error) or _words_of(type(error))


def _words_of(kind: type[Exception]) -> str:
    number = next((number for each, number in _NUMBERS.items() if issubclass(kind, each)), 0)
    return os.strerror(number) if number else f"it failed without a word ({kind.__name__})"
