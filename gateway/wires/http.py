"""A short HTTP answer, for who is not let in: on the raw port, and at the web port's door."""


def refusal(status: str, text: str) -> bytes:
    """An answer of one line of plain text, after which the connection is closed. `status` as in `400 Bad Request`."""
    body = f"{text}\n".encode()
    head = (
        f"HTTP/1.1 {status}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
