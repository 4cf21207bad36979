"""Does a real server start, bear what clients do, and end as it should, and is what it may not do refused before?"""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from residua.cli.app import main
from tests.children import started
from tests.serve.conftest import picture


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "0.0.0.0"], "lets others in: give a token by --token-file or RESIDUA_TOKEN"),
        (["--token-file", "short"], "the token of short is unsafe"),
        (["--token-file", "nowhere"], "nowhere"),
        (["--queue", "3"], "never fit into --queue 3"),
        (["--seconds", "0"], "--seconds above 0"),
        (["--port", "70000"], "--port"),
        (["--host", "198.51.100.1", "--insecure"], "cannot listen on 198.51.100.1"),
        ([], "nothing is neither an artifact"),
    ],
)
def test_what_may_not_be_is_refused_in_one_line(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RESIDUA_TOKEN", raising=False)
    Path("short").write_text("secret\n")
    assert main(["serve", "nothing", "--port", "0", *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_port_that_is_taken_is_named(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "nothing", "--port", str(port)]) == 2
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in capsys.readouterr().err


def heard(server: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """Return what a line of the server's says, waiting for it."""
    assert server.stderr is not None
    for line in server.stderr:
        if found := re.search(pattern, line):
            return found
    raise AssertionError(f"no {pattern!r} came, and the server ended with {server.wait()}")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    residua = pytest.importorskip("residua")
    pytest.importorskip("openvino", reason="the extra `ship` is not installed")
    from residua.preprocessing import preset

    path: Path = tmp_path_factory.mktemp("served") / "net.safetensors"
    residua.save(residua.build("resnet8"), path, classes=tuple("abcdefghij"), preprocessing=preset("cifar10", 32))
    return path


def exchanged(port: int, sent: bytes) -> bytes:
    """Return all that a server answers to bytes on one connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(sent)
        received = b""
        while chunk := line.recv(65536):
            received += chunk
    return received


@pytest.mark.slow
def test_a_checkpoint_is_exported_served_without_torch_and_drained(checkpoint, tmp_path):
    words = [sys.executable, "-m", "residua", "serve", str(checkpoint), "--port", "0", "--seconds", "2"]
    words += ["--cache", str(tmp_path / "cache"), "--json"]
    with started(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        port = int(heard(server, r"listening on http://127.0.0.1:(\d+)/")[1])
        heard(server, "ready: ")
        assert server.stdout is not None
        assert json.loads(server.stdout.readline())["url"] == f"http://127.0.0.1:{port}/"
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/predict", picture(90), method="POST")
        with urllib.request.urlopen(request, timeout=20) as reply:
            assert len(json.load(reply)["top"]) == 5
        assert "libtorch" not in Path(f"/proc/{server.pid}/maps").read_text()
        answered = exchanged(port, b"\x16\x03\x01 no HTTP\r\n\r\n")
        assert answered.startswith(b"HTTP/1.1 400")
        assert json.loads(answered.partition(b"\r\n\r\n")[2])["error"]["code"] == "no_http"
        assert exchanged(port, b"POST /v1/predict HTTP/1.1\r\nHost: lo") == b""  # closed after two seconds
        with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
            body = picture(90)
            head = f"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
            line.sendall(head.encode() + body[:20])
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20).close()
            server.send_signal(signal.SIGTERM)
            line.sendall(body[20:])
            assert line.recv(65536).startswith(b"HTTP/1.1 200")  # what was under way is answered
        assert server.wait(20) == 0
    with started(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as again:  # from the cache: neither exported nor asked again
        lines = []
        assert again.stderr is not None
        for line in again.stderr:
            lines.append(line)
            if "ready: " in line:
                break
        assert not [line for line in lines if "exporting" in line or "canaries: right" in line]
        again.send_signal(signal.SIGINT)
        rest = again.stderr.read()
        assert again.wait(20) == 0, rest
