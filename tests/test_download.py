"""Is what comes from the network counted as whole only where it is, whatever the server says of it?"""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from residua import download
from residua.download import NotReceivedError, receive, size_is_known
from residua.errors import WeightsError
from residua.files import NO_HOME, cache_home
from residua.weights.files import hub_cache

BODY = bytes(1000)


@contextmanager
def served(headers: dict[str, str], body: bytes = BODY, status: int = 200) -> Iterator[str]:
    """Give the address of a server on this machine that answers every request with these bytes, and closes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "words", "1e3", "٣", " ", "2000, 2000"])
def test_a_content_length_that_is_no_number_is_none(tmp_path: Path, length: str) -> None:
    with served({"Content-Length": length.encode().decode("latin-1")}) as address:
        headers = receive(address, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == BODY
    assert not size_is_known(headers)


@pytest.mark.parametrize("length", ["1001", "999999999999999999"])
def test_a_body_shorter_than_announced_is_cut_off(tmp_path: Path, length: str) -> None:
    with (
        served({"Content-Length": length}) as address,
        pytest.raises(NotReceivedError, match=f"cut off after 1000 of {length} bytes"),
    ):
        receive(address, tmp_path / "file")


def test_what_is_sent_beyond_the_announced_length_is_not_taken(tmp_path: Path) -> None:
    with served({"Content-Length": "10"}) as address:
        receive(address, tmp_path / "file")
    assert (tmp_path / "file").stat().st_size == 10


def test_a_body_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MOST_UNANNOUNCED", 500)
    with served({}) as address, pytest.raises(NotReceivedError, match="no end after 1000 bytes"):
        receive(address, tmp_path / "file")


@contextmanager
def dripping(head: bytes, drop: bytes) -> Iterator[str]:
    """Give the address of a server that says `head` and then `drop` every few milliseconds until nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with listener.accept()[0] as peer, suppress(OSError):
                peer.recv(4096)
                peer.sendall(head)
                while True:
                    peer.sendall(drop)
                    time.sleep(0.005)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("head", "drop"),
    [(b"HTTP/1.1 200 OK\r\n\r\n", b"x"), (b"HTTP/1.1 200 OK\r\n", b"a:b\r\n"), (b"HTTP/1.1 200 OK\r\nX: ", b"x")],
    ids=["body", "headers", "one header"],
)
def test_a_server_that_drips_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: bytes, drop: bytes
) -> None:
    monkeypatch.setattr(download, "DRIP_SECONDS", 0.1)
    with dripping(head, drop) as address, pytest.raises(NotReceivedError, match=r"only \d+ bytes in 0.1 s"):
        receive(address, tmp_path / "file")


def test_a_server_that_is_slow_but_not_dripping_is_listened_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "DRIP_SECONDS", 0.1)
    monkeypatch.setattr(download, "LEAST_BYTES", 100)
    monkeypatch.setattr(download, "MOST_UNANNOUNCED", 50_000)
    with (
        dripping(b"HTTP/1.1 200 OK\r\n\r\n", bytes(1000)) as address,
        pytest.raises(NotReceivedError, match="no end after"),
    ):
        receive(address, tmp_path / "file")


@pytest.mark.parametrize("body", [b"zz\r\nabc", b"3\r\nab", b"fffffffffffffffffff\r\nabc", b"3\r\nabc\r\n"])
def test_chunks_that_lie_are_one_line(tmp_path: Path, body: bytes) -> None:
    with (
        served({"Transfer-Encoding": "chunked"}, body) as address,
        pytest.raises(NotReceivedError, match=r"^[^\n]+$"),
    ):
        receive(address, tmp_path / "file")


def test_a_redirection_to_a_file_of_this_machine_is_not_followed(tmp_path: Path) -> None:
    with (
        served({"Location": "file:///etc/passwd"}, b"", 302) as address,
        pytest.raises(NotReceivedError, match=r"^HTTP 302[^\n]+$"),
    ):
        receive(address, tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_a_mirror_that_announces_neither_size_nor_digest_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with served({}) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        with pytest.raises(NotReceivedError, match="it may have been cut off"):
            hub_cache.fetch("a/b", "model.safetensors")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_full_disk_amid_a_download_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> dict[str, str]:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(download, "receive", full)
    with pytest.raises(WeightsError, match="the disk is full; free some space"):
        hub_cache.fetch("a/b", "model.safetensors")
    assert list(tmp_path.rglob("*")) == []


def test_who_has_no_home_has_a_cache_folder_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nobody)
    assert cache_home() == NO_HOME / ".cache"
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_home() == Path("/somewhere")
