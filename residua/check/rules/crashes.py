"""When a target crashes, which mistake made it crash, and in which line?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from torch import nn
from torch.nn.parameter import is_lazy

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.flow import ADDS, CONVS, PRODUCTS, Flow
from residua.check.evidence.geometry import floored_at
from residua.check.evidence.misnamed import misnamed
from residua.check.evidence.places import Place, first_frame, is_layer
from residua.check.rules.crash_at_addition import at_addition
from residua.check.rules.crash_at_cut import at_cut
from residua.check.rules.crash_at_features import beside_channels
from residua.check.rules.crash_at_layer import at_layer
from residua.check.rules.crash_at_resize import at_resize
from residua.check.rules.rule import Rule
from residua.check.run.configurations import is_refusal
from residua.check.run.not_run import handed_on_whole
from residua.check.run.slips import class_called
from residua.check.run.trial import Kind, Misread, Trial
from residua.record.tape import Convolution, Op
from residua.targets.inputs import reads_sequences
from residua.targets.scripts import MissingPackage
from residua.text import one_line


def hits_of(evidence: Evidence, rule: str) -> Iterator[Hit]:
    """Yield the diagnoses of crashed trials that are of this rule."""
    if evidence.crashes is None:
        evidence.crashes = [hit for trial in evidence.trials if (hit := diagnose(evidence, trial)) is not None]
    return (hit for hit in evidence.crashes if hit.rule == rule)


def diagnose(evidence: Evidence, trial: Trial) -> Hit | None:
    """Say which mistake made a trial crash; None where nothing crashed, or where only a guess of ours did not suit."""
    if trial.failure is None or is_refusal(trial) or isinstance(trial.failure.error, (MissingPackage, Misread)):
        return None
    if trial.failure.is_strided_same:
        return evidence.hit("R182", first_frame(trial.failure.frames, evidence.files), trial, error=trial.failure.text)
    if any(parameter.numel() == 0 for parameter in trial.module.parameters() if not is_lazy(parameter)):
        return None  # channels that our arguments left none of
    if re.search(r"shape '\[[^']*\b0\b[^']*\]' is invalid", trial.failure.text):
        return None  # a number of groups, or of features, that our arguments divide to none
    if trial.failure.stage == "backward":
        return _in_place(evidence, trial) or _plain(evidence, trial)
    if trial.failure.stage == "construct":
        return _plain(evidence, trial)
    failed = trial.tape.failed or _refused_by_norm(trial)
    stands = at_cut(evidence, trial, failed) or at_resize(evidence, trial, failed) if failed is not None else None
    stands = stands or beside_channels(evidence, trial)
    if stands is not None:
        return stands
    slips = (AttributeError, NameError, TypeError)  # as a name that is not there: no length of a sequence cures these
    if isinstance(trial.failure.error, slips) and trial.tape.failed is None:
        return _plain(evidence, trial)
    if not evidence.is_network and reads_sequences(trial.module) and not _differ_in_features(trial):
        return replace(_plain(evidence, trial), severity="note")  # which length it takes is a guess of ours
    if trial.kind is Kind.ODD:
        return _on_odd_sides(evidence, trial)
    if _took_our_guess(trial):
        return replace(_plain(evidence, trial), severity="note") if trial.kind is Kind.SAME else None
    return _at_operation(evidence, trial) or _plain(evidence, trial)


def _plain(evidence: Evidence, trial: Trial) -> Hit:
    """Name the line of the user's code where the fault is written, without an explanation."""
    assert trial.failure is not None
    text = trial.failure.text
    chosen = _chosen_identity(evidence, trial)
    if chosen is not None:
        return evidence.hit("R161", chosen, trial, error=text, stage=trial.failure.stage)
    wrong = misnamed(evidence.file, evidence.class_name, text)
    if wrong is not None:
        facts = {"owner": wrong.owner, "written": wrong.written, "meant": wrong.meant, "error": text}
        return evidence.hit("R194", (evidence.file, wrong.line), trial, **facts)
    place = _of_several_results(evidence, trial) or first_frame(trial.failure.frames, evidence.files)
    held = class_called(trial.failure, trial.module) if "TypeError" in text else None
    line = source.attribute_line(evidence.file, *held) if held is not None else None
    if line is not None:
        place = evidence.file, line
    elif place is None:
        line = source.return_line(evidence.file, evidence.class_name) if "returned NoneType" in text else None
        line = line or _method_line(evidence, text)
        place = (evidence.file, line) if line else None
    elif _RANK.search(text) and trial.tape.unfinished and any(isinstance(op, Convolution) for op in trial.tape.ops):
        layer = trial.tape.calls[trial.tape.unfinished[-1]].module  # a norm of another rank than the convolutions
        place = (evidence.made_at(layer, trial) if is_layer(layer) else None) or place
    elif re.search("dilation should be greater|non-positive dilation", text) and trial.tape.unfinished:
        layer = trial.tape.calls[trial.tape.unfinished[-1]].module
        place = evidence.decided_at(layer, trial, "dilation") or place
    elif "is not a Module subclass" in text:
        place = place[0], source.argument_line(*place, text.partition(" is not a")[0].split()[-1])
    return evidence.hit("R161", place, trial, error=text, stage=trial.failure.stage)


_RANK = re.compile(r"expected \dD(?: or \dD)? input \(got \dD input\)")


def _chosen_identity(evidence: Evidence, trial: Trial) -> Place | None:
    """Return the test that chose an identity, where what views its result as of another size fails."""
    failed = trial.failure
    place = first_frame(failed.frames, evidence.files) if failed is not None else None
    statement = source.innermost(*place) if place is not None else None
    if statement is None or failed is None or "is invalid for input of size" not in failed.text:
        return None
    calls = (node for node in ast.walk(statement) if isinstance(node, ast.Call))
    names = [node.func.attr for node in calls if isinstance(node.func, ast.Attribute)]
    init = source.method(evidence.file, evidence.class_name, "__init__")
    tests = [node for node in ast.walk(init) if isinstance(node, ast.If)] if init is not None else []
    for name in names:
        if isinstance(getattr(trial.module, name, None), nn.Identity):
            own = [node for node in tests if _sets(node.body, name) and _sets(node.orelse, name)]
            innermost = [node for node in own if not any(each is not node and each in ast.walk(node) for each in own)]
            return (evidence.file, innermost[0].lineno) if innermost else None
    return None


def _sets(body: list[ast.stmt], name: str) -> bool:
    stored = (ast.unparse(target) for node in body if isinstance(node, ast.Assign) for target in node.targets)
    return f"self.{name}" in stored


_TUPLE = re.compile(r"not tuple|'tuple' object|to be a Tensor|must be Tensor")


def _of_several_results(evidence: Evidence, trial: Trial) -> Place | None:
    """Where a module was given the several results of the one before it: the line that returns, or hands on, those.

    That is the `return` of the one before where both stand in an nn.Sequential, else the line of the call; of torch's
    own layers the line that calls one, or that puts it into an nn.Sequential.
    """
    whole = handed_on_whole(trial)
    if whole is not None:
        listed = whole.parent is not None and isinstance(trial.tape.calls[whole.parent].module, nn.Sequential)
        made = evidence.made_at(whole.module, trial) if listed else None
        return made or first_frame(whole.frames, evidence.files)
    tape = trial.tape
    unfinished = [tape.calls[index] for index in tape.unfinished if not tape.calls[index].of_torch]
    call = unfinished[-1] if unfinished else None
    if call is None or call.parent is None or trial.failure is None or not _TUPLE.search(trial.failure.text):
        return None
    before = [each for each in tape.calls[: call.index] if each.parent == call.parent and each.finished]
    if not before or len(before[-1].outputs) < 2 or before[-1].of_torch:
        return None
    if not isinstance(tape.calls[call.parent].module, nn.Sequential):
        return first_frame(call.frames, evidence.files)
    line = source.return_line(evidence.file, type(before[-1].module).__name__)
    return (evidence.file, line) if line is not None else None


def _method_line(evidence: Evidence, text: str) -> int | None:
    """Return the line of the method that our own call did not suit, as one without `self`."""
    if "before Module.__init__()" in text:
        text = ".__init__() takes"
    called = re.search(r"\.(\w+)\(\) takes", text)
    method = source.method(evidence.file, evidence.class_name, called[1]) if called else None
    return method.lineno if method is not None else None


def _in_place(evidence: Evidence, trial: Trial) -> Hit | None:
    """Blame the last write to a value that backward needs; of several, the one to what autograd's message names."""
    assert trial.failure is not None
    text = str(trial.failure.error)
    if "modified by an inplace operation" not in text:
        return None
    writes = [op for op in trial.tape.ops if op.writes and any(old in trial.flow.from_input for old, _ in op.writes)]
    blamed = writes[-1:] or trial.tape.ops[-1:]
    saved = re.search(r"output \d+ of (\w+?)(?:Backward\d*)?\b", text)
    for op in writes if saved else ():
        makers = [trial.flow.maker(old) for old, _ in op.writes]
        if saved and any(
            maker is not None and maker.name.replace("_", "").startswith(saved[1].lower()) for maker in makers
        ):
            blamed = [op]
    return evidence.hit("R109", evidence.line_of(blamed[0]), trial, error=one_line(text, 160))


def _on_odd_sides(evidence: Evidence, trial: Trial) -> Hit | None:
    """An odd side is to blame where the same configuration runs with an even one."""
    assert trial.failure is not None
    even = [each for each in evidence.trials if each.ran and each.wanted == trial.wanted and each is not trial]
    if not even:
        return None
    sides = {word: "×".join(map(str, each.in_shape[2:])) for word, each in (("works", even[0]), ("fails", trial))}
    facts: dict[str, Any] = {**sides, "mend": "nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False)"}
    place = floored_at(evidence, trial) or first_frame(trial.failure.frames, evidence.files)
    return evidence.hit("R148", place, trial, error=trial.failure.text, **facts)


def _differ_in_features(trial: Trial) -> bool:
    """Tell a sum of sequences of one length, of which some layer has changed the features: no input could cure that."""
    failed = trial.tape.failed
    if failed is None or failed.name not in ADDS or not any(op in trial.flow.weighted for op in trial.flow.ops):
        return False
    shapes = [trial.flow.shapes[value] for value in failed.inputs]
    return len(shapes) == 2 and len(shapes[0]) > 2 and shapes[0][:-1] == shapes[1][:-1] and shapes[0] != shapes[1]


def _took_our_guess(trial: Trial) -> bool:
    """Tell whether a further input of forward, whose shape was guessed, took part in the operation that failed."""
    inputs = trial.tape.failed.inputs if trial.tape.failed is not None else _entering(trial)
    if not inputs or (trial.built is not None and trial.built.inputs):
        return False
    guessed = {value for value, name in trial.tape.leaf.items() if re.fullmatch(r"input[1-9]\d*", name)}
    return bool(guessed & trial.flow.ancestors(inputs)) and not _accepted_vector(trial, guessed, inputs)


def _entering(trial: Trial) -> tuple[int, ...]:
    """Return what went into the layer of torch that raised before an operation of its began."""
    unfinished = [trial.tape.calls[index] for index in trial.tape.unfinished]
    return tuple(unfinished[-1].inputs) if unfinished and unfinished[-1].of_torch else ()


def _accepted_vector(trial: Trial, guessed: set[int], inputs: tuple[int, ...]) -> bool:
    """Tell a vector an image that a linear layer or an embedding took, and that now meets a map at its own rank."""
    flow, ranks = trial.flow, {len(trial.flow.shapes[value]) for value in inputs}
    if len(ranks) != 1 or min(ranks) < 4 or any(len(flow.shapes[value]) > 2 for value in guessed):
        return False
    took = [op for op in flow.ops if op.name in PRODUCTS or op.name == "embedding"]
    return any(set(op.inputs) & Flow(flow.tape, 0, len(flow.ops), tuple(guessed), ()).from_input for op in took)


def _at_operation(evidence: Evidence, trial: Trial) -> Hit | None:
    """Explain the operation that failed by the shapes of what it was given."""
    failed = trial.tape.failed or _refused_by_norm(trial)
    if failed is None:
        return None
    if failed.name in ADDS or failed.name in ("stack", "cat", "mul", "mul_"):
        return at_addition(evidence, trial, failed.inputs)
    if failed.name in CONVS or failed.name in PRODUCTS or "_norm" in failed.name:
        return at_layer(evidence, trial, failed)
    return None


_NORM_REFUSES = re.compile(r"running_mean should contain|Expected weight to be a vector|Given normalized_shape")


def _refused_by_norm(trial: Trial) -> Op | None:
    """Return the norm that raised before its operation began, as if the operation had failed."""
    assert trial.failure is not None
    call = next((call for call in reversed(trial.tape.calls) if not call.finished), None)
    if call is None or not call.inputs or not _NORM_REFUSES.search(trial.failure.text):
        return None
    around = [call.index]
    while (parent := trial.tape.calls[around[0]].parent) is not None:
        around.insert(0, parent)
    return Op(len(trial.tape.ops), "batch_norm", call.inputs, {}, (), call.frames, tuple(around))


@partial(
    Rule,
    code="R160",
    severity="error",
    title="the code ends its own process",
    message="{target}: {error}",
    evidence="the process that ran it is gone, and nothing of ours ended it",
    fix="raise an exception instead, as ValueError",
    source="os._exit, os.abort and os.kill end the whole program, here a check, elsewhere a training run",
    wrong="os._exit(1)",
    right='raise ValueError("channels must be even")',
)
def r160(evidence: Evidence) -> Iterator[Hit]:
    """The code ended its own process; nobody inside sees that, so `examine.ended_itself` words it."""
    return iter(())


@partial(
    Rule,
    code="R161",
    severity="error",
    title="the code raises",
    message="{target}: {stage} fails: {error}",
    evidence="{trial}: {error}",
    fix="- {code}",
    source="Python's own traceback",
    wrong="out = self.rule(out)         # AttributeError",
    right="out = self.relu(out)",
    once=True,
    bare_crash=True,
    grave_with_options=True,
)
def r161(evidence: Evidence) -> Iterator[Hit]:
    """The code raises."""
    for hit in hits_of(evidence, "R161"):
        assert hit.trial is not None
        plain = hit.trial.kind in (Kind.SAME, Kind.AS_GIVEN, Kind.NEVER)
        if evidence.is_network or plain or _ran_through_user_code(hit.trial):
            yield hit


def _ran_through_user_code(trial: Trial) -> bool:
    return trial.failure is not None and trial.failure.stage in ("forward", "backward") and bool(trial.failure.frames)


@partial(
    Rule,
    code="R194",
    severity="error",
    title="a method under a name that nobody calls",
    message="{owner}: nobody calls {written}: it has to be the method {meant}",
    evidence="{trial}: {error}",
    fix="- {code}\n+ def {meant}(self, …)",
    source="Python calls __init__, torch calls forward; each is a method of the class itself",
    wrong="def _init_(self, channels):",
    right="def __init__(self, channels):",
    implies=("R161",),
    once=True,
)
def r194(evidence: Evidence) -> Iterator[Hit]:
    """A constructor or a forward has another name, or stands inside another method."""
    return hits_of(evidence, "R194")
