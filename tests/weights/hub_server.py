"""A loopback server that gives files as the Hugging Face hub does: a redirection that announces, then the bytes."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the server has, and how it misbehaves.

    files: {"org/name/file": bytes}. status: an answer to everything. cut: bytes after which it hangs up. slow: seconds
    between two chunks. lie: announces this SHA-256. quiet: announces none. asked: the paths and headers that came.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    slow: float = 0.0
    lie: str = ""
    quiet: bool = False
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def announced(self, content: bytes) -> dict[str, str]:
        sha = self.lie or hashlib.sha256(content).hexdigest()
        known = {"X-Linked-Etag": f'"{sha}"', "X-Linked-Size": str(len(content)), "ETag": '"of-the-redirection"'}
        return {"X-Repo-Commit": COMMIT} | ({} if self.quiet else known)


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve `hub` on a free port; its `url` is the endpoint."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.asked.append((self.path, dict(self.headers)))
            name = self.path.lstrip("/").removeprefix("cdn/").replace("/resolve/main/", "/")
            if hub.status != 200:
                self._answer(hub.status, hub.headers)
            elif name not in hub.files:
                self._answer(404, {"X-Error-Code": "EntryNotFound"})
            elif not self.path.startswith("/cdn/"):
                self._answer(302, {"Location": f"/cdn/{name}"} | hub.announced(hub.files[name]))
            else:
                self._body(hub.files[name])

        def _answer(self, status: int, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _body(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("ETag", '"of-the-cdn"')
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            content = content[: hub.cut]
            for start in range(0, len(content), 1 << 20):
                self.wfile.write(content[start : start + (1 << 20)])
                time.sleep(hub.slow)

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None: ...  # a client that has gone

    server = Server(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
