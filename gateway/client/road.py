"""A connection to where a room is, by TCP or by a socket that is a file."""

import asyncio
import ssl

from .address import Address


async def connect(
    address: Address, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Make one, by TLS if there is a context. Raises OSError."""
    if address.path:
        return await asyncio.open_unix_connection(address.path)
    return await asyncio.open_connection(address.host, address.port, ssl=context)
