"""Why is nothing known of a target that did not run, and what would have to be given for it to run?"""

from __future__ import annotations

import ast
import inspect
import math
import re
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from torch import Tensor, nn

from residua.check.evidence import source
from residua.check.evidence.flow import ADDS, CONVS, PRODUCTS, Flow
from residua.check.evidence.influence import enclosing
from residua.check.run.slips import Suspect, is_slip, shuts_out_its_layers, what_to_give, where
from residua.check.run.trial import Failure, Misread, Trial
from residua.check.run.versions import of_another_version
from residua.record.tape import Call
from residua.targets import Candidate
from residua.targets.guess import NotGuessed
from residua.targets.inputs import takes_list
from residua.targets.scripts import MissingPackage

_FLATTENS = ("view", "_unsafe_view", "reshape", "flatten", "squeeze")


def why_not_run(
    candidate: Candidate, args: Mapping[str, Any], trials: Sequence[Trial], unexplained: bool = False
) -> str:
    """Return why nothing is known of a target, in one line with what to give; empty where it ran or its code is wrong.

    An exception is held against the code only on evidence that no argument and no input could cure it. unexplained: no
    rule had anything to say of it, so that nothing is known after all.
    """
    failed = next((trial for trial in trials if trial.failure is not None), None)
    if failed is None or any(trial.ran for trial in trials):
        return ""
    assert failed.failure is not None
    suspect = Suspect.of(candidate, args, failed)
    if _is_fault(suspect, failed) and not unexplained:
        return ""
    error, text = failed.failure.error, failed.failure.text + where(suspect)
    if isinstance(error, MissingPackage):
        cure = "install it, or " if "is not installed" in str(error) else ""
        return f"{error}; {cure}check a class that does not need it"
    if failed.failure.stage == "construct" or (isinstance(error, NotGuessed) and suspect.settings):
        return what_to_give(suspect)
    if other := of_another_version(error):
        return other
    given = "x".join(str(side) for side in failed.in_shape)
    if isinstance(error, Misread):
        return f"{error}, {given} as we guessed it; give --input, or check what calls it"
    if isinstance(error, AttributeError) and isinstance(error.obj, Tensor):
        return f"forward takes no tensor but what has .{error.name}{where(suspect)}; check a class that calls it"
    return f"forward raises {text} for an input of {given}; give --input or --args"


def in_keywords(reason: str) -> str:
    """Return a reason with what to give as keyword arguments of a call in Python."""
    reason = re.sub(r"give --args ([^;]*?)(\.?)$", r"give \1 as keyword arguments\2", reason)
    return reason.replace("give --input or --args", "give other arguments as keywords, or an instance")


def _is_fault(suspect: Suspect, failed: Trial) -> bool:
    """Tell an exception that is evidence against the code."""
    failure = suspect.failure
    if (
        isinstance(failure.error, (MissingPackage, Misread))
        or _is_about_a_guess(suspect)
        or _asks_for_more(suspect, failed)
    ):
        return False
    if is_slip(suspect) or shuts_out_its_layers(failed) or handed_on_whole(failed) is not None:
        return True
    if of_another_version(failure.error):
        return False
    if failure.stage == "construct":
        return not suspect.stands_on(suspect.assumed) and not _refused(failure) and not _may_be_cured(suspect)
    chosen = suspect.settings or _was_put_together(suspect, failed)  # widths of a configuration that we put together
    return _misfit_within(failed) and not chosen and not takes_list(failed.module)


def _asks_for_more(suspect: Suspect, failed: Trial) -> bool:
    """Tell a forward that misses an input: a key among its `**kwargs`, or one that is None unless it is given."""
    error, frames = suspect.failure.error, suspect.failure.frames
    if suspect.failure.stage != "forward" or not isinstance(error, (KeyError, TypeError, AttributeError)):
        return False
    parameters = inspect.signature(failed.module.forward).parameters.values()
    if isinstance(error, KeyError):
        return any(each.kind is each.VAR_KEYWORD for each in parameters)
    absent = {each.name for each in parameters if each.default is None}
    statements = [source.innermost(frame.file, frame.line) for frame in frames if "NoneType" in str(error)]
    read = {node.id for each in statements if each for node in ast.walk(each) if isinstance(node, ast.Name)}
    return bool(absent & read)


def _was_put_together(suspect: Suspect, failed: Trial) -> bool:
    """Tell a block class, a padding, or the numbers behind a view, that we chose: others may fit."""
    chosen = {name: suspect.arguments.get(name) for name in suspect.required}
    if failed.tape.failed is not None and failed.tape.failed.name in _FLATTENS:
        return bool(suspect.guessed) or suspect.stands_on(suspect.required)
    return any(isinstance(value, type) or re.search("^pad", name) for name, value in chosen.items())


def _is_about_a_guess(suspect: Suspect) -> bool:
    """Tell an exception about a value that we gave for what is required, or left out: 'int' object is not callable.

    Also where the object of settings that was meant went into other classes first: 'int' object has no attribute.
    """
    error = suspect.failure.error
    if isinstance(error, AttributeError) and isinstance(error.obj, (bool, int, float, str)):
        given = {type(suspect.arguments.get(name, error.obj)) for name in suspect.required}
        return type(error.obj) in given and suspect.failure.stage == "construct"
    if not isinstance(error, TypeError) or isinstance(suspect.candidate.value, nn.Module):
        return False
    parameters, held = suspect.candidate.signature.parameters, suspect.arguments
    ours = [name for name in suspect.assumed if name in parameters and held.get(name) != parameters[name].default]
    text, kinds = str(suspect.failure.error), {type(held.get(name)).__name__ for name in ours}
    if any(f"'{kind}' object is not callable" in text for kind in kinds):
        return True
    defaults = (each.default for each in suspect.candidate.signature.parameters.values())
    if "'NoneType' object is not callable" in text and any(default is None for default in defaults):
        return not (_calls_none(suspect.failure) or _calls_its_default(suspect))
    return bool(_OF_A_NUMBER.search(text)) and suspect.stands_on(suspect.required)


def _calls_none(failure: Failure) -> bool:
    """Tell a call of what the test around it, `if self.downsample is None:`, says that it is None."""
    frame = next(iter(failure.frames), None)
    for node in source.nodes_of(frame.file) if frame is not None else ():
        if isinstance(node, ast.If) and frame is not None:
            called = ast.unparse(node.test).removesuffix(" is None")
            below = node.body[0].lineno <= frame.line <= (node.body[-1].end_lineno or 0)
            if below and called != ast.unparse(node.test) and f"{called}(" in source.text_of(frame.file, frame.line):
                return True
    return False


def _calls_its_default(suspect: Suspect) -> bool:
    """Tell a forward that calls, without a test, an attribute which holds an argument's default None."""
    frames, file, name = suspect.failure.frames, suspect.candidate.file, suspect.candidate.name
    init = source.method(file, name, "__init__")
    if not frames or init is None or suspect.failure.stage != "forward" or frames[0].file != file:
        return False
    none = {each for each, own in suspect.candidate.signature.parameters.items() if own.default is None}
    kept = [node for node in ast.walk(init) if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name)]
    held = {ast.unparse(target) for node in kept if ast.unparse(node.value) in none for target in node.targets}
    statement = source.innermost(file, frames[0].line)
    called = {ast.unparse(node.func) for node in ast.walk(statement or init) if isinstance(node, ast.Call)} & held
    return bool(called) and not enclosing(file, frames[0].line)


_OF_A_NUMBER = re.compile(
    r"'(int|float)' (object is not|has no len)|type '(int|float)' has no len|non-iterable (int|float)|"
    r"'(list|tuple|Conv2d)' object cannot be interpreted"
)


def _may_be_cured(suspect: Suspect) -> bool:
    """Tell an exception that other arguments, or another place to run in, may cure: a file that is not there."""
    error = suspect.failure.error
    if isinstance(error, (OSError, ImportError, MemoryError)) or "negative dimension" in str(error):
        return True
    if isinstance(error, NameError):
        return True  # no slip: a star import of another version of that package may bind it
    if isinstance(error, AttributeError) and isinstance(error.obj, ModuleType):
        return True  # of another version of that package
    if isinstance(suspect.candidate.value, nn.Module):
        return False
    signature = suspect.candidate.signature
    if isinstance(error, (IndexError, KeyError)) and signature.parameters:
        return True  # a list or a table of another length, or other words
    if "NoneType" in str(error) and any(each.default is None for each in signature.parameters.values()):
        return True
    return isinstance(error, TypeError) and signature.takes_any


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
    if _TOO_SMALL.search(trial.failure.text):
        return False
    failed, flow = trial.tape.failed, trial.flow
    inputs = failed.inputs if failed is not None else _entering_norm(trial)
    channels = re.search(r"Given normalized_shape=\[(\d+)\]", trial.failure.text)
    convolved = any(op.name in CONVS for op in flow.ops) or _convolves_as_given(trial.module)
    if channels and convolved and any(flow.shapes[value][1:2] == (int(channels.group(1)),) for value in inputs):
        return True  # a layer norm over the last axis meets its channels in the second: no size of input cures that
    given = {value for value, name in trial.tape.leaf.items() if name.startswith("input")}
    if failed is not None and failed.name in ADDS and any(not flow.ancestors((value,)) & given for value in inputs):
        return False  # a table, as of positions, that is made for another size of input
    if channels and not convolved:
        return False  # which axis holds the channels was a guess of ours
    if not any(flow.depth.get(value, (0, 0))[1] > 0 for value in inputs if value in flow.from_input):
        return False
    if failed is None or failed.name not in ("addmm", "mm", "linear"):
        return True
    if any(_is_width_of_a_layer(flow, value) for value in inputs if value in flow.from_input):
        return True
    flattened = [flow.shapes[op.inputs[0]] for op in flow.ops if op.name in _FLATTENS and op.inputs]
    if any(math.prod(shape[2:]) > 1 for shape in flattened):
        return False
    sizes = _PRODUCT.search(trial.failure.text)
    made_small = any(len(shape) > 2 for shape in flattened) and sizes is not None  # a map of one pixel
    return not (sizes and made_small and int(sizes.group(2)) % int(sizes.group(1)) == 0)


def _is_width_of_a_layer(flow: Flow, value: int) -> bool:
    """Tell a value whose last axis is the width of the linear layer before it: no flattening of a map comes between."""
    width = flow.shapes[value][-1:]
    for op in flow.chain(value).ops:
        if op in flow.weighted:
            return op.name in PRODUCTS and flow.shapes[op.outputs[0]][-1:] == width
        if not op.outputs or flow.shapes[op.outputs[0]][-1:] != width:
            return False
    return False


_PRODUCT = re.compile(r"mat1 and mat2 shapes cannot be multiplied \(\d+x(\d+) and (\d+)x\d+\)")
_TOO_SMALL = re.compile(
    r"can't be greater than actual input size|[Oo]utput size is too small|[Pp]adding size should be less than|"
    r"more than 1 (spatial element|value per channel)|should be at least"
)


def _convolves_as_given(module: nn.Module) -> bool:
    """Tell a module whose convolutions read the axes in the order in which they come: no line of it permutes them."""
    try:
        text = inspect.getsource(type(module))
    except (OSError, TypeError):
        return False
    convolves = any(isinstance(layer, nn.modules.conv._ConvNd) for layer in module.modules())
    return convolves and not re.search(r"permute|transpose|movedim|rearrange|swapaxes", text)


def _entering_norm(trial: Trial) -> tuple[int, ...]:
    """Return what entered the layer that raised before its operation began, as norms do."""
    call = next((call for call in reversed(trial.tape.calls) if not call.finished), None)
    return tuple(call.inputs) if call is not None and call.of_torch else ()


def handed_on_whole(trial: Trial) -> Call | None:
    """Return the call of a recurrence or an attention of torch's whose tuple is used as a tensor where it failed.

    No input and no argument cures that: these layers always return several results.
    """
    failed = trial.failure
    if failed is None or failed.stage != "forward" or not failed.frames or not _OF_A_TUPLE.search(failed.text):
        return None
    if not isinstance(failed.error, (TypeError, AttributeError)):
        return None
    at = failed.frames[0]
    read, around = _names_read(at.file, at.line), source.function_at(at.file, at.line)
    for call in reversed(trial.tape.calls):
        several = isinstance(call.module, (nn.RNNBase, nn.MultiheadAttention)) and call.finished and call.frames
        if not several or source.function_at(call.frames[0].file, call.frames[0].line) is not around:
            continue
        line = call.frames[0].line
        statement = source.innermost(at.file, line)
        names = {getattr(each, "id", "") for each in getattr(statement, "targets", ())}
        if line == at.line or (line < at.line and isinstance(statement, ast.Assign) and names & read):
            return call
    return None


def _names_read(file: str, line: int) -> set[str]:
    statement = source.innermost(file, line)
    nodes = ast.walk(statement) if statement is not None else ()
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


_OF_A_TUPLE = re.compile(r"not tuple|'tuple'|tuple indices must be|got \(tuple|must be tuple of Tensors")
