"""How does a file come here from the network, and what is said when it does not?"""

from __future__ import annotations

import http.client
import io
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from email.message import Message
from pathlib import Path
from typing import Any

from residua.errors import ResiduaError
from residua.text import one_line

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all if the server says
TIMEOUT_SECONDS = 60  # without a single byte
DRIP_SECONDS = 60  # of waiting, in which LEAST_BYTES have to come
# A server that sends a byte a minute would hold a download for ever. A modem brings five times as many; what comes more
# slowly than this takes a day for a ResNet-50.
LEAST_BYTES = 64 * 2**10
CHUNK = 1 << 20
# Bytes of a body whose server does not say how many come, which may never end. The largest weights that have a name
# here, those of resnetrs420, take 0.8 GB.
MOST_UNANNOUNCED = 2**32

MEANINGS = {
    401: "the server wants to know who asks, or has nothing of that name",
    403: "the server does not give it to whoever asks here",
    404: "the server has nothing of that name",
    416: "the server has no more of it",
    429: "too many requests from here",
}

_NUMBER = re.compile("[0-9]{1,18}")


class NotReceivedError(ResiduaError):
    """A file did not come, or not to its end; the message says why without its address.

    status: what the server answered, None where it did not.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


def receive(
    url: str, into: Path, progress: Progress | None = None, secret_headers: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Append to the file `into` what the server still has of it, and return the headers of all answers, lower case.

    A server that cannot continue starts over. Redirections are followed; of a name that comes twice the first answer's
    value stays, since a hub says what a file is and sends elsewhere for its bytes. secret_headers: for the first
    server alone. Raises NotReceivedError where the file does not come whole, OSError where it cannot be written.
    """
    have = into.stat().st_size if into.exists() else 0
    trail = _Trail()
    try:
        request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
        for name, value in (secret_headers or {}).items():
            request.add_unredirected_header(name, value)
        answer = urllib.request.build_opener(trail, _Http, _Https).open(request, timeout=TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        with error:
            raise NotReceivedError(_explain(error), error.code) from None
    except (OSError, http.client.HTTPException, ValueError) as error:  # URLError is an OSError; ValueError: no address
        reason = getattr(error, "reason", error)
        words = one_line(getattr(reason, "strerror", None) or reason, 100)
        raise NotReceivedError(f"no connection ({words})") from None
    with answer:
        trail.keep(answer.headers)
        continued = answer.status == 206
        _write(answer, into, have if continued else 0, progress)
    return trail.headers


class _Trail(urllib.request.HTTPRedirectHandler):
    """Follows redirections and keeps what each answer says of the file."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}

    def keep(self, headers: Any) -> None:
        self.headers = {name.lower(): value for name, value in headers.items()} | self.headers

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        self.keep({name: value for name, value in headers.items() if name.lower() != "content-length"})
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Dripping(io.RawIOBase):
    """What comes from a server, given up where too little of it comes; what the disk and others take is not counted."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self.raw, self.came, self.waited = raw, 0, 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int | None:
        began = time.monotonic()
        number: int | None = self.raw.readinto(into)
        if self.came:  # a server may think before its first byte
            self.waited += time.monotonic() - began
        self.came += number or 0
        if self.waited > DRIP_SECONDS:
            if self.came < LEAST_BYTES:
                raise TimeoutError(f"only {self.came} bytes in {DRIP_SECONDS} s")
            self.came, self.waited = 1, 0.0
        return number

    def close(self) -> None:
        self.raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer whose headers and body may not drip."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fp = io.BufferedReader(_Dripping(self.fp.detach()))


class _Paced(urllib.request.AbstractHTTPHandler):
    """Opens connections that read `_Answer`."""

    def do_open(self, http_class: Any, req: Any, **named: Any) -> Any:
        def connection(*given: Any, **others: Any) -> http.client.HTTPConnection:
            made: http.client.HTTPConnection = http_class(*given, **others)
            made.response_class = _Answer
            return made

        return super().do_open(connection, req, **named)


class _Http(_Paced, urllib.request.HTTPHandler): ...


class _Https(_Paced, urllib.request.HTTPSHandler): ...


def _write(answer: http.client.HTTPResponse, into: Path, have: int, progress: Progress | None) -> None:
    """Write the body behind the first `have` bytes. Raises NotReceivedError where it is cut off."""
    length = _announced(answer.headers)
    total = None if length is None else have + length
    with open(into, "ab" if have else "wb") as file:
        while chunk := _read(answer, have):
            file.write(chunk)
            have += len(chunk)
            if total is None and have > MOST_UNANNOUNCED:
                raise NotReceivedError(f"no end after {have} bytes, and the server does not say how many there are")
            if progress:
                progress(have, total)
    if total is not None and have < total:
        raise NotReceivedError(f"cut off after {have} of {total} bytes")


def size_is_known(headers: Mapping[str, str]) -> bool:
    """Whether an answer of these headers, lower case, cannot be cut off unseen."""
    length = headers.get("content-length", "")
    return bool(_NUMBER.fullmatch(length)) or headers.get("transfer-encoding", "").lower() == "chunked"


def _announced(headers: Message) -> int | None:
    """Return how many bytes come, None where Content-Length is not there or no number."""
    length = headers.get("Content-Length", "")
    return int(length) if _NUMBER.fullmatch(length) else None


def _read(answer: http.client.HTTPResponse, have: int) -> bytes:
    try:
        return answer.read1(CHUNK)  # what is there, so that a break costs nothing that came
    except (OSError, http.client.HTTPException) as error:
        raise NotReceivedError(f"broke off after {have} bytes: {one_line(error, 80)}") from None


def _explain(error: urllib.error.HTTPError) -> str:
    """Return what the server answered, in words, and when to come again if it says so."""
    meaning = MEANINGS.get(error.code)
    if meaning is None:
        meaning = "the server is in trouble" if error.code >= 500 else one_line(error.reason, 80)
    wait = error.headers.get("Retry-After") if error.headers else None
    later = f"; it asks to come again in {one_line(wait, 40)}{' s' if wait.isdecimal() else ''}" if wait else ""
    return f"HTTP {error.code}: {meaning}{later}"
