"""What stands for an input of forward beside the first one: by its name, and by what forward does with it?"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

_EMBEDDINGS = ("emb", "temb", "time", "t", "cond", "style", "z", "w", "c", "y", "context", "timestep", "latent",
               "label", "s")  # fmt: skip
_LABELS = ("y", "label", "labels", "c", "cls", "classes", "class_id", "t", "time", "timestep", "timesteps", "token")
_GATHERS = re.compile(r"^(index_(add|select|reduce|copy)_?|scatter(_add|_reduce|_mean|_sum|_max|_softmax)?_?|gather)$")
_PRODUCTS = frozenset({"mm", "matmul", "bmm", "spmm"})
_SPREADS = frozenset({"unsqueeze", "view", "reshape"})


def further_input(module: nn.Module, name: str, given: tuple[Tensor, str], generator: torch.Generator) -> Tensor:
    """Return a tensor for the input `name`; given: the first input, and the form that further ones are tried in."""
    word, first, kind = name.lower().rstrip("0123456789"), given[0], given[1]
    state = states_of(module).get(name)
    if state is not None:
        return torch.randn(state.shape(first), generator=generator).to(first.dtype)
    shape = _shape_for(_fed(module, name), first) if kind == "named" else None
    if shape is not None:
        return torch.randn(shape, generator=generator).to(first.dtype)
    known = any(isinstance(layer, nn.Embedding) for layer in module.modules())
    if kind == "labels" or (known and word in _LABELS):
        return torch.randint(0, labels_of(module), first.shape[:1], generator=generator)
    if kind == "numbers":
        return torch.rand(first.shape[:1], generator=generator).to(first.dtype)
    if kind == "channels":
        return torch.randn(first.shape[:2], generator=generator).to(first.dtype)
    if kind == "vectors" or word in _EMBEDDINGS or any(each in word for each in ("emb", "time", "cond", "style")):
        linear = [layer.in_features for layer in module.modules() if isinstance(layer, nn.Linear)]
        width = linear[0] if linear else first.shape[1]
        return torch.randn((first.shape[0], width), generator=generator).to(first.dtype)
    of_graph = _graph_input(module, name, first, generator)
    if of_graph is not None:
        return of_graph
    if "mask" in word and kind in TOKEN_MASKS and first.dim() == 3:
        return torch.ones(TOKEN_MASKS[kind](*first.shape[:2]), dtype=first.dtype)
    if "mask" in word:
        return torch.ones((first.shape[0], 1, *first.shape[2:]), dtype=first.dtype)
    return torch.randn(first.shape, generator=generator).to(first.dtype)


def _fed(module: nn.Module, name: str) -> nn.Module | None:
    """Return the convolution that gets an input of forward as it came, also in a part that it is handed on to."""
    tree = _forward(type(module))
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)) if tree is not None else ():
        layer, places = _called(module, call), [getattr(each, "id", "") for each in call.args]
        if layer is None or name not in places:
            continue
        if type(layer).__module__.startswith("torch."):
            return _first_layer(layer) if places[0] == name else None
        part = _forward(type(layer))
        taken = _inputs(part) if part is not None else []
        return _fed(layer, taken[places.index(name)]) if places.index(name) < len(taken) else None
    return None


def _first_layer(layer: nn.Module) -> nn.Module | None:
    """Return a layer, or of a row of layers the first that has weights."""
    return next((each for each in layer.modules() if list(each.parameters(recurse=False))), None)


def _shape_for(layer: nn.Module | None, first: Tensor) -> tuple[int, ...] | None:
    """Return the shape of a map, or sequence, for a convolution beside a first input of as many axes; else None."""
    for kind, axes in ((nn.Conv1d, 1), (nn.Conv2d, 2), (nn.Conv3d, 3)):
        if isinstance(layer, kind) and first.dim() == axes + 2 and layer.in_channels != first.shape[1]:
            return len(first), layer.in_channels, *first.shape[2:]
    return None


def _called(module: nn.Module, call: ast.Call) -> nn.Module | None:
    """Return the part of a module that a call of its forward calls: `self.conv(x)`."""
    own = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "self"
    layer = getattr(module, ast.unparse(call.func).removeprefix("self."), None) if own else None
    return layer if isinstance(layer, nn.Module) else None


@dataclass(frozen=True)
class State:
    """An input that a recurrent layer of torch's gets as its state.

    pair: it is h and c together. turned: some forward on the way to the layer changes the order of axes.
    """

    layer: nn.Module
    pair: bool = False
    turned: bool = False

    def shape(self, first: Tensor) -> tuple[int, ...]:
        """Return the shape of the state, or of each of a pair, beside this first input."""
        layer = self.layer
        if isinstance(layer, nn.RNNCellBase):
            return len(first), layer.hidden_size
        assert isinstance(layer, nn.RNNBase)
        length_first = not layer.batch_first and first.dim() == 3 and not self.turned
        count = layer.num_layers * (2 if layer.bidirectional else 1)
        return count, first.shape[1] if length_first else len(first), layer.proj_size or layer.hidden_size


_TURNS = re.compile(r"\.(permute|transpose|movedim|swapaxes|swapdims)\(|rearrange\(|\.[tT]\b")


def states_of(module: nn.Module) -> dict[str, State]:
    """Return the inputs of forward that are handed to a recurrent layer as its state; `name_h` and `name_c` of a pair.

    Also where a part of the module hands them on.
    """
    tree, found = _forward(type(module)), dict[str, State]()
    names = _inputs(tree) if tree is not None else []
    turned = tree is not None and bool(_TURNS.search(ast.unparse(tree)))
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)) if names and tree is not None else ():
        for name, state in _states_in(module, call):
            if name in names[1:]:
                own = replace(state, turned=state.turned or turned)
                found |= {f"{name}_h": own, f"{name}_c": own, name: own} if own.pair else {name: own}
    return found


def _states_in(module: nn.Module, call: ast.Call) -> Iterator[tuple[str, State]]:
    """Yield (name, state) for what a call of a part of the module hands to a recurrent layer."""
    layer = _called(module, call)
    if isinstance(layer, (nn.RNNBase, nn.RNNCellBase)):
        given = call.args[1] if len(call.args) > 1 else next((each.value for each in call.keywords), None)
        pair = isinstance(layer, (nn.LSTM, nn.LSTMCell))
        if isinstance(given, ast.Name) and call.args:
            yield given.id, State(layer, pair)
        elif isinstance(given, ast.Tuple) and pair and call.args:
            yield from ((each.id, State(layer)) for each in given.elts if isinstance(each, ast.Name))
    elif layer is not None and not type(layer).__module__.startswith("torch.") and call.args:
        tree, states = _forward(type(layer)), states_of(layer)
        taken = _inputs(tree) if tree is not None and states else []
        for name, value in zip(taken, call.args, strict=False):
            if name in states and isinstance(value, ast.Name):
                yield value.id, states[name]


# Over (N, length, C) and heads: a row for each image, for the queries' axis to come, and one table for all.
TOKEN_MASKS: dict[str, Callable[[int, int], tuple[int, ...]]] = {
    "heads": lambda count, length: (count, 1, 1, length),
    "rows": lambda count, length: (count, 1, length),
    "table": lambda _, length: (length, length),
}


def labels_of(module: nn.Module) -> int:
    """Return how many labels every embedding knows beyond what offsets in a buffer add; 10 where there is none."""
    known = min((layer.num_embeddings for layer in module.modules() if isinstance(layer, nn.Embedding)), default=10)
    offsets = [buffer for buffer in module.buffers() if buffer.dim() == 1 and not buffer.is_floating_point()]
    most = max((int(buffer.max()) for buffer in offsets if buffer.numel()), default=0)
    return known - most if 0 < most < known else known


def _graph_input(module: nn.Module, name: str, nodes: Tensor, generator: torch.Generator) -> Tensor | None:
    """Return what stands for the input `name` of a graph with these nodes, (N, C) or (graphs, N, C); None of no graph.

    Names that the field uses go first; else forward's own lines tell, also those of the parts to which it is handed on.
    """
    roles, count = _roles(module), 4 * len(nodes)
    role = _by_name(name) or roles.get(name, "")
    if role == "adjacency" and nodes.dim() < 4:
        size = nodes.shape[:-1]  # (nodes, features), or graphs of as many nodes each
        return (torch.rand((*size, size[-1]), generator=generator) < 0.5).to(nodes.dtype)
    if nodes.dim() != 2 or not role:
        return None
    if role == "edges":  # from which node, to which
        return torch.randint(0, len(nodes), (2, count), generator=generator)
    if role in ("ends", "graphs"):
        return torch.randint(0, len(nodes), (count if role == "ends" else len(nodes),), generator=generator)
    if role in ("along", "column"):
        shape = (count,) if role == "along" else (count, 1)
        return torch.rand(shape, generator=generator).to(nodes.dtype)
    return None


def _by_name(name: str) -> str:
    word = name.lower().rstrip("0123456789")
    if re.search(r"edge_?(index|list)", word):
        return "edges"
    return "adjacency" if any(each in word for each in ("adj", "laplacian", "a_hat", "connectivity")) else ""


def _roles(module: nn.Module) -> dict[str, str]:
    """Return the role of each input of forward that has one."""
    parts = [type(part) for part in module.modules() if not type(part).__module__.startswith("torch.")]
    own: Any = type(module)
    return dict(_roles_of(own, tuple(dict.fromkeys(parts)))) if parts else {}


@lru_cache(maxsize=64)
def _roles_of(kind: type, parts: tuple[type, ...]) -> tuple[tuple[str, str], ...]:
    forwards = {each: tree for each in parts if (tree := _forward(each)) is not None}
    own = {each: _read_off(tree) for each, tree in forwards.items()}
    for _ in parts:  # what a part does with an input tells of who hands it on
        for each, tree in forwards.items():
            own[each] = {**_handed_on(tree, {other: own[other] for other in own if other is not each}), **own[each]}
    return tuple(own.get(kind, {}).items())


def _forward(kind: type) -> ast.FunctionDef | None:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.getattr_static(kind, "forward"))))
    except (OSError, TypeError, SyntaxError, AttributeError):
        return None
    return tree.body[0] if tree.body and isinstance(tree.body[0], ast.FunctionDef) else None


def _inputs(tree: ast.FunctionDef) -> list[str]:
    return [each.arg for each in tree.args.args[1:]]


def _read_off(tree: ast.FunctionDef) -> dict[str, str]:
    """Return the roles that a forward's own lines give to its inputs, the first of which are the nodes."""
    nodes = [*ast.walk(tree)]
    pieces = {name: list(_pieces(nodes, name)) for name in _inputs(tree)[1:]}
    indices = {ast.unparse(each) for each in _indices(nodes)}
    found = dict[str, str]()
    for name, halves in pieces.items():
        if indices & set(halves):
            found[name] = "edges"
        elif name in indices and "mask" not in name.lower():
            found[name] = "graphs" if re.search("batch|graph", name) else "ends"
        elif any(_multiplies(each, name) for each in nodes):
            found[name] = "adjacency"
    gathered = {half for name in found for half in (name, *pieces[name])}
    for product in (each for each in nodes if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mult)):
        for side, other in ((product.left, product.right), (product.right, product.left)):
            name, spread = _factor(side)
            if name in pieces and name not in found and any(_takes(each, gathered) for each in ast.walk(other)):
                found[name] = "along" if spread else "column"
    return found


def _pieces(nodes: list[ast.AST], name: str) -> Iterator[str]:
    """Yield what stands for the two rows of an input: the names it is unpacked into, `name[0]` and `name[1]`."""
    yield from (f"{name}[0]", f"{name}[1]")
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            names = [each.id for each in node.targets[0].elts if isinstance(each, ast.Name)]
            whole = isinstance(node.value, ast.Name) and node.value.id == name and len(names) == 2
            rows = ast.unparse(node.value) == f"({name}[0], {name}[1])"
            yield from names if whole or rows else ()


def _indices(nodes: list[ast.AST]) -> Iterator[ast.expr]:
    """Yield what a local tensor is indexed by, and the arguments of what gathers and scatters."""
    for node in nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.slice
        elif isinstance(node, ast.Call) and _GATHERS.match(getattr(node.func, "attr", getattr(node.func, "id", ""))):
            yield from (*node.args, *(each.value for each in node.keywords))


def _multiplies(node: ast.AST, name: str) -> bool:
    """Tell a product of which the input is the left factor: `a @ x`, `torch.spmm(a, x)`, `a.mm(x)`."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.MatMult) and getattr(node.left, "id", "") == name
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in _PRODUCTS:
        return False
    first = node.args[0] if len(node.args) > 1 else node.func.value
    return bool(node.args) and getattr(first, "id", "") == name


def _factor(side: ast.expr) -> tuple[str, bool]:
    """Return the name of a factor, and whether it got an axis first: `w[:, None]`, `w.unsqueeze(-1)`."""
    if isinstance(side, ast.Subscript) and isinstance(side.slice, ast.Tuple):
        return getattr(side.value, "id", ""), True
    if isinstance(side, ast.Call) and isinstance(side.func, ast.Attribute) and side.func.attr in _SPREADS:
        return getattr(side.func.value, "id", ""), True
    return getattr(side, "id", ""), False


def _takes(node: ast.AST, gathered: set[str]) -> bool:
    return isinstance(node, ast.Subscript) and ast.unparse(node.slice) in gathered


def _handed_on(tree: ast.FunctionDef, parts: dict[type, dict[str, str]]) -> dict[str, str]:
    """Return the roles of inputs that a call hands on, as they are, to a forward that gives them one at their place."""
    found, inputs = dict[str, str](), _inputs(tree)[1:]
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        for kind, roles in parts.items():
            taken = _inputs(part) if (part := _forward(kind)) is not None else []
            if not roles or len(call.args) + len(call.keywords) != len(taken):
                continue
            pairs = [*zip(taken, call.args, strict=False), *((each.arg, each.value) for each in call.keywords)]
            given = {getattr(value, "id", ""): roles.get(name or "", "") for name, value in pairs}
            found |= {name: role for name, role in given.items() if role and name in inputs}
    return found
