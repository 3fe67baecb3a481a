"""TLS by either wire: whom we believe, and what is told of a certificate that is another's."""

import ssl
from pathlib import Path

from ..causes import cause_of
from .address import STRANGER, USAGE, Address, ChatError


def context_for(address: Address, ca: Path | None) -> ssl.SSLContext | None:
    """What TLS to a room needs, None where it speaks none. `ca` is believed, and not the system's. Raises ChatError."""
    if not address.is_secure:
        if ca is not None:
            raise ChatError(f"--ca: {address} speaks no TLS; give wss:// or tls://", USAGE)
        return None
    try:
        return ssl.create_default_context(cafile=ca)
    except ssl.SSLError as error:
        raise ChatError(f"--ca {ca}: no certificate in PEM", USAGE) from error
    except OSError as error:
        raise ChatError(f"--ca {ca}: {error.strerror}", USAGE) from error


def refusal(address: Address, error: ssl.SSLError) -> ChatError:
    """What is told where TLS failed."""
    hint = "; --ca FILE names whom to believe" if "self-signed" in (cause := cause_of(error)) else ""
    return ChatError(f"{address}: TLS: {cause}{hint}", STRANGER)
