"""Fuzz one reader in this process: python fuzz/child.py READER SECONDS FINDS FOLDER… [libFuzzer's options].

SECONDS are of processor time. A find is saved in FINDS under what went wrong, once each, and fuzzing goes on; what ends
the process (a native crash, a hang) libFuzzer saves there. Lines of stderr say in JSON what the process took before the
first input, and at its end.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

import atheris

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

MOST_SECONDS = 5.0  # of processor time for one input
MOST_GROWTH = 1024  # MB above what the process takes before the first input
LONGEST_MESSAGE = 300  # characters
INSTRUMENTED = ["residua", "PIL", "tarfile", "zipfile", "gzip", "csv", "tomllib", "pickletools", "onnx", "h5py"]

with atheris.instrument_imports(include=INSTRUMENTED):
    from readers import READERS, Reader

    from residua.errors import ResiduaError


def peak_mb() -> int:
    """Return the most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def report(**values: int) -> None:
    """Say something of this process in one line."""
    print(json.dumps(values), file=sys.stderr, flush=True)


def outcome(reader: Reader, path: Path) -> str:
    """Return what is wrong with how the reader took an input, "" for nothing."""
    began = time.process_time()
    try:
        reader.opens(path)
    except ResiduaError as error:
        text = str(error)
        if "\n" in text:
            return "two-lines"
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if "/residua/" in frame.filename] or frames
        place = f"{Path(own[-1].filename).stem}-{own[-1].name}-{own[-1].lineno}"
        return f"{type(error).__name__}-{place}".replace("/", "_")
    seconds = time.process_time() - began
    return "slow" if seconds > MOST_SECONDS else ""


class Finds:
    """What went wrong so far: the first input of each kind is saved."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.known = folder, {path.name.partition(".")[0] for path in folder.glob("*")}
        self.idle = 0

    def keep(self, kind: str, data: bytes) -> None:
        if kind and kind not in self.known:
            self.known.add(kind)
            (self.folder / f"{kind}.{hashlib.sha1(data).hexdigest()[:8]}").write_bytes(data)
            print(f"find {kind}", file=sys.stderr, flush=True)


def main(words: list[str]) -> None:
    """Warm the reader up on its seeds, then fuzz it."""
    reader, seconds, finds = READERS[words[0]], float(words[1]), Finds(Path(words[2]))
    scratch = Path(
        tempfile.mkdtemp(prefix=f"fuzz-{reader.name}-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    )

    inputs = 0

    def try_one(data: bytes) -> None:
        nonlocal inputs
        inputs += 1
        if time.process_time() > seconds:
            shutil.rmtree(scratch)
            report(inputs=inputs, peak_mb=peak_mb())
            os._exit(0)
        shutil.rmtree(scratch)
        scratch.mkdir()
        kind = outcome(reader, reader.place(scratch, data))
        if not kind and finds.idle and peak_mb() > finds.idle + MOST_GROWTH:
            kind, finds.idle = "large", peak_mb()
        finds.keep(kind, data)

    with atheris.instrument_imports(include=INSTRUMENTED):  # what the reader imports within its functions
        for seed in sorted((HERE / "corpus" / reader.name).iterdir()):
            reader.opens(reader.place(scratch, seed.read_bytes()))  # a seed that is refused is no seed
            shutil.rmtree(scratch)
            scratch.mkdir()
    finds.idle = peak_mb()
    report(idle_mb=finds.idle)
    limits = [f"-rss_limit_mb={finds.idle + 2 * MOST_GROWTH}", f"-artifact_prefix={finds.folder}/"]
    options = {"custom_mutator": reader.mutator} if reader.mutator else {}
    atheris.Setup([sys.argv[0], *limits, *words[3:]], try_one, **options)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
