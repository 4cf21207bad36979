"""Does a module compute the same after the method of its own that folds its branches, or norms, into one layer?"""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from residua.check.evidence import source
from residua.check.run.forward import awake, copied, untouched_world
from residua.check.run.trial import Trial
from residua.record.recorder import as_tensors
from residua.targets.inputs import draw

_METHODS = (
    "switch_to_deploy", "convert_to_deploy", "reparameterize", "reparametrize", "reparam",
    "fuse", "fuse_bn", "fuse_conv_bn", "fuse_convs", "fuse_model", "fold", "fold_bn", "merge", "merge_bn",
    "merge_kernel", "merge_kernels", "merge_weights", "fuse_params",
)  # fmt: skip
_OFF_BY = 1e-2  # in float32 a right fold is right to 1e-5; the least of a wrong one on tests/check is 0.05
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


@dataclass(frozen=True)
class Fold:
    """A method that folds, and after which the module computes something else: by how much, and where."""

    name: str
    gap: float
    place: tuple[str, int]
    kind: str


def broken_folds(trial: Trial) -> Iterator[Fold]:
    """Yield the methods that fold wrongly, of the target or of modules inside it; one a class.

    Everything runs on copies in eval mode, whose batch norms got statistics and scales as of trained ones.
    """
    if trial.signal is None or not any(_fold_of(module) for module in trial.module.modules()):
        return
    root = copied(trial.module)
    if root is trial.module:
        return
    with untouched_world(), torch.no_grad():
        try:
            torch.manual_seed(0)
            awake(root.eval())
            _as_trained(root)
            calls = _calls_of(root, draw(root, trial.signal))
        except Exception:  # what forward raises is another rule's matter
            return
        for module, inputs in calls:
            gap = _gap(module, inputs)
            if gap is not None and gap > _OFF_BY:
                name, place = _fold_of(module), _place(module, inputs)
                if place is not None:
                    yield Fold(name, gap, place, type(module).__name__)


def _fold_of(module: nn.Module) -> str:
    """Return the name of the module's own method that folds it, where it needs no argument; empty without one."""
    kind = type(module)
    if kind.__module__.startswith("torch."):
        return ""
    for name in _METHODS:
        method = getattr(kind, name, None)
        if not inspect.isfunction(method) or method.__module__.startswith("torch."):
            continue
        taken = list(inspect.signature(method).parameters.values())[1:]
        if all(
            each.default is not each.empty or each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD) for each in taken
        ):
            return name
    return ""


def _as_trained(module: nn.Module) -> None:
    """Give batch norms statistics and scales, and layers biases, that no fold may leave out."""
    for each in module.modules():
        if isinstance(each, _NORMS):
            for tensor in (each.running_var, each.weight):
                _drawn(tensor, 0.5, 1.5)
            for tensor in (each.running_mean, each.bias):
                _drawn(tensor, -0.5, 0.5)
        elif isinstance(getattr(each, "bias", None), Tensor):
            _drawn(each.bias, -0.5, 0.5)


def _drawn(tensor: Any, low: float, high: float) -> None:
    if isinstance(tensor, Tensor) and tensor.is_floating_point():
        tensor.uniform_(low, high)


def _calls_of(root: nn.Module, given: list[Tensor]) -> list[tuple[nn.Module, tuple[Any, ...]]]:
    """Return the modules that fold with what forward gave them, one a class, the innermost first."""
    found: dict[type, tuple[nn.Module, tuple[Any, ...]]] = {}

    def noted(module: nn.Module, inputs: tuple[Any, ...]) -> None:
        found.setdefault(type(module), (module, inputs))

    handles = [each.register_forward_pre_hook(noted) for each in root.modules() if _fold_of(each)]
    try:
        root(*given)
    finally:
        for handle in handles:
            handle.remove()
    return list(reversed(found.values()))


def _gap(module: nn.Module, inputs: tuple[Any, ...], without: str = "") -> float | None:
    """Return by how much a copy differs after its fold; without: a part whose parameters are zero before it.

    None where the method, or forward after it, does not run: how it is meant to be called is our guess.
    """
    own = copied(module)
    if own is module:
        return None
    try:
        for parameter in own.get_submodule(without).parameters() if without else ():
            parameter.zero_()
        before = as_tensors(own(*inputs))
        getattr(own, _fold_of(own))()
        after = as_tensors(own.eval()(*inputs))
    except Exception:  # of the user's folding, or of a forward behind it: what raises is another rule's matter
        return None
    pairs = [(one, other) for one, other in zip(before, after, strict=False) if one.shape == other.shape]
    if len(pairs) != len(before) or not pairs:
        return None
    return max(float((one - other).abs().max() / one.abs().max().clamp_min(1e-12)) for one, other in pairs)


def _place(module: nn.Module, inputs: tuple[Any, ...]) -> tuple[str, int] | None:
    """Return the line that folds the part without which nothing differs; else that of a helper, a sum or the method."""
    code = inspect.unwrap(getattr(type(module), _fold_of(module))).__code__
    file, line = code.co_filename, code.co_firstlineno
    around = next(iter(source.classes_around(file, line)), None)
    methods = [each for each in around.body if isinstance(each, ast.FunctionDef)] if around is not None else []
    nodes = [node for each in methods if each.name not in ("__init__", "forward") for node in ast.walk(each)]
    named = (name for name, part in module.named_children() if any(True for _ in part.parameters()))
    gaps = {name: _gap(module, inputs, name) for name in named}
    wrong = [name for name, gap in gaps.items() if gap is not None and gap < _OFF_BY / 10]
    found = [min(lines) for name in wrong if (lines := _lines_that_read(nodes, name))]
    helper = _called_twice(file, nodes) if not wrong else None
    if found or helper is not None:
        return file, found[0] if found else helper or line
    sums = [node.lineno for node in nodes if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)]
    return file, max(sums, default=line)


def _lines_that_read(nodes: list[ast.AST], name: str) -> list[int]:
    """Return the lines of the calls that take `self.name`, else of what reads it otherwise than to remove it."""
    removed = {id(each) for node in nodes if _removes(node) for each in ast.walk(node)}
    read = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr == name and id(node) not in removed]
    read = [node for node in read if isinstance(node.ctx, ast.Load)]
    calls = [node for node in nodes if isinstance(node, ast.Call) and any(each in read for each in ast.walk(node))]
    return [node.lineno for node in calls or read]


def _removes(node: ast.AST) -> bool:
    """Tell `del self.branch`, `hasattr(self, "branch")` and the like, which fold nothing."""
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in ("hasattr", "delattr", "isinstance")
    return isinstance(node, ast.Delete)


def _called_twice(file: str, nodes: list[ast.AST]) -> int | None:
    """Return the first line that computes something in a function of the file which folds several parts."""
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    names = Counter(getattr(each, "attr", getattr(each, "id", "")) for each in calls)
    functions = (node for node in source.nodes_of(file) if isinstance(node, ast.FunctionDef))
    helper = next((each for each in functions if names[each.name] > 1), None)
    found = [node.lineno for node in ast.walk(helper) if isinstance(node, ast.BinOp)] if helper is not None else []
    return min(found, default=None)
