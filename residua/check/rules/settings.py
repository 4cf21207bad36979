"""Does a number in a layer's constructor stand where the layer reads it as what was meant?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.places import Place
from residua.check.rules.hand_over import called_name
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.record.tape import Op


@partial(
    Rule,
    code="R241",
    severity="warning",
    title="an activation that gives back its input",
    message="{target}: this leaky ReLU has a slope of 1 below zero too: it is the identity",
    evidence="{count} of {total} leaky ReLUs ran with negative_slope={slope}",
    fix="- {code}\n+ the slope that is meant, as negative_slope=0.2, and inplace=True by its name",
    source="torch.nn.LeakyReLU(negative_slope=0.01, inplace=False)",
    wrong="nn.LeakyReLU(True)",
    right="nn.LeakyReLU(0.2, inplace=True)",
    implies=("R197",),
    once=True,
)
def r241(evidence: Evidence) -> Iterator[Hit]:
    """A leaky ReLU has a slope of one: mostly since True, meant as inplace, stands in the place of the slope."""
    for trial in evidence.finished[:1]:
        flow = trial.flow
        leaky = [op for op in flow.ops if op.name.startswith("leaky_relu") and op in flow.live_ops]
        same = [op for op in leaky if op.arguments.get("negative_slope") == 1]
        for op in same:
            place = evidence.layer_place(op, trial)
            if place is not None and not _is_meant_linear(*place) and not _is_guess(trial, op, place):
                facts: dict[str, Any] = {"count": len(same), "total": len(leaky), "slope": 1}
                yield evidence.hit("R241", place, trial, **facts)


def _is_meant_linear(file: str, line: int) -> bool:
    """Tell a line, or the one above it, that says `linear` or `identity`: a slope of one is meant."""
    return any(_LINEAR.search(source.text_of(file, each)) for each in (line - 1, line))


_LINEAR = re.compile(r"identit|['\"]linear['\"]|#.*(?<!non)(?<!non-)linear|\bif\s+(not\s+)?(self\.)?\w*linear", re.I)
_SLOPE = re.compile(r"slope|leak|alpha|neg", re.I)


def _is_guess(trial: Trial, op: Op, place: Place) -> bool:
    """Tell a slope that may be an argument of the constructor: its value is ours, or given for this run alone."""
    text = source.text_of(*place)
    written = re.search(r"leaky_?relu_?\((?:[^()]*,)?\s*(?:negative_slope\s*=\s*)?(True|1(\.0*)?)\s*[,)]", text, re.I)
    given = trial.built.arguments if trial.built is not None else {}
    return written is None and any(_SLOPE.search(name) and value == 1 for name, value in given.items())


@partial(
    Rule,
    code="R242",
    severity="warning",
    title="another setting stands in the place of a norm's eps",
    message="{target}: this argument of {kind} is eps: {eps} is added to every variance, which shrinks the result",
    evidence="{count} norms have eps={eps}, where 1e-05 is usual",
    fix="- {code}\n+ by its name: {mend}",
    source="torch.nn.BatchNorm2d(num_features, eps=1e-05, momentum=0.1)",
    wrong="nn.BatchNorm2d(64, 0.8)",
    right="nn.BatchNorm2d(64, momentum=0.2)",
    once=True,
)
def r242(evidence: Evidence) -> Iterator[Hit]:
    """A momentum, or a flag, is given to a norm without its name, in the place of eps."""
    for trial in evidence.finished[:1]:
        # 0.1 is torch's momentum, the smallest of the settings that are mistaken for eps; of those meant as eps none
        # in published networks known to us is above 0.01.
        norms = [each for each in trial.module.modules() if isinstance(each, _KINDS) and float(each.eps or 0) >= 0.1]
        for norm in norms:
            place = evidence.made_at(norm, trial)
            if place is None or not _stands_for_eps(trial, norm, place):
                continue
            facts: dict[str, Any] = {"kind": type(norm).__name__, "eps": f"{float(norm.eps):g}", "count": len(norms)}
            yield evidence.hit("R242", place, trial, mend=_meant(norm), **facts)


_KINDS = (_NormBase, nn.GroupNorm, nn.LayerNorm)


def _meant(norm: Any) -> str:
    eps = norm.eps
    if not isinstance(norm, _NormBase):
        return "eps=1e-05"
    if isinstance(eps, bool):
        return f"affine={eps}"
    return (
        f"momentum={1 - float(eps):.3g}" if float(eps) >= 0.5 else f"momentum={float(eps):.3g}"
    )  # Keras counts the rest


def _stands_for_eps(trial: Trial, norm: nn.Module, place: Place) -> bool:
    """Tell an eps that is written without its name, and comes from no guess of ours."""
    index = 2 if isinstance(norm, nn.GroupNorm) else 1
    statement = source.innermost(*place)
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)] if statement is not None else []
    own = [each for each in calls if each.lineno <= place[1] <= (each.end_lineno or each.lineno)]
    named = [each for each in own if called_name(each) == type(norm).__name__]
    values = [each.args[index] for each in named or own[-1:] if len(each.args) > index]
    if not values or "eps" in ast.unparse(values[0]).lower() or isinstance(values[0], ast.Starred):
        return False
    given = trial.built.arguments.values() if trial.built is not None else ()
    unknown = not isinstance(values[0], ast.Constant) and any(
        type(each) is float and each == norm.eps for each in given
    )
    return not unknown or "mom" in ast.unparse(values[0]).lower()
