"""With which arguments can a stranger's class be constructed?"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Mapping
from inspect import Parameter
from typing import Any

from torch import nn

from residua.errors import TargetError
from residua.targets.argument_use import Use, use_of
from residua.targets.find import Candidate
from residua.targets.given import Expression, Input
from residua.targets.guess import Settings, each_of, guess
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
    arguments = _arguments(signature, args, dict(fill or {}), use_of(value))
    first = [name for name, each in signature.parameters.items() if each.kind is each.POSITIONAL_ONLY]
    positional = [arguments.pop(name) for name in first if name in arguments]
    made, noted = note_sites(value, *positional, **arguments)
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
            chosen[name] = [goes_out or each_of(parameter, fill) for _ in range(length)]
            continue
        if required and role is not Role.DOWN and name in use.words:
            chosen[name] = use.words[name]
            continue
        no_projection = required and role is Role.DOWN and fill.get(role) is None
        if role in fill and not no_projection:
            chosen[name] = _shaped(fill[role], parameter)
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
    for name in use.keys - chosen.keys() if signature.takes_any else ():
        chosen[name] = guess(Parameter(name, Parameter.KEYWORD_ONLY), fill)
    return chosen


def _shaped(value: Any, parameter: Parameter) -> Any:
    """Give a tuple where the default is a tuple."""
    default = parameter.default
    if isinstance(default, (tuple, list)) and isinstance(value, int) and len({type(item) for item in default}) == 1:
        return type(default)([value] * len(default))
    return value
