"""Kill commands and builders of caches without warning, start each anew, and print a JSON line about how it ended.

Run as a script: python killing.py FOLDER KILLS SEED convert|cache|export|predict|study|explain. A child is forked for
each, so that torch is imported once.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import residua
from residua.cli.app import main as command
from residua.cli.results import unfinished
from residua.data import open_dataset
from residua.data.feed.cache import open_cache
from residua.files import LOCKED_AFTER_SECONDS
from residua.preprocessing import Preprocessing, preset

Work = Callable[[Path], int]  # what is killed, given the folder to write in; its exit code


def conversion(folder: Path) -> Work:
    """Return what converts a network of two megabytes."""
    torch.manual_seed(0)
    torch.save(residua.build("resnet20", num_classes=10).state_dict(), folder / "source.pth")
    return lambda place: command(
        ["convert", str(folder / "source.pth"), str(place / "network.safetensors"), "--overwrite", "--quiet"]
    )


def caching(folder: Path) -> Work:
    """Return what decodes 160 pictures into a cache."""
    draw = np.random.default_rng(0)
    for number in range(160):
        (folder / "images" / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        pixels = draw.integers(0, 256, (96, 96, 3), np.uint8)
        Image.fromarray(pixels).save(folder / "images" / "ab"[number % 2] / f"{number}.png")

    def work(place: Path) -> int:
        open_cache(open_dataset(folder / "images").train, Preprocessing(64, 64), place)
        return 0

    return work


def exporting(folder: Path) -> Work:
    """Return what exports a network of four megabytes for OpenVINO; an artifact that is there is replaced by none."""
    torch.manual_seed(0)
    made = residua.build("resnet8_quick", num_classes=10)
    residua.save(made, folder / "net.safetensors", classes=tuple("abcdefghij"), preprocessing=preset("cifar10", 32))
    words = ["export", str(folder / "net.safetensors"), "--to", "openvino", "--quiet"]
    return lambda place: 0 if (place / "artifact").exists() else command([*words, "--out", str(place / "artifact")])


def predicting(folder: Path) -> Work:
    """Return what answers 600 pictures from such an artifact, and goes on where it was stopped."""
    export, draw = exporting(folder), np.random.default_rng(0)
    _, status = os.waitpid(in_child(export, folder, slow_disk=False), 0)
    assert status == 0
    (folder / "pictures").mkdir()
    for number in range(600):
        Image.fromarray(draw.integers(0, 256, (32, 32, 3), np.uint8)).save(folder / "pictures" / f"{number}.png")
    words = ["predict", str(folder / "artifact"), str(folder / "pictures"), "--resume", "--quiet"]
    return lambda place: command([*words, "--cache", str(folder / "cached"), "--out", str(place / "rows.jsonl")])


def studying(folder: Path) -> Work:
    """Return what trains four networks of a few steps, deletes their blocks, and goes on where it was stopped."""
    words = "study lesion --data digits --pixels 8 --images 160 --epochs 2 --layers 8 --layers 14 --seeds 1 --quiet"
    return lambda place: command([*words.split(), "--minutes", "600", "--out", str(place)])


def explaining(folder: Path) -> Work:
    """Return what explains two pictures by a network of random weights; a page that is there ends it."""
    torch.manual_seed(0)
    made = residua.build("resnet8", num_classes=3)
    residua.save(made, folder / "net.safetensors", classes=("a", "b", "c"), preprocessing=preset("cifar10", 32))
    draw, words = np.random.default_rng(0), ["explain", str(folder / "net.safetensors")]
    for number in range(2):
        words.append(str(folder / f"{number}.png"))
        Image.fromarray(draw.integers(0, 256, (32, 32, 3), np.uint8)).save(words[-1])
    return lambda place: 0 if (place / "explain.html").exists() else command([*words, "--quiet", "--out", str(place)])


WORKS: dict[str, Callable[[Path], Work]] = {
    "study": studying,
    "explain": explaining,
    "convert": conversion,
    "cache": caching,
    "export": exporting,
    "predict": predicting,
}


def in_child(work: Work, place: Path, slow_disk: bool) -> int:
    """Return the process that does the work in `place`."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        if slow_disk:  # so that many a kill comes while something is being written
            fsync = os.fsync
            os.fsync = lambda descriptor: (time.sleep(0.1), fsync(descriptor))[1]
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        code = work(place)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    os._exit(code)


def left(place: Path) -> dict[str, bytes]:
    """Return what lies under names that a user sees, and in what was written there.

    What says when it was written is left out: pages, a study's record with their digests, and its run folders.
    """
    files = (path for path in place.rglob("*") if path.is_file())
    named = {str(path.relative_to(place)): path for path in files}
    return {name: path.read_bytes() for name, path in named.items() if not (hidden(name) or dated(name))}


def dated(name: str) -> bool:
    return name.endswith(".html") or name == "lesion.json" or name.startswith("networks/")


def hidden(name: str) -> bool:
    return name.endswith(unfinished.SUFFIX) or any(part.startswith(".") for part in Path(name).parts)


def await_writing(place: Path, seconds: float) -> bool:
    """Return True as soon as something hidden lies in `place`; False when nothing does after so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if any(map(hidden, os.listdir(place))):
            return True
    return False


def main(folder: Path, kills: int, seed: int, kind: str) -> None:
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    work, draw = WORKS[kind](folder), random.Random(seed)
    (folder / "whole").mkdir()
    began = time.monotonic()
    _, status = os.waitpid(in_child(work, folder / "whole", True), 0)
    lasts, whole = time.monotonic() - began, left(folder / "whole")
    assert status == 0
    assert whole
    for number in range(kills):
        place = folder / f"killed-{number}"
        place.mkdir()
        began = time.monotonic()
        child = in_child(work, place, number % 2 == 1)
        writing = number % 3 == 2 and await_writing(place, 2 * lasts)
        time.sleep(draw.uniform(0, 0.15) if writing else draw.uniform(0.05, 1.0) * lasts)
        os.kill(child, signal.SIGKILL)
        at = time.monotonic() - began
        _, status = os.waitpid(child, 0)
        first, temporary = left(place), sorted(filter(hidden, os.listdir(place)))
        half = bool(first) and first != whole
        time.sleep(LOCKED_AFTER_SECONDS + 0.1)  # before that a folder may be one that a writer is about to lock
        _, again = os.waitpid(in_child(work, place, False), 0)
        rest = sorted(filter(hidden, (str(path.relative_to(place)) for path in place.rglob("*"))))
        end = {
            "at": round(at, 3),
            "lasts": round(lasts, 3),
            "writing": writing,
            "exit": os.waitstatus_to_exitcode(status),
        }
        end |= {"temporary": len(temporary), "half written": half, "again": os.waitstatus_to_exitcode(again)}
        print(json.dumps(end | {"left": rest, "same": left(place) == whole}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
