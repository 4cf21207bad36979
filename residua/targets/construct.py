"""With which arguments can a stranger's class be constructed?"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from inspect import Parameter
from typing import Any, TypeVar

from torch import nn

from residua.errors import TargetError
from residua.targets.argument_use import Use, use_of
from residua.targets.find import Candidate
from residua.targets.given import Expression, Input
from residua.targets.guess import Fill, Settings, Space, World, each_of, guess
from residua.targets.parts import take_apart
from residua.targets.roles import Role, Signature, maker_of, names_settings, names_settings_class
from residua.targets.sites import Site, note_sites


@dataclasses.dataclass(frozen=True)
class Built:
    """A module and how it was made; `sites` says from which places (innermost first) each submodule was constructed.

    made: every module that was constructed on the way, also those that the module does not keep. inputs: what the user
    gives its forward.
    """

    module: nn.Module
    arguments: dict[str, Any]
    sites: dict[int, tuple[Site, ...]]
    made: tuple[nn.Module, ...] = ()
    inputs: tuple[Input, ...] = ()


def words_of(args: Mapping[str, Any]) -> set[str]:
    """Return the names that the expressions among some arguments read in the user's file."""
    trees = [ast.parse(value, mode="eval") for value in args.values() if isinstance(value, Expression)]
    return {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}


def construct(
    candidate: Candidate, args: Mapping[str, Any] | None = None, *, fill: Mapping[Role, Any] | None = None
) -> Built:
    """Construct what `candidate` names; an instance is returned as it is.

    args: arguments by name, used as given. fill: values by role, for arguments not in `args`; a role without a
    parameter is ignored. Required arguments of no known role are guessed from annotation and name.
    Raises TargetError for an argument that the callee does not have, or when it returns no nn.Module.
    Whatever the callee itself raises is passed on.
    """
    value = candidate.value
    if isinstance(value, nn.Module):
        return Built(value, {}, dict(candidate.sites), inputs=candidate.inputs)
    args = {name: _evaluated(each, candidate) for name, each in (args or {}).items()}
    if not callable(value):
        raise TargetError(f"{candidate.target} is a {type(value).__name__}, not a class, function or nn.Module.")
    signature = candidate.signature
    for name in args:
        if name not in signature.parameters and not signature.takes_any:
            names = ", ".join(signature.parameters) or "none"
            raise TargetError(f"{candidate.name} takes no argument {name!r}; it takes {names}.")
    args = {**_settings_beside(candidate), **args}
    fill = dict(fill or {})
    arguments = _arguments(signature, args, fill, use_of(value))
    first = [name for name, each in signature.parameters.items() if each.kind is each.POSITIONAL_ONLY]
    positional = [arguments.pop(name) for name in first if name in arguments]
    (made, noted), more = _made_without_absent(
        lambda more: note_sites(value, *positional, **{**arguments, **more}), value, signature, args, fill
    )
    arguments |= more
    if isinstance(made, (list, tuple)) and made and all(isinstance(each, nn.Module) for each in made):
        made = nn.Sequential(*made)
    if not isinstance(made, nn.Module):
        raise TargetError(
            f"{candidate.target} returned a {type(made).__name__}; a module or a list of modules is expected."
        )
    if "_modules" not in vars(made):  # its constructor did not call that of nn.Module, and made no layer either
        raise AttributeError(f"{candidate.name} is called before Module.__init__() call")
    take_apart(made)
    return Built(made, arguments, noted.sites, tuple(noted.modules), candidate.inputs)


def _settings_beside(candidate: Candidate) -> dict[str, Any]:
    """Return the settings that a class requires, where one data class of its file holds some and needs no argument."""
    wanted = [name for name in candidate.signature.required() if names_settings(name)]
    home = getattr(getattr(candidate.value, "__init__", None), "__globals__", {})
    kinds = [each for name, each in home.items() if isinstance(each, type) and names_settings_class(name)]
    holding = [each for each in kinds if dataclasses.is_dataclass(each)]
    if len(wanted) != 1 or len(holding) != 1:
        return {}
    try:
        return {wanted[0]: holding[0]()}
    except TypeError:  # it requires values of its own
        return {}


def _evaluated(value: Any, candidate: Candidate) -> Any:
    """Return what an `Expression` means among the names of the file that defines `candidate`; other values as they are.

    Words that are no names there mean themselves: norm=batch is the string "batch".
    """
    if not isinstance(value, Expression):
        return value
    try:
        return eval(value, dict(getattr(maker_of(candidate.value), "__globals__", {})))
    except NameError:
        return str(value)
    except Exception as error:
        raise TargetError(f"{candidate.name}: the argument {value} fails: {type(error).__name__}: {error}") from None


def _arguments(signature: Signature, args: dict[str, Any], fill: dict[Role, Any], use: Use) -> dict[str, Any]:
    chosen = dict(args)
    for name, parameter in signature.parameters.items():
        if name in chosen:
            continue
        role, required = signature.roles[name], parameter.default is parameter.empty
        length = use.lengths.get(name)
        if length is not None and required and not isinstance(fill.get(role), nn.Module):
            goes_out = fill.get(role) if role is Role.OUT else None
            each = goes_out or each_of(parameter, fill)
            chosen[name] = [[each] * 2 if name in use.nested else each for _ in range(length)]
            continue
        word = use.words.get(name) if required and role is not Role.DOWN else None
        if word is not None and (isinstance(word, str) or role not in fill):  # a stride is tried with several numbers
            chosen[name] = word
            continue
        no_projection = required and role is Role.DOWN and fill.get(role) is None
        if required and name in use.levels:
            chosen[name] = 2  # each may double what is made
        elif role in fill and not no_projection:
            chosen[name] = _shaped(fill[role], parameter)
        elif required and name in use.defaults:
            chosen[name] = use.defaults[name]
        elif parameter.default is None and name in use.norms:
            chosen[name] = guess(parameter, fill)
        elif required and name in use.counts and signature.roles[name] is Role.OTHER:
            chosen[name] = 2
        elif required and name in use.settings:
            chosen[name] = Settings(fill)
        elif required and role is Role.OTHER and name in use.widths:
            chosen[name] = fill.get(Role.BOTH, fill.get(Role.OUT, 64))
        elif required:
            chosen[name] = None if role is Role.DOWN else guess(parameter, fill)
            if use.convolves and isinstance(chosen[name], (Space, World)) and not name.startswith("ac"):
                chosen[name] = chosen[name].of_images()
    for name in use.keys - chosen.keys() if signature.takes_any else ():
        chosen[name] = guess(Parameter(name, Parameter.KEYWORD_ONLY), fill)
    return chosen


def _shaped(value: Any, parameter: Parameter) -> Any:
    """Give a tuple where the default is a tuple."""
    default = parameter.default
    if isinstance(default, (tuple, list)) and isinstance(value, int) and len({type(item) for item in default}) == 1:
        return type(default)([value] * len(default))
    return value


_MOST = 3  # statements of one constructor that need what is None, one after the other
_Made = TypeVar("_Made")


def _made_without_absent(
    make: Callable[[Mapping[str, Any]], _Made],
    callee: Any,
    signature: Signature,
    fixed: Collection[str],
    fill: Fill,
) -> tuple[_Made, dict[str, Any]]:
    """Return what `make` gives, and by name what it had to be given for it instead of None.

    A constructor that computes with an argument's default None is called by code that always gives it. fixed: the
    arguments that the user gave. Where no guess of ours helps, the first exception is raised.
    """
    given: dict[str, Any] = {}
    first: Exception | None = None
    for _ in range(_MOST + 1):
        try:
            return make(given), given
        except Exception as error:
            first = first or error
            more = [name for name in _absent_in(error, callee, signature) if name not in {*given, *fixed}]
            given |= {name: guess(signature.parameters[name], fill) for name in more}
            if not more:
                break
    assert first is not None
    raise first


def _absent_in(error: Exception, callee: Any, signature: Signature) -> list[str]:
    """Return the arguments with the default None that the constructor's own line reads where None would not do."""
    if not isinstance(error, TypeError) or "NoneType" not in str(error):
        return []
    maker, trace = maker_of(callee), error.__traceback__
    code = getattr(maker, "__code__", None)
    while trace is not None and trace.tb_frame.f_code is not code:
        trace = trace.tb_next
    read = _read_at(maker, trace.tb_lineno) if trace is not None else frozenset()
    absent = [name for name, each in signature.parameters.items() if each.default is None and name in read]
    return [name for name in absent if signature.roles[name] is not Role.DOWN]


@lru_cache(maxsize=64)
def _read_at(maker: Any, line: int) -> frozenset[str]:
    """Return the names that the innermost statement at a line of a constructor reads, also by what it kept them as."""
    try:
        lines, start = inspect.getsourcelines(maker)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return frozenset()
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    around = [node for node in statements if node.lineno <= line - start + 1 <= (node.end_lineno or 0)]
    kept = {
        ast.unparse(target): node.value.id
        for node in statements
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name)
        for target in node.targets
    }
    read = {ast.unparse(node) for each in around[-1:] for node in ast.walk(each) if isinstance(node, _NAMES)}
    return frozenset(read | {kept[each] for each in read if each in kept})


_NAMES = (ast.Name, ast.Attribute)
