"""What `nsc` makes for NATS: an operator, an account that has JetStream, users' .creds files."""

import json
import secrets
from base64 import urlsafe_b64encode
from typing import Any

import nkeys  # type: ignore[import-untyped]

_ALL = {"subs": -1, "data": -1, "payload": -1}
_ACCOUNT = {
    **_ALL, "imports": -1, "exports": -1, "wildcards": True, "conn": -1, "leaf": -1, "mem_storage": -1,
    "disk_storage": -1, "streams": -1, "consumer": -1,
}  # fmt: skip


class Office:
    """Of one operator and account."""

    def __init__(self) -> None:
        self._operator = _pair(nkeys.PREFIX_BYTE_OPERATOR)
        self._account = _pair(nkeys.PREFIX_BYTE_ACCOUNT)

    @property
    def configuration(self) -> str:
        """What a nats-server needs to know of it."""
        operator = _signed(self._operator, self._operator, {"type": "operator", "version": 2})
        accounts = {"type": "account", "version": 2}
        pairs = [
            (self._account, accounts | {"limits": _ACCOUNT}),
            (system := _pair(nkeys.PREFIX_BYTE_ACCOUNT), accounts),
        ]
        known = [f"{of.public_key.decode()}: {_signed(self._operator, of, claims)}" for of, claims in pairs]
        return (
            f"operator: {operator}\nresolver: MEMORY\nresolver_preload: {{ {', '.join(known)} }}\n"
            f"system_account: {system.public_key.decode()}"
        )

    def creds(self, end: float = 0) -> str:
        """A .creds file of a new user."""
        user = _pair(nkeys.PREFIX_BYTE_USER)
        claims = {"type": "user", "version": 2, "pub": {}, "sub": {}, **_ALL}
        token = _signed(self._account, user, claims, **({"exp": int(end)} if end else {}))
        return (
            f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
            "************************* IMPORTANT *************************\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{user.seed.decode()}\n------END USER NKEY SEED------\n"
        )


def _pair(kind: int) -> Any:
    return nkeys.from_seed(bytearray(nkeys.encode_seed(secrets.token_bytes(32), kind)))


def _signed(by: Any, of: Any, nats: dict[str, object], **more: int) -> str:
    key = of.public_key.decode()
    claims = {"jti": secrets.token_hex(16), "iat": 1, "iss": by.public_key.decode(), "name": key, "sub": key}
    parts = ({"typ": "JWT", "alg": "ed25519-nkey"}, {**claims, **more, "nats": nats})
    text = ".".join(_written(json.dumps(part).encode()) for part in parts)
    return f"{text}.{_written(by.sign(text.encode()))}"


def _written(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
