"""The gateway's processes, if they run on this machine: their processor time and memory."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

import psutil

from .plan import Address


@dataclass(frozen=True, slots=True)
class Usage:
    """So far: processor time in seconds, resident memory in bytes."""

    cpu: float
    memory: int


class LocalServer:
    """Whoever listens at these addresses, if they are all on this machine, as far as we may know."""

    def __init__(self, gateways: Sequence[Address]) -> None:
        pids: set[int] = set()
        ports = {port for each in gateways for port in (each.tcp_port, each.http_port)}
        if all(ip_address(each.host).is_loopback for each in gateways):
            with suppress(psutil.AccessDenied):
                pids = {
                    each.pid
                    for each in psutil.net_connections("tcp")
                    if each.pid and each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port in ports
                }
        self._processes = [psutil.Process(pid) for pid in pids]

    def usage(self) -> Usage | None:
        """What they have used; None if they are not known, or gone."""
        if not self._processes:
            return None
        try:
            times = [process.cpu_times() for process in self._processes]
            memory = sum(process.memory_info().rss for process in self._processes)
        except psutil.Error:
            return None
        return Usage(sum(each.user + each.system for each in times), memory)
