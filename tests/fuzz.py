"""make fuzz: bytes that learn what they reach, against every decoder of what strangers send (atheris, so libFuzzer).

A decoder may refuse its input, in its own way; any other exception is a crash, five seconds for one input a hang,
512 MiB growth. What was found interesting stays in tests/corpus, a few of each, which tests/test_corpus.py runs.
Then the growth of their cost: see tests/growth.py.
"""

import subprocess
import sys
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
SECONDS = 600

NAMES = ("raw", "text", "json", "head", "proxy", "frames", "typed", "message", "client", "swarm")


def main(arguments: list[str]) -> int:
    """`TARGET SECONDS` fuzzes one, `growth SECONDS` measures; `SECONDS`, or nothing, does all, each in a process."""
    if arguments and arguments[0] in NAMES:
        return _fuzz(arguments[0], arguments[1])
    if arguments and arguments[0] == "growth":
        return _grow(float(arguments[1]))
    seconds = arguments[0] if arguments else str(SECONDS)
    return max(subprocess.call([sys.executable, "-m", "tests.fuzz", name, seconds]) for name in (*NAMES, "growth"))


def _fuzz(name: str, seconds: str) -> int:
    try:
        import atheris
    except ImportError:
        print("make fuzz needs atheris, which this Python has none of: pip install atheris")
        return 1
    with atheris.instrument_imports(include=["gateway"]):
        from .fuzz_targets import TARGETS
    work = CORPUS.parent.parent / ".fuzz" / name
    work.mkdir(parents=True, exist_ok=True)
    flags = [f"-max_total_time={seconds}", "-timeout=5", "-rss_limit_mb=512", "-max_len=2000", "-verbosity=0"]
    atheris.Setup(
        [name, *flags, f"-artifact_prefix={work.parent}/{name}-", str(work), str(CORPUS / name)], TARGETS[name]
    )
    atheris.Fuzz()
    return 0


def _grow(seconds: float) -> int:
    from .fuzz_targets import TARGETS
    from .growth import search

    found = search(TARGETS, CORPUS, seconds)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
