"""How is a stranger's code run so that an endless loop, a crash or a download in it stays in a child process?"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from residua.errors import ResiduaError, TargetError

Send = Callable[[Any], None]
_PACKAGE = Path(__file__).resolve().parents[1]


class Stopped(Exception):
    """The child died or ran too long; the text says how it ended."""


class TooLong(Stopped):
    """The child reached our limit of time: that says nothing about its code."""


class TooLarge(Stopped):
    """The child reached our limit of memory: that says nothing about its code."""


class InternalFailure(Exception):
    """Our own code raised in the child; the text is its traceback."""


class Child:
    """A forked process that does some work on a stranger's code and sends values while it goes on.

    gigabytes: address space that it may add to its own. Its home and its temporary folder are empty ones that go with
    it, network connections are refused in it, and whatever it started ends with it.
    """

    def __init__(self, work: Callable[[Send], None], *, gigabytes: float = 8.0) -> None:
        context = multiprocessing.get_context("fork")
        self.connection, sender = context.Pipe(duplex=False)
        self._folder = tempfile.mkdtemp(prefix="residua-check-")
        sys.stdout.flush()
        self._process = context.Process(target=_run, args=(work, sender, gigabytes, self._folder), daemon=True)
        self._process.start()
        sender.close()

    def receive(self, seconds: float, limit: float | None = None) -> Any:
        """Return the next value that the child sends; limit is the time to name where `seconds` is what is left of it.

        Raises the ResiduaError that the work raised, EOFError once the work is over, InternalFailure where our own
        code failed, TooLong after `seconds` without a value, and Stopped when the process ended otherwise.
        """
        try:
            if not self.connection.poll(max(seconds, 0)):
                raise TooLong(f"it ran for more than {limit or seconds:g} s")
            kind, value = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self._process.join()
            raise _ending(self._process.exitcode) from None
        if kind == "error":
            raise value
        if kind == "failure":
            raise InternalFailure(value)
        if kind == "end":
            self._process.join(5)  # it leaves by itself; killed here, what measures coverage in it could not write
            raise EOFError
        return value

    def processor_seconds(self) -> float | None:
        """Return the processor time that the child has used; None where the system does not tell."""
        try:
            with open(f"/proc/{self._process.pid}/stat") as stream:
                fields = stream.read().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, ValueError, IndexError, AttributeError):
            return None

    def end(self) -> None:
        """Stop the child and all that it started, and remove its folders."""
        if self._process.pid is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self.connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def can_isolate() -> bool:
    """Tell whether this system can fork (Windows cannot)."""
    return "fork" in multiprocessing.get_all_start_methods()


def _ending(code: int | None) -> Stopped:
    if code == _OUT_OF_MEMORY:
        return TooLarge("it needed more memory than a check may take")
    if code == -signal.SIGKILL:  # code rarely ends itself by it, the system does when its memory is used up
        return TooLarge("the system ended it by SIGKILL, as it does when memory is short")
    if code == -signal.SIGPROF:  # our own timer, where the code has put back what the signal does by default
        return TooLong("it ran for longer than its limit")
    if code is not None and code < 0:
        return Stopped(f"the process was ended by {signal_name(-code)}")
    return Stopped(f"the process ended by itself with exit code {code}")


def signal_name(number: int) -> str:
    """Return what a signal is called; those for real time, such as 35, have no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


_OUT_OF_MEMORY = 77


def _run(work: Callable[[Send], None], sender: Connection, gigabytes: float, folder: str) -> None:
    with suppress(OSError):
        os.setsid()  # a group of its own, so that what it starts can be ended with it
    _end_with_parent()
    _limit(gigabytes)
    null = os.open(os.devnull, os.O_RDWR)
    with suppress(OSError):
        os.dup2(null, 0)
        os.dup2(2, 1)  # what the user's code prints is talk, not data
    import torch

    torch.set_num_threads(1)  # the threads of the parent do not exist after a fork
    try:
        _expect_derivatives()
        _leave_home(folder)
        os.environ["CUDA_VISIBLE_DEVICES"] = ""  # a check is made on the CPU; code that asks is told there is no GPU
        _leave_network()
        _leave_weights()
        work(lambda value: sender.send(("value", value)))
        sender.send(("end", None))
    except ResiduaError as error:
        sender.send(("error", error))
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)
    except (KeyboardInterrupt, GeneratorExit):  # of the user's code: a terminal's Ctrl-C does not come here
        os._exit(1)
    except Exception as error:
        unsaid = _unsaid(error)
        if unsaid is None and "can't allocate memory" in str(error):  # torch's own words for it, in a RuntimeError
            os._exit(_OUT_OF_MEMORY)
        try:
            sender.send(("failure", traceback.format_exc()) if unsaid is None else ("error", unsaid))
        except OSError:  # the user's code has closed what we speak through
            os._exit(1)
    sender.close()
    sys.stderr.flush()
    os._exit(0)


def _expect_derivatives() -> None:
    """Raise TargetError where torch differentiates in no child of this process: that is no fault of the code.

    So it is once autograd has begun threads: for a GPU, where torch's build has one and a network was compiled or
    exported, for many backward passes within one another.
    """
    import torch

    try:
        torch.ones((), requires_grad=True).backward()
    except RuntimeError as error:
        if "fork" not in str(error):
            raise
        raise TargetError(
            "torch does not differentiate in a child of a process whose autograd has threads, as after a training on a "
            "GPU or a compiled network; run this as a command of its own, or from a new process."
        ) from None


def _unsaid(error: Exception) -> TargetError | None:
    """Return what to say where a value of the user's, an exception for example, was asked for its text and raised."""
    frames = traceback.extract_tb(error.__traceback__)
    own = max((at for at, frame in enumerate(frames) if str(_PACKAGE) in frame.filename), default=-1)
    asked = next(iter(frames[own + 1 :]), None)
    if asked is None or asked.name not in ("__str__", "__repr__", "__format__"):
        return None
    return TargetError(
        f"{asked.filename}:{asked.lineno}: {asked.name} raises {type(error).__name__}: what its value says cannot be "
        "shown."
    )


def _end_with_parent() -> None:
    """Have Linux end this process when the command that started it is killed, and can end nothing itself."""
    with suppress(Exception):
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


_HOMES = (
    "HOME",
    "USERPROFILE",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "TMPDIR",
    "TORCH_HOME",
    "HF_HOME",
)


def _leave_home(folder: str) -> None:
    """Have caches and temporary files of a stranger's code made in a folder that is removed afterwards."""
    os.environ.update(dict.fromkeys(_HOMES, folder) | {"PYTHONDONTWRITEBYTECODE": "1"})
    tempfile.tempdir = None


def _leave_network() -> None:
    """Refuse every connection; where the system lets us, by a network of its own that holds nothing."""
    import socket

    def refused(*_: Any, **__: Any) -> Any:
        raise ConnectionRefusedError("residua check runs code without a network")

    with suppress(Exception):
        import ctypes

        ctypes.CDLL(None, use_errno=True).unshare(0x40000000)  # CLONE_NEWNET: root alone may, and only this child moves
    for name in ("connect", "connect_ex", "bind", "sendto"):
        setattr(socket.socket, name, refused)
    socket.getaddrinfo = refused


class _NoWeights(dict[str, Any]):
    """Stands for weights that would be downloaded; what is loaded from it stays as it was drawn."""


def _leave_weights() -> None:
    """Let networks that download their first weights keep those that were drawn: a check needs no others."""
    from torch import hub, nn

    load = nn.Module.load_state_dict

    def kept(module: nn.Module, state_dict: Any, *args: Any, **words: Any) -> Any:
        return None if isinstance(state_dict, _NoWeights) else load(module, state_dict, *args, **words)

    nn.Module.load_state_dict = kept  # type: ignore[method-assign, assignment]  # in this child alone
    hub.load_state_dict_from_url = lambda *_, **__: _NoWeights()


def _limit(gigabytes: float) -> None:
    """Cap the address space at what is mapped now plus `gigabytes`."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm") as stream:
            mapped = int(stream.read().split()[0]) * resource.getpagesize()
        limit = mapped + int(gigabytes * 2**30)
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
