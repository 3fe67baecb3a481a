"""IP addresses as they are compared, counted and logged: in one form each."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_NAT64 = IPv6Network("64:ff9b::/96")
SUBSCRIBER_BITS = 64
LONGEST = len("0000:0000:0000:0000:0000:ffff:255.255.255.255")


def address_of(text: str) -> Address | None:
    """The address that this text is, without a zone; None if it is none.

    RFC 4291, section 2.5.5.2: `::ffff:192.0.2.9` is how IPv6 sockets and some proxies write 192.0.2.9, so it is that.
    """
    address = text.partition("%")[0]
    return _parsed(address) if len(address) <= LONGEST else None


@lru_cache(256)
def _parsed(text: str) -> Address | None:
    try:
        return unmapped(ip_address(text))
    except ValueError:
        return None


def unmapped(address: Address) -> Address:
    """An IPv4 address that is written as an IPv6 one, as itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        # RFC 6052, section 3.1: so translators write global addresses, and MUST NOT write others.
        if address in _NAT64 and (embedded := IPv4Address(int(address) & 0xFFFFFFFF)).is_global:
            return embedded
    return address


def without_zone(text: str) -> str:
    """An address without the zone that may stand behind it; a network in CIDR form as it is."""
    return text if "/" in text else text.partition("%")[0]


def network_of(text: str) -> Network:
    """The network that this text is; one of mapped addresses is IPv4's. Raises ValueError."""
    network = ip_network(text, strict=False)
    address = unmapped(network.network_address)
    if network.version == 6 and address.version == 4:
        return ip_network((address, network.prefixlen - 96))
    return network


def subscriber_bits(address: Address) -> int:
    """How much of it one subscriber has at the least: of an IPv6 address a /64. On a link, and in IPv4, each is one."""
    return SUBSCRIBER_BITS if address.version == 6 and not address.is_link_local else address.max_prefixlen


def plain(host: str) -> str:
    """A peer's address as it is logged: one form, whatever socket or proxy told it; what is no address stays."""
    return str(address_of(host) or host)
