"""Is a device, or a size of batch, written into the code, so that it works with no other?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import Flow
from residua.check.evidence.influence import enclosing
from residua.check.evidence.places import Place, first_frame
from residua.check.rules.rule import Rule
from residua.check.run.batches import drops_first
from residua.check.run.trial import flow_of
from residua.record.tape import Op

_DEVICE = re.compile(r"cuda|\bmps\b|\bxpu\b", re.I)
_ASKS = re.compile(r"is_available|cuda|gpu|device|\bmps\b", re.I)


@partial(
    Rule,
    code="R190",
    severity="error",
    title="a device is written into the code",
    message="{target}: this line works only where there is such a device; take the device of the input",
    evidence="for the rest of this check it was given the CPU",
    fix="- {code}\n+ device=x.device, .to(x.device), or torch.zeros_like(x)",
    source="a module's inputs and parameters say which device it runs on",
    wrong="noise = torch.zeros(x.shape).cuda()",
    right="noise = torch.zeros_like(x)",
)
def r190(evidence: Evidence) -> Iterator[Hit]:
    """Code asks for a device by name, without asking whether it is there."""
    for frames in evidence.devices:
        place = first_frame(frames, evidence.files)
        written = _device_line(*place) if place is not None else None
        if place is not None and written is not None:
            yield evidence.hit("R190", (place[0], written))


def _device_line(file: str, line: int) -> int | None:
    """Return the line in which the device's name stands: of the statement, or of what gives a name in it its value.

    None where a test around it asks for the device or for a flag, and where an argument of a function names the device:
    its caller can name another.
    """
    tests = [node.test for node in enclosing(file, line) if isinstance(node, ast.If)]
    statement = source.innermost(file, line)
    if statement is None or any(_ASKS.search(ast.unparse(test)) for test in tests):
        return None
    for node in ast.walk(statement):
        if _names_device(node):
            return None if _asks_inside(statement) else int(getattr(node, "lineno", line))
    words = {each.id if isinstance(each, ast.Name) else getattr(each, "attr", "") for each in ast.walk(statement)}
    for node in source.nodes_of(file):
        named = isinstance(node, ast.Assign) and any(_target_word(target) in words for target in node.targets)
        if isinstance(node, ast.Assign) and named and any(_names_device(each) for each in ast.walk(node.value)):
            return None if _asks_inside(node) else node.lineno
    return None


def _names_device(node: ast.AST) -> bool:
    """Tell `"cuda:0"`, and `.cuda`, also in `torch.cuda.FloatTensor`."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and bool(_DEVICE.match(node.value.removeprefix("torch.")))
    return isinstance(node, ast.Attribute) and node.attr in ("cuda", "xpu")


def _asks_inside(statement: ast.stmt) -> bool:
    conditions = [node.test for node in ast.walk(statement) if isinstance(node, ast.IfExp)]
    return any(_ASKS.search(ast.unparse(each)) for each in conditions) or "is_available" in ast.unparse(statement)


def _target_word(target: ast.expr) -> str:
    return target.id if isinstance(target, ast.Name) else getattr(target, "attr", " ")


@partial(
    Rule,
    code="R191",
    severity="error",
    title="a batch size is written into the code",
    message="{target}: this line takes batches of {batch} and no other; the last batch of an epoch is smaller",
    evidence="a batch of 2 fails, a batch of {batch} runs: {error}",
    fix="- {code}\n+ x.size(0) in the place of {batch}",
    source="the first axis of the input says how many there are",
    wrong="x = x.view(32, -1)",
    right="x = x.view(x.size(0), -1)",
    implies=("R133", "R147", "R161", "R218"),
)
def r191(evidence: Evidence) -> Iterator[Hit]:
    """What runs with the batch size that a line names runs with no other."""
    for trial in evidence.trials:
        if trial.batch is not None:
            place: Place = trial.batch.file, trial.batch.line
            yield evidence.hit("R191", place, trial, batch=trial.batch.size, error=trial.batch.error)
            return


@partial(
    Rule,
    code="R192",
    severity="warning",
    title="squeeze drops the axis of a batch of one",
    message="{target}: with a batch of one, this squeeze drops the axis of the batch",
    evidence="a batch of one {what}",
    fix="- {code}\n+ flatten(1), or squeeze(-1)",
    source="torch.squeeze removes every axis of length 1, or the one it is given",
    wrong="x = self.pool(x).squeeze()",
    right="x = self.pool(x).flatten(1)",
    once=True,
)
def r192(evidence: Evidence) -> Iterator[Hit]:
    """A batch of one loses its first axis in squeeze(), and fails or gives another shape."""
    for trial in evidence.finished:
        if trial.alone is None:
            continue
        flow = flow_of(trial.alone.tape)
        op = next((op for op in flow.ops if drops_batch(flow, op)), None)
        if op is not None:
            grave = "error" if trial.alone.fails else None  # in eval mode: one image can never be predicted
            yield evidence.hit("R192", evidence.line_of(op), trial, grave, what=trial.alone.what)


def drops_batch(flow: Flow, op: Op) -> bool:
    """Tell a squeeze of all axes that drops the first one of something computed from the input."""
    if not drops_first(op) or op.inputs[0] not in flow.from_input:
        return False
    return flow.shapes[op.inputs[0]][:1] == (1,)
