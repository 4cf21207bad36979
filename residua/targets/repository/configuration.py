"""What does a repository itself give to its configurations: by its parsers, its nodes, its YAML and JSON files?"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from residua.targets.argument_use import use_of
from residua.targets.depths import shallower
from residua.targets.find import Candidate, repository_of
from residua.targets.guess import Settings, Table
from residua.targets.repository.scope import calls_of, defaults_of
from residua.targets.repository.settled import settled
from residua.targets.repository.usage import files_of, python_texts
from residua.targets.roles import Role, names_settings

_MOST_FILES = 40
_MOST_OFFERS = 2  # each costs a construction, and perhaps a pass, of a class's ten seconds
_FEWEST = 3  # arguments of one class in one file
_OF_ITS_NAME = 3  # names that a file of the class's own name may give fewer than another
_SPEAKS = re.compile(
    r"add_argument\(|^\s*(_C|cfg|c?onf\w*|opts?|args|h?params)\.\w[\w.]* = |^class \w*(Conf|Opt|Param)|Node\(|Dict\(",
    re.M,
)
_LARGEST = 50_000  # bytes; larger ones are data
_NAMED = re.compile(r"conf|cfg|^_*C$|opt|param|setting|default|^args|^flags", re.I)
_ON_CPU = re.compile(r"^(use_?)?(cpu|cuda|gpu)$|^no_?(cuda|gpu)$")  # flags, whose values here are known
_DEVICES = re.compile(r"^(use_?)?(cuda|gpu)$")
_FILL: Mapping[Role, Any] = {Role.IN: 3, Role.OUT: 64, Role.BOTH: 64, Role.STRIDE: 1}


def own_configurations(candidate: Candidate, shallow: bool = False) -> Iterator[dict[str, Settings]]:
    """Yield the configurations that a class requires, by name, with the values that its repository gives.

    The likeliest come first: a file of the name of the class's file, then those that give most of what the class reads.
    What the repository says nothing of is guessed by its name. shallow: with smaller depths than it gives.
    """
    wanted = [name for name in candidate.signature.required() if names_settings(name)]
    wanted += [name for name in use_of(candidate.value).settings if name not in wanted]
    if not wanted:
        return
    file, words = Path(candidate.file).resolve(), _words_of(candidate.value)
    scored = [
        (len(words & {names[-1] for names in each}) + _OF_ITS_NAME * (file.stem in path.as_posix()), each)
        for path, each in _tables(file)
    ]
    tables = [each for _, each in sorted(scored, key=lambda each: -each[0])]
    for first in tables[:_MOST_OFFERS]:
        table: dict[tuple[str, ...], Any] = {}
        for each in (first, *tables):
            _add(table, each.items())
        table |= _defaults_set(file)
        table |= {
            path: not _DEVICES.search(path[-1])
            for path in table
            if type(table[path]) is bool and _ON_CPU.search(path[-1])
        }
        if shallow:
            table = {path: shallower(path[-1], value) for path, value in table.items()}
        yield {name: Settings(_FILL, table) for name in wanted}


def own_arguments(candidate: Candidate, shallow: bool = False) -> dict[str, Any]:
    """Return what a class takes as the file of its repository says that has most of it by name: `Net(**config.model)`.

    Empty where none has most of what the class requires, and three of it: two words, as `depth` and `width`, say
    little.
    """
    required, parameters = set(candidate.signature.required()), candidate.signature.parameters
    best: dict[str, Any] = {}
    for _, table in _tables(Path(candidate.file).resolve()):
        found = {path[-1]: value for path, value in reversed(list(table.items())) if path[-1] in parameters}
        if len(required & found.keys()) > len(required & best.keys()):
            best = found
    if len(required & best.keys()) < max(_FEWEST, len(required) / 2):
        return {}
    return {name: shallower(name, value) for name, value in best.items()} if shallow else best


def _words_of(kind: Any) -> set[str]:
    """Return the names that a class's source reads: the file that gives most of them is the one for it."""
    try:
        return set(re.findall(r"\w+", inspect.getsource(kind)))
    except (OSError, TypeError):
        return set()


@cache
def _tables(file: Path) -> tuple[tuple[Path, Table], ...]:
    """Return the files of a repository that give something, and what, by its path of names; nearer ones go first."""
    found: list[tuple[Path, dict[tuple[str, ...], Any]]] = []
    folder = repository_of(file)
    code = sorted(files_of(folder, (".py",)), key=lambda path: distance(path, file))
    texts = ((path, text) for path in code for text in python_texts(path) if _SPEAKS.search(text))
    for path, text in islice(texts, _MOST_FILES):
        with suppress(SyntaxError, RecursionError, MemoryError):
            table: dict[tuple[str, ...], Any] = {}
            tree = ast.parse(text)
            _add(table, _given_in(tree))
            found.append((path, table | settled(tree, table)))
    documents = sorted(files_of(folder, (".yaml", ".yml", ".json")), key=lambda path: (distance(path, file), path))
    for path in [each for each in documents if each.stat().st_size < _LARGEST][:_MOST_FILES]:
        found.append((path, dict(_flat(_document(path)))))
    return tuple((path, each) for path, each in found if each)


@cache
def _defaults_set(file: Path) -> dict[tuple[str, ...], Any]:
    """Return the defaults that code beside a class sets anew for it: `parser.set_defaults(norm_G="instance")`.

    Code of other folders sets them for other parts: for one data set, or for testing. Of several the first counts, as
    that of the repository's main network.
    """
    found: dict[tuple[str, ...], Any] = {}
    beside = sorted(each for each in file.parent.glob("*.py") if each != file)
    for text in (text for path in [file, *beside] for text in python_texts(path) if "set_defaults(" in text):
        with suppress(SyntaxError, RecursionError, MemoryError):
            for call in calls_of(ast.parse(text), {"set_defaults"}):
                words = [((word.arg,), _literal(word.value)) for word in call.keywords if word.arg is not None]
                _add(found, ((name, value) for name, value in words if value is not _NOTHING))
    return found


def distance(path: Path, file: Path) -> int:
    """Return how many folders lie between two files, up and down again."""
    shared = sum(1 for one, other in zip(path.parts, file.parts, strict=False) if one == other)
    return len(path.parts) + len(file.parts) - 2 * shared


def _add(found: dict[tuple[str, ...], Any], more: Iterable[tuple[tuple[str, ...], Any]]) -> None:
    for path, value in more:
        found.setdefault(path, value)


def _document(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            return json.loads(text)
        yaml = importlib.import_module("yaml")  # no package of ours: a project that has such files has it
        return yaml.safe_load(text)
    except Exception:  # not one document, not installed, not UTF-8: it gives nothing
        return None


def _flat(value: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield (path, value) for the leaves of nested dictionaries."""
    if not isinstance(value, dict):
        return
    for key, each in value.items():
        if isinstance(key, str):
            if isinstance(each, dict):
                yield from _flat(each, (*above, key))
            else:
                yield (*above, key), each


def _given_in(tree: ast.AST) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield what Python code gives: defaults of parsers, attributes of nodes, dictionaries and classes of settings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            yield from _default(node)
        elif isinstance(node, ast.Assign):
            yield from (each for target in node.targets for each in _assigned(target, node.value))
        elif isinstance(node, ast.ClassDef) and _NAMED.search(node.name):
            yield from _of_class(node)


def _default(call: ast.Call) -> Iterator[tuple[tuple[str, ...], Any]]:
    words = {word.arg: word.value for word in call.keywords}
    names = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    own = words.get("dest")
    name = own.value if isinstance(own, ast.Constant) else max(names, key=len, default="").lstrip("-").replace("-", "_")
    action = words["action"].value if isinstance(words.get("action"), ast.Constant) else ""  # type: ignore[attr-defined]
    if not isinstance(name, str) or not name:
        return
    if "default" in words:
        value = _literal(words["default"])
    elif action in ("store_true", "store_false"):
        value = action == "store_false"
    else:
        choices = _literal(words["choices"]) if "choices" in words else None
        value = choices[0] if isinstance(choices, (list, tuple)) and choices else _NOTHING
    if value is not _NOTHING:
        yield (name,), value


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield what `cfg.model.width = 64`, `cfg["model"]["width"] = 64` and `CONFIG = dict(width=64)` give."""
    path = _path(target)
    if path is None or path[0] == "self" or (len(path) == 1 and not _NAMED.search(path[0])):
        return
    inner = path[1:] if _NAMED.search(path[0]) else path  # `model = config.model = Node()` comes before model.width
    found = _dictionary(value)
    if isinstance(found, dict):
        yield from _flat(found, inner)
    elif found is not _NOTHING and len(path) > 1:
        yield inner, found


def _of_class(node: ast.ClassDef) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the attributes that a class of settings has, or gives itself, and what its constructor has by default."""
    for maker in (each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"):
        for name, default in defaults_of(maker):
            value = _dictionary(default)
            if value is not _NOTHING and value is not None:
                yield (name,), value
    for each in ast.walk(node):
        if not isinstance(each, (ast.Assign, ast.AnnAssign)) or each.value is None:
            continue
        targets, value = each.targets if isinstance(each, ast.Assign) else [each.target], _dictionary(each.value)
        for path in (_path(target) for target in targets):
            if path is not None and value is not _NOTHING and (path[0] == "self" or each in node.body):
                yield path[1:] if path[0] == "self" else path, value


def _path(target: ast.expr) -> tuple[str, ...] | None:
    if isinstance(target, ast.Name):
        return (target.id,)
    if isinstance(target, ast.Attribute):
        above = _path(target.value)
        return None if above is None else (*above, target.attr)
    if (
        isinstance(target, ast.Subscript)
        and isinstance(target.slice, ast.Constant)
        and isinstance(target.slice.value, str)
    ):
        above = _path(target.value)
        return None if above is None else (*above, target.slice.value)
    return None


_NOTHING = object()


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError):
        return _NOTHING


def _dictionary(node: ast.expr) -> Any:
    """Return a literal; also of a call that makes a dictionary, `dict(a=1)`, `Node({"a": 1})`."""
    if isinstance(node, ast.Dict):
        pairs = [(key, _dictionary(value)) for key, value in zip(node.keys, node.values, strict=True)]
        return {key.value: value for key, value in pairs if isinstance(key, ast.Constant) and value is not _NOTHING}
    if isinstance(node, ast.Call) and node.keywords and not node.args:
        words = {word.arg: _dictionary(word.value) for word in node.keywords if word.arg is not None}
        return {name: value for name, value in words.items() if value is not _NOTHING}
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        inner = _dictionary(node.args[0])
        return inner if isinstance(inner, dict) else _NOTHING
    return _literal(node)
