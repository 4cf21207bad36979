"""Has a network the depth that its name, or its own argument, says?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.influence import enclosing
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.check.rules.stages import stage_place, stages_of
from residua.check.rules.stem_and_head import network_trials
from residua.check.run.trial import Kind, Trial
from residua.record.tape import Convolution
from residua.targets.depths import DIVISORS, Formula, depth_argument, division_of, formula_of
from residua.targets.roles import signature_of


@partial(
    Rule,
    code="R140",
    severity="warning",
    title="block counts differ from the name",
    message="{target} claims depth {claimed} and has {counted} weighted layers (blocks per stage {stages})",
    evidence="{where}: {counted}; nearest known: {nearest}",
    fix="- {code}\n+ depths of {claimed}: {right}",
    source="He 2016a Table 1 and §4.2",
    wrong="ResNet34 = ResNet(BasicBlock, [3, 4, 6, 2])",
    right="ResNet34 = ResNet(BasicBlock, [3, 4, 6, 3])",
)
def r140(evidence: Evidence) -> Iterator[Hit]:
    """The number of blocks is not that of the network that the name, or an argument for the depth, claims."""
    yield from _counted(evidence)
    for trial in evidence.options if evidence.is_network else ():
        if trial.ran:  # with other units than by default
            yield from _counted(replace(evidence, trials=[trial], options=(), passes=None, crashes=None))


def _counted(evidence: Evidence) -> Iterator[Hit]:
    for trial in network_trials(evidence):
        stages = stages_of(evidence, trial)
        depth = _claimed(evidence, trial, stages)
        blocks = [unit for stage in stages for unit in stage if unit.main is not None]
        if depth is None or not blocks or len(stages) not in (3, 4):
            continue
        counts = tuple(len(stage) for stage in stages)
        counted = sum(_layers(unit) for unit in blocks) + 2
        counts_projections = counted + 2 == depth and len(set(counts)) == 1 and _counts_projections(evidence, blocks)
        if counted == depth or counts_projections or _is_tabled(depth, counts, blocks):
            yield from _wrong_rows(evidence, trial)
            continue
        facts: dict[str, Any] = {
            "claimed": depth,
            "counted": counted,
            "stages": counts,
            "where": "counted on the executed path",
            "nearest": _nearest(counts, counted),
            "right": _right(depth, len(stages), max(_layers(unit) for unit in blocks)),
        }
        yield evidence.hit("R140", _count_place(evidence, trial, stages, depth), trial, **facts)


def _wrong_rows(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """A table of depths has a row with other counts than the published network; only one row of it was run."""
    for node in source.nodes_of(evidence.file) if re.search("res", evidence.name, re.I) else ():
        for depth, counts, line in _rows(node) if isinstance(node, ast.Dict) else ():
            if depth in _ALWAYS and counts != DEPTHS[depth]:
                layers = 2 if depth < 50 else 3
                facts: dict[str, Any] = {"claimed": depth, "counted": layers * sum(counts) + 2, "stages": counts}
                facts |= {"where": "counted in the table", "nearest": _nearest(counts, 0), "right": DEPTHS[depth]}
                yield evidence.hit("R140", (evidence.file, line), trial, **facts)


_ALWAYS = (18, 34, 50, 101, 152)  # shallower and deeper ones were published with several tables


def _rows(table: ast.Dict) -> Iterator[tuple[int, tuple[int, ...], int]]:
    """Yield depth, blocks in each of four stages, and line, of the rows of a table of depths."""
    for key, value in zip(table.keys, table.values, strict=True):
        named = key.value if isinstance(key, ast.Constant) else None
        digits = re.fullmatch(r"(?:resnet)?(\d+)", str(named))
        for part in ast.walk(value) if digits else ():
            items = part.elts if isinstance(part, (ast.List, ast.Tuple)) else []
            counts = [each.value for each in items if isinstance(each, ast.Constant) and type(each.value) is int]
            if len(counts) == len(items) == 4 and isinstance(part, ast.expr) and digits is not None:
                yield int(digits[1]), tuple(counts), part.lineno
                break


def _claimed(evidence: Evidence, trial: Trial, stages: list[list[Unit]]) -> int | None:
    """Return the depth that the target's name says, else the value of its argument for it; None without either.

    The argument counts layers as He 2016a does where the name says so, or where its formula is one for other units.
    """
    other = trial.kind is Kind.OPTION
    named = None if other else re.search(r"(?:res|wrn|preact)\w*?_?(\d{2,4})(?!\d)", evidence.name, re.I)
    if named is not None:
        return int(named.group(1)) if not _LIKE_IT.search(evidence.name) else None
    callee = _maker(evidence, trial)
    name = depth_argument(callee)
    if name is None or trial.built is None:
        return None
    said = not other and re.search("res|wrn|preact|wide", evidence.name, re.I)
    if not said and not _is_of_other_units(formula_of(callee), stages):
        return None
    value = trial.built.arguments.get(name, signature_of(callee).parameters[name].default)
    return value if type(value) is int else None


def _is_of_other_units(formula: Formula | None, stages: list[list[Unit]]) -> bool:
    """Tell `(depth - 2) // 6` of a network whose three stages have as many units, each of three layers, not of two.

    A depthwise filter and the 1×1 behind it are one layer for some, and two for others.
    """
    if formula is None or formula.tests or not formula.taken or len({len(stage) for stage in stages}) != 1:
        return False
    residuals = [unit.main.residual.weighted for stage in stages for unit in stage if unit.main is not None]
    whole = {len(each) for each in residuals}
    plain = {sum(not (isinstance(op, Convolution) and op.depthwise) for op in each) for each in residuals}
    divisors = [3 * count for count in whole | plain]
    return len(whole) == len(plain) == 1 and formula.divisor not in divisors and set(divisors) <= set(DIVISORS)


_LIKE_IT = re.compile(r"\d_?(ish|like|lite|style|mini|tiny|small|slim|reduced|custom)|mini|tiny|small_?res", re.I)


def _maker(evidence: Evidence, trial: Trial) -> Any:
    """Return what was called: the class of the network, or the function of the same file that was the target."""
    kind = type(trial.module)
    return getattr(vars(kind).get("__init__"), "__globals__", {}).get(evidence.name, kind)


def _layers(unit: Unit) -> int:
    assert unit.main is not None
    return len(unit.main.residual.weighted)


DEPTHS = {10: (1, 1, 1, 1), 14: (1, 1, 1, 1), 18: (2, 2, 2, 2), 26: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3),
          101: (3, 4, 23, 3), 152: (3, 8, 36, 3), 200: (3, 24, 36, 3), 269: (3, 30, 48, 8)}  # fmt: skip


def _is_tabled(depth: int, counts: tuple[int, ...], blocks: list[Unit]) -> bool:
    layers = max(_layers(unit) for unit in blocks)
    return DEPTHS.get(depth) == counts and layers == (2 if depth in (10, 18, 34) else 3)


def _counts_projections(evidence: Evidence, blocks: list[Unit]) -> bool:
    """Tell the networks of depth 6n+4: wide or pre-activation ones, and those whose source says so."""
    first = blocks[0]
    pre = first.main is not None and not first.starts_with_conv(first.main)
    says = re.search(r"-\s*4\)\s*%\s*6", source.class_text(evidence.file, evidence.class_name))
    return pre or bool(says or re.search(r"wide|wrn|pre", evidence.name, re.I))


def _nearest(counts: tuple[int, ...], counted: int) -> str:
    if len(counts) == 4:
        gaps = {depth: sum(abs(a - b) for a, b in zip(DEPTHS[depth], counts, strict=True)) for depth in DEPTHS}
        best = min(gaps, key=lambda depth: gaps[depth])
        return f"ResNet-{best} {DEPTHS[best]}"
    return f"ResNet-{counted}"


def _right(depth: int, stages: int, layers: int) -> str:
    if stages == 4:
        return str(DEPTHS.get(depth, "unknown"))
    step = 3 * layers
    return f"{(depth - 2) // step} a stage" if (depth - 2) % step == 0 else f"{step}n+2 layers"


def _asks_for(place: Place, wanted: int) -> bool:
    """Tell a line that asks for the right number of blocks."""
    return bool(re.search(rf"(?<![\w.]){wanted}(?![\w.])", source.text_of(*place)))


def _loop_of_blocks(evidence: Evidence, trial: Trial, stage: list[Unit]) -> Place | None:
    """Return the loop that makes the later blocks of a stage, where the number asked for is right and theirs is not.

    Without a loop, the line that makes them.
    """
    module = stage[-1].call.module if stage[-1].call is not None else None
    made = evidence.made_at(module, trial)
    loops = [node for node in enclosing(*made) if isinstance(node, ast.For)] if made is not None else []
    return (made[0], loops[-1].lineno) if made is not None and loops else made


def _count_place(evidence: Evidence, trial: Trial, stages: list[list[Unit]], depth: int) -> Place | None:
    """Return the line that says how many blocks there are: a formula, a function's return, the stage that is off."""
    formula = formula_of(type(trial.module))
    returned = source.function_return(evidence.file, evidence.name)
    if formula is not None and (
        returned is None or re.search(rf"\b{depth}\b", source.text_of(evidence.file, returned))
    ):
        made = {len(stage) for stage in stages}
        asked = (depth - formula.taken) // formula.divisor
        if not formula.tests and formula.divisor == 3 * _layers(stages[0][0]) and made != {asked}:
            return _loop_of_blocks(evidence, trial, stages[0]) or (evidence.file, formula.line)
        divided = division_of(type(trial.module), formula.argument) if formula.tests else None
        return evidence.file, divided or formula.line
    counts = tuple(len(stage) for stage in stages)
    if returned is not None and counts in source.int_sequences(evidence.file, returned):
        return evidence.file, returned
    rows = [row for node in source.nodes_of(evidence.file) if isinstance(node, ast.Dict) for row in _rows(node)]
    written = next((line for named, own, line in rows if (named, own) == (depth, counts)), None)
    if written is not None:
        return evidence.file, written
    right = DEPTHS.get(depth, ())
    usual = max(counts, key=counts.count)
    wanted = right if len(right) == len(counts) else (usual,) * len(counts)
    wrong = next((index for index, (a, b) in enumerate(zip(counts, wanted, strict=True)) if a != b), None)
    place = None if wrong is None else stage_place(evidence, trial, stages[wrong][0])
    off_alike = len({made - asked for made, asked in zip(counts, wanted, strict=True)}) == 1
    if place is not None and wrong is not None and off_alike and _asks_for(place, wanted[wrong]):
        place = _loop_of_blocks(evidence, trial, stages[wrong]) or place
    return place or (returned and (evidence.file, returned)) or None
