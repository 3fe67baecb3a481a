"""What it is that answers where no room greets: so that the one line which says so names it."""

import asyncio
import ssl
from contextlib import suppress

from .address import Address

SECONDS = 3.0
"""For each question."""

_QUESTION = b"HEAD / HTTP/1.0\r\n\r\n"


async def what_is_there(address: Address) -> str:
    """What answers at an address that says nothing by itself; empty if that can't be found out."""
    where = f"{address.host}:{address.port}"
    if (await _answer(address, None)).startswith(b"HTTP/"):
        return f"it is a web port; give http://{where}"
    unchecked = ssl.create_default_context()  # nothing is believed, and nothing but the question sent
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    if answer := await _answer(address, unchecked):
        is_web = answer.startswith(b"HTTP/")
        return f"it speaks TLS; give {'https' if is_web else 'tls'}://{where}"
    return ""


async def _answer(address: Address, secure: ssl.SSLContext | None) -> bytes:
    """How the answer to a request of the web begins, by TLS if so; empty if there is none."""
    with suppress(OSError):  # a timeout too, and TLS that is none
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection(address.host, address.port, ssl=secure)
            try:
                writer.write(_QUESTION)
                return await reader.read(64)
            finally:
                writer.close()
    return b""
