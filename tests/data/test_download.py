"""Does a download continue where it stopped, and is nothing used whose checksum differs?"""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from residua.data.sources.download import Remote, fetch, unpack
from residua.errors import DataError

CONTENT = bytes(range(256)) * 400


class _Server(BaseHTTPRequestHandler):
    asked: ClassVar[list[str | None]] = []
    cut = 0
    ranges = True

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        type(self).asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[start : self.cut or None])

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[type[_Server]]:
    handler = type("Handler", (_Server,), {"asked": []})
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.url = f"http://127.0.0.1:{http.server_port}/set.bin"
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    yield handler
    http.shutdown()
    thread.join()
    http.server_close()


def _remote(server: type[_Server], content: bytes = CONTENT) -> Remote:
    return Remote(server.url, hashlib.md5(content).hexdigest())


@pytest.mark.parametrize("ranges", [True, False])
def test_a_cut_off_download_continues(server, tmp_path: Path, ranges: bool) -> None:
    server.cut = 30_000
    with pytest.raises(DataError, match="again to continue"):
        fetch(_remote(server), tmp_path)
    assert not (tmp_path / "set.bin").exists()
    assert (tmp_path / "set.bin.part").stat().st_size == 30_000
    server.cut, server.ranges = 0, ranges
    seen = []
    assert fetch(_remote(server), tmp_path, lambda have, total: seen.append((have, total))).read_bytes() == CONTENT
    assert server.asked[-1] == "bytes=30000-"
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    fetch(_remote(server), tmp_path)
    assert len(server.asked) == 2  # what is there and right is not asked for again


def test_a_wrong_checksum_is_not_kept(server, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="MD5"):
        fetch(_remote(server, b"something else"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="could not be downloaded"):
        fetch(Remote("http://127.0.0.1:9/set.bin", "0" * 32), tmp_path)


def test_unpacking_is_all_or_nothing(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        info = tarfile.TarInfo("inner/file")
        info.size = 3
        tar.addfile(info, io.BytesIO(b"abc"))
    unpack(archive, tmp_path, "inner")
    assert (tmp_path / "inner" / "file").read_bytes() == b"abc"
    archive.write_bytes(archive.read_bytes()[:40])
    with pytest.raises(DataError, match="cannot be unpacked"):
        unpack(archive, tmp_path, "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar.gz", "inner"]
