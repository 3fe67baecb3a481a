"""make soak-cluster: two gateways of one room over three nats-servers, and everything that can die, dies.

4,000 members, 40 of them speaking, hear one order, lose nothing and hear nothing twice (gateway swarm checks every
delivery), while a gateway, a follower, the leader and all nats-servers are killed with -9 and start again, and while
all nats-servers stand still, which is a link that is cut and healed.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from .e2e.gateway import Gateway
from .nats import NatsServer, cluster, url

REST = 6.0
STREAM = "CHAT_room"


class Trial:
    """Two gateways, three servers, and what is done to them."""

    def __init__(self, folder: Path) -> None:
        self.servers = cluster(folder)
        flags = ("--store", url(self.servers), "--rate", "0", "--rate-kib", "0", "--log-level", "warning")
        self.gateways = [Gateway(folder, *flags), Gateway(folder, *flags)]

    def leader(self) -> NatsServer:
        """Who leads the stream."""
        return next(server for server in self.servers if server.leads(STREAM))

    def follower(self) -> NatsServer:
        """Who does not."""
        leader = self.leader()
        return next(server for server in self.servers if server is not leader)

    def kill_gateway(self) -> None:
        """kill -9 of one gateway; it starts again."""
        self.gateways[0].kill()
        self.gateways[0].again()

    def kill_follower(self) -> None:
        """kill -9 of a follower."""
        self._kill(self.follower())

    def kill_leader(self) -> None:
        """kill -9 of the leader."""
        self._kill(self.leader())

    def kill_all(self) -> None:
        """kill -9 of all nats-servers."""
        self._kill(*self.servers)

    def cut(self) -> None:
        """SIGSTOP of all nats-servers: nobody answers, and nobody says so."""
        for server in self.servers:
            server.pause()

    def heal(self) -> None:
        """SIGCONT."""
        for server in self.servers:
            server.go_on()

    def _kill(self, *servers: NatsServer) -> None:
        for server in servers:
            server.kill()
        for server in servers:
            server.start()
        for server in servers:
            server.ready()

    @property
    def steps(self) -> list[Callable[[], None]]:
        """In this order."""
        return [self.kill_gateway, self.kill_follower, self.kill_leader, self.kill_all, self.cut, self.heal]


async def main(members: int, rounds: int) -> None:
    """`members` on both gateways together, so many rounds of all that can happen."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trial, report = await asyncio.to_thread(Trial, folder), folder / "report.json"
        addresses = [f"--gateway=127.0.0.1:{each.tcp_port}:{each.http_port}" for each in trial.gateways]
        seconds = rounds * len(trial.steps) * (REST + 3) + 10
        flags = ["--ws", str(members), "--senders", "40", "--rate", "2", "--processes", "2", "--seconds", str(seconds)]
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "swarm", *addresses, *flags, "--json", str(report)]
        )
        await asyncio.sleep(members / 1000 + 5)
        for _ in range(rounds):
            for step in trial.steps:
                print(step.__doc__, flush=True)
                await asyncio.to_thread(step)
                await asyncio.sleep(REST)
        status = await asyncio.to_thread(process.wait)
        figures = json.loads(report.read_bytes())
        for gateway in trial.gateways:
            gateway.judged = True  # that NATS was away, they say
            gateway.stop()
        for server in trial.servers:
            server.kill()
    print(
        f"{members:,} members, {figures['spoken']:,} messages said, {figures['deliveries']:,} deliveries checked, "
        f"{figures['returns']:,} resumes. Faults: {figures['faults']}",
        flush=True,
    )
    assert status == 0, figures["faults"]


if __name__ == "__main__":
    size, times = ([int(word) for word in sys.argv[1:]] + [4000, 2][len(sys.argv) - 1 :])[:2]
    asyncio.run(main(size, times))
