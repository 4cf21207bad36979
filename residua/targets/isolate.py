"""How is a stranger's code run so that an endless loop or a crash in it ends a child process, and not this one?"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from residua.errors import ResiduaError

Result = TypeVar("Result")


class Stopped(Exception):
    """The child died or ran too long; the text says how it ended."""


def isolated(work: Callable[[], Result], *, seconds: float = 120.0, gigabytes: float = 8.0) -> Result:
    """Run `work` in a forked child and return its result, which is pickled on the way.

    seconds: wall clock after which the child is killed. gigabytes: address space the child may add to its own.
    Raises the ResiduaError that the child raised, and Stopped when it ended otherwise. Without fork (Windows), `work`
    runs in this process.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        return work()
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    sys.stdout.flush()
    child = context.Process(target=_child, args=(work, sender, gigabytes), daemon=True)
    child.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            raise Stopped(f"it ran for more than {seconds:g} s and was stopped: an endless loop, or a very large model")
        error, result = receiver.recv()
    except (EOFError, ConnectionResetError):
        child.join()
        raise Stopped(_death(child.exitcode)) from None
    finally:
        if child.is_alive():
            child.kill()
        child.join()
        receiver.close()
    if error is not None:
        raise error
    value: Result = result
    return value


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        return f"the process was ended by {signal.Signals(-code).name}"
    return f"the process ended by itself with exit code {code}"


def _child(work: Callable[[], Any], sender: Connection, gigabytes: float) -> None:
    _limit(gigabytes)
    null = os.open(os.devnull, os.O_RDWR)
    with suppress(OSError):
        os.dup2(null, 0)
        os.dup2(2, 1)  # what the user's code prints is talk, not data
    import torch

    torch.set_num_threads(1)  # the threads of the parent do not exist after a fork
    try:
        sender.send((None, work()))
    except ResiduaError as error:
        sender.send((error, None))
    except MemoryError:
        os._exit(77)
    sender.close()
    sys.stderr.flush()
    os._exit(0)


def _limit(gigabytes: float) -> None:
    """Cap the address space at what is mapped now plus `gigabytes`."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm") as stream:
            mapped = int(stream.read().split()[0]) * resource.getpagesize()
        limit = mapped + int(gigabytes * 2**30)
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
