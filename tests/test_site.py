"""The page's files: small, of our own, addressed by what they are."""

import re
from pathlib import Path

from gateway.config import Settings
from gateway.site import digest_of, index_page, static_folder


def test_nothing_comes_from_elsewhere() -> None:
    for path in static_folder().iterdir():
        addresses = re.findall(r"(?:https?:)?//[\w.-]+\.\w+", path.read_text(encoding="utf-8"))
        assert set(addresses) <= {"http://www.w3.org"}, path.name  # the namespace of SVG


def test_the_page_names_each_module_and_leaves_no_blank() -> None:
    page = index_page("static/abc", 8001, Settings())
    assert "{{" not in page
    assert 'data-tcp-port="8001"' in page
    assert 'data-max-text="65536"' in page
    for path in static_folder().glob("*.js"):
        assert f'"static/abc/{path.name}"' in page


def test_a_digest_is_of_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    first = digest_of(tmp_path)
    assert digest_of(tmp_path) == first
    (tmp_path / "a").write_text("two")
    second = digest_of(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert len({first, second, digest_of(tmp_path)}) == 3


def test_every_text_that_is_asked_for_is_there() -> None:
    text = (static_folder() / "texts.js").read_text(encoding="utf-8")
    for path in (*static_folder().glob("*.js"), static_folder() / "index.html"):
        content = path.read_text(encoding="utf-8")
        asked = re.findall(r"\bt\(\"(\w+)\"", content) + re.findall(
            r"data-(?:text|placeholder|label)=\"(\w+)\"", content
        )
        for key in asked:
            assert re.search(rf"\b{key}: ", text), f"{path.name}: {key}"
