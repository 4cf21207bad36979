"""Does an exception name a mistake of the code itself, whatever it was given?"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, TypeGuard

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.influence import Influence, enclosing
from residua.check.evidence.misnamed import misnamed
from residua.check.run.devices import NO_GPU
from residua.check.run.forward import attempt
from residua.check.run.trial import Failure, Trial
from residua.check.run.versions import of_another_version
from residua.targets import Candidate, Role
from residua.targets.guess import Settings, is_stand_in
from residua.targets.roles import names_module, names_settings, role_of
from residua.text import nearest

# What a TypeError says where the code itself made the value that does not suit.
_OF_THE_CODE = (
    "is not a Module subclass", "object is not callable", "returned NoneType", "unsupported operand type",
    "must be Tensor, not", "obj must be an instance or subtype of type",
)  # fmt: skip
_MISUSED = (
    "received an invalid combination of arguments",
    "must be tuple of Tensors",
    "must be tuple of ints, not Tensor",
)
_OF_A_LIST = re.compile(r"index -?\d+ is out of range")  # as nn.ModuleList words it, and no tensor or list
_CALLED_WRONG = re.compile(
    r"(?:(\w+)\.)?(\w+)\(\) (?:missing \d|got an unexpected keyword|takes \d|takes from|got multiple values)"
)
_LISTS_CALLED = re.compile(r"Module \[Module(List|Dict)\] is missing the required")


@dataclass(frozen=True)
class Suspect:
    """A failure of a candidate's code, beside what the user gave; arguments: what its constructor got."""

    candidate: Candidate
    given: Collection[str]
    failure: Failure
    arguments: Mapping[str, Any]
    module: nn.Module

    @classmethod
    def of(cls, candidate: Candidate, given: Collection[str], trial: Trial) -> Suspect:
        """Return the suspect that a trial's failure makes."""
        assert trial.failure is not None
        arguments = trial.built.arguments if trial.built is not None else {}
        return cls(candidate, given, trial.failure, arguments, trial.module)

    @property
    def guessed(self) -> list[str]:
        """The required arguments whose meaning no spelling tells: what they got was a guess of ours."""
        return [name for name in self.required if role_of(name) is Role.OTHER]

    @property
    def assumed(self) -> list[str]:
        """The arguments that could be of another kind than we gave: one of them may be wrong where the kind matters.

        A number of channels may be meant as a list of them; where the number itself is refused, that says something.
        """
        of_kind = isinstance(self.failure.error, (TypeError, AttributeError, LookupError))
        if not of_kind or isinstance(self.candidate.value, nn.Module):
            return self.guessed
        named = [name for name, role in self.candidate.signature.roles.items() if role is not Role.OTHER]
        return [*self.required, *(name for name in named if name not in self.given and name not in self.required)]

    @property
    def settings(self) -> list[str]:
        """The required arguments that are configurations: what they got was made up by us."""
        return [name for name in self.required if names_settings(name)]

    @property
    def required(self) -> list[str]:
        """The arguments without a default, or with None where that would not do, that the user did not give.

        Of a configuration of ours he gave only the name.
        """
        if isinstance(self.candidate.value, nn.Module):
            return []
        ours = {name for name, value in self.arguments.items() if isinstance(value, Settings)}
        signature = self.candidate.signature
        absent = [name for name, each in signature.parameters.items() if each.default is None]
        instead = [name for name in absent if self.arguments.get(name) is not None and role_of(name) is Role.OTHER]
        return [name for name in (*signature.required(), *instead) if name not in self.given or name in ours]

    def stands_on(self, names: Collection[str]) -> bool:
        """Tell whether the lines that failed depend on some of the constructor's arguments, as far as can be read."""
        if not names:
            return False
        return Influence.of(self.candidate.file, self.candidate.name, names).reaches(self.failure.frames)


def what_to_give(suspect: Suspect) -> str:
    """Return why a constructor that raises is not known to be wrong, with the arguments to give for it."""
    if suspect.settings:
        names = ", ".join(suspect.settings)
        return f"it takes a configuration that we could not guess ({names}); give --args {suspect.settings[0]}=…"
    error = suspect.failure.error
    if other := of_another_version(error):
        return other
    wrapped = [name for name in suspect.required if names_module(name)]
    if wrapped and isinstance(error, AttributeError) and is_stand_in(error.obj):
        return f"it takes a module with .{error.name} ({', '.join(wrapped)}); give --args {wrapped[0]}=…"
    likely = suspect.guessed or suspect.required or suspect.candidate.signature.parameters
    names = ", ".join(f"{name}=…" for name in likely)
    return f"its constructor raises {suspect.failure.text}{where(suspect)}; give --args {names or 'name=value'}"


def where(suspect: Suspect) -> str:
    """Return in which line of the user's code it failed, and of which file if that is another; empty if unknown."""
    own = next((frame for frame in suspect.failure.frames if "site-packages" not in frame.file), None)
    if own is None:
        return ""
    other = Path(own.file).name if Path(own.file).resolve() != Path(suspect.candidate.file).resolve() else ""
    return f" in line {own.line} ({other})" if other else f" in line {own.line}"


def is_slip(suspect: Suspect) -> bool:
    """Tell an exception that no argument and no input could cure."""
    error, text = suspect.failure.error, str(suspect.failure.error)
    if of_another_version(error):
        return False
    if "before Module.__init__()" in text or any(sign in text for sign in NO_GPU):
        return True
    if suspect.failure.is_strided_same:
        return True
    if misnamed(suspect.candidate.file, suspect.candidate.name, text) is not None or always_raised(suspect.failure):
        return True
    if isinstance(error, NotImplementedError):
        return bool(_LISTS_CALLED.search(text))
    if isinstance(error, RecursionError) or "view size is not compatible with input tensor's size" in text:
        return True
    if isinstance(error, (IndexError, KeyError)):
        return _is_past_the_end(suspect, text)
    if "Boolean value of Tensor with more than one value" in text:
        return not _tests_an_input(suspect)
    if isinstance(error, UnboundLocalError):
        return not _bound_by_a_guess(suspect, getattr(error, "name", "") or "")
    if isinstance(error, NameError):
        return not _is_bound(suspect.candidate.file, getattr(error, "name", "") or "")
    if isinstance(error, AttributeError):
        return _names_nothing(suspect, getattr(error, "obj", None), error.name or "")
    return isinstance(error, TypeError) and _is_wrong_call(suspect, text)


def _is_past_the_end(suspect: Suspect, text: str) -> bool:
    """Tell an index of an nn.ModuleList that has fewer, or a written key of an nn.ModuleDict that has no such."""
    frames = suspect.failure.frames
    if not frames or suspect.stands_on(suspect.guessed):
        return False
    statement = source.innermost(frames[0].file, frames[0].line)
    around = source.function_at(frames[0].file, frames[0].line)
    keywords = around.args.kwarg.arg if around is not None and around.args.kwarg is not None else ""
    items = [node for node in ast.walk(statement) if isinstance(node, ast.Subscript)] if statement else []
    keys = [node.slice for node in items if not (isinstance(node.value, ast.Name) and node.value.id == keywords)]
    written = any(isinstance(key, ast.Constant) and repr(key.value) == text for key in keys)
    return bool(_OF_A_LIST.fullmatch(text)) or written


def _tests_an_input(suspect: Suspect) -> bool:
    """Tell a test of an input of forward itself: it may be meant as a flag."""
    frames = suspect.failure.frames
    around = source.function_at(frames[0].file, frames[0].line) if frames else None
    if around is None or len(around.args.args) > 2:
        return True
    statement = source.innermost(frames[0].file, frames[0].line)
    test = getattr(statement, "test", None)
    return isinstance(test, ast.Name) and test.id == around.args.args[-1].arg


def _misuses_torch(suspect: Suspect, text: str) -> bool:
    """Tell arguments of another kind than an operator takes, where none is an input of forward as it came."""
    frames = suspect.failure.frames
    if not frames or suspect.failure.stage == "construct" or suspect.stands_on(suspect.guessed):
        return False
    if class_called(suspect.failure, suspect.module) is not None:
        return True
    around, statement = (each(frames[0].file, frames[0].line) for each in (source.function_at, source.innermost))
    if not isinstance(around, ast.FunctionDef) or statement is None:
        return False
    inputs = {argument.arg for argument in around.args.args}
    word = text.partition("(")[0]
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    named = [call for call in calls if _called_name(call) == word] or calls
    values = [value for call in named for value in (*call.args, *(each.value for each in call.keywords))]
    return bool(named) and not any(isinstance(value, ast.Name) and value.id in inputs for value in values)


def class_called(failure: Failure, module: nn.Module) -> tuple[str, str] | None:
    """Return the class and the attribute that is called as a layer, but holds a layer's class: `self.act = nn.ReLU`."""
    frames = failure.frames
    statement = source.innermost(frames[0].file, frames[0].line) if frames else None
    around = source.function_at(frames[0].file, frames[0].line) if frames else None
    called = {_called_name(node) for node in ast.walk(around or statement)} if statement is not None else set()
    for part in module.modules():
        for name, value in vars(part).items():
            if name in called and isinstance(value, type) and issubclass(value, nn.Module):
                return type(part).__name__, name
    return None


def _is_wrong_call(suspect: Suspect, text: str) -> bool:
    """Tell a call that does not suit what is called, where both are written out in the code."""
    if any(sign in text for sign in _MISUSED):
        return _misuses_torch(suspect, text)
    if any(sign in text for sign in _OF_THE_CODE) and "NoneType' and" not in text:
        return suspect.failure.stage != "construct" or not suspect.stands_on(suspect.guessed)
    found, frames = _CALLED_WRONG.search(text), suspect.failure.frames
    if found is None:
        return False
    owner, called = found.groups()
    if not frames:  # our own call: a method without `self`
        method = source.method(suspect.candidate.file, owner or "", called)
        return method is not None and bool(method.args.args) and method.args.args[0].arg not in ("self", "cls")
    word = owner if called in ("__init__", "forward") and owner else called
    if called == "forward":  # through a layer's call: which one, only its class tells
        made_here = any(word == _called_name(node) for node in source.nodes_of(frames[0].file))
        return made_here and not suspect.stands_on(suspect.guessed)
    statement = source.innermost(frames[0].file, frames[0].line)
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)] if statement is not None else []
    written = [call for call in calls if _called_name(call) == word]
    return bool(written) and not any(_unpacks(call) for call in written)


def _called_name(node: ast.AST) -> str:
    function = node.func if isinstance(node, ast.Call) else None
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _unpacks(call: ast.Call) -> bool:
    return any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords)


def always_raised(failure: Failure) -> bool:
    """Tell a `raise` that every call reaches; a base class raises NotImplementedError, which says it is none."""
    frames = failure.frames
    if not frames or isinstance(failure.error, NotImplementedError):
        return False
    if source.statement_at(frames[0].file, frames[0].line) != "Raise":
        return False
    return not any(enclosing(frame.file, frame.line) for frame in frames if frame.file == frames[0].file)


def shuts_out_its_layers(trial: Trial) -> bool:
    """Tell a `raise` for inputs of the one rank that the layers behind it take: `if x.dim() == 4`, and then a Conv2d.

    Inputs with an axis more, and with one less, get past it, and then a layer asks for the rank that was refused.
    """
    failure, signal = trial.failure, trial.signal
    if failure is None or signal is None or not failure.frames or signal.given or signal.axes < 1:
        return False
    frame = failure.frames[0]
    tests = enclosing(frame.file, frame.line)
    if source.statement_at(frame.file, frame.line) != "Raise" or len(tests) != 1 or not isinstance(tests[0], ast.If):
        return False
    if not _OF_RANK.fullmatch(ast.unparse(tests[0].test)):
        return False
    more = replace(signal, axes=signal.axes + 1)
    less = replace(signal, batch=signal.channels, channels=signal.side, axes=signal.axes - 1)  # an image without batch
    asks = rf"[Ee]xpected (.+ or )?{len(signal.shape)}D|for {len(more.shape)}D input"  # a layer's words, a padding's
    return all(re.search(asks, attempt(trial.module, each)[1]) for each in (more, less))


_OF_RANK = re.compile(r"(len\(\w+\.(shape|size\(\))\)|\w+\.(dim\(\)|ndim)) (==|!=|<=?|>=?|in|not in) [\d(), ]+")


def _is_bound(file: str, name: str) -> bool:
    """Tell whether a file binds a name for all its functions, or may by a star import: that line we did not run."""
    for node in _own_level(source.tree_of(file)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if any(alias.name == "*" or (alias.asname or alias.name).partition(".")[0] == name for alias in node.names):
                return True
        elif (isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name) or (
            isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == name
        ):
            return True
    return any(isinstance(node, ast.Global) and name in node.names for node in source.nodes_of(file))


def _own_level(node: ast.AST | None) -> Iterator[ast.AST]:
    """Walk a file without going into the bodies of its functions and classes."""
    for child in ast.iter_child_nodes(node) if node is not None else ():
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from _own_level(child)


def _bound_by_a_guess(suspect: Suspect, name: str) -> bool:
    """Tell whether a local name gets its value only under tests of what we guessed."""
    frames = suspect.failure.frames
    around = source.function_at(frames[0].file, frames[0].line) if frames else None
    stores = [node for node in ast.walk(around) if isinstance(node, ast.Name) and node.id == name] if around else []
    lines = [node.lineno for node in stores if isinstance(node.ctx, ast.Store)]
    influence = Influence.of(suspect.candidate.file, suspect.candidate.name, suspect.guessed)
    return bool(lines and suspect.guessed) and all(influence.decides(frames[0].file, line) for line in lines)


def _names_nothing(suspect: Suspect, owner: Any, name: str) -> bool:
    """Tell an attribute of a module, or of torch, that nothing in the file could have set."""
    if isinstance(owner, ModuleType):  # torch.rellu is a slip; what no name there is near to may be another version's
        return owner.__name__.partition(".")[0] == "torch" and bool(nearest(name, dir(owner)))
    if not isinstance(owner, nn.Module) or _was_guessed(suspect, owner):
        return False
    file, own = suspect.candidate.file, type(owner).__name__
    here = source.class_in(file, own)
    if here is None:
        return True  # a layer of torch, or of another file
    if source.method(file, own, "__init__") is None and len(here.bases) == 1 and _of_torch(type(owner)):
        return False  # a class without a constructor leaves it to others
    influence = Influence.of(file, own, suspect.guessed if own == suspect.candidate.name else ())
    return all(
        function == "__init__" and not (influence.names and influence.decides(file, line))
        for function, line in _settings(file, own, name)
    )


def _of_torch(kind: type) -> bool:
    return kind.__mro__[1].__module__.startswith("torch.")


def _was_guessed(suspect: Suspect, owner: nn.Module) -> bool:
    given = [value for value in suspect.arguments.values() if isinstance(value, nn.Module)]
    if is_stand_in(owner) or any(owner is part for value in given for part in value.modules()):
        return True
    ours = suspect.failure.stage == "construct" and type(owner).__module__.startswith("torch.")
    return ours and suspect.stands_on(suspect.required)


def _settings(file: str, own: str, name: str) -> Iterator[tuple[str, int]]:
    """Yield (method, line) wherever an attribute of this name may be set on an instance of the class `own`.

    On `self` in its methods, without a method's name in those of classes derived from it, and on any other object.
    """
    family = _family(file, own)
    for owner in (node for node in source.nodes_of(file) if isinstance(node, ast.ClassDef)):
        for method in (each for each in owner.body if isinstance(each, ast.FunctionDef)):
            lines = [node.lineno for node in ast.walk(method) if _sets(node, name, on_self=True)]
            if owner.name in family:
                yield from ((method.name if owner.name == own else "", line) for line in lines)
    yield from (("", node.lineno) for node in source.nodes_of(file) if _sets(node, name, on_self=False))


def _sets(node: ast.AST, name: str, on_self: bool) -> TypeGuard[ast.expr]:
    """Tell `self.name = …`, also by a word as in `setattr(self, "name", …)`; else `name` of another object."""
    if isinstance(node, ast.Call):
        words = [each for each in node.args if isinstance(each, ast.Constant) and each.value == name]
        return on_self and bool(words)
    if not (isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Store)):
        return False
    return on_self == (isinstance(node.value, ast.Name) and node.value.id == "self")


def _family(file: str, name: str) -> set[str]:
    """Return a class of a file and those that are derived from it there."""
    found, known = {name}, 0
    classes = [node for node in source.nodes_of(file) if isinstance(node, ast.ClassDef)]
    while known != len(found):
        known = len(found)
        found |= {node.name for node in classes if any(_last_word(base) in found for base in node.bases)}
    return found


def _last_word(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
