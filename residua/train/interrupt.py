"""Has somebody asked the run to stop?"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGUSR1") if hasattr(signal, name)]


class StopRequest:
    """True once Ctrl-C, SIGTERM or SIGUSR1 has arrived; the loop asks between two steps."""

    def __init__(self) -> None:
        self.received = ""

    def __bool__(self) -> bool:
        return bool(self.received)


@contextlib.contextmanager
def stop_requests() -> Iterator[StopRequest]:
    """Turn SIGINT, SIGTERM and SIGUSR1 into a request while inside; a second Ctrl-C stops at once, as it always does.

    Clusters send the latter two before they take a machine away.

    Outside the main thread, where Python does not allow handlers, nothing is caught.
    """
    request = StopRequest()

    def receive(number: int, frame: FrameType | None) -> None:
        if request.received and number == signal.SIGINT:
            raise KeyboardInterrupt
        request.received = signal.Signals(number).name

    with _handled_by(receive):
        yield request


@contextlib.contextmanager
def like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM and SIGUSR1 end what is inside as Ctrl-C does: for the time in which there is nothing to save."""

    def receive(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handled_by(receive):
        yield


@contextlib.contextmanager
def at_once() -> Iterator[None]:
    """Let all three end the process with code 3: an exception amid torch's import is lost in it or leaves halves."""

    def receive(number: int, frame: FrameType | None) -> None:
        os.write(2, b"residua: interrupted\n")
        os._exit(3)

    with _handled_by(receive):
        yield


@contextlib.contextmanager
def _handled_by(receive: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, receive) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
