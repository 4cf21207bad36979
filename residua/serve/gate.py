"""Who is let in, and what goes out with every answer? The outermost layer, which every request passes."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from residua.serve.limits import Refusal
from residua.serve.metrics import Metrics

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

OPEN = {"/", "/healthz", "/readyz"}  # without a token: probes have none, and the page asks for it
ROUTES = OPEN | {"/v1/predict", "/v1/model", "/metrics", "/openapi.json"}
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_NOTHING = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class Gate:
    """Checks host and token, adds headers, counts.

    token: None lets everybody in. hosts: names under which the server may be called, None for any: on loopback another
    name means that a page of somebody else's has had it resolved to this machine.
    """

    def __init__(self, app: App, metrics: Metrics, token: str | None, hosts: frozenset[str] | None) -> None:
        self._app, self._metrics, self._hosts = app, metrics, hosts
        self._digest = None if token is None else hashlib.sha256(token.encode()).digest()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                there = list(message.get("headers", ()))
                own = [] if any(name.lower() == _NOTHING[0] for name, _ in there) else [_NOTHING]
                message["headers"] = there + _HEADERS + own
            await send(message)

        try:
            refusal = self._refusal(scope)
            if refusal is None:
                await self._app(scope, receive, sent)
            else:
                await answer(refusal, sent)
        finally:
            route = scope["path"] if scope["path"] in ROUTES else "other"
            self._metrics.request(route, status, time.perf_counter() - began)

    def _refusal(self, scope: Message) -> Refusal | None:
        headers = {name.lower(): value for name, value in scope["headers"]}
        host = headers.get(b"host", b"").decode("latin-1").rpartition(":")
        name = (host[0] if host[1] and host[2].isdecimal() else "".join(host)).strip("[]").lower()
        if self._hosts is not None and name not in self._hosts:
            return Refusal(421, "other_host", "this server listens on this machine only, and under its own names")
        if self._digest is None or scope["path"] in OPEN:
            return None
        scheme, _, given = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() == b"bearer" and hmac.compare_digest(hashlib.sha256(given.strip()).digest(), self._digest):
            return None
        return Refusal(401, "no_token", "this server asks for its token: Authorization: Bearer TOKEN")


async def answer(refusal: Refusal, send: Send) -> None:
    """Send a refusal as JSON."""
    body = json.dumps(refusal.document).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
    headers += [(b"www-authenticate", b"Bearer")] if refusal.status == 401 else []
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
