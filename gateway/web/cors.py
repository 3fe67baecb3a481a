"""What a page of an origin that --origin names may see of our answers (CORS; Fetch Standard, section 3.2).

1. An answer to such a page MUST have these fields, whatever it says: what its browser does not let it see it takes for
   a failure, and says again.
2. Every other foreign origin MUST have been refused before anything is done. The door does that.
"""

from collections.abc import Collection, Mapping

from ..hosts import origin_of

PREFLIGHT: Mapping[str, str] = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
    "Access-Control-Max-Age": "600",
}
"""What may be asked for, for the browser, which asks before a page does."""


def share_with(origin: str | None, origins: Collection[str]) -> Mapping[str, str]:
    """The fields of an answer to who comes from there."""
    if not origins:
        return {}
    if origin is None or origin_of(origin) not in origins:
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "Retry-After",
        "Vary": "Origin",
    }
