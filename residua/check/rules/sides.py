"""Do the two paths meet on maps of every side, odd ones and unequal ones too?"""

from __future__ import annotations

import ast
import itertools
import linecache
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from residua.check.evidence import source
from residua.check.evidence.axes import VIEWS
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import CONVS
from residua.check.evidence.geometry import floored_at
from residua.check.evidence.places import Place, first_frame
from residua.check.rules.crashes import hits_of
from residua.check.rules.rule import Rule
from residua.check.run.sides import are_swapped
from residua.check.run.trial import Trial
from residua.record.tape import Convolution, Op


@partial(
    Rule,
    code="R148",
    severity="warning",
    title="maps of odd side fail",
    message="{target}: works at {works} and fails at {fails}: the two paths round differently",
    evidence="{error}",
    fix="- {code}\n+ {mend}",
    source="FrancescoSaverioZuppichini/glasses#236; Ronneberger 2015 Fig. 1 crops",
    wrong="nn.AvgPool2d(2, 2)                       # ⌊H/2⌋ beside ⌈H/2⌉",
    right="nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False)",
    once=True,
)
def r148(evidence: Evidence) -> Iterator[Hit]:
    """The block or network fails on maps of odd side, though it says nothing of the sides that it takes."""
    found = list(hits_of(evidence, "R148"))
    yield from found
    trial = evidence.uneven
    if trial is None or trial.failure is None or found or are_swapped(trial) or _names_multiples(evidence):
        return
    if _padded(trial) is not None:
        return
    place, failed = first_frame(trial.failure.frames, evidence.files), trial.tape.failed
    joined = failed is not None and failed.name in ("cat", "stack")
    mend = "F.interpolate(up, size=skip.shape[2:]), or a padding, before it" if joined else _CEILING
    pooled = floored_at(evidence, trial)
    halved = _halved_twice(*place) if place is not None and pooled is None else None
    mend, place = halved if halved is not None else (mend, pooled or place)
    facts: dict[str, Any] = {"works": _sides(evidence.finished[0]), "fails": _sides(trial), "mend": mend}
    # A U-Net's encoder and decoder meet on multiples of its stride alone, which whoever uses it knows.
    # One that pads what is missing is meant for others too.
    meets = joined or (failed is not None and _gates_a_skip(trial, failed))
    severity = "note" if meets and evidence.is_network and halved is None else None
    yield evidence.hit("R148", place, trial, severity, error=trial.failure.text, **facts)


_WHOLE_PAD = "F.pad(up, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])"
_WHOLE_CROP = "skip[:, :, dy : dy + up.shape[2], dx : dx + up.shape[3]]"


def _halved_twice(file: str, line: int) -> tuple[str, Place] | None:
    """Return a mend, and the line that pads or crops both ends by half of a difference; an odd one loses a pixel.

    It stands in the function of a line, or in one of the same file that this function calls.
    """
    around = source.function_at(file, line)
    calls = [node.func for node in ast.walk(around) if isinstance(node, ast.Call)] if around is not None else []
    called = {node.id if isinstance(node, ast.Name) else getattr(node, "attr", "") for node in calls}
    defined = (node for node in source.nodes_of(file) if isinstance(node, ast.FunctionDef) and node.name in called)
    for function in (around, *defined) if around is not None else ():
        assigned = _assigned_in(function)
        for node in ast.walk(function):
            ends = _padded_ends(node) if isinstance(node, ast.Call) else _cropped_ends(node)
            if ends and all(low == high and _is_half_of_difference(low, assigned) for low, high in ends):
                return _WHOLE_PAD if isinstance(node, ast.Call) else _WHOLE_CROP, (file, getattr(node, "lineno", line))
    return None


def _padded_ends(call: ast.Call) -> list[tuple[str, str]]:
    """Return what a padding adds in front of and behind each axis, as text; taken off where both have a minus."""
    pads = call.args[1] if len(call.args) > 1 and ast.unparse(call.func).endswith("pad") else None
    amounts = [ast.unparse(each).removeprefix("-") for each in getattr(pads, "elts", ())]
    return list(zip(amounts[::2], amounts[1::2], strict=False))


def _cropped_ends(node: ast.AST) -> list[tuple[str, str]]:
    """Return what a slicing takes off the two ends of each axis, as text: d and d of `x[:, :, d : side - d]`."""
    slices = list(ast.walk(node.slice)) if isinstance(node, ast.Subscript) else []
    bounds = [(each.lower, each.upper) for each in slices if isinstance(each, ast.Slice)]
    written = [(ast.unparse(low), ast.unparse(high)) for low, high in bounds if low is not None and high is not None]
    return [(low, low if high.endswith((f" - {low}", f"-{low}")) else high) for low, high in written]


def _assigned_in(function: ast.FunctionDef) -> dict[str, str]:
    """Return what the names of a function are set to, as text, also those of `a, b = c, d`."""
    found: dict[str, str] = {}
    for node in [each for each in ast.walk(function) if isinstance(each, ast.Assign)]:
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                names, values = target.elts, node.value.elts
            else:
                names, values = [target], [node.value]
            found |= {ast.unparse(name): ast.unparse(value) for name, value in zip(names, values, strict=False)}
    return found


def _is_half_of_difference(amount: str, assigned: dict[str, str]) -> bool:
    halved = re.fullmatch(r"(.+) // 2|int\((.+) / 2\)", assigned.get(amount, amount))
    whole = (halved[1] or halved[2]) if halved is not None else ""
    return " - " in assigned.get(whole.partition("[")[0], whole)


def _gates_a_skip(trial: Trial, failed: Op) -> bool:
    """Tell the sum of an attention gate (Oktay 2018): convolutions of a skip and of a map that was made larger."""
    makers = [trial.flow.maker(value) for value in failed.inputs]
    if len(makers) != 2 or not all(maker is not None and maker.name in CONVS for maker in makers):
        return False
    larger = {op.outputs[0] for op in trial.flow.ops if _enlarges(op)}
    grown = [not larger.isdisjoint(trial.flow.ancestors((value,))) for value in failed.inputs]
    return sum(grown) == 1


def _enlarges(op: Op) -> bool:
    return op.name.startswith("upsample_") or (isinstance(op, Convolution) and op.transposed)


def _sides(trial: Trial) -> str:
    return "×".join(str(side) for side in trial.in_shape[2:])


def _names_multiples(evidence: Evidence) -> bool:
    """Tell whether the file says which sides it takes; whoever calls it then pads."""
    return bool(_MULTIPLES.search("".join(linecache.getlines(evidence.file))))


_MULTIPLES = re.compile(
    r"multiples? of|divisible|powers? of (2|two)|pad(ded)?[ _]to|%\s*(4|8|16|32|64)\b|2\s*\*\*\s*\w*(depth|level)",
    re.I,
)
_CEILING = "nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False)"


@partial(
    Rule,
    code="R185",
    severity="error",
    title="height and width are exchanged, or one stands for both",
    message="{target}: works on squares and fails at {fails}: {what}",
    evidence="{error}",
    fix="- {code}\n+ .view(batch, channels, height, width), in the order in which they were flattened",
    source="torch.Tensor.view keeps the order of the elements",
    wrong="out = out.view(batch, channels, width, height)",
    right="out = out.view(batch, channels, height, width)",
    once=True,
)
def r185(evidence: Evidence) -> Iterator[Hit]:
    """Two values meet on squares only: one has its sides in the other order, or one side twice."""
    trial = evidence.uneven
    if trial is not None and trial.failure is not None and are_swapped(trial):
        place = first_frame(trial.failure.frames, evidence.files)
        moves = VIEWS | {"permute", "transpose"}
        views = [op for op in trial.flow.ops if op.name in moves and _is_turned(trial, op)]
        turned = evidence.line_of(views[0]) if views else place
        facts = {"fails": _sides(trial), "error": trial.failure.text, "what": _EXCHANGED}
        yield evidence.hit("R185", turned, trial, **facts)
    elif trial is not None and trial.failure is not None and (padded := _padded(trial)) is not None:
        yield _crossed(evidence, trial, evidence.line_of(padded), _PADDED, None)
    elif evidence.oblong is not None:
        yield from _square_only(evidence, evidence.oblong)


_EXCHANGED = "one of the two operands has height and width exchanged"
_PADDED = "a padding made for one axis stands on the other; F.pad begins with the last one, the width"


def _padded(trial: Trial) -> Op | None:
    """Return the padding of a value that meets another where one side alone is odd, and met it where both were."""
    failed, sides = trial.tape.failed, trial.in_shape[2:]
    if failed is None or len(sides) != 2 or sides[0] % 2 == sides[1] % 2:
        return None
    makers = [trial.flow.maker(value) for value in failed.inputs]
    return next((maker for maker in makers if maker is not None and "pad" in maker.name), None)


_ONE_FOR_BOTH = "one side is taken for both"


def _square_only(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """A map twice as wide as high fails, or comes out twice as high as wide."""
    views = [op for op in trial.tape.ops if op.name in VIEWS]
    if trial.failure is None:
        turned = [op for op in views if _is_turned(trial, op)]
        place = evidence.line_of(turned[0]) if turned else None
        error = "×".join(map(str, trial.out_shape))
        yield evidence.hit("R185", place, trial, fails=_sides(trial), error=error, what=_EXCHANGED)
        return
    cut = _cut_square(trial)
    if cut is not None:
        yield _crossed(evidence, trial, evidence.line_of(cut), _ONE_FOR_BOTH, "warning")
        return
    place = first_frame(trial.failure.frames, evidence.files)
    square = [op for op in views if _made_square(trial, op)]
    viewing = place is not None and bool(re.search(r"view\(|reshape\(|unflatten", source.text_of(*place)))
    if square and not viewing:
        place = evidence.line_of(square[-1])
    if (not viewing and not square) or place is None or _takes_a_root(*place):
        return  # a pooling by one side, and patches whose number has a root: squares are meant
    facts = {"fails": _sides(trial), "error": trial.failure.text, "what": _ONE_FOR_BOTH}
    yield evidence.hit("R185", place, trial, "warning", **facts)


def _crossed(evidence: Evidence, trial: Trial, place: Place | None, what: str, severity: str | None) -> Hit:
    """Name the line that subtracts sides of two axes where there is one, else what was done with the wrong number."""
    line = _crossed_axes(*place) if place is not None else None
    if place is not None and line is not None:
        place, what, severity = (place[0], line), _CROSSED, None
    error = trial.failure.text if trial.failure is not None else ""
    return evidence.hit("R185", place, trial, severity, fails=_sides(trial), error=error, what=what)


_CROSSED = "this line takes the sides of two different axes for one"


def _cut_square(trial: Trial) -> Op | None:
    """Return the crop, padding or resizing that made one of two maps square which do not meet, the other being oblong.

    A side of the square is one of the other's: each of its axes was to become as long as the other's.
    """
    failed, shapes = trial.tape.failed, trial.tape.shape
    values = failed.inputs if failed is not None else ()
    for value, other in itertools.permutations(values, 2):
        here, there = shapes[value][2:], shapes[other][2:]
        if len(here) != 2 or len(there) != 2 or here[0] != here[1] or here[0] not in there or there[0] == there[1]:
            continue
        behind = trial.flow.ancestors((value,))
        for op in reversed(trial.flow.ops):
            before = shapes[op.inputs[0]][2:] if op.inputs else ()
            made = not behind.isdisjoint(op.outputs) and shapes[op.outputs[0]][2:] == here
            if made and op.name not in VIEWS and len(before) == 2 and before != here:
                return op
    return None


def _crossed_axes(file: str, line: int) -> int | None:
    """Return the line, of those up to this one in its function, that subtracts two tensors' sides of different axes."""
    around = source.function_at(file, line)
    for node in ast.walk(around) if around is not None else ():
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and node.lineno <= line:
            one, other = (_axis_read(side) for side in (node.left, node.right))
            if one is not None and other is not None and one[0] != other[0] and one[1] != other[1]:
                return node.lineno
    return None


def _axis_read(node: ast.expr) -> tuple[str, int] | None:
    """Return the tensor, and the axis of a batch of maps, of `x.shape[-1]`, `x.size()[3]` and `x.size(3)`."""
    found = re.fullmatch(r"(\w+)\.(?:shape\[|size\(\)\[|size\()(-?\d)[\])]", ast.unparse(node))
    return (found[1], int(found[2]) % 4) if found else None


def _takes_a_root(file: str, line: int) -> bool:
    """Tell a function that computes a side as the square root of a number of pixels, and so takes squares alone."""
    around = source.function_at(file, line)
    return around is not None and bool(_ROOT.search(ast.unparse(around)))


_ROOT = re.compile(r"isqrt|(int|round)\(.*(sqrt|\*\* ?\(?(0?\.5|1 ?/ ?2))")


def _made_square(trial: Trial, op: Op) -> bool:
    """Tell a view of four axes or more whose last two are equal, and more than one pixel."""
    shape = trial.tape.shape[op.outputs[0]]
    return len(shape) > 3 and shape[-1] == shape[-2] > 1


def _is_turned(trial: Trial, op: Op) -> bool:
    return trial.flow.shapes[op.outputs[0]][2:] == trial.in_shape[2:][::-1]


@partial(
    Rule,
    code="R149",
    severity="note",
    title="asymmetric padding before a strided convolution",
    message=(
        "{target}: pads {pads}, as converted TensorFlow networks do; weights of symmetric networks lose accuracy here"
    ),
    evidence="pads {pads} before a stride",
    fix="- {code}\n+ padding=k // 2 in the convolution, for weights trained so",
    source="google-deepmind/deepmind-research#84",
    wrong="F.pad(x, (0, 1, 0, 1))                   # legal for TF weights",
    right="nn.Conv2d(cin, cout, 3, stride=2, padding=1)",
)
def r149(evidence: Evidence) -> Iterator[Hit]:
    """An asymmetric padding stands before a strided convolution, as converted TensorFlow networks have."""
    for trial in evidence.finished:
        flow = trial.flow
        for op in flow.ops:
            maker = flow.maker(op.data) if isinstance(op, Convolution) and op.strided else None
            if maker is None or maker.name != "constant_pad_nd":
                continue
            pads = maker.arguments["pad"]
            if any(a != b for a, b in zip(pads[::2], pads[1::2], strict=False)) and op in flow.weighted:
                yield evidence.hit("R149", evidence.op_place(maker, trial), trial, pads=tuple(pads))
