"""What a page of another origin may ask for, and see."""

from pathlib import Path

from gateway.web.cors import PREFLIGHT

DOCS = Path(__file__).parents[2] / "docs"


def test_a_page_may_send_whatever_field_a_request_can_have() -> None:
    """Each that the documents name, but for what no page sets itself, or needs."""
    allowed = {name.strip().lower() for name in PREFLIGHT["Access-Control-Allow-Headers"].split(",")}
    assert allowed == {"authorization", "content-type", "idempotency-key", "last-event-id"}
    protocol = (DOCS / "protocol.md").read_text(encoding="utf-8").lower()
    assert [name for name in allowed - {"content-type"} if f"`{name}" not in protocol] == []
    assert PREFLIGHT["Access-Control-Allow-Methods"] == "GET, POST, DELETE"
