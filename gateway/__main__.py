"""`gateway`, and python -m gateway."""

import signal
import sys


def main() -> None:
    """Run a command. What is sent to a server waits until it is imported, for a second; a reload until it is open."""
    if sys.argv[1:2] in (["serve"], ["worker"]) and "--check" not in sys.argv:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGHUP, signal.SIGINT, signal.SIGTERM))
    from .cli import main as run

    run()


if __name__ == "__main__":
    main()
