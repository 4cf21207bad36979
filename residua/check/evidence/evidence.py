"""What is known about a target before any rule looks at it, and where in its source is each operation and layer?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.flow import ACTIVATIONS, CONVS, NORMS, SAME, Flow
from residua.check.evidence.joins import Join, style_of
from residua.check.run.learning import OneBatch
from residua.check.run.options import Chance
from residua.check.run.randomness import Passes, many_passes
from residua.check.run.trial import Kind, Trial
from residua.record.tape import Call, Frame, Op
from residua.targets.sites import Site

Place = tuple[str, int]
_SHORTCUT_NAME = re.compile(r"short|skip|down|proj|ident|resid|match|right|1x1", re.I)


@dataclass(frozen=True)
class Hit:
    """A rule that fired, before it is worded: where, how badly, the facts for its texts, and what it is about."""

    rule: str
    place: Place | None
    facts: dict[str, Any]
    severity: str | None = None
    trial: Trial | None = field(default=None, compare=False)
    unit: Unit | None = field(default=None, compare=False)
    join: Join | None = field(default=None, compare=False)
    op: Op | None = field(default=None, compare=False)


@dataclass
class Evidence:
    """A target's trials, its files, and what kind of thing it is.

    options: the trials of one optional argument each. chance: the block built so that it drops residuals.
    crashes: what the trials that did not run say; None until somebody asks. one_batch: how a network learnt one batch,
    where that was asked for.
    """

    name: str
    class_name: str
    file: str
    files: frozenset[str]
    trials: list[Trial]
    is_network: bool = False
    claims_residual: bool = True
    options: Sequence[Trial] = ()
    chance: Chance | None = None
    crashes: list[Hit] | None = None
    one_batch: OneBatch | None = None

    def hit(
        self, rule: str, place: Place | None, trial: Trial | None = None, severity: str | None = None, **facts: Any
    ) -> Hit:
        """Make a Hit; `code` and `target` are filled in."""
        facts.setdefault("target", self.class_name)
        facts.setdefault("trial", trial.name if trial else "")
        facts.setdefault("code", source.text_of(*place) if place else "")
        return Hit(rule, place or self.fallback, facts, severity, trial)

    @property
    def fallback(self) -> Place | None:
        """The class line: better than no place."""
        node = source.class_in(self.file, self.class_name)
        return (self.file, node.lineno) if node else None

    @cached_property
    def same(self) -> Trial | None:
        """The trial that keeps the shape and ran to the end; None when there is none."""
        for trial in self.trials:
            if trial.ran and trial.kind in (Kind.SAME, Kind.AS_GIVEN) and trial.out_shape == trial.in_shape:
                return trial
        return None

    @cached_property
    def finished(self) -> list[Trial]:
        """Trials whose forward pass ran to the end."""
        return [t for t in self.trials if t.ran]

    @cached_property
    def passes(self) -> Passes | None:
        """What many passes in train mode show; None for a network, and for a block that takes no chances."""
        return many_passes(self.chance, self.finished) if self.chance is not None else None

    @cached_property
    def style(self) -> str:
        """Name of the block's style."""
        if self.is_network:
            return "network"
        best = self.same or (self.finished[0] if self.finished else None)
        return style_of(best.flow, best.joins) if best else "did not run"

    @cached_property
    def units(self) -> list[Unit]:
        """The residual units to look at: the block in each trial, or each kind of block inside a network."""
        if not self.is_network:
            return [Unit(self, t, t.flow, t.joins, None) for t in self.finished]
        from residua.check.evidence.units import units_of_network

        return list(units_of_network(self))

    @cached_property
    def stretches(self) -> list[Unit]:
        """The units, and for a network its own forward as a whole."""
        whole = [Unit(self, t, t.flow, t.joins, None) for t in self.finished] if self.is_network else []
        return self.units + whole

    def op_place(self, op: Op, trial: Trial) -> Place | None:
        """Return the line of an operation: of its layer's constructor when a container called it, else of the call."""
        calls = [trial.tape.calls[i] for i in op.calls]
        if calls and _is_torch(calls[-1].module) and len(calls) > 1 and _is_container(calls[-2].module):
            made = self.made_at(calls[-1].module, trial)
            if made is not None:
                return made
        return source.place_of(op, self.files)

    def forward_place(self, op: Op, trial: Trial) -> Place | None:
        """Return the line of a container's layer, else the innermost line of a forward: helpers pass the blame on."""
        made = self.op_place(op, trial)
        if made is not None and made != self.line_of(op):
            return made
        inside = [f for f in op.frames if f.file in self.files and f.function == "forward"]
        return (inside[0].file, inside[0].line) if inside else made

    def line_of(self, op: Op) -> Place | None:
        """Return the line of forward that executed an operation."""
        return source.place_of(op, self.files)

    def line_beside(self, op: Op, other: Op) -> Place | None:
        """Return the line of `op` in the innermost function of the user's files that executed `other` too."""
        for frame in other.frames:
            if frame.file in self.files and frame.function not in ("<module>", "__init__"):
                own = [f for f in op.frames if (f.file, f.function) == (frame.file, frame.function)]
                around = source.function_at(frame.file, frame.line)
                same = [f for f in own if source.function_at(f.file, f.line) is around]
                if same:
                    return same[0].file, same[0].line
        return None

    def layer(self, op: Op, trial: Trial) -> nn.Module | None:
        """Return the layer that executed `op`, when one of torch's own did."""
        tape = trial.tape if op.index < len(trial.tape.ops) and trial.tape.ops[op.index] is op else trial.eval_tape
        if not op.calls:
            return None
        module = tape.calls[op.calls[-1]].module
        return module if is_layer(module) else None

    def layer_place(self, op: Op, trial: Trial, word: str = "") -> Place | None:
        """Return the line that constructed the layer behind `op`; without a layer, the line that executed it."""
        module = self.layer(op, trial)
        made = self.made_at(module, trial, word) if module is not None else None
        return made or source.place_of(op, self.files)

    def made_at(self, module: nn.Module | None, trial: Trial, word: str = "") -> Place | None:
        """Return the line that constructed `module`.

        word: a constructor argument; a helper function that takes it as its own parameter passes the blame on.
        """
        if module is None:
            return None
        sites = trial.sites(module)
        if sites:
            sites = outside_of(module, sites)
            return _responsible([s for s in sites if s.file in self.files] or list(sites[:1]), word)
        path = next((n for n, m in trial.module.named_modules() if m is module), "")
        owner, rest = _owner_of(trial.module, path)
        line = source.creation_line(self.file, owner, rest)
        return (self.file, line) if line else None

    def owner(self, op: Op, trial: Trial) -> int | None:
        """Return the innermost call of a module that is not torch's, in which `op` was executed."""
        for index in reversed(op.calls):
            if not _is_torch(trial.tape.calls[index].module):
                return index
        return op.calls[0] if op.calls else None

    def is_shortcut_layer(self, op: Op, trial: Trial) -> bool:
        """Tell by its name whether the layer behind `op` was meant as a shortcut."""
        paths = [trial.tape.calls[i].path for i in op.calls]
        return any(
            _SHORTCUT_NAME.search(p.rpartition(".")[2] if not p.split(".")[-1].isdigit() else p) for p in paths if p
        )


@dataclass
class Unit:
    """One residual unit: a stretch of a trial, its additions, and the module that it is."""

    evidence: Evidence
    trial: Trial
    flow: Flow
    joins: list[Join]
    call: Call | None

    def hit(
        self,
        rule: str,
        place: Place | None,
        severity: str | None = None,
        join: Join | None = None,
        op: Op | None = None,
        **facts: Any,
    ) -> Hit:
        """Make a Hit about this unit, its addition and one operation, so that a published design can be told apart."""
        made = self.evidence.hit(rule, place, self.trial, severity, **facts)
        return replace(made, unit=self, join=join, op=op)

    @cached_property
    def main(self) -> Join | None:
        """The last residual addition."""
        return self.joins[-1] if self.joins else None

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Shape of what comes in."""
        return self.flow.shape(self.flow.inputs[0]) if self.flow.inputs else ()

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of what goes out."""
        return self.flow.shape(self.flow.outputs[0]) if self.flow.outputs else ()

    def kernels(self, join: Join) -> list[int]:
        """Return the largest kernel side of each weighted operation of the residual, in order."""
        return [op.side for op in join.residual.weighted]

    def steps(self, join: Join) -> list[str]:
        """Return the names of the residual's operations in order, changes of view left out."""
        return [op.name for op in reversed(join.residual.ops) if op.name not in SAME]

    def starts_with_conv(self, join: Join) -> bool:
        """Tell whether the residual begins with a convolution, as post-activation blocks do."""
        whole = self.flow.chain(join.residual_value).ops
        for name in [op.name for op in reversed(whole)]:
            if name in CONVS:
                return True
            if name in NORMS or name in ACTIVATIONS:
                return False
        return False

    def batch_norms(self, join: Join) -> list[Op]:
        """Return the residual's batch norms; instance norm, which runs as one on a reshaped batch, is left out."""
        batch = self.in_shape[:1]
        return [o for o in join.residual.norms if "batch_norm" in o.name and self.flow.shape(o.outputs[0])[:1] == batch]


def _is_torch(module: nn.Module) -> bool:
    return type(module).__module__.startswith("torch.")


def is_layer(module: nn.Module) -> bool:
    """Tell torch's layers, and classes derived from them, from modules of the user's own making."""
    plain = (nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict)
    return any(c.__module__.startswith("torch.nn") and c not in plain for c in type(module).__mro__)


def _is_container(module: nn.Module) -> bool:
    return isinstance(module, (nn.Sequential, nn.ModuleList))


def outside_of(module: nn.Module, sites: tuple[Site, ...]) -> tuple[Site, ...]:
    """Leave out the lines of the module's own __init__: who called it is asked for."""
    own = itertools.takewhile(lambda site: site.function == "__init__" and site.owner == type(module).__name__, sites)
    return sites[len(list(own)) :] or sites


def _responsible(sites: list[Site], word: str) -> Place:
    """Walk outwards from a layer's constructor while the place only hands `word` through from its own caller."""
    chosen = sites[0]
    for inner, outer in itertools.pairwise(sites):
        if inner.function == "__init__" and inner.owner is not None and not _is_helper(inner, outer):
            break
        if inner.function == "<module>" or not _hands_through(inner, word):
            break
        chosen = outer
    return chosen.place


def _hands_through(site: Site, word: str) -> bool:
    names = [n.lower().strip("_") for n in site.parameters]
    return bool(word) and any(word in n or n in _ALIASES.get(word, ()) for n in names)


_ALIASES = {
    "stride": ("s", "step", "strides"),
    "padding": ("p", "pad"),
    "channels": ("in_planes", "inplanes", "planes", "in_ch", "out_ch", "cin", "cout", "nin", "nout", "ni", "nf", "c1", "c2", "i", "o",  # noqa: E501
                 "inp", "oup", "c_in", "c_out", "in_c", "out_c", "a", "b", "cout", "ch", "c", "dim", "in_dim", "out_dim"),  # noqa: E501
    "bias": ("bias",),
}  # fmt: skip


def _is_helper(inner: Site, outer: Site) -> bool:
    """A module constructed inside another module's __init__ is a helper of that one."""
    return outer.function == "__init__" and outer.owner is not None and outer.owner != inner.owner


def _owner_of(root: nn.Module, path: str) -> tuple[str, str]:
    """Split a dotted path into the class that owns its first attribute of user code, and the rest."""
    parts = path.split(".")
    module, owner, start = root, type(root).__name__, 0
    for index, part in enumerate(parts[:-1]):
        module = getattr(module, part, module)
        if not _is_torch(module):
            owner, start = type(module).__name__, index + 1
    return owner, ".".join(parts[start:])


def first_frame(frames: tuple[Frame, ...], files: frozenset[str]) -> Place | None:
    """Return the innermost place inside the user's files; else the innermost of all."""
    for frame in frames:
        if frame.file in files:
            return frame.file, frame.line
    return (frames[0].file, frames[0].line) if frames else None
