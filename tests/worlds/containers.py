"""A gateway where there is next to nothing: process 1, a user that nobody knows, no HOME, no disk to write to."""

import os
import shlex
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

from ..e2e.gateway import Gateway
from ..processes import skip
from .programs import PATIENCE, need

USER = 12345
ROOM = "/srv/room"
SOURCE = Path(__file__).parents[2]

# What it runs is under /srv too: the folders above it here may be closed to that user.
SETUP = f"""
set -e
mount -t tmpfs -o mode=755 tmpfs /srv
mkdir /srv/source /srv/python /srv/packages
mkdir -m 700 {ROOM}
chown {USER}:{USER} {ROOM}
mount --bind {shlex.quote(str(SOURCE))} /srv/source
mount --bind {shlex.quote(sys.base_prefix)} /srv/python
mount --bind {shlex.quote(sysconfig.get_path("purelib"))} /srv/packages
for each in / /srv/source /srv/python /srv/packages; do mount -o remount,bind,ro $each; done
cd /
shift
exec setpriv --reuid {USER} --regid {USER} --clear-groups --no-new-privs \\
    env -i PATH=/usr/bin:/bin LD_LIBRARY_PATH=/srv/python/lib PYTHONPATH=/srv/source:/srv/packages \
    /srv/python/bin/python{sys.version_info[0]}.{sys.version_info[1]} "$@"
"""


class Contained(Gateway):
    """One whose only place to write is its store's, on a tmpfs."""

    def __init__(self, folder: Path, *flags: str) -> None:
        enter = (need("unshare"), "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
        tried = subprocess.run([*enter, need("setpriv"), "--version"], capture_output=True, timeout=PATIENCE)
        if tried.returncode:
            skip(f"no namespaces here: {tried.stderr.decode().strip()}")
        store = ("--store", f"sqlite:{ROOM}/room.db")
        super().__init__(folder, *store, *flags, prefix=(*enter, "sh", "-c", SETUP, "sh"))

    def interrupt(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask process 1 to stop: its parent, which is `unshare`, passes nothing on."""
        inner = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        os.kill(int(inner[0]), number)
        return self._end()
