"""With which arguments does the user's own code make a class, and with which inputs does it call it?"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from residua.errors import TargetError
from residua.targets.find import Candidate, load_file, repository_of
from residua.targets.given import Input
from residua.targets.repository.scope import UNKNOWN, Scope, calls_of, made_by, smaller
from residua.targets.roles import maker_of

_MOST_FILES = 400
_LARGEST = 300_000  # bytes; larger files are data
_SKIPPED = {".git", ".venv", "venv", "node_modules", "build", "dist", "__pycache__", "site-packages"}
_FENCE = re.compile(r"```(?:python|py)\s*\n(.*?)```", re.S)
_SUMMARIES = {"summary", "get_model_complexity_info"}  # which take the shape of an image, without the batch


@dataclass(frozen=True)
class Usage:
    """One way in which the user's own code makes a class; inputs: with what it calls the module, where it does."""

    arguments: dict[str, Any]
    inputs: tuple[Input, ...] = ()


def usages(candidate: Candidate, most: int = 3) -> Iterator[Usage]:
    """Yield how calls of a class make it, those of its own file first, each different one once.

    Arguments that cannot be told where the call stands, such as what a data set gives, are left out.
    """
    signature, seen = candidate.signature, []
    names = dict(getattr(maker_of(candidate.value), "__globals__", {}))
    for tree, path, own in _trees(Path(candidate.file), candidate.name):
        for call in calls_of(tree, {candidate.name}):
            known = _loaded(candidate, call, names) if own else {}
            given = _arguments(call, list(signature.parameters), Scope(tree, path, call, known))
            inputs = _inputs(tree, path, call, known)
            if not (given or inputs) or not (given.keys() <= signature.parameters.keys() or signature.takes_any):
                continue
            if repr((given, inputs)) not in seen:
                seen.append(repr((given, inputs)))
                yield Usage(given, inputs)
                if len(seen) == most:
                    return


def factories(candidate: Candidate, most: int = 2) -> Iterator[Candidate]:
    """Yield functions of a class's own file that need no argument and return what the class makes: `def vgg11(…)`.

    They do nothing else: every `return` gives a call of the class or of another such function, or a name for one.
    """
    texts = python_texts(Path(candidate.file))
    if not texts or not isinstance(candidate.value, type):
        return
    functions = [node for node in ast.parse(texts[0]).body if isinstance(node, ast.FunctionDef)]
    making, known = {candidate.name}, 0
    while known != len(making):
        known = len(making)
        making |= {each.name for each in functions if _returns_only(each, making)}
    free = [each.name for each in functions if each.name in making and not _required(each)]
    for name in free[:most]:
        with suppress(TargetError):
            value = vars(load_file(Path(candidate.file), name)).get(name)
            yield replace(candidate, value=value)


def _required(function: ast.FunctionDef) -> bool:
    own = function.args
    positional = len(own.posonlyargs) + len(own.args) - len(own.defaults)
    return positional > 0 or any(default is None for default in own.kw_defaults)


def _returns_only(function: ast.FunctionDef, making: set[str]) -> bool:
    """Tell a function that returns nothing but what certain callees make."""
    kept = {
        target.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and _callee(node.value) in making
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    given = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    return bool(given) and all(_callee(each) in making or getattr(each, "id", "") in kept for each in given)


def _callee(node: ast.expr | None) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _inputs(tree: ast.Module, path: Path, call: ast.Call, known: dict[str, Any]) -> tuple[Input, ...]:
    """Return the tensors with which a text calls the module that a call makes; none where it does not.

    The module is called where it is made, or under the name that it gets, perhaps by a function around the call.
    """
    makers = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and any(
        each is call for each in ast.walk(node))]  # fmt: skip
    made = {id(call), *(id(each) for each in calls_of(tree, {function.name for function in makers}))}
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and id(made_by(node.value)) in made:
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or id(node) in made:
            continue
        called = made_by(node.func)
        if (isinstance(called, ast.Name) and called.id in names) or id(called) in made:
            found = _tensors(node, Scope(tree, path, node, known))
        elif isinstance(node.func, ast.Name) and node.func.id in _SUMMARIES and len(node.args) > 1:
            shape = Scope(tree, path, node, known).value(node.args[1])
            plain = isinstance(shape, tuple) and all(type(side) is int for side in shape)
            ours = isinstance(node.args[0], ast.Name) and node.args[0].id in names
            found = (Input((2, *shape)),) if plain and ours else ()
        else:
            continue
        if found:
            return found
    return ()


def _tensors(call: ast.Call, scope: Scope) -> tuple[Input, ...]:
    """Return the inputs of a call that gives tensors alone, for two images where it gives one."""
    found = []
    words = [("", each) for each in call.args] + [(each.arg or "", each.value) for each in call.keywords]
    for name, node in words:
        with torch.no_grad():
            value = UNKNOWN if isinstance(node, ast.Starred) else scope.value(node)
        if not isinstance(value, Tensor) or not value.dim() or value.numel() > _MOST_VALUES:
            return ()
        kind = "float" if value.is_floating_point() else "bool" if value.dtype == torch.bool else "long"
        found.append(Input(tuple(value.shape), kind, name))
    if len({each.shape[0] for each in found}) == 1:
        found = [replace(each, shape=(2, *each.shape[1:])) for each in found]
    return tuple(found)


_MOST_VALUES = 8_000_000  # of one input: two clips of 16 images of 256 pixels are 6.3 million


def _loaded(candidate: Candidate, call: ast.Call, names: dict[str, Any]) -> dict[str, Any]:
    """Return the names of the file, also those that only this call needs: of it no more has been run than was asked."""
    read = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
    more = read - names.keys() - {candidate.name}
    if not more:
        return names
    with suppress(TargetError):
        return vars(load_file(Path(candidate.file), candidate.name, more)) | names
    return names


def _trees(file: Path, name: str) -> Iterator[tuple[ast.Module, Path, bool]]:
    """Yield the code that calls something of this name, the own file first, where it stands, and whether that is it."""
    called, imported = re.compile(rf"\b{re.escape(name)}\("), re.compile(rf"\b{re.escape(file.stem)}\b")
    own = file.resolve()
    # the README first
    paths = sorted(files_of(repository_of(file), (".py", ".md")), key=lambda path: path.suffix != ".md")
    others = [(text, path) for path in paths if path != own for text in python_texts(path)]
    others = [each for each in others if called.search(each[0])]
    named = [each for each in others if imported.search(each[0])]  # several files may have a class of this name
    others = sorted(others, key=lambda each: each not in named) if _is_alone(file, name) else named or others
    for index, (text, path) in enumerate([*((text, own) for text in python_texts(own)), *others]):
        with suppress(SyntaxError, RecursionError, MemoryError):
            yield ast.parse(text), path, index == 0


def _is_alone(file: Path, name: str) -> bool:
    """Tell whether no other file of the repository has a class of this name."""
    defined = re.compile(rf"^\s*class {re.escape(name)}\b", re.M)
    paths = files_of(repository_of(file), (".py", ".md"))
    texts = (text for path in paths if path.suffix == ".py" for text in python_texts(path))
    return sum(bool(defined.search(text)) for text in texts) < 2


@cache
def files_of(folder: Path | None, kinds: tuple[str, ...]) -> tuple[Path, ...]:
    """Return the files of a repository that have one of these suffixes, as far as they are few and small.

    Of `.md` these are the READMEs.
    """
    found: list[Path] = []
    for place, folders, files in os.walk(folder) if folder is not None else ():
        folders[:] = sorted(each for each in folders if each not in _SKIPPED)
        paths = [Path(place, each) for each in sorted(files) if _is_of(each, kinds)]
        found += [path for path in paths if path.is_file() and path.stat().st_size < _LARGEST]
        if len(found) > _MOST_FILES:
            break
    return tuple(found)


def _is_of(name: str, kinds: tuple[str, ...]) -> bool:
    return name.lower().endswith(kinds) and (not name.lower().endswith(".md") or name.lower() == "readme.md")


@cache
def python_texts(path: Path) -> tuple[str, ...]:
    """Return the Python code of a file: all of a .py, the examples of a .md; nothing of what is not UTF-8."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(_FENCE.findall(text)) if path.suffix == ".md" else (text,) if path.suffix == ".py" else ()


def _arguments(call: ast.Call, parameters: list[str], scope: Scope) -> dict[str, Any]:
    found: dict[str, Any] = {}
    positional = []
    for each in call.args:
        if isinstance(each, ast.Starred):
            break
        positional.append(each)
    words = [(word.arg, word.value) for word in call.keywords if word.arg is not None]
    for name, node in [*zip(parameters, positional, strict=False), *words]:
        value = scope.value(node)
        if value is not UNKNOWN:
            found[name] = smaller(name, value)
    return found
