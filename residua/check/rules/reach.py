"""Does every channel reach the output, does every weight learn, and does a split or a crop do what it is there for?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from residua.check.evidence import source
from residua.check.evidence.axes import VIEWS
from residua.check.evidence.evidence import Evidence, Hit, Place, outside_of
from residua.check.evidence.flow import CONVS, SAME, Flow
from residua.check.run.descent import dead_for_ever
from residua.check.run.trial import Trial
from residua.record.tape import Convolution, Op

_SPLITS = frozenset({"split", "chunk", "split_with_sizes", "unbind", "unsafe_split", "unsafe_chunk", "tensor_split"})
_PIECES = _SPLITS | {"slice", "select", "index", "narrow"}


def r172(evidence: Evidence) -> Iterator[Hit]:
    """Weights get no gradient at the start and never will: two factors are zero, or nothing passes an activation."""
    for trial in evidence.finished[:1]:
        if trial.brief or trial.failure is not None or not trial.at_zero:
            continue
        dead = dead_for_ever(trial)
        if dead:
            names = ", ".join(dead[:4])
            yield evidence.hit("R172", _zero_place(evidence, trial, dead), trial, names=names, count=len(dead))


def _zero_place(evidence: Evidence, trial: Trial, dead: tuple[str, ...]) -> Place | None:
    """Return the line that sets to zero what is dead: by hand, or where a parameter of the class's own is made."""
    by_hand = source.initialising_line(evidence.file, evidence.class_name)
    if by_hand is not None:
        return evidence.file, by_hand
    parameters = dict(trial.module.named_parameters())
    zero = [n for n, p in parameters.items() if not bool(p.detach().any()) and (n in dead or not p.requires_grad)]
    for name in sorted(
        zero, key=lambda n: type(trial.module.get_submodule(n.rpartition(".")[0])).__module__[:5] == "torch"
    ):
        path, _, last = name.rpartition(".")
        owner = trial.module.get_submodule(path)
        line = source.attribute_line(evidence.file, type(owner).__name__, last)
        made = (evidence.file, line) if line else evidence.made_at(owner, trial)
        if made is not None:
            return made
    return None


def r173(evidence: Evidence) -> Iterator[Hit]:
    """Some channels of the input have no influence on the output."""
    for trial in evidence.finished:
        idle, count = trial.idle_channels, trial.in_shape[1] if len(trial.in_shape) > 1 else 0
        if not idle or len(idle) < max(1, count // 8) or trial.failure is not None or not _is_map(trial):
            continue
        place = _idle_place(evidence, trial)
        if place is not None:
            yield evidence.hit("R173", place, trial, idle=len(idle), channels=count)
            return


def _is_map(trial: Trial) -> bool:
    """Tell inputs (N, C, side, ...) that a convolution reads: of a sequence the second axis is the length."""
    return any(op.name in CONVS and trial.flow.weighted(op) for op in trial.flow.ops)


def _idle_place(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line that takes one piece of the input twice, else the one that cuts the input up."""
    flow = trial.flow
    cuts = [op for op in flow.ops if op.name in _PIECES and op.inputs and op.inputs[0] in flow.from_input]
    for op in cuts:
        for value in op.outputs:
            users = [o for o in flow.users(value) if flow.is_live(o)]
            if op.name in _SPLITS and len(users) > 1 and value in flow.live and len(op.outputs) > 1:
                return evidence.line_of(users[-1])
    return evidence.line_of(cuts[0]) if cuts else None


def r174(evidence: Evidence) -> Iterator[Hit]:
    """A tensor is concatenated with itself, or a piece of a split goes nowhere."""
    for trial in evidence.finished:
        flow = trial.flow
        cats = [o for o in flow.ops if o.name == "cat"]
        for op in flow.ops:
            if not flow.is_live(op) or not op.frames or op.frames[0].file not in evidence.files:
                continue
            line = evidence.line_of(op)
            if op.name == "cat" and all(_with_itself(flow, o) for o in cats if evidence.line_of(o) == line):
                yield evidence.hit("R174", line, trial, what="a tensor is concatenated with itself")

        yield from _left_over(evidence, trial)


def _left_over(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    flow = trial.flow
    for op in flow.ops:
        place = evidence.line_of(op)
        if op.name not in _SPLITS or not flow.is_live(op) or not op.frames or place is None:
            continue
        if op.frames[0].file not in evidence.files or op.inputs[0] not in flow.from_input:
            continue
        lost = [v for v in op.outputs if v not in flow.live and not any(True for _ in flow.users(v))]
        again = any(evidence.line_of(o) == place and o is not op for o in flow.ops if o.name in _SPLITS)
        if lost and not again and not re.search(r"\b_\w*\b\s*[,=)]|\[\s*-?\d+\s*\]", source.text_of(*place)):
            yield evidence.hit("R174", place, trial, "warning", what="a piece of this split is never used")
            return


def _with_itself(flow: Flow, op: Op) -> bool:
    """Tell a concatenation of one computed tensor, at its end, twice; the input itself may be repeated."""
    values = [a for a in op.inputs if flow.depth.get(a, (0, 0))[1] > 0]
    return len(values) > 1 and len(set(values)) < len(values) and len(flow.shape(op.outputs[0])) > 2


def r175(evidence: Evidence) -> Iterator[Hit]:
    """A view splits the channels and the next one puts them together again: nothing is shuffled."""
    for trial in evidence.finished:
        flow = trial.flow
        for op in flow.ops:
            before = flow.maker(op.inputs[0]) if op.name in VIEWS and op.inputs else None
            while before is not None and before.name in ("clone", "alias", "contiguous"):
                before = flow.maker(before.inputs[0])
            if before is None or before.name not in VIEWS or not flow.is_live(op) or op.inputs[0] not in flow.depth:
                continue
            start, middle, end = flow.shape(before.inputs[0]), flow.shape(before.outputs[0]), flow.shape(op.outputs[0])
            lone = len([o for o in flow.users(before.outputs[0]) if o.outputs != before.outputs]) == 1
            if start == end and lone and len(middle) == len(start) + 1 and 1 not in middle[1:3] and len(start) > 2:
                yield evidence.hit("R175", evidence.line_of(op), trial, given=start, got=middle)
                return


def r176(evidence: Evidence) -> Iterator[Hit]:
    """A convolution padded on both sides by all its reach is cut in front, so that it sees only what comes later."""
    for trial in evidence.finished:
        flow = trial.flow
        for op in flow.ops:
            cut = op.arguments
            if op.name != "slice" or not flow.is_live(op) or "end" not in cut or not cut["start"]:
                continue
            conv = flow.maker(op.inputs[0])
            while conv is not None and conv.name in SAME and conv.inputs:
                conv = flow.maker(conv.inputs[0])
            if not isinstance(conv, Convolution) or len(conv.kernel) != 1:
                continue
            reach = _reach(conv)
            whole = cut["end"] >= flow.shape(op.inputs[0])[-1]
            if cut["dim"] in (2, -1) and conv.padding[0] == reach == cut["start"] and whole and reach > 0:
                yield evidence.hit("R176", evidence.line_of(op), trial, reach=reach)
                return
        yield from _padded_behind(evidence, trial)
        yield from _centred(evidence, trial)


def _padded_behind(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    flow = trial.flow
    for op in flow.ops:
        if not isinstance(op, Convolution) or len(op.kernel) != 1:
            continue
        before, reach = flow.maker(op.data), _reach(op)
        if before is None or before.name != "constant_pad_nd":
            continue
        if before.arguments["pad"] == (0, reach) and op.side > 2:
            yield evidence.hit("R176", evidence.line_of(before), trial, reach=reach)
            return


def _reach(conv: Convolution) -> int:
    """Return how far from its first sample a 1-d convolution's kernel reaches."""
    return (conv.side - 1) * conv.dilation[0]


_SAYS_CAUSAL = re.compile(r"(?<!non[-_])(?<!not )(?<!a)causal", re.I)


def _centred(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """A class that calls itself causal, whose convolution is padded by the same amount before and behind."""
    if not _SAYS_CAUSAL.search(f"{evidence.class_name} {source.docstring(evidence.file, evidence.class_name)}"):
        return
    flow = trial.flow
    for op in flow.ops:
        if not isinstance(op, Convolution) or len(op.kernel) != 1 or not flow.weighted(op) or not flow.is_live(op):
            continue
        reach = _reach(op)
        cut = any(o.name == "slice" for o in flow.users(op.outputs[0]))
        if reach and 2 * op.padding[0] == reach and not cut:
            yield evidence.hit("R176", evidence.layer_place(op, trial, "padding"), trial, reach=reach // 2)
            return


def r177(evidence: Evidence) -> Iterator[Hit]:
    """Of the modules that one line makes in a loop not all are kept: some were replaced under its name."""
    trial = evidence.trials[0]
    if trial.built is None:
        return
    kept = {id(m) for m in trial.module.modules()}
    places: dict[Place, list[bool]] = {}
    for module in trial.built.made:
        sites = outside_of(module, trial.sites(module))
        if sites and sites[0].file in evidence.files and next(module.parameters(), None) is not None:
            places.setdefault(sites[0].place, []).append(id(module) in kept)
    for place, left in places.items():
        if len(left) > 1 and left[-1] and not all(left) and source.in_loop(*place):
            yield evidence.hit("R177", place, trial, made=len(left), kept=sum(left))
            return


def r178(evidence: Evidence) -> Iterator[Hit]:
    """A block adds the input of the block before it instead of its own."""
    for trial in evidence.finished if evidence.is_network else ():
        flow = trial.flow
        for first, second in itertools.pairwise(trial.joins):
            if second.shortcut.origin != first.shortcut.origin or len(second.residual.weighted) < 2:
                continue
            made = first.op.outputs[0]
            later = {made} | {v for o in flow.ops if o.index > first.op.index and made in o.inputs for v in o.outputs}
            reads = second.residual.weighted and flow.chain(second.residual_value, frozenset(later)).origin in later
            again = any(j.shortcut.origin in later for j in trial.joins)
            if reads and not again and len(first.residual.weighted) == len(second.residual.weighted):
                yield evidence.hit("R178", evidence.line_of(second.op), trial)
                return
