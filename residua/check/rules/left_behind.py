"""Would the module run on another device than the one it was written on?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.places import Place, first_frame
from residua.check.experiments.elsewhere import LeftBehind, left_behind
from residua.check.rules.rule import Rule


@partial(
    Rule,
    code="R218",
    severity="warning",
    title="a tensor stays on the CPU when the module moves",
    message="{target}: {what} stays on the CPU; on a GPU the next operation with the input fails",
    evidence="module and input on torch's meta device: an operation has operands on two devices",
    fix="- {code}\n+ self.register_buffer(name, tensor), or device=x.device for what forward makes",
    source="torch.nn.Module.register_buffer; Module.to moves parameters, buffers and submodules alone",
    wrong="pad = torch.zeros(n, c, h, w)",
    right="pad = x.new_zeros(n, c, h, w)",
    once=True,
)
def r218(evidence: Evidence) -> Iterator[Hit]:
    """A tensor that is no buffer, or that forward makes, does not follow the module to another device."""
    for trial in evidence.finished if not evidence.devices else ():
        found = left_behind(trial) if trial.failure is None else None
        place = _place(evidence, found) if found is not None else None
        if found is not None and place is not None:
            what = f"self.{found.name}, a plain tensor," if found.name else "what this line makes"
            yield evidence.hit("R218", place, trial, what=what)


def _place(evidence: Evidence, found: LeftBehind) -> Place | None:
    if found.owner is not None:
        for file in evidence.files:
            line = source.attribute_line(file, found.owner.__name__, found.name)
            if line is not None:
                return file, line
    own = [frame for frame in found.frames if frame.file in evidence.files]
    place = first_frame(tuple(own), evidence.files) if own else None
    return place if place is not None and not _chooses(*place) else None


def _chooses(file: str, line: int) -> bool:
    """Tell a line that names a device, or one of a function that asks for a GPU itself."""
    function = source.function_at(file, line)
    text = ast.unparse(function) if function is not None else ""
    return "device=" in source.text_of(file, line) or "cuda" in text
