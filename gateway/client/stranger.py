"""What it is that answers where no room does, and what to give instead: so that the one line which says so names it."""

import asyncio
import ssl
from contextlib import suppress

from .address import Address
from .greeting import GREETING, stranger

SECONDS = 3.0
"""For each question."""

_QUESTION = b"HEAD / HTTP/1.0\r\n\r\n"


async def what_is_there(address: Address) -> str:
    """What answers at an address, and what to give; empty if that can't be found out."""
    if address.path:
        return ""
    unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # nothing is believed, and nothing but the question sent
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    if (heard := await _answer(address, unchecked)) is not None:
        return _advice(address, heard, is_secure=True)
    return _advice(address, await _answer(address, None) or "", is_secure=False)


def _advice(address: Address, heard: str, *, is_secure: bool) -> str:
    where = f"[{address.host}]:{address.port}" if ":" in address.host else f"{address.host}:{address.port}"
    is_as_given = is_secure == address.is_secure
    how = "" if is_as_given else " with TLS" if is_secure else " without TLS"
    if heard.startswith(GREETING):
        return f"it is a room's raw port{how}; give {'tls://' * is_secure}{where}"
    if heard.startswith("HTTP/") and not (address.url and is_as_given):
        return f"it is a web port{how}; give http{'s' * is_secure}://{where}"
    if name := stranger(heard):
        return f"it is {name}; give a gateway's port"
    return "" if is_as_given or not is_secure else f"it speaks TLS; give tls://{where}"


async def _answer(address: Address, secure: ssl.SSLContext | None) -> str | None:
    """How the answer to a request of the web begins, by TLS if so; None if there is no such connection."""
    with suppress(OSError):  # a timeout too, and TLS that is none
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection(address.host, address.port, ssl=secure)
        try:
            async with asyncio.timeout(SECONDS):
                writer.write(_QUESTION)
                return (await reader.read(64)).decode(errors="replace")
        except OSError:
            return ""
        finally:
            writer.close()
    return None
