"""Runs as root inside a booted systemd: starts the shipped unit, renews its certificate, stops it; tells as JSON."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

RESULTS = Path("/results")
LIVE = Path("/etc/letsencrypt/live/chat.example.org")
COPY = "/root/copy"
TLS = Path("/etc/systemd/system/gateway.service.d/tls.conf")


def systemctl(*words: str) -> int:
    return subprocess.run(["systemctl", *words], check=False).returncode


def shown(name: str) -> str:
    return subprocess.check_output(["systemctl", "show", "--value", "-p", name, "gateway"], text=True).strip()


def certificate() -> str:
    return ssl.get_server_certificate(("127.0.0.1", 8080))


def renew(number: int) -> None:
    """As certbot does: new files, and links to them."""
    for kind in ("fullchain", "privkey"):
        link = LIVE / f"{kind}.new"
        link.symlink_to(f"/results/{kind}{number}.pem")
        link.replace(LIVE / f"{kind}.pem")


def becomes(number: int) -> bool:
    """Whether this certificate is the one that is shown, at once or a little later: kill does not wait."""
    wanted = ssl.PEM_cert_to_DER_cert((RESULTS / f"fullchain{number}.pem").read_text())
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with suppress(OSError):
            if ssl.PEM_cert_to_DER_cert(certificate()) == wanted:
                return True
        time.sleep(0.1)
    return False


def try_tls() -> dict[str, Any]:
    LIVE.mkdir(parents=True)
    renew(1)
    found: dict[str, Any] = {"start": systemctl("start", "gateway"), "first": becomes(1)}
    pid = int(shown("MainPID"))
    found["user"] = Path(f"/proc/{pid}").stat().st_uid
    found["mode"] = Path("/run/gateway/tls.pem").stat().st_mode & 0o777
    renew(2)
    found["reload"] = systemctl("reload", "gateway")
    found["second"] = becomes(2)
    (LIVE / "privkey.pem").unlink()
    found["broken-reload"] = systemctl("reload", "gateway")
    found["still"] = becomes(2)
    found["same-process"] = int(shown("MainPID")) == pid
    found["rest"] = sorted(path.name for path in Path("/run/gateway").iterdir())
    found["leftovers"] = [path.name for path in Path("/run").glob("tmp.*")]
    return found | stopped()


def try_workers() -> dict[str, Any]:
    """Without TLS, in several processes."""
    TLS.unlink()
    (TLS.parent / "workers.conf").write_text("[Service]\nEnvironment=GATEWAY_WORKERS=2 GATEWAY_EMBEDDED_NATS=yes\n")
    systemctl("daemon-reload")
    found: dict[str, Any] = {"start": systemctl("start", "gateway")}
    found["greetings"] = [greeting(host) for host in ("127.0.0.1", "::1")]
    found["operator"] = [operated("status", "--embedded-nats"), operated("backup", COPY, "--embedded-nats")]
    return found | stopped()


def try_log() -> dict[str, Any]:
    """What the journal makes of it, and fail2ban of the journal."""
    (TLS.parent / "workers.conf").write_text("[Service]\nEnvironment=GATEWAY_PASSWORD=sesame\n")
    systemctl("daemon-reload")
    found: dict[str, Any] = {"start": systemctl("start", "gateway")}
    found["operator"] = [operated("status"), operated("reload"), operated("backup", COPY)]
    run = f"_SYSTEMD_INVOCATION_ID={shown('InvocationID')}"
    with socket.create_connection(("127.0.0.1", 8001), 10) as peer:
        peer.sendall(b"/pass wrong\n\n\r\n")
        while peer.recv(200):
            pass
    found |= stopped()
    found["operator"].append(operated("restore", COPY))  # and it is opened by what comes next
    subprocess.run(["journalctl", "--sync"], check=True)
    found["told"] = subprocess.check_output(["journalctl", "-o", "cat", run], text=True)
    found["warnings"] = subprocess.check_output(["journalctl", "-o", "cat", "-p", "warning", run], text=True)
    command = ["fail2ban-regex", "-o", "ip", "systemd-journal", "/opt/gateway/fail2ban-filter.conf"]
    own = {"PATH": "/usr/bin:/bin"}  # not what makes our Python ours
    found["fail2ban"] = subprocess.run(command, check=False, capture_output=True, text=True, env=own).stdout
    return found


def try_sockets() -> dict[str, Any]:
    """On sockets that only nginx's group may use; other settings are read by a reload."""
    folder = TLS.parent
    (folder / "workers.conf").unlink()
    shutil.copy("/opt/gateway/sockets.conf", folder / "sockets.conf")
    systemctl("daemon-reload")
    found: dict[str, Any] = {"start": systemctl("start", "gateway")}
    files = [Path(f"/run/gateway/{name}.sock") for name in ("web", "raw")]
    found["groups"] = [each.group() for each in files]
    found["modes"] = [each.stat().st_mode & 0o777 for each in files]
    Path("/etc/gateway.toml").write_text('language = "en"\ntitle = "Two"\n')
    found["reload"] = systemctl("reload", "gateway")
    curl = ["curl", "-s", "--unix-socket", str(files[0]), "http://localhost/"]
    found["title"] = until(
        lambda: "<title>Two" in subprocess.run(curl, capture_output=True, text=True, check=True).stdout
    )
    others = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *curl]
    found["others"] = subprocess.run(others, check=False).returncode
    return found | stopped()


def try_patience() -> dict[str, Any]:
    """One that hangs is started again; one that drains is waited for, longer than the unit says."""
    text = "[Service]\nWatchdogSec=2\nTimeoutStopSec=2\nEnvironment=GATEWAY_DRAIN_SECONDS=5\n"
    (TLS.parent / "patience.conf").write_text(text)
    systemctl("daemon-reload")
    found: dict[str, Any] = {"start": systemctl("start", "gateway")}
    pid = shown("MainPID")
    os.kill(int(pid), signal.SIGSTOP)
    found["again"] = until(lambda: shown("MainPID") not in ("0", pid) and shown("SubState") == "running")
    with socket.socket(socket.AF_UNIX) as member:
        member.connect("/run/gateway/raw.sock")
        member.recv(200)
        return found | stopped()


def operated(*words: str) -> tuple[int, str]:
    """What root gets told."""
    state = {**os.environ, "XDG_STATE_HOME": "/var/lib/gateway"}
    ended = subprocess.run(
        ["/opt/gateway/.venv/bin/gateway", *words], check=False, capture_output=True, text=True, env=state
    )
    return ended.returncode, ended.stdout + ended.stderr


def until(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def greeting(host: str) -> str:
    with socket.create_connection((host, 8001), 10) as peer:
        return peer.recv(200).decode()


def stopped() -> dict[str, Any]:
    began = time.monotonic()
    return {"stop": systemctl("stop", "gateway"), "seconds": time.monotonic() - began, "result": shown("Result")}


def main() -> None:
    found: dict[str, Any] = {}
    try:
        found["tls"] = try_tls()
        found["workers"] = try_workers()
        found["log"] = try_log()
        found["sockets"] = try_sockets()
        found["patience"] = try_patience()
    finally:
        journal = subprocess.check_output(["journalctl", "-b", "--no-pager", "-o", "short-monotonic"], text=True)
        (RESULTS / "journal").write_text(journal)
        (RESULTS / "found.json").write_text(json.dumps(found))
    sys.exit(0)


if __name__ == "__main__":
    main()
