"""What do the other classes of a whole file show of one: how it was made and called inside them, and what added it?"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from residua.check.evidence import source
from residua.check.evidence.flow import SAME
from residua.check.run.networks import looks_like_network
from residua.check.run.trial import Kind, Trial
from residua.record.tape import Call
from residua.targets import Candidate
from residua.targets.given import Input
from residua.targets.inputs import draw
from residua.targets.sites import Site

_DROPPED = SAME | {"native_dropout", "mul", "mul_", "div"}
_Given = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Inside:
    """One module of a class as another class made and called it. inputs: empty where no tensors alone were given."""

    module: nn.Module
    inputs: tuple[Input, ...]
    sites: Mapping[int, tuple[Site, ...]]


@dataclass
class Beside:
    """The classes of a file that is checked whole, and what is known of each from those that were run before.

    hasty: the class being examined took too long once already. made: what a class made that did not run. changed: the
    configurations other than that of the same shape in which a class ran inside another.
    """

    hasty: bool = False
    seen: dict[type, Inside] = field(default_factory=dict)
    made: dict[type, Inside] = field(default_factory=dict)
    added: set[type] = field(default_factory=set)
    changed: set[tuple[type, Kind]] = field(default_factory=set)

    def note(self, trial: Trial) -> None:
        """Remember what a trial that ran made, called and added of the user's other classes."""
        if not trial.ran or trial.signal is None or trial.built is None:
            return
        own = type(trial.module)
        calls = [call for call in trial.tape.calls[1:] if not call.of_torch and type(call.module) is not own]
        self.added |= {type(call.module) for call in calls if call.finished and _is_added(trial, call)}
        self.changed |= {(type(call.module), change) for call in calls if (change := _change(trial, call)) is not None}
        fresh = {type(call.module): call.module for call in reversed(calls) if type(call.module) not in self.seen}
        given = _calls_of(trial, list(fresh.values())) if fresh else {}
        for kind, module in fresh.items():
            if id(module) in given:
                self.seen[kind] = Inside(module, _inputs(module, given[id(module)]), trial.built.sites)

    def note_made(self, trial: Trial) -> None:
        """Remember the modules that a class made which did not run: with arguments that fit, for all we know."""
        if trial.built is None or trial.ran:
            return
        for module in trial.built.made:
            if not type(module).__module__.startswith("torch.") and type(module) is not type(trial.module):
                self.made.setdefault(type(module), Inside(module, (), trial.built.sites))

    def adds(self, kind: type, file: str) -> bool:
        """Tell whether another class adds what one puts out, in a run or by its source."""
        return kind in self.added or kind.__name__ in added_in(file)

    def instance_of(self, candidate: Candidate) -> Candidate | None:
        """Return the class as a module that another class made, with the inputs that it got there; None if unknown.

        Where that class did not run, none are known.
        """
        inside = _of_class(self.seen, candidate)
        if inside is None or not inside.inputs:
            inside = _of_class(self.made, candidate)
        if inside is None:
            return None
        return replace(candidate, value=inside.module, inputs=inside.inputs, sites=inside.sites)


def _of_class(known: Mapping[type, Inside], candidate: Candidate) -> Inside | None:
    own = known.get(candidate.value) if isinstance(candidate.value, type) else None
    return own or next((each for kind, each in known.items() if _is_same(kind, candidate)), None)


def _change(trial: Trial, call: Call) -> Kind | None:
    """Return how a call that ended changed the shape of what it was given; None where it kept it."""
    shapes = trial.flow.shapes
    if not (call.finished and call.inputs and call.outputs):
        return None
    before, after = shapes[call.inputs[0]], shapes[call.outputs[0]]
    if len(before) != len(after) or len(before) < 3 or before == after:
        return None
    if before[2:] == after[2:]:
        return Kind.CHANNELS
    return Kind.STRIDE if before[1] == after[1] else Kind.BOTH


def _is_same(kind: type, candidate: Candidate) -> bool:
    """Tell a class that another file imported: the same line of the same file, executed once more."""
    if kind.__name__ != candidate.name or not isinstance(candidate.value, type):
        return False
    with suppress(OSError, TypeError):
        return Path(inspect.getfile(kind)).resolve() == Path(candidate.file).resolve()
    return False


def users_first(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Order classes so that networks, and whatever names others, come before these."""
    names = {each.name for each in candidates}
    uses = {each.name: _names_in(each.value) & names - {each.name} for each in candidates}
    reach = {name: _reached(name, uses) for name in uses}
    return sorted(candidates, key=lambda each: (not looks_like_network(each), -len(reach[each.name])))


def _reached(name: str, uses: Mapping[str, set[str]]) -> set[str]:
    found, fresh = set[str](), {name}
    while fresh:
        found |= fresh
        fresh = {other for each in fresh for other in uses.get(each, ())} - found
    return found


def _names_in(value: Any) -> set[str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(value)))
    except (OSError, TypeError, SyntaxError):
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def added_in(file: str) -> set[str]:
    """Return the classes whose instances a class of the file adds: `x + self.attn(x)`, or what was assigned from it."""
    found = set[str]()
    for owner in (node for node in source.nodes_of(file) if isinstance(node, ast.ClassDef)):
        made = {name: kind for node in ast.walk(owner) for name, kind in _made(node)}
        kept = {name: call for node in ast.walk(owner) for name, call in _kept(node)}
        for node in ast.walk(owner):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                parts = [node.left, node.right]
            elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
                parts = [node.value]
            else:
                continue
            inner = [each for part in parts for each in ast.walk(part)]
            called = {_attribute(each) for each in inner if isinstance(each, ast.Call)}
            called |= {kept.get(each.id, "") for each in inner if isinstance(each, ast.Name)}
            found |= {made[name] for name in called if name in made}
    return found


def _made(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield (attribute, class) for `self.attribute = Class(…)`."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name):
        kind = node.value.func.id
        yield from ((each.attr, kind) for each in node.targets if isinstance(each, ast.Attribute))


def _kept(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield (variable, attribute) for `variable = self.attribute(…)`."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        yield from ((each.id, _attribute(node.value)) for each in node.targets if isinstance(each, ast.Name))


def _attribute(call: ast.Call) -> str:
    own = (
        isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "self"
    )
    return call.func.attr if own and isinstance(call.func, ast.Attribute) else ""


def _is_added(trial: Trial, call: Call) -> bool:
    """Tell whether what a call returned is added to something that was there before the call."""
    flow, tape = trial.flow, trial.tape
    reached, fresh = set(call.outputs[:1]), list(call.outputs[:1])
    while fresh:
        value = fresh.pop()
        for op in flow.users(value):
            if op.index < call.end:
                continue
            others = [other for other in flow.additions.get(op, ()) if other not in reached]
            if any(tape.producer.get(other, -1) < call.start and other in flow.from_input for other in others):
                return True
            if op.name in _DROPPED:
                fresh += [output for output in op.outputs if output not in reached]
                reached |= set(op.outputs)
    return False


def _calls_of(trial: Trial, modules: Sequence[nn.Module]) -> dict[int, _Given]:
    """Run the trial's module once more and return what these modules were first called with, by their id."""
    found: dict[int, _Given] = {}

    def hook(module: nn.Module, args: tuple[Any, ...], words: dict[str, Any]) -> None:
        found.setdefault(id(module), (args, words))

    assert trial.signal is not None
    mode = trial.module.training
    with ExitStack() as stack, torch.no_grad():
        for module in modules:
            stack.callback(module.register_forward_pre_hook(hook, with_kwargs=True).remove)
        try:
            trial.module.eval()(*draw(trial.module, trial.signal))
        except Exception:
            return {}
        finally:
            trial.module.train(mode)
    return found


def _inputs(module: nn.Module, given: _Given) -> tuple[Input, ...]:
    """Return the tensors of a call as inputs; none where something else than tensors was needed."""
    args, words = given
    try:
        bound = inspect.signature(module.forward).bind(*args, **words).arguments
    except (TypeError, ValueError):
        return ()
    found = []
    for name, value in bound.items():
        default = inspect.signature(module.forward).parameters[name].default
        if isinstance(value, Tensor) and value.dim():
            kind = "float" if value.is_floating_point() else "bool" if value.dtype == torch.bool else "long"
            found.append(Input(tuple(value.shape), kind, name))
        elif not (value is default or _is_plain_default(value, default)):
            return ()
    names = list(inspect.signature(module.forward).parameters)
    in_a_row = [each.name for each in found] == names[: len(found)]
    return tuple(found) if in_a_row else ()


def _is_plain_default(value: Any, default: Any) -> bool:
    """Tell a number or word that is the default, or an empty collection; what else can be compared nobody knows."""
    if type(value) in (bool, int, float, str):
        return bool(type(default) is type(value) and value == default)
    return type(value) in (tuple, dict) and not value
