"""JSON from outside the process: whatever is wrong with it is one error, and so can't be forgotten.

msgspec raises RecursionError for what is nested deeply, in fields that nobody reads too, and UnicodeDecodeError for
what is no UTF-8: neither is a DecodeError. tests/test_decoding.py sees to it that nobody else decodes JSON.
"""

from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")


class BadJsonError(ValueError):
    """Whoever sent it is at fault: no JSON, or not what was asked for. Its text says what is wrong, in one line."""


class Decoder(Generic[T]):
    """Decodes JSON of one type, a union too: `Decoder[A | B](A | B)`."""

    def __init__(self, kind: Any) -> None:
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(kind)

    def __call__(self, data: bytes | str) -> T:
        """The value. Raises BadJsonError."""
        try:
            return self._decoder.decode(data)
        except RecursionError as error:
            raise BadJsonError("JSON is nested too deeply") from error
        except (msgspec.DecodeError, UnicodeError) as error:
            raise BadJsonError(str(error)) from error
