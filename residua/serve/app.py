"""Which addresses does the server have, and what do they answer? FastAPI describes them in /openapi.json."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable
from typing import Annotated, Any, TypeVar

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from residua.serve.bodies import Bodies, Pictures
from residua.serve.limits import Refusal
from residua.serve.metrics import CONTENT_TYPE, Metrics
from residua.serve.page import Page
from residua.serve.service import Seen, Service
from residua.version import __version__

T = TypeVar("T")
MOST_NAMED = 1000  # classes of one answer


class Guess(BaseModel):
    """One class and its probability."""

    label: str
    index: int
    score: float


class Map(BaseModel):
    """Where a class was seen: rows of a grid over `region`, the share of the upright picture that the network saw."""

    index: int
    rows: list[list[float]]
    region: list[float]


class Answer(BaseModel):
    """What is in one picture, the likeliest class first."""

    top: list[Guess]
    model: str
    latency_ms: float
    maps: list[Map] | None = None


class Row(BaseModel):
    """What is in one of several pictures, or why that cannot be said."""

    file: str
    top: list[Guess]
    error: str | None
    maps: list[Map] | None = None


class Answers(BaseModel):
    """What is in several pictures, in their order."""

    results: list[Row]
    model: str
    latency_ms: float


class Reason(BaseModel):
    """A code for programs and a message for people."""

    code: str
    message: str


class Problem(BaseModel):
    """Why there is no answer."""

    error: Reason


class Json(JSONResponse):
    """JSON in ASCII: names of classes and files may hold what UTF-8 cannot say."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILES = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}
_GROUPS = "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_TEXT = {"type": "string", "contentEncoding": "base64"}
_BASE64 = _TEXT | {"pattern": f"^(data:[^,]*,)?{_GROUPS}$", "minLength": 1}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "image/jpeg": _BINARY,
            "image/png": _BINARY,
            "application/octet-stream": _BINARY,
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"files": _FILES}, "required": ["files"]}
            },
            "application/json": {
                "schema": {
                    "oneOf": [
                        {
                            "type": "object",
                            "properties": {name: kind},
                            "required": [name],
                            "additionalProperties": False,
                        }
                        for name, kind in (
                            ("image", _BASE64),
                            ("images", {"type": "array", "items": _TEXT, "minItems": 1}),  # each has its own error
                        )
                    ]
                }
            },
        },
    }
}
_WHY = {
    400: "no picture, or one that cannot be read", 401: "no token", 408: "the request came too slowly",
    413: "too large, or too many pictures", 415: "another Content-Type", 421: "another host", 422: "a wrong parameter",
    429: "the queue is full: Retry-After says when to come again", 503: "the canaries have not been answered yet",
}  # fmt: skip


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem, "description": _WHY[status]} for status in statuses}


class Addresses:
    """What each address answers."""

    def __init__(self, service: Service, metrics: Metrics, page: Page) -> None:
        self._service, self._metrics, self._page = service, metrics, page
        self._bodies = Bodies(service.limits)

    async def predict(
        self,
        request: Request,
        top: Annotated[int | None, Query(ge=1, le=MOST_NAMED, description="how many classes are named")] = None,
        maps: Annotated[bool, Query(description="with the map of each of the five likeliest classes")] = False,
    ) -> Response:
        """Say what is in one picture, or in several."""
        began = time.perf_counter()
        self._service.require_ready()
        async with self._bodies.pictures(request) as pictures:
            seen = await unless_gone(request, self._within_time(pictures))
        answered = sum(isinstance(each, Seen) for each in seen)
        self._metrics.pictures(answered, len(seen) - answered)
        facts = {"model": self._service.manifest.name, "latency_ms": round(1000 * (time.perf_counter() - began), 3)}
        if pictures.several:
            rows = [self._row(name, each, top, maps) for (name, _), each in zip(pictures.encoded, seen, strict=True)]
            return Json({"results": rows} | facts)
        (only,) = seen
        if isinstance(only, Refusal):
            raise only
        return Json(self._found(only, top, maps) | facts)

    async def _within_time(self, pictures: Pictures) -> list[Seen | Refusal]:
        try:
            async with asyncio.timeout(self._service.limits.seconds):
                return await self._service.answer(pictures.encoded)
        except TimeoutError:
            raise Refusal(429, "busy", "no answer in time: too much is waiting; come again", 5) from None

    def _row(self, name: str, each: Seen | Refusal, top: int | None, maps: bool) -> dict[str, Any]:
        if isinstance(each, Refusal):
            return {"file": name, "top": [], "error": each.message}
        return {"file": name, "error": None} | self._found(each, top, maps)

    def _found(self, seen: Seen, top: int | None, maps: bool) -> dict[str, Any]:
        names = self._service.manifest.classes
        count = top or (len(names) if self._service.manifest.several else 5)
        best = (-seen.chances).argsort(kind="stable")[:count].tolist()
        found: dict[str, Any] = {
            "top": [{"label": names[i], "index": i, "score": float(seen.chances[i])} for i in best]
        }
        if maps:
            region = list(seen.region)
            found["maps"] = [
                {"index": index, "rows": rows.astype(float).round(5).tolist(), "region": region}
                for index, rows in zip(seen.classes, seen.maps, strict=True)
            ]
        return found

    async def model(self) -> Response:
        """Say which network this is, how its pictures are prepared, and how it was verified."""
        manifest = self._service.manifest
        return Json({
            "name": manifest.name, "engine": manifest.engine, "engine_version": manifest.engine_version,
            "precision": manifest.precision, "classes": list(manifest.classes), "several": manifest.several,
            "preprocessing": manifest.preprocessing.to_dict(), "verified": manifest.verified,
            "canaries": manifest.canaries, "made_on": manifest.made_on, "sha256": self._service.artifact.sha256,
        })  # fmt: skip

    async def healthz(self) -> Response:
        """Say that the process is alive."""
        return Json({"status": "alive"})

    async def readyz(self) -> Response:
        """Say whether the canaries were right and pictures are answered."""
        self._service.require_ready()
        return Json({"status": "ready"})

    async def metrics(self) -> Response:
        """Say what Prometheus reads."""
        return Response(self._metrics.text(), media_type=CONTENT_TYPE)

    async def page(self) -> Response:
        """Show the page."""
        return HTMLResponse(self._page.text, headers={"Content-Security-Policy": self._page.policy})


def make_app(service: Service, metrics: Metrics, page: Page) -> FastAPI:
    """Return the application. The framework's own pages are off: they load scripts from elsewhere."""
    app = FastAPI(
        title="residua serve", version=__version__, docs_url=None, redoc_url=None, default_response_class=Json
    )
    at = Addresses(service, metrics, page)
    everywhere = (401, 421)
    app.add_api_route(
        "/v1/predict", at.predict, methods=["POST"], response_model=Answer | Answers, openapi_extra=_BODY,
        responses=_problems(400, 408, 413, 415, 422, 429, 503, *everywhere),
    )  # fmt: skip
    app.add_api_route(
        "/v1/model", at.model, methods=["GET"], response_model=dict[str, Any], responses=_problems(*everywhere)
    )
    app.add_api_route("/healthz", at.healthz, methods=["GET"], response_model=dict[str, str], responses=_problems(421))
    app.add_api_route(
        "/readyz", at.readyz, methods=["GET"], response_model=dict[str, str], responses=_problems(421, 503)
    )
    plain: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
    app.add_api_route(
        "/metrics", at.metrics, methods=["GET"], response_class=Response, responses=plain | _problems(*everywhere)
    )
    app.add_api_route("/", at.page, methods=["GET"], include_in_schema=False)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HTTPException, _by_framework)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _bug)
    return app


async def unless_gone(request: Request, work: Awaitable[T]) -> T:
    """Return what `work` gives; a client that goes away meanwhile cancels it. The body has been read before."""
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait((working, gone), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Refusal(499, "gone", "the client went away")  # nobody reads it; a number of its own in the metrics
        return working.result()
    finally:
        working.cancel()
        gone.cancel()
        await asyncio.wait((working, gone))  # until the places are free


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return Json(error.document, error.status, error.headers)


async def _by_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "other_method"}
    found = Refusal(error.status_code, codes.get(error.status_code, "refused"), str(error.detail))
    return Json(found.document, error.status_code, dict(error.headers or {}))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    message = f"{'.'.join(map(str, first['loc'][1:]))}: {first['msg']}"
    return Json(Refusal(422, "wrong_parameter", message).document, 422)


async def _bug(request: Request, error: Exception) -> Response:
    """Answer for a bug of ours, whose traceback goes to the log."""
    return Json(Refusal(500, "bug", "this is a bug in residua; the server's log has its traceback").document, 500)
