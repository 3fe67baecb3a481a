"""What the web port answers plain requests with, as OpenAPI 3.1: served at /openapi.json, and tested against it."""

from typing import Any

from ..messages import MAX_SEQ

_MESSAGE = {
    "type": "object",
    "required": ["type", "seq", "at", "from", "via", "text"],
    "properties": {
        "type": {"const": "message"},
        "seq": {"type": "integer", "minimum": 1},
        "at": {"type": "string", "format": "date-time"},
        "from": {"type": "string"},
        "via": {"enum": ["web", "tcp"]},
        "by": {"type": "string", "description": "The public id of who said it; left out where that is not known."},
        "text": {"type": "string"},
        "kind": {"const": "action", "description": "It tells what somebody does; left out of what is said."},
        "re": {"type": "integer", "minimum": 1, "description": "The seq that it answers; left out where it is none."},
    },
}
_PLACE = {
    "type": "object",
    "required": ["epoch", "seq"],
    "properties": {"epoch": {"type": "string"}, "seq": {"type": "integer", "minimum": 1}},
}
_TEXT = {"type": "string", "minLength": 1}
_SEQ = {"type": "integer", "minimum": 0, "maximum": 2**53}
_DAY = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
_PROBLEM = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
}


def _answer(description: str, schema: dict[str, Any], kind: str = "application/json") -> dict[str, Any]:
    return {"description": description, "content": {kind: {"schema": schema}}}


def _problems(**more: str) -> dict[str, Any]:
    """By status: those that every request can meet, and more."""
    texts = {
        "400": "The request is wrong.",
        "401": "The room has a password: Authorization: Bearer PASSWORD.",
        "403": "You are banned, or muted; or a page of another origin asks.",
        "421": "The server does not go by that name.",
        "429": "Too fast, also by slow mode, or too many wrong passwords: see Retry-After.",
        "431": "The head of the request is too large.",
        "503": "The log can't be used now: see Retry-After.",
        **{status.removeprefix("s"): text for status, text in more.items()},
    }
    refused_at_the_door = {"text/plain": {"schema": {"type": "string"}}}
    return {
        status: {"description": text, "content": {"application/json": {"schema": _PROBLEM}, **refused_at_the_door}}
        for status, text in texts.items()
    }


def _query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Chat gateway", "version": "1", "license": {"name": "MIT", "identifier": "MIT"}},
    "components": {
        "securitySchemes": {name: {"type": "http", "scheme": "bearer"} for name in ("password", "operators")}
    },
    "security": [{}, {"password": []}],
    "paths": {
        "/say": {
            "post": {
                "operationId": "say",
                "summary": "Say something; the answer comes when the log has it.",
                "parameters": [
                    _query("name", "Under which name; without, as a guest.", {"type": "string", "minLength": 1}),
                    {
                        "name": "Idempotency-Key",
                        "in": "header",
                        "description": "Saying it again with the same key says it once.",
                        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
                    },
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "text/plain": {"schema": {"type": "string", "minLength": 1}},
                        "application/x-www-form-urlencoded": {"schema": {"type": "string", "minLength": 1}},
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["text"],
                                "properties": {
                                    "text": {"type": "string"},
                                    "name": {"type": ["string", "null"]},
                                },
                            }
                        },
                    },
                },
                "responses": {
                    "200": _answer("It is in the log.", _PLACE),
                    **_problems(
                        s409="The name is taken.",
                        s413="The message is too long.",
                        s415="The body has a Content-Encoding, or is multipart: it is the text itself, or JSON.",
                    ),
                },
            }
        },
        "/messages": {
            "get": {
                "operationId": "messages",
                "summary": "The first messages after a seq; without one, the last messages. 1 MiB at most. Or, by q,"
                " those that hold some words, and by from, those of somebody, the newest first; 256 KiB at most.",
                "parameters": [
                    _query("after", "A seq.", _SEQ),
                    _query("limit", "How many, 500 at most.", {"type": "integer", "minimum": 0, "maximum": 500}),
                    _query("q", "Words, of which each has to be there; `after` means nothing then.", _TEXT),
                    _query("from", "Said by whose name is that, or begins so; `after` means nothing then.", _TEXT),
                    _query("since", "With q or from: from this day (in UTC) or this time on.", _DAY),
                    _query("until", "With q or from: to the end of this day (in UTC), or before this time.", _DAY),
                    _query("before", "With q or from: before this seq.", _SEQ),
                ],
                "responses": {
                    "200": _answer(
                        "In the order of seq. `more`: there are some after these; without `after`, before these."
                        " By q or from, the newest first; `more`: what is before the seq `before` was not looked at.",
                        {
                            "type": "object",
                            "required": ["type", "messages", "more", "epoch"],
                            "properties": {
                                "type": {"enum": ["page", "found"]},
                                "messages": {"type": "array", "items": _MESSAGE},
                                "more": {"type": "boolean"},
                                "before": {"type": "integer", "minimum": 1},
                                "epoch": {"type": "string"},
                            },
                        },
                    ),
                    **_problems(),
                },
            }
        },
        "/messages/{seq}": {
            "delete": {
                "operationId": "delete",
                "summary": "Take a message back, as an operator; the answer comes when it is erased.",
                "security": [{"operators": []}],
                "parameters": [
                    {
                        "name": "seq",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_SEQ},
                    }
                ],
                "responses": {
                    "200": _answer("It is erased; the seq is that of the entry that says so.", _PLACE),
                    **_problems(
                        s401="The operators' password is needed.",
                        s403="You are banned, or the room has no operators; or a page of another origin asks.",
                        s404="There is no such message, any more or at all.",
                    ),
                },
            }
        },
        "/events": {
            "get": {
                "operationId": "events",
                "summary": "What is said from now on, as Server-Sent Events; as lines with Accept: text/plain.",
                "parameters": [
                    _query("history", "So many of the last messages first.", {"type": "integer", "minimum": 0}),
                    {
                        "name": "Last-Event-ID",
                        "in": "header",
                        "description": "Go on after this event.",
                        "schema": {"type": "string", "pattern": "^[!-~]{1,60}$"},
                    },
                ],
                "responses": {
                    "200": _answer(
                        "It does not end. An event `deleted`, which may be ignored, tells what is taken back.",
                        {"type": "string"},
                        "text/event-stream",
                    ),
                    **_problems(),
                },
            }
        },
    },
}
