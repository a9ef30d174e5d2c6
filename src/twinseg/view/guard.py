"""What keeps strangers and other pages out: hosts, a token, and headers for browsers."""

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs

Message = MutableMapping[str, Any]
App = Callable[..., Awaitable[None]]

COOKIE, TOKEN = "twinseg_view", "token"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_POLICY = "; ".join(
    [
        "default-src 'none'",
        *(f"{what} 'self'" for what in ("script-src", "style-src", "connect-src", "font-src")),
        "img-src 'self' data: blob:",
        *(f"{what} 'none'" for what in ("base-uri", "form-action", "frame-ancestors")),
    ]
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@dataclass(frozen=True)
class Guard:
    """Wraps an application.

    Attributes:
        app: What answers.
        port: On which it listens.
        host: Under which name others may call it; "" on this machine alone.
        token: Without which nobody gets in; "" on this machine alone.
    """

    app: App
    port: int
    host: str = ""
    token: str = field(default="", repr=False)

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """Answer, or say why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {key.decode("latin-1").lower(): value.decode("latin-1")
                   for key, value in scope["headers"]}  # fmt: skip
        refused, cookie = self._refusal(scope, headers), None
        if not refused and self.token:
            given = parse_qs(scope["query_string"].decode("latin-1")).get(TOKEN, [""])[0]
            if self._is_token(given):
                cookie = f"{COOKIE}={self.token}; HttpOnly; SameSite=Strict; Path=/"
            elif not self._is_token(_cookie(headers)):
                refused = (401, "the token is missing or wrong; open the address that was printed")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = [(key.encode(), value.encode()) for key, value in _HEADERS.items()]
                more += [(b"set-cookie", cookie.encode())] if cookie else []
                message["headers"] = [*message.get("headers", []), *more]
            await send(message)

        if refused:
            await _refuse(with_headers, *refused)
        else:
            await self.app(scope, receive, with_headers)

    def _refusal(self, scope: Message, headers: dict[str, str]) -> tuple[int, str] | None:
        """Say why a request is not answered; None if it may be."""
        names = (*LOOPBACK, self.host) if self.host else LOOPBACK
        known = {f"{name}:{self.port}" for name in names} | ({*names} if self.port == 80 else set())
        if headers.get("host", "").lower() not in known:
            return 421, "this name is not served here; open the address that was printed"
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "only GET and POST are answered"
        if scope["method"] == "POST":
            # A page of another site cannot send this header without asking first.
            if headers.get("x-twinseg") != "view":
                return 403, "the header X-Twinseg is missing"
            origin = headers.get("origin", "")
            if origin and origin.split("://")[-1].lower() not in known:
                return 403, "another site may not change anything here"
        return None

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self.token.encode())


def new_token() -> str:
    """Return a token that nobody guesses."""
    return secrets.token_urlsafe(24)


def _cookie(headers: dict[str, str]) -> str:
    try:
        jar = SimpleCookie(headers.get("cookie", ""))
    except Exception:  # a cookie of something else on this name may be anything
        return ""
    return jar[COOKIE].value if COOKIE in jar else ""


async def _refuse(send: Any, status: int, why: str) -> None:
    body = f'{{"error": "{why}"}}'.encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
