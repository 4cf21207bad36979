"""How much of `predict`'s throughput is left behind HTTP, and how long do clients wait?

    python bench/serve_load.py ARTIFACT FOLDER [--connections 16] [--seconds 60] [--out metrics.json]

The JPEGs of FOLDER are sent over connections that stay open, each asking again as soon as it has its answer; the client
runs on the same cores. Beside it: `Predictor.predict` on the same files, from memory (/dev/shm), before and after. Then
the same pictures as base64 in JSON, for residua and, where it is installed, for LitServe on the same artifact.
CPU-seconds of the server's processes hold on a shared machine; seconds by the clock, of which throughput and
latencies are made, do not.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from residua.ship import machine
from residua.ship.artifact import open_artifact
from residua.ship.predictor import Predictor

WARM_SECONDS = 3.0  # until both sizes of batch are compiled and memory stands
PREDICTED = 400  # files, before and after the load
LITSERVE = """
import base64
import io
import sys

import litserve
from PIL import Image

from residua.ship.predictor import Predictor


class Api(litserve.LitAPI):
    def setup(self, device):
        self.predictor = Predictor(sys.argv[1])

    def decode_request(self, request):
        return Image.open(io.BytesIO(base64.b64decode(request["image"])))

    def batch(self, inputs):
        return inputs

    def predict(self, images):
        return self.predictor(list(images))

    def unbatch(self, output):
        return output

    def encode_response(self, output):
        return output.to_json()


if __name__ == "__main__":
    litserve.LitServer(Api(max_batch_size=8, batch_timeout=0.005), accelerator="cpu").run(
        host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False, log_level="error"
    )
"""


@dataclass
class Load:
    """What the clients saw. statuses: how often each came. latencies: seconds of the answers with 200."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)


async def ask(host: str, port: int, requests: Sequence[bytes], until: float, load: Load) -> None:
    """Send requests over one connection, one after the other."""
    reader, writer = await asyncio.open_connection(host, port)
    for request in cycle(requests):
        began = time.perf_counter()
        if began >= until:
            break
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        assert length is not None, head
        await reader.readexactly(int(length[1]))
        status = int(head.split(b" ", 2)[1])
        load.statuses[status] += 1
        if status == 200:
            load.latencies.append(time.perf_counter() - began)
    writer.close()


async def ask_all(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Load:
    """Send requests over so many connections for so many seconds; each begins at another picture."""
    load, until = Load(), time.perf_counter() + seconds
    turned = [[*requests[at:], *requests[:at]] for at in islice(cycle(range(len(requests))), connections)]
    await asyncio.gather(*(ask("127.0.0.1", port, each, until, load) for each in turned))
    return load


def request_of(path: str, kind: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def family(root: int) -> Iterator[int]:
    """Yield the ids of a process and all that descend from it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    wanted = {root}
    while more := {child for child, parent in parents.items() if parent in wanted} - wanted:
        wanted |= more
    yield from wanted


def used(root: int) -> tuple[float, int]:
    """Return CPU-seconds and resident bytes of a process and its descendants."""
    seconds, resident = 0.0, 0
    for number in family(root):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
            seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            resident += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return seconds, resident


@contextlib.contextmanager
def running(words: Sequence[str], port: int) -> Iterator[int]:
    """Start a server, wait until it takes connections, and give its process id; end it afterwards."""
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    try:
        until = time.monotonic() + 180
        while not answers(port):
            assert time.monotonic() < until, "the server does not answer"
            assert child.poll() is None, child.stderr and child.stderr.read().decode()
            time.sleep(0.5)
        yield child.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        child.wait(30)


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as line:
        line.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return not line.recv(100).startswith(b"HTTP/1.1 5")  # LitServe knows no such address
    return False


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def under_load(words: Sequence[str], port: int, requests: Sequence[bytes], asked: argparse.Namespace) -> dict[str, Any]:
    """Return what a server gave under load."""
    with running(words, port) as server:
        asyncio.run(ask_all(port, requests, asked.connections, WARM_SECONDS))
        before, resident = used(server)
        began, own = time.perf_counter(), time.process_time()
        load = asyncio.run(ask_all(port, requests, asked.connections, asked.seconds))
        seconds, client = time.perf_counter() - began, time.process_time() - own
        after, grown = used(server)
    count = max(1, len(load.latencies))
    marks = np.percentile(np.array(load.latencies or [0]) * 1000, [50, 99])
    found = {"images": len(load.latencies), "statuses": dict(load.statuses), "images_per_second": count / seconds}
    found |= {"p50_ms": marks[0], "p99_ms": marks[1], "p99_bound_ms": 4000 * asked.connections * seconds / count}
    found |= {"server_cpu_ms_per_image": 1000 * (after - before) / count, "grown_bytes": grown - resident}
    return found | {"client_cpu_ms_per_image": 1000 * client / count}


def predicted(artifact: Path, files: Sequence[Path]) -> dict[str, float]:
    """Return what `predict` gives on the same files, in this process."""
    predictor = Predictor(artifact)
    list(predictor.predict(files[:16]))
    began, processor = time.perf_counter(), time.process_time()
    count = sum(each.error is None for each in predictor.predict(islice(cycle(files), PREDICTED)))
    seconds, spent = time.perf_counter() - began, time.process_time() - processor
    return {"images_per_second": count / seconds, "cpu_ms_per_image": 1000 * spent / count}


def measured(artifact: Path, files: Sequence[Path], asked: argparse.Namespace, script: Path) -> dict[str, Any]:
    """Return all that is compared, in the order in which it ran."""
    pictures = [file.read_bytes() for file in files]
    raw = [request_of("/v1/predict", "image/jpeg", picture) for picture in pictures]
    bodies = [json.dumps({"image": base64.b64encode(picture).decode()}).encode() for picture in pictures]
    found: dict[str, Any] = {"predict": predicted(artifact, files)}
    port = free_port()
    ours = [sys.executable, "-m", "residua", "serve", str(artifact), "--port", str(port), "--quiet"]
    found["serve"] = under_load(ours, port, raw, asked)
    encoded = [request_of("/v1/predict", "application/json", body) for body in bodies]
    found["serve, base64"] = under_load(ours, port, encoded, asked)
    found["predict again"] = predicted(artifact, files)
    mean = (found["predict"]["images_per_second"] + found["predict again"]["images_per_second"]) / 2
    spent = (found["predict"]["cpu_ms_per_image"] + found["predict again"]["cpu_ms_per_image"]) / 2
    served = found["serve"]
    found["share_by_clock"] = served["images_per_second"] / mean
    found["share_by_cpu"] = spent / served["server_cpu_ms_per_image"]
    if asked.litserve:
        port = free_port()
        theirs = [sys.executable, str(script), str(artifact), str(port)]
        plain = [request_of("/predict", "application/json", body) for body in bodies]
        try:
            found["litserve, base64"] = under_load(theirs, port, plain, asked)
        except AssertionError as error:  # it did not start
            print(f"LitServe is left out: {error}", file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("artifact", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--litserve", action="store_true")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        script = Path(memory) / "litserve_app.py"
        script.write_text(LITSERVE)
        files = []
        for path in sorted(asked.folder.iterdir()):
            if path.suffix.lower() in (".jpg", ".jpeg"):
                files.append(Path(shutil.copy(path, memory)))
        found = measured(asked.artifact, files, asked, script)
    manifest = open_artifact(asked.artifact).manifest
    network = {"name": manifest.name, "precision": manifest.precision, "size": manifest.preprocessing.size}
    how = {"connections": asked.connections, "seconds": asked.seconds}
    text = json.dumps({"machine": machine.describe(manifest.engine), "network": network, **how, **found}, indent=1)
    print(text)
    if asked.out is not None:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
