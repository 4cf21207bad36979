"""With which arguments does the user's own code make a class: in its file, its repository, its README?"""

from __future__ import annotations

import ast
import builtins
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from residua.errors import TargetError
from residua.targets.find import Candidate, load_file, repository_of

_MOST_FILES = 400
_LARGEST = 300_000  # bytes; larger files are data
_SKIPPED = {".git", ".venv", "venv", "node_modules", "build", "dist", "__pycache__", "site-packages"}
_FENCE = re.compile(r"```(?:python|py)\s*\n(.*?)```", re.S)


def usages(candidate: Candidate, most: int = 3) -> Iterator[dict[str, Any]]:
    """Yield the arguments of calls of a class, those of its own file first, each different set once.

    Arguments that cannot be told where the call stands, such as a variable of a function, are left out.
    """
    signature, seen = candidate.signature, []
    maker = vars(candidate.value).get("__init__") if isinstance(candidate.value, type) else candidate.value
    names = dict(getattr(maker, "__globals__", {}))
    for tree, own in _trees(Path(candidate.file), candidate.name):
        for call in _calls(tree, candidate.name):
            known = _loaded(candidate, call, names) if own else _words_of(tree) | _USUAL
            known = _local(tree, call, known)
            given = _arguments(call, list(signature.parameters), known)
            given = {word: _smaller(word, value) for word, value in given.items()}
            if given and given.keys() <= signature.parameters.keys() and repr(given) not in seen:
                seen.append(repr(given))
                yield given
                if len(seen) == most:
                    return


def _local(tree: ast.Module, call: ast.Call, known: Mapping[str, Any]) -> dict[str, Any]:
    """Add what the function around a call gives its own names before it, and the defaults of its arguments."""
    around = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and _holds(node, call)]
    found = dict(known)
    for function in around:
        plain = function.args.args[len(function.args.args) - len(function.args.defaults) :]
        pairs = [(own.arg, value) for own, value in zip(plain, function.args.defaults, strict=True)]
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.lineno < call.lineno:
                pairs.append((node.targets[0].id, node.value))
        for name, expression in pairs:
            value = _value(expression, found) if _is_plain(expression) else _UNKNOWN
            if value is not _UNKNOWN:
                found[name] = value
    return found


def _holds(function: ast.FunctionDef, call: ast.Call) -> bool:
    return any(node is call for node in ast.walk(function))


def _is_plain(expression: ast.expr) -> bool:
    """Tell an expression that calls nothing but dict, list and tuple: no other function is run for it."""
    calls = [node.func for node in ast.walk(expression) if isinstance(node, ast.Call)]
    return all(isinstance(each, ast.Name) and each.id in ("dict", "list", "tuple", "range") for each in calls)


_USUAL = {"torch": torch, "nn": nn, "F": functional}


def _loaded(candidate: Candidate, call: ast.Call, names: dict[str, Any]) -> dict[str, Any]:
    """Return the names of the file, also those that only this call needs: of it no more has been run than was asked."""
    read = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
    more = read - names.keys() - {candidate.name}
    if not more:
        return names
    with suppress(TargetError):
        return vars(load_file(Path(candidate.file), candidate.name, more)) | names
    return names


def _smaller(name: str, value: Any) -> Any:
    """Return a depth of two for a deeper one: what is wrong with a block shows in two of them."""
    deep = re.search(r"depth|(n|num)_?layers?$|num_blocks|n_blocks", name) and type(value) is int
    return min(value, 2) if deep and value % 2 == 0 and value < 20 else value


def _trees(file: Path, name: str) -> Iterator[tuple[ast.Module, bool]]:
    """Yield the code that calls something of this name, the own file first, and whether it is the own file."""
    called, imported = re.compile(rf"\b{re.escape(name)}\("), re.compile(rf"\b{re.escape(file.stem)}\b")
    own = file.resolve()
    # the README first
    paths = sorted(files_of(repository_of(file), (".py", ".md")), key=lambda path: path.suffix != ".md")
    others = [text for path in paths if path != own for text in python_texts(path)]
    others = [text for text in others if called.search(text)]
    named = [text for text in others if imported.search(text)]  # several files may have a class of this name
    for index, text in enumerate([*python_texts(own), *(named or others)]):
        with suppress(SyntaxError):
            yield ast.parse(text), index == 0


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


def _calls(tree: ast.Module, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            callee = node.func
            own = callee.attr if isinstance(callee, ast.Attribute) else getattr(callee, "id", "")
            if own == name:
                yield node


def _arguments(call: ast.Call, parameters: list[str], known: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    positional = []
    for each in call.args:
        if isinstance(each, ast.Starred):
            break
        positional.append(each)
    words = [(word.arg, word.value) for word in call.keywords if word.arg is not None]
    for name, node in [*zip(parameters, positional, strict=False), *words]:
        value = _value(node, known)
        if value is not _UNKNOWN:
            found[name] = value
    return found


_UNKNOWN = object()


def _value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """Return what an argument means among the names of its file; `_UNKNOWN` where it reads other names."""
    read = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    if any(name not in known and not hasattr(builtins, name) for name in read):
        return _UNKNOWN
    try:
        return eval(compile(ast.Expression(node), "<argument>", "eval"), dict(known))
    except Exception:
        return _UNKNOWN


def _words_of(tree: ast.Module) -> dict[str, Any]:
    """Return the names to which a file gives a plain value, and those it gives none that is known here are left out."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except (ValueError, TypeError):
                continue
    return found
