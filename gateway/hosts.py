"""Host names and web origins as they are compared: in the one form in which browsers send them."""

import re
from functools import lru_cache

import idna
import msgspec

from .addresses import address_of

PORTS = {"http": 80, "https": 443}
"""The schemes of origins, and the ports that go without saying."""

MAX_KEPT = 300
"""Characters of an authority that is remembered; a name has at most 253."""

_WIRE = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._")
_LABELS = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")


class Authority(msgspec.Struct, frozen=True):
    """A name in lower case without a final dot, or a literal address (IPv6 in brackets); and a port."""

    name: str
    port: int | None


def host_name(written: str) -> str:
    """The host name that somebody wrote: A-labels in lower case, without a final dot. Raises ValueError."""
    try:
        # URL Standard, section 3.3: browsers map by UTS #46, and take more than IDNA 2008 does.
        mapped = written if written.isascii() else idna.uts46_remap(written, std3_rules=False)
        name = ".".join(map(_a_label, mapped.split("."))).lower().removesuffix(".")
    except UnicodeError:  # idna's are such
        name = ""
    if not _LABELS.fullmatch(name) or len(name) > 253:
        raise ValueError("must be a host name, without scheme or port")
    return name


def written_origin(written: str) -> str | None:
    """The origin that somebody wrote, as browsers send it; None if it is none."""
    scheme, _, authority = written.partition("://")
    name, port = _parted(authority)
    try:
        return origin_of(f"{scheme}://{name if name.startswith('[') else host_name(name)}{port}")
    except ValueError:
        return None


def origin_of(text: str) -> str | None:
    """The origin that came in a request, in the form in which two are compared; None if it is none of the web's.

    RFC 6454, section 7: a scheme, a host, and a port if it is not the scheme's own.
    """
    scheme, _, host = text.partition("://")
    scheme = scheme.lower()
    authority = authority_of(host) if scheme in PORTS else None
    return None if authority is None else origin_at(scheme, authority)


def origin_at(scheme: str, authority: Authority) -> str:
    """The origin of what is served there by this scheme."""
    port = authority.port or PORTS[scheme]
    return f"{scheme}://{authority.name}" + ("" if port == PORTS[scheme] else f":{port}")


def authority_of(text: str) -> Authority | None:
    """RFC 9110, section 7.2: a name or a literal address, and maybe a port; None if it is neither."""
    # All who come name the same few, but who likes may name others: those that are kept are short.
    return _short_authority(text) if len(text) <= MAX_KEPT else _authority(text)


def _authority(text: str) -> Authority | None:
    host, port = _parted(text)
    if "%" in host or (port and not _is_port(port)):
        return None
    number = int(port[1:]) if port[1:] else None
    if host.startswith("["):
        address = address_of(host[1:-1])
        return None if address is None else Authority(f"[{address}]", number)
    # RFC 1034, section 3.1: a final dot says that nothing is left out; it is the same host.
    name = host.removesuffix(".")
    return Authority(name.lower(), number) if name and _WIRE.issuperset(name) else None


_short_authority = lru_cache(256)(_authority)


def _parted(authority: str) -> tuple[str, str]:
    """The host, and the port with its colon."""
    end = authority.find("]") + 1 if authority.startswith("[") else (authority + ":").find(":")
    return authority[:end], authority[end:]


def _is_port(text: str) -> bool:
    """RFC 3986, section 3.2.3: a colon, and digits or none."""
    digits = text[1:]
    return text[0] == ":" and (not digits or (digits.isascii() and digits.isdecimal() and len(digits) <= 5))


def _a_label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
