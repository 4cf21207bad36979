"""Which argument does a class or function of the file take, and not hand on to the one that it is meant for?"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator

from torch import nn

from residua.check.evidence import source
from residua.check.rules.hand_over import (
    Callee,
    called_by_partial,
    called_name,
    callees_of,
    calls_within,
    hands_over,
    optional_in,
    taken_by,
)
from residua.check.rules.unused_arguments import Unused, is_idle_argument, passes_all_on


def not_handed_on(file: str, class_name: str) -> Iterator[Unused]:
    """Yield the arguments of a constructor that nothing reads while a class or function it calls takes such a one."""
    node, init = source.class_in(file, class_name), source.method(file, class_name, "__init__")
    if node is None or init is None or passes_all_on(init):
        return
    calls = list(calls_within(node, callees_of(file)))
    flags = [each for each in _flags(init) if not is_idle_argument(file, init, each)]
    yield from _kept_back(init, flags, [(call, callee) for call, callee in calls if callee.name != class_name])
    for name in (each for each in taken_by(init) if is_idle_argument(file, init, each)):
        found = [(call, callee, _meant(name, callee)) for call, callee in calls]
        for call, callee, meant in found:
            given = any(hands_over(each, taken_by(own.function), meant) for each, own, _ in found if own is callee)
            if meant and not given and callee.name != class_name:
                yield Unused(name, call.lineno, f"is not handed on to {callee.name}, which takes {meant}")
                break


def in_anothers_place(file: str, class_name: str) -> Iterator[Unused]:
    """Yield the arguments that a class gives by place to another optional parameter than the one of their name.

    Where that one is None by default it may be made of the other: a pooling's stride of its kernel.
    """
    node = source.class_in(file, class_name)
    for call, callee in calls_within(node, callees_of(file)) if node is not None else ():
        names, defaults = taken_by(callee.function), optional_in(callee.function)
        unset = {name for name, value in defaults.items() if getattr(value, "value", value) is not None}
        given = call.args[called_by_partial(call) :]
        for parameter, value in zip(names, given, strict=False):
            name = value.id if isinstance(value, ast.Name) else ""
            if parameter in defaults and name in unset - {parameter} and not hands_over(call, names, name):
                how = f"is given to {parameter} of {callee.name} by its place, while {callee.name} has one of its own "
                yield Unused(name, call.lineno, f"{how}name, left at its default")


def _kept_back(init: ast.FunctionDef, flags: list[str], calls: list[tuple[ast.Call, Callee]]) -> Iterator[Unused]:
    """Yield the flags that a constructor reads, and keeps from the class that it hands other arguments on to.

    Only where both have the flag by one name and default, and another goes on by its name: a block of its own
    making need not be what the whole is.
    """
    own = optional_in(init)
    for name in flags:
        for call, callee in calls:
            theirs, names = optional_in(callee.function).get(name), taken_by(callee.function)
            same = theirs is not None and ast.dump(theirs) == ast.dump(own[name])
            given = [each for other, target in calls if target is callee for each in _by_name(other, taken_by(init))]
            handed = any(hands_over(other, names, name) for other, target in calls if target is callee)
            if callee.name and same and not handed and len(set(given) & set(names)) > 0:
                yield Unused(name, call.lineno, f"is not handed on to {callee.name}, which takes {name}")
                break


def _flags(init: ast.FunctionDef) -> list[str]:
    """Return the arguments of a constructor that are a yes or no, and say nothing of results or of running."""
    pairs = ((name, getattr(default, "value", None)) for name, default in optional_in(init).items())
    return [name for name, value in pairs if isinstance(value, bool) and not _OF_RESULTS.search(name)]


_OF_RESULTS = re.compile(r"return|output|verbose|inplace|^bias$|checkpoint|debug|pretrain|need")


def _by_name(call: ast.Call, names: list[str]) -> list[str]:
    """Return the arguments of a constructor that a call passes on as they are."""
    values = [*call.args, *(each.value for each in call.keywords)]
    return [each.id for each in values if isinstance(each, ast.Name) and each.id in names]


def _meant(name: str, callee: Callee) -> str:
    """Return the optional argument of a callee that has this name, or its last words; empty without one."""
    names = optional_in(callee.function)
    fitting = (each for each in names if each == name or (name.endswith(f"_{each}") and len(each) > 3))
    return next(fitting, "")


def not_given_to_layer(file: str) -> Iterator[Unused]:
    """Yield the arguments that a function of the file is given and never reads, while a layer it makes takes them."""
    for name, callee in callees_of(file).items():
        if callee.function.name == "__init__" or passes_all_on(callee.function):
            continue
        read = {each.id for each in ast.walk(callee.function) if isinstance(each, ast.Name)}
        unread = [each for each in optional_in(callee.function) if each not in read and not each.startswith("_")]
        nodes = (node for node in source.nodes_of(file) if isinstance(node, ast.Call))
        handed = [call for call in nodes if called_name(call) == name]
        for argument in unread:
            if not any(hands_over(call, taken_by(callee.function), argument) for call in handed):
                continue
            layers = (node for node in ast.walk(callee.function) if isinstance(node, ast.Call))
            layer = next((call for call in layers if _takes(call, argument)), None)
            if layer is not None:
                yield Unused(argument, layer.lineno, f"of {name}() is not given to the layer that takes it")


def _takes(call: ast.Call, argument: str) -> bool:
    """Tell a call of one of torch's layers that takes an argument of this name, and is not given it."""
    kind = getattr(nn, called_name(call), None)
    names = list(inspect.signature(kind).parameters) if inspect.isclass(kind) else []
    return argument in names and not hands_over(call, names, argument)
