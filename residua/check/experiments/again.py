"""What does a module keep from one call to the next, and does a second step of training survive it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from residua.check.run.forward import untouched_world
from residua.check.run.trial import Trial
from residua.record.recorder import as_tensors
from residua.targets.inputs import Signal, draw

_OF_NN = ("_parameters", "_buffers", "_modules")
_SECOND_BACKWARD = "backward through the graph a second time"


@dataclass(frozen=True)
class Kept:
    """An attribute that holds tensors of earlier calls: of which class, whether of the class itself, and what follows.

    fails: the backward pass of the second step raises. grows: tensors that each call adds for good; 0 where none.
    """

    owner: type
    name: str
    shared: bool
    fails: bool
    grows: int


def kept_between_calls(trial: Trial) -> Iterator[Kept]:
    """Yield what calls of the trial's module leave behind that the next ones cannot do with; measured on a new one."""
    signal = trial.signal
    if signal is None or not any(True for _ in _held(trial.module)):
        return
    with untouched_world():
        module = made_again(trial)
        counts, failed = _two_steps(module, signal) if module is not None else ([], False)
        if module is not None:
            yield from _what_stays(module, counts, failed)


def made_again(trial: Trial, changes: Mapping[str, Any] | None = None) -> nn.Module | None:
    """Return a new module like the trial's, by its class and arguments; None where the class does not make it so.

    changes: other values of some arguments.
    """
    kind = type(trial.module)
    if trial.built is None or kind.__module__.startswith("torch."):
        return None
    try:
        return kind(**{**trial.built.arguments, **(changes or {})})
    except Exception:  # it was made in another way
        return None


Holding = tuple[type, str, bool]


def _held(root: nn.Module) -> Iterator[tuple[Holding, list[Tensor]]]:
    """Yield the attributes of a user's modules, and of their classes, that hold tensors of a call."""
    for module in root.modules():
        kind = type(module)
        if kind.__module__.startswith("torch."):
            continue
        shared = {name: value for name, value in vars(kind).items() if isinstance(value, (list, dict))}
        for of_class, attributes in ((False, vars(module)), (True, shared)):
            for name, tensors in _tensors_in(attributes):
                yield (kind, name, of_class), tensors


def _tensors_in(attributes: Mapping[str, Any]) -> Iterator[tuple[str, list[Tensor]]]:
    for name, value in attributes.items():
        if name not in _OF_NN and not isinstance(value, nn.Module):
            tensors = as_tensors(value) if isinstance(value, (Tensor, list, tuple, dict)) else []
            if tensors:
                yield name, tensors


def _two_steps(module: nn.Module, signal: Signal) -> tuple[list[dict[Holding, int]], bool]:
    """Take three steps of training; return what is held after each, and whether a backward pass met an old graph."""
    counts: list[dict[Holding, int]] = []
    _empty_what_is_shared(module)
    module.train()
    for _ in range(3):
        try:
            learned = [tensor for tensor in as_tensors(module(*draw(module, signal))) if tensor.requires_grad]
            if learned:
                torch.stack([tensor.float().sum() for tensor in learned]).sum().backward()
        except RuntimeError as error:
            return counts, bool(counts) and _SECOND_BACKWARD in str(error)
        except Exception:  # our inputs may not suit it a second time: nothing is said of it
            return counts, False
        counts.append({holding: len(tensors) for holding, tensors in _held(module)})
    return counts, False


def _empty_what_is_shared(module: nn.Module) -> None:
    """Take out of the collections of classes what earlier instances have put there."""
    for (kind, name, of_class), _ in list(_held(module)):
        if of_class:
            getattr(kind, name).clear()


def _what_stays(module: nn.Module, counts: list[dict[Holding, int]], failed: bool) -> Iterator[Kept]:
    if failed:
        holding = next((each for each, tensors in _held(module) if any(not one.is_leaf for one in tensors)), None)
        if holding is not None:
            yield Kept(*holding, fails=True, grows=0)
        return
    for holding in counts[-1] if len(counts) == 3 else ():
        sizes = [count.get(holding, 0) for count in counts]
        grown = sizes[1] - sizes[0]
        if grown > 0 and sizes[2] - sizes[1] == grown:
            yield Kept(*holding, fails=False, grows=grown)
