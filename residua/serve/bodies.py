"""Which pictures are in a request: one as it is, files of a form, or base64 in JSON?

Everything stays in memory, within bounds: a read-only disk serves too.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from residua.serve.limits import Limits, Refusal

HELD = 8  # largest bodies that all requests together may hold, whatever their number
MEBI = 2**20


@dataclass(frozen=True)
class Pictures:
    """The encoded pictures of a request, each with its name; several: whether the answer is a list."""

    encoded: Sequence[tuple[str, bytes | Refusal]]  # a refusal: what came for it is no picture at all
    several: bool


class Bodies:
    """Reads bodies, as many at a time as memory allows."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._most, self._held = limits, limits.max_body * MEBI, 0

    @asynccontextmanager
    async def pictures(self, request: Request) -> AsyncIterator[Pictures]:
        """Give the pictures of a request, whose body is held until the caller has its answer.

        Raises Refusal for what is too large, too slow, or holds none.
        """
        kind = request.headers.get("content-type", "application/octet-stream").partition(";")[0].strip().lower()
        parse = _PARSERS.get("image/*" if kind.startswith("image/") else kind)
        if parse is None:
            known = ", ".join(_PARSERS)
            raise Refusal(415, "unsupported_type", f"Content-Type {kind[:60]!r} came; one of {known} is expected")
        body = await self._read(request)
        try:
            found: Pictures = await parse(body, request, self._limits)
            if not found.encoded:
                raise Refusal(400, "no_picture", "no picture came")
            if len(found.encoded) > self._limits.max_files:
                many = f"{len(found.encoded)} pictures came; at most {self._limits.max_files} go"
                raise Refusal(413, "too_many", many)
            yield found
        finally:
            self._held -= len(body)

    async def _read(self, request: Request) -> bytes:
        """Return the body, which counts as held from now on. Raises Refusal, and nothing of it is held then."""
        declared = request.headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > self._most:
            raise self._too_large()
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.seconds):
                async for chunk in request.stream():
                    body += chunk
                    self._held += len(chunk)
                    if len(body) > self._most:
                        raise self._too_large()
                    if self._held > HELD * self._most:
                        raise Refusal(429, "busy", "many large requests are arriving; come again", 1)
        except BaseException as error:
            self._held -= len(body)
            if isinstance(error, TimeoutError):
                late = f"the request did not arrive within {self._limits.seconds:g} seconds"
                raise Refusal(408, "slow", late) from None
            if isinstance(error, ClientDisconnect):
                raise Refusal(499, "gone", "the client went away") from None  # nobody reads it, as in `unless_gone`
            raise
        return bytes(body)

    def _too_large(self) -> Refusal:
        return Refusal(413, "too_large", f"a request has at most {self._limits.max_body} MiB")


async def _raw(body: bytes, request: Request, limits: Limits) -> Pictures:
    return Pictures([("the body", body)] if body else [], several=False)


async def _document(body: bytes, request: Request, limits: Limits) -> Pictures:
    wanted = 'JSON is {"image": BASE64} or {"images": [BASE64, …]}'
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "no_json", f"the body is no JSON; {wanted}") from None
    known = isinstance(document, dict) and set(document) in ({"image"}, {"images"})
    texts = next(iter(document.values())) if known else None
    texts = [texts] if known and "image" in document else texts
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Refusal(400, "no_pictures", f"other JSON came; {wanted}")
    if len(texts) > limits.max_files:
        raise Refusal(413, "too_many", f"{len(texts)} pictures came; at most {limits.max_files} go")
    return Pictures([(f"image {number}", _decoded(text)) for number, text in enumerate(texts)], "images" in document)


def _decoded(text: str) -> bytes | Refusal:
    """Return what base64 says, with or without `data:image/…;base64,` before it."""
    _, comma, rest = text.partition(",")
    try:
        return base64.b64decode(rest if comma and text.startswith("data:") else text, validate=True)
    except (binascii.Error, ValueError):
        return Refusal(400, "no_base64", "a picture in JSON is base64, which this is not")


class _InMemory(MultiPartParser):
    spool_max_size = 2**40  # beyond any body: nothing goes to the disk


async def _form(body: bytes, request: Request, limits: Limits) -> Pictures:
    async def once() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await _InMemory(request.headers, once(), max_files=limits.max_files, max_fields=limits.max_files).parse()
    except MultiPartException as error:
        many = "Too many" in error.message
        raise Refusal(413 if many else 400, "too_many" if many else "no_form", error.message) from None
    except (KeyError, ValueError, UnicodeError) as error:
        raise Refusal(400, "no_form", f"the form cannot be read ({type(error).__name__})") from None
    try:
        files = [each for _, each in form.multi_items() if isinstance(each, UploadFile)]
        encoded = [(each.filename or f"file {number}", await each.read()) for number, each in enumerate(files)]
    finally:
        await form.close()
    return Pictures(encoded, several=len(encoded) > 1)


_PARSERS = {
    "image/*": _raw,
    "application/octet-stream": _raw,
    "application/x-www-form-urlencoded": _raw,  # what curl and urllib say of any body unless told otherwise
    "multipart/form-data": _form,
    "application/json": _document,
}
