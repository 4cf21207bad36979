"""Which dictionaries of tensors does a tree of containers hold, and which objects in it are not read?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from residua.pickles.allowed import ArrayShell, Global, Instance
from residua.pickles.stored import Stored
from residua.weights.files.names import split_names
from residua.weights.unwrap.modules import is_module, kind_of, state_of, tensor_of

Path = tuple[str, ...]
OPTIMIZER = "optimizer"  # the last key of a path that leads to one, whatever the file calls it
MOMENTA = ("momentum_buffer", "exp_avg", "exp_avg_sq", "max_exp_avg_sq", "square_avg", "acc_delta")
DEEPEST = 6  # levels of containers; checkpoints have at most three
LARGEST_LAYER = 4  # tensors of a layer
TRANSPARENT = "argparse.Namespace"  # its attributes are looked at one by one
QUANTISED = ("_rebuild_qtensor", "torch.QInt", "torch.QUInt", "torchao.quantization", "bitsandbytes.nn")
REBUILT = ("torch._utils._rebuild_", "a tensor of torch.")  # tensors that are not read: sparse, complex, of 8 bits
CODED = ("centroids", "assignments")  # of a product-quantised layer: a codebook, and which word each part has


@dataclass
class Contents:
    """What a tree of containers holds, by the keys that lead there.

    states: {name: tensor} of every dictionary, module or list of pairs. modules: the pickled modules among these.
    values: lists of tensors without names. foreign: classes of the objects that nothing is made of. needed: {name:
    class} of what stands in a tensor's place. coded: layers as codebooks. quantised: the
    first quantised tensor, in words.
    """

    states: dict[Path, dict[str, Stored]] = field(default_factory=dict)
    modules: dict[Path, Instance] = field(default_factory=dict)
    values: dict[Path, dict[str, Stored]] = field(default_factory=dict)
    foreign: dict[Path, str] = field(default_factory=dict)
    needed: dict[Path, dict[str, str]] = field(default_factory=dict)
    coded: list[Path] = field(default_factory=list)
    quantised: str = ""


def contents_of(tree: Any, what: str) -> Contents:
    """Return what `tree` holds; `what` is how messages call the file. Every container is looked at once."""
    found, seen = Contents(), set[int]()
    trail: deque[tuple[Path, Any, bool]] = deque([((), tree, False)])
    while trail:
        path, node, within = trail.popleft()
        if not isinstance(node, (dict, list, tuple, Instance, ArrayShell)) or id(node) in seen or len(path) > DEEPEST:
            continue
        seen.add(id(node))
        if isinstance(node, Instance):
            if is_module(node):
                _read_module(path, node, what, found)
                continue
            _note_quantised(path, node.kind, found)
            if node.kind != TRANSPARENT and not within:
                found.foreign[path] = node.kind
                within = True
        items = _items(node)
        if _is_optimizer(items):
            found.states[(*path, OPTIMIZER)] = {}
            continue
        _look_at(path, node, items, found)
        if path in found.states and isinstance(node, (list, tuple)):
            continue  # of pairs
        for key, value in items.items():
            if isinstance(value, Global) and not within and value.module != "torch.dtype":
                found.foreign[(*path, str(key))] = str(value)
            elif isinstance(key, (str, int, Global)):
                trail.append(((*path, str(key)), value, within))
    return found


def _read_module(path: Path, module: Instance, what: str, found: Contents) -> None:
    tensors, needed = state_of(module, what)
    if tensors:
        found.modules[path], found.states[path] = module, tensors
    if needed:
        found.needed[path] = needed
    for name, kind in needed.items():
        _note_quantised((*path, name), kind, found)


def _note_quantised(path: Path, kind: str, found: Contents) -> None:
    if not found.quantised and any(word in kind for word in QUANTISED):
        found.quantised = f"{'.'.join(path)} is {kind}"


def _items(node: Any) -> dict[Any, Any]:
    """Return the values in a container by key: of a stand-in its state, and what its dictionaries hold."""
    if isinstance(node, dict):
        return node
    if isinstance(node, ArrayShell):
        return dict(enumerate(node.objects or ()))
    if isinstance(node, Instance):
        items = dict(enumerate(node.given))
        for value in node.given:
            if isinstance(value, dict):
                items |= value
        return items | node.state
    return dict(enumerate(node))


def _look_at(path: Path, node: Any, items: Mapping[Any, Any], found: Contents) -> None:
    """Note the tensors that lie directly in a container."""
    if isinstance(node, (list, tuple, ArrayShell)):
        if pairs := _pairs(items.values()):
            found.states[path] = pairs
        elif values := _values(list(items.values())):
            found.values[path] = values
        return
    if all(name in items for name in CODED):
        found.coded.append(path)
    tensors = {str(key): tensor for key, value in items.items() if (tensor := tensor_of(value)) is not None}
    others = {str(key): value for key, value in items.items() if isinstance(value, (Instance, ArrayShell))}
    parts = split_names(name for name, value in others.items() if tensor_of(value) is None)
    kinds = {name: kind_of(others[name]) for name in parts}
    if needed := {
        name: kinds[name]
        for name, part in parts.items()
        if (part.role and part.path) or kinds[name].startswith(REBUILT)
    }:
        found.needed[path] = needed
    if tensors:
        found.states[path] = tensors


def _pairs(values: Iterable[Any]) -> dict[str, Stored]:
    """Return a list of (name, tensor) as a dictionary, {} where it is something else."""
    named: dict[str, Stored] = {}
    for value in values:
        if not isinstance(value, (list, tuple)) or len(value) != 2 or type(value[0]) is not str:
            return {}
        tensor = tensor_of(value[1])
        if tensor is None:
            return {}
        named[value[0]] = tensor
    return named


def _values(values: Sequence[Any]) -> dict[str, Stored]:
    """Return a list of tensors, or of a few tensors a layer, by number; {} where it is something else."""
    flat: list[Stored] = []
    for value in values:
        tensor = tensor_of(value)
        layer = [tensor_of(part) for part in value] if isinstance(value, (list, tuple)) else [tensor]
        whole = [part for part in layer if part is not None]
        if len(whole) != len(layer) or len(layer) > LARGEST_LAYER:
            return {}
        flat += whole
    return {str(number): tensor for number, tensor in enumerate(flat)}


def _is_optimizer(items: Mapping[Any, Any]) -> bool:
    """Return whether a dictionary is what torch's optimizers keep: momenta have the shapes of weights."""
    return ("param_groups" in items and "state" in items) or any(
        tensor_of(items.get(name)) is not None for name in MOMENTA
    )
