"""What does a pickled module hold? Its parameters, buffers and children, read as data: its class is not imported."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from residua.errors import WeightsError
from residua.pickles.allowed import ArrayShell, Global, Instance
from residua.pickles.stored import Stored
from residua.weights.files.opened import Declared
from residua.weights.files.program.shown import BLUR, PROGRAM, Program, Window

MOST_MODULES = 50_000  # modules that hold each other twice make 2^depth names; ResNet-1202 has 4,000
DEEPEST_MODULE = 32  # modules within modules
NORMS = ("GroupNorm", "InstanceNorm2d", "LayerNorm", "LocalResponseNorm")  # hold what a batch norm does, or nothing
BY = "the pickled module"


def tensor_of(value: Any) -> Stored | None:
    """Return the tensor that `value` is, one of torch or an array of numpy; None for anything else."""
    if isinstance(value, ArrayShell):
        return value.value
    return value if isinstance(value, Stored) else None


def is_module(value: Any) -> bool:
    """Return whether `value` is a pickled `nn.Module`: what it keeps of itself shows it, whatever its class."""
    return isinstance(value, Instance) and all(
        isinstance(value.state.get(key), dict) for key in ("_parameters", "_modules")
    )


def state_of(module: Instance, what: str) -> tuple[dict[str, Stored], dict[str, str]]:
    """Return what `module.state_dict()` would: {name: tensor}; and {name: class} of what stands in a tensor's place.

    what: how messages call the file. Raises WeightsError for modules that hold each other without end.
    """
    found: dict[str, Stored] = {}
    needed: dict[str, str] = {}
    for path, child in walk(module, what):
        temporary = child.state.get("_non_persistent_buffers_set")
        for kept in ("_parameters", "_buffers"):
            for name, value in _items(child, kept):
                if value is None or (kept == "_buffers" and isinstance(temporary, set) and name in temporary):
                    continue
                tensor = tensor_of(value)
                if tensor is None:
                    needed[f"{path}{name}"] = kind_of(value)
                else:
                    found[f"{path}{name}"] = tensor
    return found, needed


def walk(module: Instance, what: str) -> Iterator[tuple[str, Instance]]:
    """Yield (prefix of its tensors' names, module) for a module and all within it, as `state_dict` orders them.

    Raises WeightsError where there is no end of them.
    """
    trail: list[tuple[str, Instance, int]] = [("", module, 0)]
    for _ in range(MOST_MODULES):
        if not trail:
            return
        path, node, depth = trail.pop()
        yield path, node
        inner = [(f"{path}{name}.", child, depth + 1) for name, child in _items(node, "_modules") if is_module(child)]
        trail += reversed(inner)
        if depth > DEEPEST_MODULE:
            break
    raise WeightsError(f"{what}: its modules hold each other without end; not a checkpoint")


def _items(module: Instance, kept: str) -> list[tuple[str, Any]]:
    held = module.state.get(kept)
    return [(str(name), value) for name, value in held.items()] if isinstance(held, dict) else []


def kind_of(value: Any) -> str:
    """Return what messages call a value that is no tensor."""
    if isinstance(value, Instance):
        return value.kind
    return str(value) if isinstance(value, Global) else type(value).__name__


def declared_by(module: Instance, what: str) -> dict[str, Declared]:
    """Return what the modules show of the network and tensors cannot: ε, and how kernels and pools move."""
    nodes = [(path.rstrip("."), child) for path, child in walk(module, what)]
    kinds = [(path, child.kind.rpartition(".")[2], child.state) for path, child in nodes]
    declared: dict[str, Declared] = {}
    eps = [state.get("eps") for _, kind, state in kinds if kind.startswith("BatchNorm")]
    if eps and all(isinstance(value, float) and value == eps[0] for value in eps):
        declared["norm_eps"] = Declared(eps[0], BY)
    windows = {path: _window(state) for path, kind, state in kinds if "kernel_size" in state and _moves(kind, state)}
    blurs = {path: Window((), (), (), (), BLUR) for path, kind, _ in kinds if BLUR in kind.lower()}
    operations = {path or "it": kind for path, kind, state in kinds if not state.get("_parameters")}
    return declared | {PROGRAM: Declared(Program(windows | blurs, operations), BY)}


def _moves(kind: str, state: Mapping[Any, Any]) -> bool:
    """Return whether it is a convolution with weights, or a pool of the largest."""
    parameters = state.get("_parameters")
    return "MaxPool" in kind or (isinstance(parameters, dict) and parameters.get("weight") is not None)


def _window(state: Mapping[Any, Any]) -> Window:
    kernel = _pair(state.get("kernel_size"))
    padding = state.get("padding", 0)
    return Window(
        kernel,
        _pair(state["stride"]) if state.get("stride") is not None else kernel,
        padding if isinstance(padding, str) else _pair(padding),
        _pair(state.get("dilation", 1)),
        mode if isinstance(mode := state.get("padding_mode", "zeros"), str) else "?",
        state.get("ceil_mode") is True,
    )


def _pair(value: Any) -> tuple[Any, ...]:
    """Return (height, width) of what is written as one number or as a few; "?" for each that is no number."""
    few = value if isinstance(value, (tuple, list)) and 1 <= len(value) <= 3 else (value, value)
    return tuple(number if type(number) is int else "?" for number in few)


def other_norm(module: Instance, what: str) -> str | None:
    """Return in words the first norm that no network here has: another kind, or other groups than gcd(32, channels)."""
    for path, child in walk(module, what):
        kind = child.kind.rpartition(".")[2]
        if not child.kind.startswith("torch.nn.") or kind not in NORMS:
            continue
        groups, channels = child.state.get("num_groups"), child.state.get("num_channels")
        if kind != "GroupNorm" or not isinstance(channels, int):
            return f"{path.rstrip('.')} is a {kind}"
        if groups != (own := math.gcd(32, channels)):
            return f"{path.rstrip('.')} norms {channels} channels in {groups} groups, and here they would be {own}"
    return None
