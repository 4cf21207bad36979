"""Do the weights start with values from which a network learns?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import CONVS
from residua.check.experiments.undone import undone_zeros
from residua.check.experiments.uninitialised import never_filled
from residua.check.rules.rule import Rule


@partial(
    Rule,
    code="R144",
    severity="warning",
    title="initial weights are constant or far too large",
    message="{target}: {what}; Kaiming initialisation keeps the variance over depth",
    evidence="{what}",
    fix='- {code}\n+ nn.init.kaiming_normal_(weight, mode="fan_out", nonlinearity="relu")',
    source="He 2015 §2.2",
    wrong="nn.init.constant_(conv.weight, 0.1)",
    right='nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")',
    implies=("R162", "R163"),
)
def r144(evidence: Evidence) -> Iterator[Hit]:
    """Initial weights are constant or far too large."""
    for unit in evidence.units:
        for op in unit.flow.ops:
            value = unit.flow.weight_of(op) if op.name in CONVS and op in unit.flow.weighted else None
            if value is None or unit.flow.tape.leaf.get(value) is None:
                continue
            found = _bad_init(unit.flow.tape.tensor[value])
            if found:
                by_hand = source.initialising_line(evidence.file, evidence.class_name)
                place = (evidence.file, by_hand) if by_hand else evidence.layer_place(op, unit.trial)
                yield unit.hit("R144", place, op=op, what=found)


# nn.init.normal_(weight) on a 3×3 of 64 channels is 17 times √(2/fan_in); with 20 here it is missed
# (tests/check/planted/R144/sequential). From 2 to 10 every finding on tests/check is the same.
_FAR_TOO_LARGE = 5


def _bad_init(weight: torch.Tensor) -> str:
    """Say what is wrong with initial weights; empty when nothing is.

    Passed by: 8 weights or less, a fan-in below 64, one channel a filter. No case of tests/check lies near these.
    """
    data = weight.detach().float()
    std, fan_in = float(data.std()) if data.numel() > 1 else 1.0, data[0].numel()
    if data.numel() > 8 and std <= 1e-6 * float(data.abs().max()):
        return f"every weight is {float(data.flatten()[0]):.3g}"
    usual = (2 / fan_in) ** 0.5
    # fan_out, as in ResNet: gates of EfficientNet-B0 put out a 24th of their channels, 4.9 times √(2/fan_in)
    fewer = min(fan_in, data.numel() // data.shape[1])
    if fan_in >= 64 and std > _FAR_TOO_LARGE * (2 / fewer) ** 0.5 and data.shape[1] > 1:
        return f"standard deviation {std:.3g}, {std / usual:.0f} times √(2/fan_in)"
    return ""


@partial(
    Rule,
    code="R145",
    severity="note",
    title="the last norm starts at zero",
    message=(
        "{target}: γ of the last norm on the {path} is zero; on the residual a published variant, on the "
        "shortcut a dead path"
    ),
    evidence="every γ is 0",
    fix="- {code}\n+ zero γ only on the residual's last norm",
    source="Goyal 2017 §5.1",
    wrong="nn.init.zeros_(self.downsample[1].weight)",
    right="nn.init.zeros_(self.bn2.weight)",
)
def r145(evidence: Evidence) -> Iterator[Hit]:
    """The last norm of the residual starts at zero (a known variant); on the shortcut that is a mistake."""
    for unit in evidence.units:
        for join in unit.joins:
            for chain, severity in ((join.shortcut, "error"), (join.residual, "note")):
                for op in chain.norms[:1]:
                    if len(op.inputs) > 1 and _is_zero(unit.flow.tape.tensor[op.inputs[1]]):
                        path = "shortcut" if severity == "error" else "residual"
                        module = evidence.layer(op, unit.trial)
                        by_hand = source.initialising_line(evidence.file, evidence.class_name)
                        made = evidence.made_at(module, unit.trial) if module is not None else None
                        mended = by_hand if severity == "error" else None
                        place = (evidence.file, mended) if mended else made or evidence.forward_place(op, unit.trial)
                        yield evidence.hit("R145", place, unit.trial, severity, path=path)


def _is_zero(tensor: torch.Tensor) -> bool:
    return tensor.requires_grad and tensor.numel() > 0 and not bool(tensor.detach().any())


@partial(
    Rule,
    code="R219",
    severity="error",
    title="a parameter is never given a value",
    message="{target}: self.{name} is allocated and never filled; it starts with whatever the memory held",
    evidence="made anew while torch fills what it allocates with NaN, {name} is NaN",
    fix="- {code}\n+ nn.Parameter(torch.zeros(…)), or an nn.init function on it in the constructor",
    source="torch.empty, torch.Tensor(n): uninitialized data",
    wrong="self.gamma = nn.Parameter(torch.empty(dim))",
    right="self.gamma = nn.Parameter(torch.full((dim,), 1e-5))",
)
def r219(evidence: Evidence) -> Iterator[Hit]:
    """A parameter is made of `torch.empty` or `torch.Tensor(n)`, and nothing initialises it."""
    trial = next(iter(evidence.finished), None)
    for kind, name in never_filled(trial) if trial is not None else ():
        for file in evidence.files:
            line = source.attribute_line(file, kind.__name__, name)
            if line is not None:
                yield evidence.hit("R219", (file, line), trial, target=kind.__name__, name=name)


@partial(
    Rule,
    code="R226",
    severity="warning",
    title="weights are set to zero, and filled anew afterwards",
    message="{target}: {name} is set to zero in line {zeroed}, and gets other values here: the zero has no effect",
    evidence="after construction {name} is not zero{when}",
    fix="- {code}\n+ set it to zero behind this, at the end of the constructor",
    source="Goyal 2017 §5.1",
    wrong="nn.init.zeros_(self.last.weight)\nself.apply(kaiming)",
    right="self.apply(kaiming)\nnn.init.zeros_(self.last.weight)",
    once=True,
)
def r226(evidence: Evidence) -> Iterator[Hit]:
    """A block is to start as the identity, and an initialisation of the whole network undoes that."""
    trial = evidence.finished[0] if evidence.finished else None
    for each in undone_zeros(trial, evidence.files) if trial is not None else ():
        facts: dict[str, Any] = {
            "name": each.name,
            "zeroed": each.zeroed,
            "when": f" ({each.given})" if each.given else "",
        }
        yield evidence.hit("R226", (each.file, each.line), trial, **facts)
