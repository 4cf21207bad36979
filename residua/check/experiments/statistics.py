"""How does a module of the user's keep its running statistics: what is updated, when, by how much, and who reads it?"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from residua.check.run.forward import kept, restore, untouched_world
from residua.check.run.trial import Trial
from residua.record.recorder import as_tensors
from residua.targets.inputs import Signal, draw

_NAMES = re.compile(r"running|moving|(^|_)(mean|avg|average|ema|var|variance|std)(_|$)", re.I)
# Cumulative averages keep a half in their second step; the usual momentum keeps 0.9, the wrong way round 0.1.
_HARDLY = 0.4


@dataclass(frozen=True)
class Statistic:
    """A running statistic that is kept wrongly: its module's class and path, its name, and in which way.

    in_eval: eval mode reads it and changes it. kept: the share of its value that a step of training leaves, where that
    is hardly any. idle: eval mode reads it, and training neither reads nor updates it.
    """

    owner: type
    path: str
    name: str
    in_eval: bool = False
    kept: float | None = None
    idle: bool = False


def wrong_statistics(trial: Trial) -> Iterator[Statistic]:
    """Yield the running statistics of the user's own modules that are kept wrongly; one a class and name."""
    signal, seen = trial.signal, set()
    if signal is None:
        return
    for path, module in trial.module.named_modules():
        for name in _own_statistics(module):
            key = type(module), name
            if key not in seen:
                seen.add(key)
                found = _measured(trial.module, signal, path, name)
                if found is not None:
                    yield found


def _own_statistics(module: nn.Module) -> list[str]:
    if type(module).__module__.startswith("torch."):
        return []
    named = module.named_buffers(recurse=False)
    return [name for name, buffer in named if _NAMES.search(name) and buffer.is_floating_point() and buffer.numel()]


def _measured(root: nn.Module, signal: Signal, path: str, name: str) -> Statistic | None:
    with untouched_world(), torch.no_grad():
        try:
            step = _Step(copy.deepcopy(root), signal, path, name)
            step.run(0.0, training=True)  # the first step may set the value instead of mixing it
            owner = type(step.module)
            before, after, trained = step.run(0.0, training=True)
            moved_before, moved_after, trained_otherwise = step.run(1.0, training=True)
            same, evaluated_after, evaluated = step.run(0.0, training=False)
            _, _, evaluated_otherwise = step.run(1.0, training=False)
        except Exception:  # it cannot be copied, or does not run so
            return None
    read = not _same(evaluated, evaluated_otherwise)
    if read and not torch.equal(same, evaluated_after):
        return Statistic(owner, path, name, in_eval=True)
    if not torch.equal(before, after):
        kept = float((moved_after - after).mean() / (moved_before - before).mean())
        return Statistic(owner, path, name, kept=kept) if -0.05 < kept < _HARDLY else None
    return Statistic(owner, path, name, idle=True) if read and _same(trained, trained_otherwise) else None


def _same(first: list[Tensor], second: list[Tensor]) -> bool:
    return all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


class _Step:
    """One call of a module after one of its buffers was moved by an offset; everything else begins as before."""

    def __init__(self, root: nn.Module, signal: Signal, path: str, name: str) -> None:
        self.root, self.signal, self.name = root, signal, name
        self.module = root.get_submodule(path)

    def run(self, offset: float, *, training: bool) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Return the buffer before and after the call, and what came out; the first training call stays."""
        state = kept(self.root)
        before = self._buffer().clone() + offset
        self._buffer().copy_(before)
        torch.default_generator.manual_seed(0)
        self.root.train(training)
        result = [tensor.clone() for tensor in as_tensors(self.root(*draw(self.root, self.signal)))]
        after = self._buffer().clone()
        if hasattr(self, "settled"):
            restore(self.root, state)
        self.settled = True
        return before, after, result

    def _buffer(self) -> Tensor:
        buffer = getattr(self.module, self.name)
        assert isinstance(buffer, Tensor)
        return buffer
