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
    with subprocess.Popen(command, preexec_fn=_interruptible, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def _interruptible() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
