"""Where in a file are the network's tensors, and what was wrapped around them?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from residua.errors import WeightsError
from residua.pickles.allowed import ArrayShell, Instance
from residua.pickles.stored import Stored
from residua.weights.files.names import words_of
from residua.weights.files.opened import Opened
from residua.weights.recognise.our_names import COUNTER

NOT_WEIGHTS = ("optim", "sched", "scaler", "amp", "momentum", "loss", "criterion", "rng", "buffer_names")
OPTIMIZER = "optimizer"  # the last key of a path that leads to one, whatever the file calls it
MOMENTA = ("momentum_buffer", "exp_avg", "exp_avg_sq", "max_exp_avg_sq", "square_avg", "acc_delta")
PREFIXES = ("module", "_orig_mod", "model", "net", "network", "backbone", "encoder", "resnet", "_model", "student")
LARGEST_LAYER, FEWEST_LAYERS = 4, 8  # tensors of a layer, and layers that make a tree of layers
DEEPEST = 6  # levels of containers; checkpoints have at most three


@dataclass(frozen=True)
class Unwrapped:
    """One network's tensors, names stripped of the prefixes that all of them share.

    wrappers: keys and prefixes that were around them, outermost first. ignored: what else the file holds.
    others: further networks in the file (averaged weights), by the keys that lead to them.
    """

    tensors: Mapping[str, Stored]
    wrappers: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    extras: Mapping[str, Any] = field(default_factory=dict)


def unwrap(opened: Opened, *, ema: bool = False, prefix: str | None = None) -> Unwrapped:
    """Return the network's tensors in an opened file.

    ema: take averaged weights where the file has both. prefix: take what lies under this key or name.
    Raises WeightsError when there are no weights, several networks, or no such prefix.
    """
    found = _joined(dict(_state_dicts(opened.tree)))
    weights = _averaged_apart({path: state for path, state in found.items() if not _is_bookkeeping(path)})
    if not weights:
        what = "only an optimizer's state, no weights" if found else "no tensors"
        raise WeightsError(f"{opened.path} holds {what}; residua needs the network's state dict")
    if prefix is not None:
        return _under(opened, weights, prefix)
    averaged = [path for path in weights if any(_is_averaged(word) for word in path)]
    plain = [path for path in weights if path not in averaged]
    if ema and not averaged:
        raise WeightsError(f"{opened.path} has no averaged (EMA) weights; leave --ema out")
    chosen = _kernels_only(weights, averaged if ema or not plain else plain)
    if len(chosen) > 1:
        names = ", ".join(".".join(path) or "(top)" for path in chosen)
        raise WeightsError(f"{opened.path} holds {len(chosen)} networks: {names}; `residua convert --prefix` takes one")
    path = chosen[0]
    network = _stripped(weights[path], [*path])
    others = tuple(".".join(other) for other in weights if other != path)
    ignored = tuple(dict.fromkeys(other[0] for other in found if other not in weights))
    return Unwrapped(network.tensors, network.wrappers, ignored, others, _extras(opened.tree))


def _is_averaged(word: str) -> bool:
    return "ema" in word.lower().split("_")


def _averaged_apart(weights: dict[tuple[str, ...], dict[str, Stored]]) -> dict[tuple[str, ...], dict[str, Stored]]:
    """Return dictionaries whose averaged weights lie within the others' ({model.*, ema_model.*}) as two."""
    split: dict[tuple[str, ...], dict[str, Stored]] = {}
    for path, state in weights.items():
        groups: dict[tuple[str, ...], dict[str, Stored]] = {path: {}}
        for name, tensor in state.items():
            head, _, rest = name.partition(".")
            own = rest and _is_averaged(head)
            groups.setdefault((*path, head) if own else path, {})[rest if own else name] = tensor
        kernels = [any(len(tensor.shape) >= 2 for tensor in group.values()) for group in groups.values()]
        split |= groups if all(kernels) else {path: state}
    return split


def _joined(found: dict[tuple[str, ...], dict[str, Stored]]) -> dict[tuple[str, ...], dict[str, Stored]]:
    """Return what `_state_dicts` finds, the dictionaries of single layers (JAX's trees) joined to the network's one."""
    layers = {
        path: state
        for path, state in found.items()
        if len(path) > 1 and 0 < len(state) <= LARGEST_LAYER and not _is_bookkeeping(path)
    }
    if len(layers) < FEWEST_LAYERS:
        return found
    joined = {".".join((*path, name)): tensor for path, state in layers.items() for name, tensor in state.items()}
    return {path: state for path, state in found.items() if path not in layers} | {(): joined}


def _kernels_only(weights: Mapping[tuple[str, ...], Mapping[str, Stored]], paths: list[tuple[str, ...]]) -> list[Any]:
    """Return the paths whose tensors include kernels, or else all."""
    with_kernels = [path for path in paths if any(len(tensor.shape) >= 2 for tensor in weights[path].values())]
    return with_kernels or paths[:1]


def _is_bookkeeping(path: tuple[str, ...]) -> bool:
    return any(word.lower().startswith(NOT_WEIGHTS) for word in path)


def _state_dicts(tree: Any) -> Iterator[tuple[tuple[str, ...], dict[str, Stored]]]:
    """Yield (keys that lead there, {name: tensor}) for every container that holds tensors by name."""
    seen: set[int] = set()
    trail: deque[tuple[tuple[str, ...], Any]] = deque([((), tree)])
    while trail:
        path, node = trail.popleft()
        if isinstance(node, Instance):
            node = node.state
        if not isinstance(node, dict) or id(node) in seen or len(path) > DEEPEST:
            continue
        seen.add(id(node))
        if _is_optimizer(node):
            yield (*path, OPTIMIZER), {}
            continue
        tensors = {str(key): stored for key, value in node.items() if (stored := _stored(value)) is not None}
        if tensors:
            yield path, tensors
        for key, value in node.items():
            if isinstance(value, (dict, Instance)) and isinstance(key, (str, int)):
                trail.append(((*path, str(key)), value))


def _is_optimizer(node: Mapping[Any, Any]) -> bool:
    """Return whether a dictionary is what torch's optimizers keep: momenta have the shapes of weights."""
    return ("param_groups" in node and "state" in node) or any(_stored(node.get(name)) is not None for name in MOMENTA)


def _stored(value: Any) -> Stored | None:
    if isinstance(value, ArrayShell):
        return value.value
    return value if isinstance(value, Stored) else None


def _extras(tree: Any) -> dict[str, Any]:
    """Return the plain numbers and words that stand beside the weights: epoch, accuracy, arch."""
    node = tree.state if isinstance(tree, Instance) else tree
    if not isinstance(node, dict):
        return {}
    return {str(key): value for key, value in node.items() if isinstance(value, (str, int, float)) and _is_short(value)}


def _is_short(value: str | int | float) -> bool:
    return len(value) < 100 if isinstance(value, str) else isinstance(value, float) or value.bit_length() < 300


def _under(opened: Opened, weights: Mapping[tuple[str, ...], Mapping[str, Stored]], prefix: str) -> Unwrapped:
    """Return what lies under a key of the file, or under a prefix of its tensors' names."""
    wanted = prefix.rstrip(".")
    for path, state in weights.items():
        if ".".join(path) == wanted or path[-1:] == (wanted,):
            return _stripped(state, list(path))
    for path, state in weights.items():
        for network in (Unwrapped(state, path), _stripped(state, list(path))):
            named = network.tensors.items()
            within = {name[len(wanted) + 1 :]: value for name, value in named if name.startswith(wanted + ".")}
            if within:
                return _stripped(within, [*network.wrappers, wanted])
    names = sorted({words_of(name)[0] for state in weights.values() for name in state if words_of(name)})
    raise WeightsError(f"{opened.path} has nothing under {prefix!r}; its names begin with {', '.join(names[:8])}")


def _stripped(state: Mapping[str, Stored], wrappers: list[str]) -> Unwrapped:
    """Strip the wrappers' prefixes that every name of `state` begins with."""
    names = without_counters(state) or state
    length = 0
    while True:
        heads = {name[length:].partition(".")[0] for name in names}
        head = next(iter(heads), "")
        if len(heads) != 1 or head not in PREFIXES:
            break
        wrappers = [*wrappers, f"{head}."]
        length += len(head) + 1
    prefix = next(iter(names))[:length] if names else ""
    return Unwrapped({name.removeprefix(prefix): tensor for name, tensor in state.items()}, tuple(wrappers))


def without_counters(tensors: Mapping[str, Stored]) -> dict[str, Stored]:
    """Return the tensors without what no network computes with: counters, integers, single numbers."""
    return {
        name: tensor
        for name, tensor in tensors.items()
        if tensor.floating and tensor.shape and name.rpartition(".")[2] != COUNTER
    }


def networks_within(tensors: Mapping[str, Stored]) -> list[str]:
    """Return the first words of names under which whole networks lie (teacher and student), if there are several."""
    groups: dict[str, int] = {}
    for name, tensor in tensors.items():
        if len(tensor.shape) == 4:
            first = name.replace("/", ".").partition(".")[0]
            groups[first] = groups.get(first, 0) + 1
    large = [name for name, count in groups.items() if count >= 4 and not name[-1:].isdigit()]
    return large if len(large) > 1 else []
