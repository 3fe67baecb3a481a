import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .forks import in_turn

OUTCOMES = """
import os
import pytest

def test_a(tmp_path): (tmp_path / "mine").touch()
def test_b(): print("said"); assert False, "wrong"
def test_c(): pytest.skip("so")
def test_d(): os._exit(0)

@pytest.fixture(scope="module")
def shared():
    return os.getpid()

@pytest.mark.parametrize("number", range(20))
def test_e(shared, number): assert shared == os.getpid()
"""


def ran(folder: Path, source: str, *flags: str) -> str:
    """What pytest says of these tests in two processes."""
    file = folder / "test_these.py"
    file.write_text(source)
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "-p", "tests.forks", "--forks", "2", *flags]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # to import them all takes a second
    return subprocess.run([*command, file], env=alone, capture_output=True, text=True, check=False).stdout


def test_what_became_of_each_test_is_told_though_its_process_died(tmp_path: Path) -> None:
    said = ran(tmp_path, OUTCOMES)
    assert "2 failed, 21 passed, 1 skipped" in said
    assert "AssertionError: wrong" in said
    assert "Captured stdout call" in said
    assert re.search(r"_ test_d _+\nits process ended before it", said)


def test_no_more_is_begun_than_may_fail(tmp_path: Path) -> None:
    said = ran(tmp_path, "import pytest\n@pytest.mark.parametrize('n', range(999))\ndef test_it(n): assert n", "-x")
    assert "stopping after 1 failures" in said
    assert "998 passed" not in said


def test_each_has_one_turn_and_what_is_done_together_is_first(request: pytest.FixtureRequest) -> None:
    items = request.session.items
    units = in_turn(items)
    assert sorted(each.nodeid for unit in units for each in unit) == sorted(each.nodeid for each in items)
    assert [len(unit) for unit in units] == sorted(map(len, units), reverse=True)
