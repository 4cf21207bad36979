"""Does one image's result depend on its neighbours in the batch, or on chance?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.axes import VIEWS, Axes, Tracks
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ADDS, RANDOM, SCALINGS, Flow
from residua.check.evidence.places import Place
from residua.check.rules.crashes import hits_of
from residua.check.rules.hand_over import call_of, hands_over
from residua.check.rules.rule import Rule
from residua.check.rules.stem_and_head import network_trials, small_side
from residua.check.run.batches import takes_frames
from residua.check.run.forward import attempt
from residua.check.run.trial import Kind, Trial, measure
from residua.record.tape import Op


@partial(
    Rule,
    code="R133",
    severity="error",
    title="the batch axis is mixed with another",
    message="{target}: {given} images come in and {got} rows go out",
    evidence="the first dimension of the output is {got} for an input of the shape {shape}",
    fix="- {code}\n+ {mend}",
    source="torch.flatten(x, 1) keeps the batch",
    wrong="out = out.view(-1, 512)",
    right="out = out.flatten(1)",
    implies=("R147", "R164"),
)
def r133(evidence: Evidence) -> Iterator[Hit]:
    """A view, or what joins several tensors, runs over the axis of the images: there are more of them, or fewer."""
    yield from hits_of(evidence, "R133")
    for trial in (*evidence.finished, *_at_the_side_named(evidence)):
        made_of_it = trial.flow.from_input & set(trial.flow.outputs)  # a table of positions has rows of its own
        if trial.out_shape[:1] == trial.in_shape[:1] or not trial.out_shape or not made_of_it:
            continue
        op = _batch_changer(trial)
        place = evidence.line_of(op) if op is not None else _parameter_of_rows(evidence, trial)
        facts: dict[str, Any] = {
            "given": trial.in_shape[0],
            "got": trial.out_shape[0],
            "shape": trial.in_shape,
            "mend": "out = torch.flatten(out, 1)",
        }
        yield evidence.hit("R133", place, trial, **facts)


def _parameter_of_rows(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line that makes the parameter with as many rows as came out: it has one for each image of a batch."""
    flow, rows = trial.flow, trial.out_shape[:1]
    for op in flow.ops:
        if op.name in ADDS | SCALINGS and op in flow.live_ops and flow.shapes[op.outputs[0]][:1] == rows:
            for value in op.inputs:
                kind, _, name = flow.tape.leaf.get(value, "").partition(":")
                if kind == "param" and flow.shapes[value][:1] == rows and "." not in name:
                    line = source.attribute_line(evidence.file, evidence.class_name, name)
                    return (evidence.file, line) if line is not None else None
    return None


def _at_the_side_named(evidence: Evidence) -> Iterator[Trial]:
    """Yield the trial at the side of the images that a network names, where it gives several rows an image there.

    The side at which it was run is then one at which its map happens to end as a single position.
    """
    for trial in network_trials(evidence):
        side, signal = small_side(evidence, trial), trial.signal
        if side is None or signal is None or signal.given or signal.axes != 2 or side == signal.side or trial.batch:
            continue
        other = replace(signal, side=side)
        rows = [len(each) for each in attempt(trial.module, other)[0] if each.dim()]
        if trial.out_shape[:1] == (signal.batch,) and rows and rows[0] > signal.batch and not rows[0] % signal.batch:
            yield measure(Trial(Kind.NETWORK, trial.built, other, dict(trial.wanted), module=trial.module, brief=True))


def _batch_changer(trial: Trial) -> Op | None:
    flow, batch = trial.flow, trial.in_shape[0]
    for op in flow.ops:
        if (
            op.inputs
            and op.inputs[0] in flow.from_input
            and op in flow.live_ops
            and flow.shapes[op.inputs[0]][:1] == (batch,)
        ):
            out = flow.shapes[op.outputs[0]]
            if out[:1] != (batch,) and op.name in (
                "view",
                "_unsafe_view",
                "mean",
                "sum",
                "permute",
                "transpose",
                "squeeze",
            ):
                return op
    return None


@partial(
    Rule,
    code="R135",
    severity="error",
    title="softmax over the batch",
    message="{target}: this softmax runs over the images of the batch; an image's result depends on its neighbours",
    evidence="changing image 1 changes the result of image 0 by {gap} of its size, in eval mode",
    fix="- {code}\n+ dim=1",
    source="torch.softmax takes the axis of the classes",
    wrong="F.softmax(x, dim=0)",
    right="F.softmax(x, dim=1)",
    implies=("R134", "R147", "R165"),
)
def r135(evidence: Evidence) -> Iterator[Hit]:
    """Softmax runs over the images of the batch."""
    for trial in evidence.finished:
        op = _mixing(trial) if trial.neighbour_gap > 0 else None
        if op is not None and "softmax" in op.name:
            yield evidence.hit("R135", evidence.line_of(op), trial, gap=f"{trial.neighbour_gap:.2g}")


def _mixing(trial: Trial) -> Op | None:
    """Return the first operation of the eval pass that mixes images; a view only where nothing else does."""
    flow, batch = trial.eval_flow, trial.in_shape[:1]
    ours = [op for op in flow.ops if op.inputs and op.inputs[0] in flow.from_input]
    mixing = [op for op in ours if flow.shapes[op.inputs[0]][:1] == batch and _mixes_images(flow, op)]
    return next((op for op in mixing if op.name not in VIEWS), next(iter(mixing), None))


_SPREADS = ("mean", "sum", "var", "std", "var_mean")  # a deviation is computed by one of these
_STATISTICS = (*_SPREADS, "amax", "amin", "max", "min", "norm", "linalg_vector_norm")


def _mixes_images(flow: Flow, op: Op) -> bool:
    """Tell a norm with statistics of the batch, a softmax or a statistic over it, and a view that cuts images up."""
    shape = flow.shapes[op.inputs[0]]
    if "batch_norm" in op.name:
        return op.arguments.get("training") is True
    if op.name in ("_softmax", "_log_softmax"):
        return bool(op.arguments["dim"] % len(shape) == 0)
    if op.name in _STATISTICS:
        axes = op.arguments.get("dim") or ()
        return not axes or 0 in axes or -len(shape) in axes
    if op.name in ("view", "_unsafe_view"):
        new = flow.shapes[op.outputs[0]]
        return new[:1] != shape[:1] and _loses_batch(new, shape)
    return False


def _loses_batch(new: tuple[int, ...], old: tuple[int, ...]) -> bool:
    """A view that merges the batch into rows is harmless when the rest keeps whole images or whole pixels together."""
    return len(new) < len(old) and new[:1] != (old[0] * (old[1] if len(old) > 3 else 1),) and len(old) > 3


@partial(
    Rule,
    code="R146",
    severity="warning",
    title="dropout is active in eval mode",
    message="{target}: two passes in eval mode differ, because this dropout does not know about eval",
    evidence="relative difference {gap}",
    fix="- {code}\n+ F.dropout(x, p, training=self.training)",
    source="torch.nn.functional.dropout has training=True by default",
    wrong="out = F.dropout(out, 0.3)",
    right="out = F.dropout(out, 0.3, training=self.training)",
    implies=("R102", "R166", "R169", "R170"),
)
def r146(evidence: Evidence) -> Iterator[Hit]:
    """Dropout is active in eval mode."""
    for trial in evidence.finished:
        if trial.eval_gap == 0:
            continue
        random = [op for op in trial.eval_flow.ops if op.name in RANDOM]
        if random:
            place = _without_mode(evidence, random[0]) or evidence.line_of(random[0])
            severity = "note" if _stays_on(evidence, trial, random[0]) else None
            yield evidence.hit("R146", place, trial, severity, gap=f"{trial.eval_gap:.2g}")


def _without_mode(evidence: Evidence, op: Op) -> Place | None:
    """Return the line that calls a function of the file without the mode, which that function takes: its default ran.

    Functions, not forward, draw for DropPath in most code bases: `def drop_path(x, drop_prob, training=True)`.
    """
    own = [frame for frame in op.frames if frame.file in evidence.files]
    for inner, outer in itertools.pairwise(own):
        names = [name for name in inner.parameters if _MODE.search(name)]
        if not names or inner.function == "forward":
            return None
        call = call_of(outer.file, outer.line, inner.function)
        if call is None or hands_over(call, list(inner.parameters), names[0]):
            return None
        return outer.file, outer.line
    return None


_MODE = re.compile(r"train", re.I)
_ON_PURPOSE = re.compile(
    r"monte.?carlo|\bmc\b|mc_?dropout|bayes|gal (and|&)|uncertain|(at|in|during) (inference|test|prediction|eval)",
    re.I,
)


def _stays_on(evidence: Evidence, trial: Trial, op: Op) -> bool:
    """Tell a dropout that the class around it says is meant to stay on, as of Monte Carlo samples."""
    owners = [trial.eval_tape.calls[index].module for index in op.calls]
    said = (source.docstring(evidence.file, type(owner).__name__) for owner in owners)
    return any(_ON_PURPOSE.search(text) for text in (*said, *(type(owner).__name__ for owner in owners)))


@partial(
    Rule,
    code="R147",
    severity="error",
    title="an image's result depends on its neighbours",
    message="{target}: in eval mode {what} mixes the images of a batch",
    evidence="changing image 1 changes the result of image 0 by {gap} of its size",
    fix="- {code}\n+ use running statistics in eval mode, and reduce over channels and pixels only",
    source="Ioffe 2015 §3.1",
    wrong="F.batch_norm(x, None, None, training=True)",
    right="self.bn(x)",
)
def r147(evidence: Evidence) -> Iterator[Hit]:
    """In eval mode an image's result depends on the others in the batch."""
    for trial in evidence.finished:
        if trial.neighbour_gap == 0 or trial.out_shape[:1] != trial.in_shape[:1]:
            continue
        if trial.signal is not None and takes_frames(trial.module, trial.signal):
            continue
        op = _mixing(trial) or _moved(trial)
        if (op is not None and "softmax" in op.name) or (op is None and _pairs_rows(trial)):
            continue
        place = evidence.line_of(op) if op is not None else _attention_place(evidence, trial)
        meant = op is not None and (_has_no_statistics(evidence, trial, op) or _is_appended(trial, op))
        yield evidence.hit(
            "R147",
            place,
            trial,
            "note" if meant or _length_first(trial) else None,
            gap=f"{trial.neighbour_gap:.2g}",
            what=op.name if op else "forward",
        )


def _pairs_rows(trial: Trial) -> bool:
    """Tell rows without further axes that the code pairs with one another: nodes or points of one set, no batch."""
    shape = trial.in_shape
    if len(shape) != 2:
        return False
    made = (trial.eval_flow.shapes[value] for op in trial.eval_flow.ops for value in op.outputs[:1])
    return any(each[:2] == shape[:1] * 2 or (len(each) > 2 and each[-2:] == shape[:1] * 2) for each in made)


def _moved(trial: Trial) -> Op | None:
    """Return the view or permutation after which the first axis is no longer made of whole images."""
    flow, tracks = trial.eval_flow, Tracks(trial.eval_flow)
    if not flow.inputs or not tracks.of(flow.inputs[0]):
        return None
    images = tracks.of(flow.inputs[0])[0][0].axis
    for op in flow.ops:
        if op.name not in VIEWS or not op.outputs or op.inputs[0] not in flow.from_input:
            continue
        before, after = tracks.of(op.inputs[0]), tracks.of(op.outputs[0])
        whole = after and after[0] and after[0][0].axis == images
        if op in tracks.scrambled or (
            _holds(before, images) and _holds(after, images) and not whole and _full(trial, op)
        ):
            return op
    return None


def _holds(axes: Axes, axis: int) -> bool:
    return any(atom.axis == axis for atoms in axes for atom in atoms)


def _full(trial: Trial, op: Op) -> bool:
    shape = trial.eval_flow.shapes[op.outputs[0]]
    return shape[:1] == trial.in_shape[:1]


def _attention_place(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the line that made the attention or recurrence which takes the length first."""
    layers = [module for module in trial.module.modules() if isinstance(module, (nn.MultiheadAttention, nn.RNNBase))]
    return evidence.made_at(layers[0], trial) if layers else None


def _has_no_statistics(evidence: Evidence, trial: Trial, norm: Op) -> bool:
    """Tell a layer made without running statistics: it norms by the batch on purpose."""
    without = "batch_norm" in norm.name and norm.arguments["running_mean"] is None
    return without and evidence.layer(norm, trial) is not None


def _is_appended(trial: Trial, op: Op) -> bool:
    """Tell a statistic of the batch that is only concatenated to the map: minibatch deviation, Karras 2018 §3."""
    flow, reached, fresh = trial.eval_flow, {op.outputs[0]}, [op.outputs[0]]
    appended = False
    while fresh and op.name in _SPREADS:
        value = fresh.pop()
        users = list(flow.users(value))
        if not users or any(flow.weight_of(user) is not None for user in users):
            return False
        for user in users:
            if user.name == "cat":
                appended = appended or any(each in flow.from_input and each not in reached for each in user.inputs)
                continue
            fresh += [each for each in user.outputs if each not in reached]
            reached |= set(user.outputs)
    return appended


def _length_first(trial: Trial) -> bool:
    """Tell modules whose attention or recurrence takes (length, N, C), so that the first axis is no batch."""
    kinds = (nn.MultiheadAttention, nn.RNNBase)
    return any(isinstance(module, kinds) and not module.batch_first for module in trial.module.modules())
