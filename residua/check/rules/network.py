"""Is the network around the blocks the one that its name claims, and does it suit its images?"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from typing import Any

from torch import nn

from residua.check import source
from residua.check.evidence import Evidence, Hit, Place, Unit
from residua.check.flow import ACTIVATIONS, CONVS, NORMS, SAME
from residua.check.joins import kernel, stride
from residua.check.probe import Trial
from residua.check.tape import Op

DEPTHS = {10: (1, 1, 1, 1), 18: (2, 2, 2, 2), 26: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3),
          152: (3, 8, 36, 3), 200: (3, 24, 36, 3)}  # fmt: skip
_SMALL = re.compile(r"cifar|svhn|\b32\s*[x×,]\s*32\b|\b32, 32\b", re.I)


def _network(evidence: Evidence) -> list[Trial]:
    return evidence.finished[:1] if evidence.is_network else []


def _main_line(trial: Trial) -> list[Op]:
    """Return the live operations of the network in order, without those on parameters."""
    flow = trial.flow
    return [op for op in flow.ops if flow.is_live(op) and any(v in flow.from_input for v in op.inputs)]


def _first_unit(evidence: Evidence) -> Unit | None:
    return next((u for u in evidence.units if u.joins), None)


def r131(evidence: Evidence) -> Iterator[Hit]:
    """The stem's stride is made for large images, and the source names small ones."""
    for trial in _network(evidence):
        convs = [op for op in _main_line(trial) if op.name in CONVS]
        if (
            not convs
            or len(trial.in_shape) != 4
            or max(kernel(trial.flow, convs[0]), default=1) < 5
            or not _small_images(evidence)
        ):
            continue
        maps = [trial.flow.shape(op.outputs[0])[2] for op in convs]
        total = max(1, round(trial.in_shape[2] / max(1, min(maps))))
        last = math.ceil(32 / total)
        if last <= 1:
            place = evidence.layer_place(convs[0], trial, "stride")
            yield evidence.hit("R131", place, trial, side=32, last=last, stem=trial.in_shape[2] // maps[1], total=total)


def _small_images(evidence: Evidence) -> bool:
    import linecache

    text = "".join(linecache.getlines(evidence.file))
    return bool(_SMALL.search(text)) and "224" not in text


def r132(evidence: Evidence) -> Iterator[Hit]:
    """The last pooling has a fixed size."""
    trials = _network(evidence)
    if evidence.is_network and not trials:
        trials = [t for t in evidence.trials if t.tape.ops]
    for trial in trials:
        for op in trial.flow.ops:
            if (
                op.name in ("avg_pool2d", "max_pool2d_with_indices", "avg_pool1d")
                and op.inputs[0] in trial.flow.from_input
            ):
                size, map_ = op.args[1], trial.flow.shape(op.inputs[0])[2:]
                if max(size) >= 4 and tuple(size) * (len(map_) // len(size)) == map_:
                    facts: dict[str, Any] = {"kernel": max(size), "map": "×".join(map(str, map_))}
                    yield evidence.hit("R132", evidence.op_place(op, trial), trial, **facts)


def r134(evidence: Evidence) -> Iterator[Hit]:
    """The network returns probabilities."""
    for trial in _network(evidence):
        value: int | None = trial.flow.outputs[0] if trial.flow.outputs else None
        op = trial.flow.maker(value) if value is not None else None
        while op is not None and op.name in SAME and op.inputs:
            op = trial.flow.maker(op.inputs[0])
        if op is None or op.name not in ("_softmax", "_log_softmax") or len(trial.out_shape) != 2:
            continue
        log = op.name == "_log_softmax"
        what = "log_softmax, harmless before CrossEntropyLoss and right before NLLLoss" if log else "softmax"
        yield evidence.hit("R134", evidence.op_place(op, trial), trial, "note" if log else None, what=what)


def r136(evidence: Evidence) -> Iterator[Hit]:
    """The stem lacks the norm or activation that post-activation blocks need before them."""
    for trial in _network(evidence):
        unit = _first_unit(evidence)
        if unit is None or unit.main is None or not unit.starts_with_conv(unit.main) or not unit.batch_norms(unit.main):
            continue
        if len(trial.out_shape) != 2 or unit.call is None or not _ends_active(unit):
            continue
        steps = [op for op in _main_line(trial) if op.index < unit.call.start]
        convs = [op for op in steps if op.name in CONVS and trial.flow.weighted(op) and op.args[8] == 1]
        if not convs:
            continue
        names = [op.name for op in steps if op.index > convs[-1].index]
        missing = [
            w for w, kinds in (("norm", NORMS), ("activation", ACTIVATIONS)) if not any(n in kinds for n in names)
        ]
        if missing:
            biased = len(convs[-1].args) > 2 and convs[-1].args[2] is not None
            severity = "note" if missing == ["norm"] and biased else None
            facts: dict[str, Any] = {"missing": " and no ".join(missing), "found": ", ".join(names) or "none"}
            yield evidence.hit("R136", evidence.line_of(convs[-1]), trial, severity, **facts)


def _ends_active(unit: Unit) -> bool:
    from residua.check.joins import after

    assert unit.main is not None
    return any(op.name in ACTIVATIONS for op in after(unit.flow, unit.main))


def r137(evidence: Evidence) -> Iterator[Hit]:
    """A pre-activation network pools its last sum without norm and activation."""
    for trial in _network(evidence):
        units = [u for u in evidence.units if u.main is not None and u.call is not None]
        if not units or len(trial.out_shape) != 2 or units[-1].main is None:
            continue
        last = units[-1]
        assert last.main is not None
        assert last.call is not None
        chain = last.flow.chain(last.main.residual_value)
        first = [op.name for op in reversed(chain.ops) if op.name not in SAME][:1]
        if not first or first[0] not in NORMS or not chain.norms or "batch_norm" not in first[0] or _norm_after(last):
            continue
        tail = [op for op in _main_line(trial) if op.index >= last.call.end]
        if tail and not any(op.name in NORMS for op in tail):
            yield evidence.hit("R137", evidence.line_of(tail[0]), trial)


def _norm_after(unit: Unit) -> bool:
    from residua.check.joins import after

    assert unit.main is not None
    return any(op.name in NORMS for op in after(unit.flow, unit.main))


def r138(evidence: Evidence) -> Iterator[Hit]:
    """Norm and activation run twice in a row."""
    for trial in _network(evidence):
        line = [op for op in _main_line(trial) if op.name not in SAME]
        for a, b, c, d in zip(line, line[1:], line[2:], line[3:], strict=False):
            if a.name in NORMS and b.name in ACTIVATIONS and c.name in NORMS and d.name in ACTIVATIONS:  # noqa: SIM102
                if c.inputs[0] in b.outputs and b.inputs[0] in a.outputs and d.inputs[0] in c.outputs:
                    yield evidence.hit("R138", evidence.line_of(a), trial)
                    return


def _stages(evidence: Evidence, trial: Trial) -> list[list[Unit]]:
    """Group the blocks of a network by the channels that they put out."""
    stages: list[list[Unit]] = []
    for unit in evidence.units:
        if unit.trial is trial and unit.call is not None and len(unit.out_shape) == 4:
            if stages and stages[-1][0].out_shape[1] == unit.out_shape[1]:
                stages[-1].append(unit)
            else:
                stages.append([unit])
    return stages


def r140(evidence: Evidence) -> Iterator[Hit]:
    """The number of blocks is not that of the network that the name claims."""
    claimed = re.search(r"(?:res|wrn|preact)\w*?_?(\d{2,4})(?!\d)", evidence.name, re.I)
    for trial in _network(evidence) if claimed else []:
        assert claimed is not None
        depth = int(claimed.group(1))
        stages = _stages(evidence, trial)
        counts = tuple(len(s) for s in stages)
        shallow = [len(u.main.residual.weighted) for s in stages for u in s if u.main is not None]
        if not shallow or len(stages) not in (3, 4):
            continue
        counted = sum(shallow) + 2
        if _fits(depth, counts, max(shallow)) or counted == depth:
            continue
        facts: dict[str, Any] = {
            "claimed": depth,
            "counted": counted,
            "stages": counts,
            "nearest": _nearest(counts),
            "right": _right(depth, len(stages)),
        }
        yield evidence.hit("R140", _made_by(evidence), trial, **facts)


def _fits(depth: int, counts: tuple[int, ...], layers: int) -> bool:
    if len(counts) == 4:
        return DEPTHS.get(depth) == counts and layers == (2 if depth in (10, 18, 34) else 3)
    return len(set(counts)) == 1 and depth in (6 * counts[0] + 2, 9 * counts[0] + 2, 6 * counts[0] + 4)


def _right(depth: int, stages: int) -> str:
    if stages == 4:
        return str(DEPTHS.get(depth, "unknown"))
    whole = [n for n in ((depth - 2) / 6, (depth - 4) / 6) if n == int(n)]
    return f"{int(whole[0])} a stage" if whole else "6n+2 layers"


def _nearest(counts: tuple[int, ...]) -> str:
    if len(counts) == 4:
        best = min(DEPTHS, key=lambda d: sum(abs(a - b) for a, b in zip(DEPTHS[d], counts, strict=True)))
        return f"ResNet-{best} {DEPTHS[best]}"
    return f"ResNet-{6 * counts[0] + 2}"


def _made_by(evidence: Evidence) -> Place | None:
    """Return the line of the function or assignment that made the network."""
    tree = source.tree_of(evidence.file)
    import ast

    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.FunctionDef) and node.name == evidence.name:
            inner = [n.lineno for n in ast.walk(node) if isinstance(n, ast.Return)]
            return evidence.file, inner[-1] if inner else node.lineno
    return None


def r141(evidence: Evidence) -> Iterator[Hit]:
    """Blocks widen by another factor than the published ones."""
    for trial in _network(evidence):
        if not re.search(r"res", evidence.name, re.I) or re.search(
            r"wide|next|wrn|mobile|lite|small|tiny", evidence.name, re.I
        ):
            continue
        for unit in evidence.units:
            join = unit.main
            if join is None or unit.trial is not trial or unit.kernels(join) != [1, 3, 1] or unit.call is None:
                continue
            middle, last = join.residual.weighted[1:]
            if middle.name not in CONVS or middle.args[8] > 1 or len(_stages(evidence, trial)) != 4:
                continue
            ratio = unit.flow.shape(last.outputs[0])[1] / unit.flow.shape(middle.outputs[0])[1]
            if ratio not in (4, 1) or ratio == 1:
                facts: dict[str, Any] = {"kind": "bottleneck", "found": f"{ratio:g}", "right": 4}
                if ratio != 4:
                    yield evidence.hit("R141", evidence.layer_place(last, trial, "channels"), trial, **facts)
                    return


def r142(evidence: Evidence) -> Iterator[Hit]:
    """Stages halve the map elsewhere than once a stage after the first."""
    for trial in _network(evidence):
        stages = _stages(evidence, trial)
        if len(stages) != 4 or len(trial.out_shape) != 2 or trial.in_shape[2] < 64:
            continue
        widths = [s[0].out_shape[1] for s in stages]
        if any(b != 2 * a for a, b in itertools.pairwise(widths)) or _dilated(trial):
            continue
        strides = tuple(round(s[0].in_shape[2] / max(1, s[-1].out_shape[2])) for s in stages)
        if strides in ((1, 2, 2, 2), (2, 2, 2, 2)) and not (strides[0] == 2 and _stem_stride(trial, stages[0][0]) >= 4):
            continue
        maps = [s[-1].out_shape[2] for s in stages]
        first_wrong = next((i for i, (a, b) in enumerate(zip(strides, (1, 2, 2, 2), strict=True)) if a != b), 0)
        place = _stage_place(evidence, trial, stages[first_wrong][0])
        yield evidence.hit("R142", place, trial, found=maps, strides=strides)


def _stem_stride(trial: Trial, unit: Unit) -> int:
    return round(trial.in_shape[2] / max(1, unit.in_shape[2]))


def _dilated(trial: Trial) -> bool:
    return any(op.name in CONVS and max(op.args[5]) > 1 for op in trial.flow.ops)


def _stage_place(evidence: Evidence, trial: Trial, unit: Unit) -> Place | None:
    """Return the outermost line in the user's file that made a stage's first block: where its stride is given."""
    assert unit.call is not None
    assert trial.built is not None
    sites = [s for s in trial.built.sites.get(id(unit.call.module), ()) if s[0] in evidence.files]
    outer = [s for s in sites if s[2] == "__init__"]
    return (outer[-1][0], outer[-1][1]) if outer else evidence.made_at(unit.call.module, trial)


def r151(evidence: Evidence) -> Iterator[Hit]:
    """Some blocks of the same kind have no live shortcut."""
    for trial in _network(evidence):
        ours = [u for u in evidence.units if u.trial is trial and u.call is not None and u.in_shape == u.out_shape]
        without = [u for u in ours if not u.joins]
        if not without or len(without) == len(ours):
            continue
        outside = [u for u in without if not _added_outside(trial, u)]
        if outside:
            names = ", ".join(u.call.path for u in outside if u.call is not None)
            first = outside[0].call
            assert first is not None
            place = evidence.made_at(first.module, trial)
            yield evidence.hit("R151", place, trial, missing=len(outside), total=len(ours), names=names[:120])


def _added_outside(trial: Trial, unit: Unit) -> bool:
    assert unit.call is not None
    return any(
        join.residual_value in unit.call.outputs or join.shortcut.origin in unit.call.inputs for join in trial.joins
    )


def stem_stride(trial: Trial) -> int:
    """Return the stride of the first convolution."""
    first = next((op for op in _main_line(trial) if op.name in CONVS), None)
    return max(stride(first)) if first is not None else 1


def is_classifier(module: nn.Module) -> bool:
    """Tell whether a module ends in a linear layer."""
    return any(isinstance(m, nn.Linear) for m in module.modules())
