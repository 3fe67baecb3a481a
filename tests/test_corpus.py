"""What fuzzing found worth keeping, through the same decoders; see tests/fuzz.py."""

from pathlib import Path

import pytest

from .fuzz import CORPUS, NAMES
from .fuzz_targets import TARGETS
from .growth import STARTS

INPUTS = [(name, path) for name in TARGETS for path in sorted((CORPUS / name).iterdir())]


@pytest.mark.parametrize(("name", "path"), INPUTS, ids=[f"{name}/{path.name}" for name, path in INPUTS])
def test_an_input_is_decoded_or_refused(name: str, path: Path) -> None:
    TARGETS[name](path.read_bytes())


def test_each_decoder_has_inputs() -> None:
    assert {name for name, _ in INPUTS} == set(TARGETS) == set(NAMES) == set(STARTS)
