"""A line of output goes out at once; on a disk that is full it is whole or not there: see e2e/test_pipes_hostile."""

import os

import pytest

from gateway.client.stdout import print_line


def test_a_line_goes_out_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    print_line("你好")
    os.write(1, b"next\n")
    assert capfd.readouterr().out == "你好\nnext\n"
