"""What stands between an encoded picture and its answer, and may it answer yet?

No torch. A picture takes its place in the queue before it is decoded, by threads, and keeps it until it is answered.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from residua.data.pixels.image import decode, fit, region
from residua.errors import ResiduaError
from residua.preprocessing import Pixels
from residua.serve.limits import Limits, Refusal
from residua.serve.waiting import Queue
from residua.ship.artifact import Artifact
from residua.ship.engine import BATCH, Answers, Floats
from residua.ship.predictor import chances_of
from residua.ship.proof import Say, proved_engine

Region = tuple[float, float, float, float]  # left, top, right, bottom as shares of the upright picture


@dataclass(frozen=True)
class Seen:
    """What was seen in one picture. maps: of the likeliest classes, in their order. region: what the network saw."""

    chances: Floats
    classes: tuple[int, ...]
    maps: Floats
    region: Region


class Service:
    """An artifact that answers once its canaries were right here.

    ready: whether it answers.
    """

    def __init__(self, artifact: Artifact, limits: Limits, cache: Path | None = None, precision: str = "auto") -> None:
        self.artifact, self.limits = artifact, limits
        self.manifest = artifact.manifest
        self.queue: Queue | None = None
        self._cache, self._precision = cache, precision
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="decode")

    @property
    def ready(self) -> bool:
        """Whether it answers."""
        return self.queue is not None

    def open(self, say: Say) -> None:
        """Ask the canaries, compile both batch sizes, and be ready. Raises ShipError where the engine is refused."""
        engine = proved_engine(self.artifact, self._precision, self._cache, say)
        size, channels = self.manifest.preprocessing.size, self.manifest.preprocessing.channels
        for batch in (1, BATCH):
            engine.run(np.zeros((batch, size, size, channels), np.uint8))
        self.queue = Queue(engine, self.limits.queue)

    def close(self) -> None:
        """Answer what waits, and end."""
        self._threads.shutdown()
        if self.queue is not None:
            self.queue.close()

    def require_ready(self) -> Queue:
        """Return the queue. Raises Refusal, 503, until the canaries were right."""
        if self.queue is None:
            raise Refusal(503, "not_ready", "the canaries of this artifact have not been answered yet", 2)
        return self.queue

    async def answer(self, pictures: Sequence[tuple[str, bytes | Refusal]]) -> list[Seen | Refusal]:
        """Return what is seen in each encoded picture, (name, bytes), or why that cannot be said.

        Raises Refusal where the queue has no places for them. A caller that is cancelled frees its places.
        """
        queue = self.require_ready()
        with queue.taking(len(pictures)):
            tasks = [asyncio.ensure_future(self._answer(queue, name, data)) for name, data in pictures]
            try:
                return await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()

    async def _answer(self, queue: Queue, name: str, data: bytes | Refusal) -> Seen | Refusal:
        if isinstance(data, Refusal):
            return data
        try:
            pixels, shown = await asyncio.get_running_loop().run_in_executor(self._threads, self._read, name, data)
        except ResiduaError as error:
            return Refusal(400, "unreadable", str(error))
        answers = await asyncio.wrap_future(queue.ask(pixels))
        return self._seen(answers, shown)

    def _read(self, name: str, data: bytes) -> tuple[Pixels, Region]:
        prepared = self.manifest.preprocessing
        whole = decode(data, name, prepared.channels, bits=prepared.bits)
        height, width = whole.shape[:2]
        left, top, right, bottom = region(width, height, prepared)
        return fit(whole, prepared), (left / width, top / height, right / width, bottom / height)

    def _seen(self, answers: Answers, shown: Region) -> Seen | Refusal:
        chances = chances_of(answers.logits[None], self.manifest.several)[0]
        if not np.isfinite(chances).all():
            return Refusal(400, "not_finite", "the network answers this picture with NaN or infinity")
        return Seen(chances, tuple(answers.classes.tolist()), answers.maps, shown)
