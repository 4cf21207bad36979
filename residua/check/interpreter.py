"""How is code checked in the project's own interpreter, which has what the code imports and nothing of ours?

with Interpreter(".venv/bin/python") as other:
    for checked in other.check_all(targets, settings): ...

It is started once, loads the checking half of residua (`served.py` and what that imports: the standard library and
torch alone) from its file, and is asked over a pipe; it makes a process for each target as this one would.
"""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from residua.check.jobs import Checked, Settings
from residua.check.served import checked_from, request_of
from residua.check.target import Target
from residua.errors import CheckError
from residua.targets.isolate import InternalFailure, signal_name

OLDEST_PYTHON = (3, 11)  # what pyproject.toml asks for itself; the checking half is written for it
OLDEST_TORCH = (2, 7)  # the oldest that `make test-lowest` runs the tests with
_FIRST_SECONDS = 300.0  # an interpreter on a slow disk needs a minute to import torch for the first time

# Run by the other interpreter, which may be older than ours: it must be read by any Python.
_PROGRAM = r"""
import json, os, sys
requests, answers = os.dup(0), os.dup(1)
null = os.open(os.devnull, os.O_RDWR)
os.dup2(null, 0)
os.dup2(2, 1)
def say(**words):
    os.write(answers, (json.dumps(words) + "\n").encode())
version = list(sys.version_info[:3])
if version < [3, 11]:
    say(python=version)
    sys.exit()
sys.dont_write_bytecode = True
sys.path[:] = [place for place in sys.path if place]
try:
    import torch
except Exception as error:
    say(python=version, problem=str(error))
    sys.exit()
say(python=version, torch=str(torch.__version__))
import importlib.util
folder = sys.argv.pop()
spec = importlib.util.spec_from_file_location(
    "residua", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
)
sys.modules["residua"] = package = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
from residua.check.served import serve
from residua.targets.isolate import signal_name
serve(requests, answers)
"""


class Interpreter:
    """Another interpreter of Python that checks for this one, until it is left.

    path: of the interpreter, its name, or the folder of a virtual environment.
    Raises CheckError where it is none, or older than what residua needs, or has no torch.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        command = [_executable(path), "-c", _PROGRAM, str(Path(__file__).parents[1])]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for this process, which ends that one
            )
        except OSError as error:
            raise CheckError(f"--python {path} cannot be started: {error.strerror}.") from None
        self._read = b""
        try:
            self._expect_versions()
        except BaseException:
            self.end()
            raise

    def __enter__(self) -> Interpreter:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def check_all(self, targets: Sequence[Target], settings: Settings) -> Iterator[Checked]:
        """Do what `jobs.check_all` does, there.

        Raises InternalFailure where our own code fails, CheckError where the interpreter ends.
        """
        self._ask(request_of(targets, settings))
        while True:
            answer = self._answer()
            if answer is None:
                raise CheckError(f"--python {self.path} ended while it checked ({self._ending()}).")
            if "failure" in answer:
                raise InternalFailure(answer["failure"])
            if "end" in answer:
                return
            yield checked_from(answer["checked"])

    def end(self) -> None:
        """Stop the interpreter, and whatever it checks at the moment."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                continue

    def _expect_versions(self) -> None:
        answer = self._answer(_FIRST_SECONDS)
        if answer is None or "python" not in answer:
            raise CheckError(f"--python {self.path} does not answer as an interpreter of Python does.")
        if tuple(answer["python"]) < OLDEST_PYTHON:
            came, oldest = _dotted(answer["python"]), _dotted(OLDEST_PYTHON)
            raise CheckError(f"--python {self.path} is Python {came}; residua check needs {oldest} or later there.")
        if "torch" not in answer:
            problem, oldest = answer["problem"], _dotted(OLDEST_TORCH)
            raise CheckError(f"--python {self.path} cannot import torch ({problem}); install {oldest} or later there.")
        found = re.match(r"(\d+)\.(\d+)", answer["torch"])
        if found is None or tuple(map(int, found.groups())) < OLDEST_TORCH:
            came, oldest = answer["torch"], _dotted(OLDEST_TORCH)
            raise CheckError(f"--python {self.path} has torch {came}; residua check needs {oldest} or later there.")

    def _ask(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write((json.dumps(request) + "\n").encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            return  # its end is noticed when its answer is read

    def _answer(self, seconds: float | None = None) -> dict[str, Any] | None:
        """Return the next line that it writes; None once it has ended, or after so many seconds."""
        assert self._process.stdout is not None
        deadline = None if seconds is None else time.monotonic() + seconds
        while b"\n" not in self._read:
            ready, _, _ = select.select([self._process.stdout], [], [], 1.0)
            data = os.read(self._process.stdout.fileno(), 1 << 16) if ready else b""
            # A process that it left behind may hold the pipe open.
            if (ready and not data) or (not ready and self._process.poll() is not None):
                return None
            if deadline is not None and time.monotonic() > deadline:
                return None
            self._read += data
        line, _, self._read = self._read.partition(b"\n")
        try:
            found = json.loads(line)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def _ending(self) -> str:
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            return "without an answer"
        return f"by {signal_name(-code)}" if code < 0 else f"exit code {code}"


def _executable(path: str) -> str:
    """Return the file of an interpreter; a link stays a link, since that is what makes a virtual environment."""
    inside = [Path(path) / "bin" / "python", Path(path) / "Scripts" / "python.exe"] if os.path.isdir(path) else []
    found = next((str(each) for each in inside if each.exists()), None) or shutil.which(path)
    if found is None:
        raise CheckError(f"--python {path} is no interpreter; give its path, as in --python .venv/bin/python.")
    return os.path.abspath(found)


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version))
