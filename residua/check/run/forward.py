"""How is a stranger's forward called, and what comes out, without leaving a trace?"""

from __future__ import annotations

import copy
import random
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from residua.check.run.limit import clock
from residua.check.run.limit.hollow import pass_hollow
from residua.record.recorder import as_tensors
from residua.targets.inputs import Signal, draw


@contextmanager
def untouched_world() -> Iterator[None]:
    """Put random states, default dtype, grad mode and byte-code writing back as they were."""
    states = torch.get_rng_state(), random.getstate(), torch.get_default_dtype(), sys.dont_write_bytecode
    numpy = sys.modules.get("numpy")
    numpy_state = numpy.random.get_state() if numpy is not None else None
    try:
        with torch.enable_grad():
            yield
    finally:
        torch.set_rng_state(states[0])
        random.setstate(states[1])
        torch.set_default_dtype(states[2])
        sys.dont_write_bytecode = states[3]
        if numpy is not None:
            numpy.random.set_state(numpy_state)


def random_state() -> tuple[Any, ...]:
    """Return the states of torch's, Python's and numpy's generators."""
    numpy = sys.modules.get("numpy")
    return torch.get_rng_state(), random.getstate(), numpy.random.get_state() if numpy is not None else ()


def same_state(one: tuple[Any, ...], two: tuple[Any, ...]) -> bool:
    """Tell whether no generator was asked for a number between two states."""
    numpy = not one[2] or (one[2][2] == two[2][2] and bool((one[2][1] == two[2][1]).all()))
    return bool(torch.equal(one[0], two[0])) and one[1] == two[1] and numpy


def attempt(module: nn.Module, signal: Signal) -> tuple[list[Tensor], str]:
    """Return what a forward pass in eval mode puts out on this signal, or nothing and what it raised.

    Where a pass takes its time, the sizes are tried first without the arithmetic: of many inputs one or two suit.
    """
    mode = module.training
    begun = time.process_time()
    try:
        module.eval()
        if seconds_of(module) > _HEAVY_SECONDS and clock.left() < float("inf"):
            pass_hollow(module, draw(module, signal))
            begun = time.process_time()
        with torch.no_grad():
            return as_tensors(module(*draw(module, signal))), ""
    except Exception as error:
        return [], str(error)
    finally:
        module.train(mode)
        _seconds[module] = max(time.process_time() - begun, 0.0)


_HEAVY_SECONDS = 0.2
_seconds: WeakKeyDictionary[nn.Module, float] = WeakKeyDictionary()


def seconds_of(module: nn.Module) -> float:
    """Return the processor time of the last attempt on a module, 0 before the first."""
    return _seconds.get(module, 0.0)


def runs(module: nn.Module, signal: Signal) -> bool:
    """Tell whether a forward pass in eval mode finishes on this signal."""
    return bool(attempt(module, signal)[0])


def doubles_batch(module: nn.Module, signal: Signal, outputs: list[Tensor]) -> bool:
    """Tell a result (N, N, …) of an input (N, …): the code reads one axis more and was broadcast over the batch."""
    count, axes = signal.batch, len(signal.shape) + 1
    if not any(each.dim() == axes and each.shape[:2] == (count, count) for each in outputs):
        return False
    more, _ = attempt(module, _with_one_more(signal))
    return any(each.dim() == axes and each.shape[:2] == (count + 1, count + 1) for each in more)


def _with_one_more(signal: Signal) -> Signal:
    count = signal.batch
    inputs = (
        replace(each, shape=(count + 1, *each.shape[1:])) if each.shape[:1] == (count,) else each
        for each in signal.given
    )
    return replace(signal, batch=count + 1, given=tuple(inputs))


def settle_lazy_layers(module: nn.Module, signal: Signal) -> None:
    """Let layers that take their sizes from their first input (`nn.LazyConv2d`) take them from this one."""
    if any(is_lazy(parameter) for parameter in module.parameters()):
        attempt(module, signal)


def kept(module: nn.Module) -> dict[str, Tensor]:
    """Return copies of a module's parameters and buffers.

    Not by `state_dict`: a class of the user's may have one of its own, with an optimizer's state among it.
    """
    return {name: tensor.detach().clone() for name, tensor in _tensors(module).items() if not is_lazy(tensor)}


def restore(module: nn.Module, values: Mapping[str, Tensor]) -> None:
    """Write the values into the parameters and buffers of these names; one that has another shape by now stays."""
    now = _tensors(module)
    with torch.no_grad():
        for name, value in values.items():
            if name in now and now[name].shape == value.shape:
                now[name].copy_(value)


def _tensors(module: nn.Module) -> dict[str, Tensor]:
    return dict(chain[tuple[str, Tensor]](module.named_parameters(), module.named_buffers()))


def copied(module: nn.Module) -> nn.Module:
    """Return a copy to experiment on; a module that cannot be copied is itself returned."""
    try:
        return copy.deepcopy(module)
    except Exception:
        return module


def awake(module: nn.Module) -> None:
    """Give parameters that are all zero small numbers: a branch that starts at zero hides what is wrong inside."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.numel() and not parameter.any():
                parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator).to(parameter.dtype))


def too_small(text: str) -> bool:
    """Tell by an exception's text that a layer's window is larger than the map it got, which the input's size made."""
    return bool(re.search(r"Kernel size can't be greater than actual input size|[Oo]utput size is too small", text))
