"""How does a test start a process that is gone when the test is, however it ends?"""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any


@contextlib.contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """Start `command` and give its process; on leaving, it is killed if it still runs, and waited for.

    Ctrl-C reaches it as in a terminal: a suite that a shell script runs in the background passes SIGINT on as ignored.
    """
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # which a child would inherit
    if ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(command, **options)
    finally:
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    with process:
        try:
            yield process
        finally:
            process.kill()
