"""A server in this process, over an engine that answers at once, and a client that needs no network."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from residua.preprocessing import Preprocessing
from residua.serve import service as serving
from residua.serve.limits import Limits
from residua.ship.artifact import Artifact, Manifest
from residua.ship.engine import Answers

pytest.importorskip("fastapi", reason="the extra `serve` is not installed")

from residua.serve.app import make_app
from residua.serve.gate import Gate
from residua.serve.metrics import Metrics
from residua.serve.page import page_of

CLASSES = ("dark", "grey <b>", "bright")
MANIFEST = Manifest(
    name="shades",
    engine="openvino",
    engine_version="1",
    precision="fp32",
    model="model.xml",
    classes=CLASSES,
    preprocessing=Preprocessing(8, 8),
    canaries={"file": "canaries.safetensors", "kind": "synthetic", "count": 8},
    verified={"samples": 360, "images": "held-out images of shades", "verdict": "fine", "accuracy_after": 0.5},
    made_on={"processor": "one"},
)


class Shades:
    """Tells dark, grey and bright pictures; `going` holds it up, `sizes` are the batches it was given."""

    def __init__(self) -> None:
        self.going = threading.Event()
        self.going.set()
        self.sizes: list[int] = []
        self.fails = False

    def run(self, pixels):
        self.going.wait(10)
        self.sizes.append(len(pixels))
        if self.fails:
            raise RuntimeError("the engine has failed")
        level = pixels.mean((1, 2, 3)) / 255
        logits = -20 * np.abs(level[:, None] - np.array([0, 0.5, 1])).astype(np.float32)
        order = np.argsort(-logits, axis=1)
        maps = np.repeat(pixels[:, None, ::4, ::4, 0] / 255, 3, axis=1).astype(np.float32)
        return Answers(logits, order, maps)

    def stream(self, batches):
        return map(self.run, batches)


@dataclass
class Server:
    """The application with all around it."""

    app: Any
    service: serving.Service
    engine: Shades = field(default_factory=Shades)

    def get(self, path: str, **headers: str) -> Reply:
        return asyncio.run(call(self.app, "GET", path, b"", headers))

    def post(self, path: str, body: bytes, **headers: str) -> Reply:
        return asyncio.run(call(self.app, "POST", path, body, headers))


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return self.json["error"]["code"]


async def call(app, method: str, path: str, body: bytes | list[bytes], headers: dict[str, str]) -> Reply:
    """Call an application as a server does; body: or its chunks."""
    chunks = body if isinstance(body, list) else [body]
    coming = iter([
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks) - 1}
        for number, chunk in enumerate(chunks)
    ])  # fmt: skip

    async def receive() -> dict[str, Any]:
        message = next(coming, None)
        if message is None:
            await asyncio.Event().wait()  # the client stays
        return message

    return await exchange(app, method, path, headers, receive)


async def exchange(
    app, method: str, path: str, headers: dict[str, str], receive: Callable[[], Awaitable[dict[str, Any]]]
) -> Reply:
    given = {"host": "localhost:8000"} | {name.replace("_", "-"): value for name, value in headers.items()}
    path, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()], "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    found = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:]))


def picture(level: int, kind: str = "PNG") -> bytes:
    """Return an encoded picture of one level."""
    out = io.BytesIO()
    Image.new("RGB", (20, 10), (level,) * 3).save(out, kind)
    return out.getvalue()


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """Make servers; they are open unless `opened` is False."""
    made: list[Server] = []

    def one(token: str | None = None, opened: bool = True, **limits: Any) -> Server:
        engine = Shades()
        monkeypatch.setattr(serving, "proved_engine", lambda *_: engine)
        service = serving.Service(Artifact(Path("nowhere"), MANIFEST, "0" * 64), Limits(**limits))
        if opened:
            service.open(lambda _: None)
        engine.sizes.clear()
        metrics = Metrics(service)
        app = make_app(service, metrics, page_of(MANIFEST, token is not None))
        made.append(Server(Gate(app, metrics, token, frozenset({"localhost"})), service, engine))
        return made[-1]

    yield one
    for server in made:
        server.engine.going.set()
        server.service.close()
