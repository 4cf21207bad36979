"""Is a part without weights made and never called, where its class misses it?"""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ADDS, SAME, SCALINGS, Flow
from residua.check.run.trial import Trial

NEVER: dict[str, Any] = {"when": "", "elsewhere": ", and in no other configuration"}


def idle_parts(evidence: Evidence) -> Iterator[Hit]:
    """Yield the modules without parameters that are made and never called.

    A warning for what is missed: a dropout that would drop, a pooling beside a gate of single pixels, a softmax beside
    scores that nothing normalises, and one of two numbered alike of which the other runs in its place. An activation
    is a note, since it costs nothing.
    """
    called = Counter(id(call.module) for trial in evidence.finished for call in trial.tape.calls)
    for trial in evidence.finished[:1]:
        for path, module in trial.module.named_modules():
            if list(module.children()) or next(module.parameters(), None) is not None or called[id(module)]:
                continue
            missed = _missed(trial, path, module)
            activates = type(module).__module__.startswith("torch.nn.modules.activation")
            twin = "" if activates else _stands_in(trial, path, module)
            if missed or twin or _drops(module) or _would_drop(evidence, trial, path, module):
                seen = f", while {twin} runs in two places" if twin else missed or NEVER["elsewhere"]
                facts = {**NEVER, "elsewhere": seen}
                yield evidence.hit("R126", evidence.made_at(module, trial), trial, "warning", name=path, **facts)
            elif activates:
                yield evidence.hit("R126", evidence.made_at(module, trial), trial, "note", name=path, **NEVER)


def _missed(trial: Trial, path: str, module: nn.Module) -> str:
    """Say what the class that owns an idle part does without it; empty where it does well."""
    owner = trial.module.get_submodule(path.rpartition(".")[0])
    call = next((each for each in trial.tape.calls if each.module is owner and each.finished and each.inputs), None)
    if call is None:
        return ""
    flow = Flow.of_call(trial.tape, call)
    if isinstance(module, _TO_ONE_PIXEL) and module.output_size in (1, (1, 1), (1, 1, 1)):
        return ", and the gate beside it weighs each pixel by itself" if _gates_pixels(flow) else ""
    if isinstance(module, nn.Softmax):
        return ", and nothing normalises the scores beside it" if _takes_raw_scores(flow) else ""
    return ""


_TO_ONE_PIXEL = (
    *(nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d),
    *(nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d),
)


def _gates_pixels(flow: Flow) -> bool:
    """Tell a map that is multiplied by a gate of its own shape."""
    for op in flow.ops:
        ours = [value for value in op.inputs if value in flow.from_input]
        if op.name in SCALINGS and op in flow.live_ops and len(ours) == 2 and any(map(flow.is_gate, ours)):
            one, other = (flow.shapes[value] for value in ours)
            if one == other and math.prod(one[2:]) > 1:
                return True
    return False


_SCORES = frozenset({"bmm", "matmul", "baddbmm"})


def _takes_raw_scores(flow: Flow) -> bool:
    """Tell a product of two values of the input that a further product reads with nothing but a scale or mask between.

    That is also linear attention, which makes no softmax.
    """
    for op in flow.ops:
        if op.name not in _SCORES or op not in flow.live_ops:
            continue
        for value in op.inputs:
            maker = flow.maker(value)
            while maker is not None and maker.name in SAME | SCALINGS | ADDS | {"masked_fill"}:
                maker = flow.maker(maker.inputs[0])
            if maker is not None and maker.name in _SCORES and set(maker.inputs[:2]) <= flow.from_input:
                return True
    return False


def _drops(module: nn.Module) -> bool:
    """Tell a dropout, of torch's or the user's own, with a probability above zero."""
    chance = next((getattr(module, name, None) for name in ("p", "drop_prob", "drop", "rate", "prob")), None)
    return _is_dropout(module) and isinstance(chance, (int, float)) and 0 < chance < 1


def _is_dropout(module: nn.Module) -> bool:
    return bool(re.search("dropout|droppath", type(module).__name__, re.I))


def _would_drop(evidence: Evidence, trial: Trial, path: str, module: nn.Module) -> bool:
    """Tell a dropout that gets its probability from an argument, which is zero by default, and that nothing reads."""
    place = evidence.made_at(module, trial) if _is_dropout(module) else None
    init = source.function_at(*place) if place is not None else None
    made = source.innermost(*place) if place is not None else None
    if place is None or init is None or made is None or init.name != "__init__":
        return False
    arguments, name = {each.arg for each in init.args.args[1:]}, path.rpartition(".")[2]
    given = any(isinstance(node, ast.Name) and node.id in arguments for node in ast.walk(made))
    inside = (node for kind in source.classes_around(*place)[:1] for node in ast.walk(kind))
    reads = (node for node in inside if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load))
    return given and name.isidentifier() and not any(node.attr == name for node in reads)


def _stands_in(trial: Trial, path: str, module: nn.Module) -> str:
    """Return the name of the module that runs from two lines, whose name differs in its number, and is alike."""
    stem = path.rstrip("0123456789")
    if stem == path or stem.endswith("."):
        return ""
    for name, other in trial.module.named_modules():
        calls = [call for call in trial.tape.calls if call.module is other]
        alike = type(other) is type(module) and repr(other) == repr(module) and name.rstrip("0123456789") == stem
        if alike and len({call.frames[0].line for call in calls if call.frames}) > 1:
            return str(name)
    return ""
