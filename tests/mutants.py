"""make mutants: small mistakes in a file, each tried by the unit tests that reach it (mutmut); prints what survived.

It works on a copy. A survivor is a test that is missing, or no mistake at all: read each.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent.parent
COPIED = ("gateway", "tests", "static", "docs", "pyproject.toml", "README.md", "Makefile", "CHANGELOG.md", "LICENSE")
PASSED_OVER = (
    "tests/swarm", "tests/worlds", "tests/bench",
    # They read our sources, and those of the mutants are others.
    "tests/test_patterns.py", "tests/test_layers.py", "tests/test_isolation.py", "tests/test_logs.py",
    "tests/test_faults.py",
)  # fmt: skip
READS_CODE = "tests/members/test_connection.py::test_what_each_delivery_touches_lies_together"  # so does this
PATIENCE = 4
"""How many times as long as without it tests may take with a mistake, which may be one that never ends."""

SURVIVED = re.compile(r"^\s*(\S+): (survived|no tests)$", re.MULTILINE)


def main(files: list[str]) -> int:
    """Try mistakes in these files. Status 1 if any was not seen."""
    wrong = [file for file in files if not (HERE / file).is_file() or not file.endswith(".py")]
    if wrong or not files:
        named = f"; these are none: {' '.join(wrong)}" if wrong else ""
        print(f'name files of ours, as in: make mutants ARGS="gateway/room/moderation.py"{named}')
        return 2
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        work = Path(folder)
        _copy(work, files)
        environment = {**os.environ, "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}

        def mutmut(*words: str) -> subprocess.CompletedProcess[str]:
            command = [str(Path(sys.executable).parent / "mutmut"), *words]
            return subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)

        print(f"trying mistakes in {', '.join(files)}: this takes minutes", flush=True)
        run = mutmut("run")
        told = mutmut("results", "--all", "true").stdout
        if run.returncode or not told.strip():
            print(run.stdout[-3000:].replace("\r", "\n"), run.stderr[-3000:], sep="\n")
            return 2
        survivors = [name for name, _ in SURVIVED.findall(told)]
        for name in survivors:
            print("\n".join(mutmut("show", name).stdout.splitlines()[3:]))
        print(f"{len(survivors)} of {len(told.split(chr(10))) - 1} mistakes were not seen")
        return 1 if survivors else 0


def _copy(work: Path, files: list[str]) -> None:
    for name in COPIED:
        if (HERE / name).is_dir():
            shutil.copytree(HERE / name, work / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(HERE / name, work / name)
    copied = [name for name in COPIED if name not in ("gateway", "tests", "pyproject.toml")]
    # The stores' tests start nats-servers, and reach no more than the stores; one of these is among those of e2e.
    is_near = any(file.startswith("gateway/stores") for file in files)
    far = ["--ignore-glob=*/e2e/test_[!n]*.py"] if is_near else ["--ignore=tests/stores", "--ignore=tests/e2e"]
    arguments = ["-p", "no:xdist", f"--deselect={READS_CODE}", *far, *(f"--ignore={path}" for path in PASSED_OVER)]
    with (work / "pyproject.toml").open("a") as settings:
        settings.write(
            f'\n[tool.mutmut]\nsource_paths = ["gateway"]\nonly_mutate = {files}\nalso_copy = {copied}\n'
            f'pytest_add_cli_args_test_selection = ["tests"]\npytest_add_cli_args = {arguments}\n'
            f"timeout_multiplier = {PATIENCE}\n"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
