"""How does the server start and stop, and who may reach it?"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from residua import extras
from residua.errors import ShipError
from residua.reading import read_text
from residua.serve.limits import Limits
from residua.ship.artifact import Artifact
from residua.ship.proof import Say

Ready = Callable[[dict[str, str]], None]
TOKEN = "RESIDUA_TOKEN"
LEAST_TOKEN = 16  # characters: what no patience guesses
_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Place:
    """Where the server listens, and for whom. token: None where nobody needs one."""

    host: str
    port: int
    token: str | None = None

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def require_packages() -> None:
    """Raise MissingExtra for the first package of the extra `serve` that is absent."""
    extras.require("fastapi")
    extras.require("uvicorn")
    extras.require("python_multipart")
    extras.require("prometheus_client")
    extras.require("jinja2")


def read_token(file: Path | None) -> str | None:
    """Return the token in a file, or that of the environment. Raises ShipError for one that is short."""
    token = os.environ.get(TOKEN) if file is None else read_text(file, ShipError)
    if token is None:
        return None
    token, where = token.strip(), TOKEN if file is None else str(file)
    if len(token) < LEAST_TOKEN or not token.isascii() or not token.isprintable():
        raise ShipError(
            f"the token of {where} is unsafe: give {LEAST_TOKEN} characters of ASCII or more (`openssl rand -hex 32`)"
        )
    return token


def listen(place: Place) -> socket.socket:
    """Return the socket. Raises ShipError where the address is taken, or not this machine's."""
    try:
        family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
        return socket.create_server((place.host, place.port), family=family, backlog=256)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise ShipError(
            f"cannot listen on {place.host} port {place.port}: {why}; --port names another, 0 any free one"
        ) from None


def serve(artifact: Artifact, place: Place, limits: Limits, options: dict[str, Any], say: Say, ready: Ready) -> None:
    """Answer until SIGTERM or Ctrl-C; what is under way then is answered.

    options: cache and precision, as `Service` takes them. ready: gets the url, model and precision once pictures are
    answered. Raises ShipError where the canaries refuse the engine.
    """
    from residua.serve.app import make_app
    from residua.serve.gate import Gate
    from residua.serve.metrics import Metrics
    from residua.serve.page import page_of
    from residua.serve.service import Service

    service = Service(artifact, limits, **options)
    metrics = Metrics(service)
    app = make_app(service, metrics, page_of(artifact.manifest, place.token is not None))
    gate = Gate(app, metrics, place.token, _HOSTS | {place.host} if place.loopback else None)
    with listen(place) as listening:
        host = f"[{place.host}]" if ":" in place.host else place.host
        facts = {"url": f"http://{host}:{listening.getsockname()[1]}/", "model": artifact.manifest.name}
        say(f"listening on {facts['url']}")

        def open_service() -> None:
            service.open(say)
            say(f"ready: {artifact.manifest.name} in {artifact.manifest.precision}; Ctrl-C or SIGTERM ends it")
            ready(facts | {"precision": artifact.manifest.precision})

        try:
            asyncio.run(_run(gate, limits.seconds, listening, open_service))
        finally:
            service.close()


async def _run(gate: Any, seconds: float, listening: socket.socket, open_service: Callable[[], None]) -> None:
    """Serve, and open the service meanwhile; where that fails the server ends, and this raises what it raised."""
    import uvicorn

    from residua.serve.protocol import Drained, patient

    config = uvicorn.Config(
        gate, http=patient(seconds), ws="none", lifespan="off", access_log=False, log_config=None,
        server_header=False, timeout_graceful_shutdown=int(seconds) + 1,
    )  # fmt: skip
    server = Drained(config)

    async def opened() -> None:
        try:
            await asyncio.to_thread(open_service)
        except Exception:
            server.should_exit = True
            raise

    opening = asyncio.create_task(opened())
    await server.serve(sockets=[listening])
    await opening
