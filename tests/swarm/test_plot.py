"""Plots: well-formed, every point inside its panel, names that do not overlap."""

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from gateway.swarm.plot import PANEL, WIDTH, Panel, chart

SVG = "{http://www.w3.org/2000/svg}"
NUMBERS = st.just(0.0) | st.floats(1e-6, 1e9)
LINES = st.dictionaries(st.text(max_size=8), st.lists(st.tuples(NUMBERS, NUMBERS), max_size=8), max_size=5)


@given(LINES, st.booleans(), st.booleans())
def test_every_point_is_inside(lines: dict[str, list[tuple[float, float]]], is_log: bool, x_is_log: bool) -> None:
    image = chart([Panel("one", lines, is_log), Panel("two", lines, not is_log)], "x", x_is_log=x_is_log)
    image = "".join(char for char in image if char >= " " or char == "\n")
    root = ElementTree.fromstring(image.encode("utf-8", "ignore"))
    for path in root.iter(f"{SVG}path"):
        for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.attrib["d"]):
            assert 0 <= float(x) <= WIDTH
            assert 0 <= float(y) <= 2 * PANEL


def test_a_line_goes_up_where_its_values_do() -> None:
    root = ElementTree.fromstring(chart([Panel("one", {"a": [(0, 1), (1, 2), (2, 4)]})], "x"))
    (line,) = (path for path in root.iter(f"{SVG}path") if path.attrib.get("class") == "line")
    points = [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", line.attrib["d"])]
    assert points == sorted(points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)


def test_names_stand_one_below_the_other() -> None:
    lines = {name: [(0.0, 1.0), (1.0, 1.0)] for name in ("p50", "p99", "max")}
    root = ElementTree.fromstring(chart([Panel("one", lines)], "x"))
    places = [float(text.attrib["y"]) for text in root.iter(f"{SVG}text") if text.text in lines]
    assert all(after - before >= 14 for before, after in zip(sorted(places), sorted(places)[1:], strict=False))


def test_what_is_not_xml_is_escaped() -> None:
    assert ElementTree.fromstring(chart([Panel("<&>", {"a<b": [(0, 1)]})], "x")) is not None
