"""Why is nothing known of a target that did not run, and what would have to be given for it to run?"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.run.trial import Failure, Trial
from residua.targets import Candidate, Role
from residua.targets.roles import role_of
from residua.targets.scripts import MissingPackage
from residua.text import nearest

_FLATTENS = ("view", "_unsafe_view", "reshape", "flatten", "squeeze")
# What a TypeError says where the code itself made the value that does not suit.
_OF_THE_CODE = (
    "is not a Module subclass", "object is not callable", "returned NoneType", "unsupported operand type",
    "must be Tensor, not",
)  # fmt: skip
_MISSING_GPU = ("Torch not compiled with CUDA enabled", "Found no NVIDIA driver", "No CUDA GPUs are available")


def why_not_run(candidate: Candidate, args: Mapping[str, Any], trials: Sequence[Trial]) -> str:
    """Return why nothing is known of a target, in one line with what to give; empty where it ran or its code is wrong.

    An exception is held against the code only on evidence that no argument and no input could cure it.
    """
    failed = next((trial for trial in trials if trial.failure is not None), None)
    if failed is None or any(trial.ran for trial in trials):
        return ""
    assert failed.failure is not None
    error, stage = failed.failure.error, failed.failure.stage
    if isinstance(error, MissingPackage):
        cure = "install it, or " if "is not installed" in str(error) else ""
        return f"{error}; {cure}check a class that does not need it"
    if _slipped(candidate, error) or (stage != "construct" and _misfit_within(failed)):
        return ""
    if stage == "construct":
        guessed = _guessed(candidate, args)
        if not guessed and not _refused(failed.failure):
            return ""
        names = ", ".join(f"{name}=…" for name in guessed or candidate.signature.parameters) or "name=value"
        return f"its constructor raises {failed.failure.text}{_where(failed.failure)}; give --args {names}"
    given = "x".join(str(side) for side in failed.in_shape)
    return (
        f"forward raises {failed.failure.text}{_where(failed.failure)} for an input of {given}; give --input or --args"
    )


def _where(failure: Failure) -> str:
    return f" in line {failure.frames[0].line}" if failure.frames else ""


def _slipped(candidate: Candidate, error: Exception) -> bool:
    """Tell an exception that names a mistake of the code itself, whatever it was given."""
    text = str(error)
    if isinstance(error, UnboundLocalError) or "before Module.__init__()" in text:
        return True
    if isinstance(error, NameError):
        return not _is_bound(candidate, getattr(error, "name", "") or "")
    if isinstance(error, AttributeError):
        owner = getattr(error, "obj", None)
        if isinstance(
            owner, ModuleType
        ):  # torch.rellu is a slip; what no name there is near to may be another version's
            return bool(nearest(error.name or "", dir(owner)))
        return isinstance(owner, nn.Module)  # of itself, or of a layer
    if isinstance(error, TypeError):
        return any(sign in text for sign in _OF_THE_CODE) and "NoneType' and" not in text
    if isinstance(error, NotImplementedError):
        return "forward" in text and bool(nearest("forward", _methods(candidate)))
    return any(sign in text for sign in _MISSING_GPU)


def _methods(candidate: Candidate) -> list[str]:
    return (
        [name for name, value in vars(candidate.value).items() if callable(value)]
        if isinstance(candidate.value, type)
        else []
    )


def _is_bound(candidate: Candidate, name: str) -> bool:
    """Tell whether a file binds a name anywhere, or may by a star import: then we did not run that line."""
    for node in source.nodes_of(candidate.file):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if any(alias.name == "*" or (alias.asname or alias.name).partition(".")[0] == name for alias in node.names):
                return True
        elif (isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name) or (
            isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == name
        ):
            return True
    return False


def _guessed(candidate: Candidate, args: Mapping[str, Any]) -> list[str]:
    """Return the required arguments whose meaning no spelling tells: what they got was a guess of ours."""
    if isinstance(candidate.value, nn.Module):
        return []
    return [name for name in candidate.signature.required() if name not in args and role_of(name) is Role.OTHER]


def _refused(failure: Failure) -> bool:
    """Tell an exception that the code raises on purpose, by `raise` or `assert`."""
    frames = failure.frames
    if isinstance(failure.error, NotImplementedError) or not frames:
        return True
    return source.statement_at(frames[0].file, frames[0].line) in ("Raise", "Assert")


def _misfit_within(trial: Trial) -> bool:
    """Tell an operation that failed on what layers of the target itself had made: two of them do not fit.

    Not where a linear layer follows a map of more than one pixel: that one was made for another size of image.
    """
    assert trial.failure is not None
    if _refused(trial.failure) or isinstance(trial.failure.error, (IndexError, KeyError)):
        return False
    failed, flow = trial.tape.failed, trial.flow
    inputs = failed.inputs if failed is not None else _entering_norm(trial)
    channels = re.search(r"Given normalized_shape=\[(\d+)\]", trial.failure.text)
    if channels and any(flow.shapes[value][1:2] == (int(channels.group(1)),) for value in inputs):
        return True  # a layer norm over the last axis meets its channels in the second: no size of input cures that
    if not any(flow.depth.get(value, (0, 0))[1] > 0 for value in inputs if value in flow.from_input):
        return False
    if failed is None or failed.name not in ("addmm", "mm", "linear"):
        return True
    flattened = [flow.shapes[op.inputs[0]] for op in flow.ops if op.name in _FLATTENS and op.inputs]
    return not any(math.prod(shape[2:]) > 1 for shape in flattened)


def _entering_norm(trial: Trial) -> tuple[int, ...]:
    """Return what entered the layer that raised before its operation began, as norms do."""
    call = next((call for call in reversed(trial.tape.calls) if not call.finished), None)
    return tuple(call.inputs) if call is not None and call.of_torch else ()
