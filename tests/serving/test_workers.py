"""The parent of several processes; with real gateways in e2e/test_workers.py."""

from pathlib import Path

from gateway.config import Settings
from gateway.serving.workers import Child, Workers


async def test_the_servers_end_when_the_workers_have(tmp_path: Path) -> None:
    """Else what was said last is not stored."""
    told = tmp_path / "told"

    def child(name: str, *, seconds: float) -> Child:
        end = f'trap "sleep {seconds}; echo {name} >> {told}; exit" TERM'
        return Child(name, ["sh", "-c", f"{end}; echo open; while :; do sleep 0.02; done"], speaks=True)

    workers = Workers(Settings())
    workers._workers = [child("worker", seconds=0.2), child("worker", seconds=0.1)]
    workers._servers = [child("server", seconds=0)]
    for each in (*workers._workers, *workers._servers):
        await each.start()
        assert each.open.is_set()
    await workers._stop()
    assert told.read_text().split() == ["worker", "worker", "server"]
