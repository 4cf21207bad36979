"""How do pictures of many requests share one engine? In a bounded queue; those that wait together run together.

One thread feeds the engine's asynchronous requests: while a batch is computed the next one is put together. Only two
sizes are run, BATCH and one, since the engine compiles each size that comes. An idle queue costs nothing and a lone
picture waits for nobody.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from residua.preprocessing import Pixels
from residua.serve.limits import Refusal
from residua.ship.engine import BATCH, Answers, Engine

_FORGETTING = 0.1  # of the running mean of seconds a picture: the last ten batches count most


@dataclass
class _Job:
    pixels: Pixels
    answer: Future[Answers] = field(default_factory=Future)


class Queue:
    """Pictures that wait for the engine. places: how many of `most` are taken, also by pictures being decoded."""

    def __init__(self, engine: Engine, most: int) -> None:
        self._engine, self._most = engine, most
        self.places = 0
        self._seconds = 0.0  # a picture takes, in a batch
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        self._thread.start()

    @contextmanager
    def taking(self, count: int) -> Iterator[None]:
        """Hold places for so many pictures. Raises Refusal, 429, where there are not so many."""
        with self._changed:
            if self.places + count > self._most:
                wait = max(1, math.ceil(self.places * self._seconds))
                raise Refusal(429, "busy", f"{self.places} pictures are waiting already; come again", wait)
            self.places += count
        try:
            yield
        finally:
            with self._changed:
                self.places -= count

    def ask(self, pixels: Pixels) -> Future[Answers]:
        """Return what will be the answer for (size, size, channels) pixels; cancelled in time it costs nothing."""
        job = _Job(pixels)
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()
        return job.answer

    def close(self) -> None:
        """Answer what waits, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while self._wait():
            running: deque[list[_Job]] = deque()
            began = time.perf_counter()
            try:
                for answers in self._engine.stream(self._batches(running)):
                    jobs = running.popleft()
                    for number, job in enumerate(jobs):
                        if job.answer.set_running_or_notify_cancel():  # its client may have gone meanwhile
                            job.answer.set_result(_of_one(answers, number))
                    ended = time.perf_counter()
                    self._seconds += _FORGETTING * ((ended - began) / len(jobs) - self._seconds)
                    began = ended
            except Exception as error:  # whatever the engine raises, its askers hear of it and the next have their turn
                for job in (job for jobs in running for job in jobs):
                    if job.answer.set_running_or_notify_cancel():
                        job.answer.set_exception(error)

    def _wait(self) -> bool:
        """Wait for a picture; False once the queue is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._closed)
            return bool(self._jobs)

    def _batches(self, running: deque[list[_Job]]) -> Iterator[Pixels]:
        """Yield what waits, without waiting for more, and note in `running` whose pictures they are."""
        while jobs := self._next():
            running.append(jobs)
            yield np.stack([job.pixels for job in jobs])

    def _next(self) -> list[_Job]:
        """Return the pictures that run next: BATCH of them, or one; those whose clients have gone are dropped."""
        with self._changed:
            self._jobs = deque(job for job in self._jobs if not job.answer.cancelled())
            count = BATCH if len(self._jobs) >= BATCH else min(1, len(self._jobs))
            return [self._jobs.popleft() for _ in range(count)]


def _of_one(answers: Answers, number: int) -> Answers:
    return Answers(answers.logits[number], answers.classes[number], answers.maps[number])
