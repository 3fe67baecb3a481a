"""make cluster: three nats-servers and two gateways of one room on this machine, to try."""

import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from .nats import cluster, url

PORTS = (4222, 4223, 4224, 8222, 8223, 8224, 6222, 6223, 6224)
GATEWAYS = ((8001, 8080), (8002, 8081))


def main() -> None:
    """Until Ctrl-C."""
    with tempfile.TemporaryDirectory() as folder:
        servers = cluster(Path(folder), PORTS)
        command = [sys.executable, "-m", "gateway", "serve", "--store", url(servers)]
        gateways = [
            subprocess.Popen([*command, "--tcp-port", str(tcp), "--http-port", str(http), *sys.argv[1:]])
            for tcp, http in GATEWAYS
        ]
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            while all(gateway.poll() is None for gateway in gateways):
                time.sleep(0.2)
        for gateway in gateways:
            with suppress(KeyboardInterrupt):
                gateway.terminate()
                gateway.wait()
        for server in servers:
            server.kill()


if __name__ == "__main__":
    main()
