"""What is asked of a swarm."""

import resource
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, NamedTuple

from .speech import MIN_SIZE

RESERVE = 64
"""Descriptors of a process that are not for members."""


class SwarmError(Exception):
    """The run can't be: the operator's to mend. Its text is one line."""


class Address(NamedTuple):
    """Where a gateway is."""

    host: str
    tcp_port: int
    http_port: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. Members are numbered from 0, both kinds mixed evenly; the first of them speak, the last ones stall."""

    run: str
    gateways: tuple[Address, ...]
    """All of one room. Members are spread over them, and who comes back comes to the next one."""
    tcp: int
    ws: int
    senders: int
    rate: float
    """Messages a second of each sender, if there is no window."""
    window: int
    """Messages of each sender under way: said, and not yet heard by anybody."""
    size: int
    """Bytes of a message."""
    seconds: float
    messages: int | None
    """In all; None to talk for so many seconds."""
    churn: float
    """Listeners that leave each second, and come back half a second later."""
    stall: int
    """Members that stop reading while the others talk."""
    processes: int
    connect_rate: float
    """New connections a second, 0 for as fast as they are taken."""
    password: str = ""
    """The room's. It stands in no report."""

    @property
    def members(self) -> int:
        """How many there are."""
        return self.tcp + self.ws

    def is_tcp(self, number: int) -> bool:
        """Whether this member speaks the raw wire."""
        return (number + 1) * self.tcp // self.members > number * self.tcp // self.members

    def is_sender(self, number: int) -> bool:
        """Whether this member speaks."""
        return number < self.senders

    def is_stalled(self, number: int) -> bool:
        """Whether this member stops reading."""
        return number >= self.members - self.stall

    def members_of(self, process: int) -> range:
        """The members that a process has."""
        return range(process, self.members, self.processes)

    def can_check(self, process: int) -> bool:
        """Whether a process can find out the order: by one who hears all, or three who hear all but their own."""
        members = self.members_of(process)
        return len(members) > 2 or not all(self.is_tcp(each) and self.is_sender(each) for each in members)

    def senders_of(self, process: int) -> range:
        """Those of them that speak."""
        return range(process, self.senders, self.processes)


def plan_from(wanted: Mapping[str, Any], *, is_owner: bool) -> Plan:
    """The plan for what was asked for: Plan's fields, `senders` None for some. Raises SwarmError."""
    gateways = tuple(_checked(each, is_owner=is_owner) for each in wanted["gateways"])
    members = wanted["tcp"] + wanted["ws"]
    senders = min(10, members - wanted["stall"]) if wanted["senders"] is None else wanted["senders"]
    plan = Plan(run=secrets.token_hex(3), **{**wanted, "gateways": gateways, "senders": senders})
    _check(plan, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    return plan


def address_from(text: str) -> Address:
    """`HOST:TCP-PORT:HTTP-PORT`. Raises SwarmError."""
    host, *ports = text.rsplit(":", 2)
    if not host or len(ports) != 2 or not all(port.isdecimal() and 0 < int(port) < 65536 for port in ports):
        raise SwarmError(f"--gateway {text}: must be HOST:TCP-PORT:HTTP-PORT")
    return Address(host.strip("[]"), int(ports[0]), int(ports[1]))


def _checked(gateway: Address, *, is_owner: bool) -> Address:
    """With its host resolved, which is this machine unless they own the other one. Raises SwarmError."""
    try:
        host = str(socket.getaddrinfo(gateway.host, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        raise SwarmError(f"--host {gateway.host}: {error.strerror}") from error
    if not (ip_address(host).is_loopback or is_owner):
        raise SwarmError(f"{gateway.host} is not this machine: --i-own-this-server, if you do")
    return gateway._replace(host=host)


def _check(plan: Plan, descriptors: int) -> None:
    """Whether it can be, with so many descriptors a process. Raises SwarmError."""
    each = len(plan.members_of(0))
    problems = [
        (plan.members < 2, "who is to come? --tcp N and --ws N have to make two members at least"),
        (plan.senders < 1, "nobody speaks: --senders must be 1 at least"),
        (plan.senders + plan.stall > plan.members, "--senders and --stall are more than all members"),
        (plan.size < MIN_SIZE, f"--size must be {MIN_SIZE} at least: what is checked has to fit"),
        (plan.processes > plan.members, "more --processes than members"),
        (
            not all(map(plan.can_check, range(min(plan.processes, plan.members)))),
            "two raw members that both speak hear nothing in common: let there be one more",
        ),
        (plan.churn and plan.senders + plan.stall == plan.members, "--churn: nobody is left who only listens"),
        (each + RESERVE > descriptors, f"{each} members need more than the {descriptors} descriptors that a process"
         " may have: use more --processes"),
    ]  # fmt: skip
    for is_wrong, text in problems:
        if is_wrong:
            raise SwarmError(text)
