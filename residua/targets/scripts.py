"""What does a training script see while it is read for its blocks: an empty command line, and every usual package?"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from inspect import Parameter
from types import ModuleType
from typing import Any

from residua.targets.guess import guess
from residua.targets.roles import Role


class MissingPackage(ImportError):
    """Code asked for a package that is not installed here."""


class Missing:
    """Stands for what an import that failed would have given; whatever is asked of it says which package is missing."""

    def __init__(self, text: str) -> None:
        self.__dict__["text"] = text

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        raise MissingPackage(self.__dict__["text"])

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise MissingPackage(self.__dict__["text"])

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        raise MissingPackage(self.__dict__["text"])

    def __getitem__(self, key: Any) -> Any:
        raise MissingPackage(self.__dict__["text"])


@contextmanager
def empty_command_line(file: str) -> Iterator[None]:
    """Let argparse give defaults, and a guess for what it requires; other parsers find no arguments."""
    was, parse, known = sys.argv, argparse.ArgumentParser.parse_args, argparse.ArgumentParser.parse_known_args

    def lenient(parser: argparse.ArgumentParser, args: Any = None, namespace: Any = None) -> Any:
        return parse(parser, args, namespace) if args is not None else _defaults(parser, namespace)

    def lenient_known(parser: argparse.ArgumentParser, args: Any = None, namespace: Any = None) -> Any:
        return known(parser, args, namespace) if args is not None else (_defaults(parser, namespace), [])

    sys.argv = [file]
    setattr(argparse.ArgumentParser, "parse_args", lenient)  # noqa: B010  # mypy takes no assignment to a method
    setattr(argparse.ArgumentParser, "parse_known_args", lenient_known)  # noqa: B010
    try:
        yield
    finally:
        sys.argv = was
        setattr(argparse.ArgumentParser, "parse_args", parse)  # noqa: B010
        setattr(argparse.ArgumentParser, "parse_known_args", known)  # noqa: B010


def _defaults(parser: argparse.ArgumentParser, namespace: Any) -> argparse.Namespace:
    found = namespace if namespace is not None else argparse.Namespace()
    for action in parser._actions:
        if action.dest is argparse.SUPPRESS or hasattr(found, action.dest) or action.default is argparse.SUPPRESS:
            continue
        value = parser._defaults.get(action.dest, action.default)
        if isinstance(value, str):
            value = parser._get_value(action, value)
        setattr(found, action.dest, _required(action) if value is None and action.required else value)
    for name, value in parser._defaults.items():
        if not hasattr(found, name):
            setattr(found, name, value)
    return found


def _required(action: argparse.Action) -> Any:
    """Return what a required argument gets: its first choice, a guess by its name for a number, else None."""
    if action.choices:
        return next(iter(action.choices))
    if action.type not in (int, float):
        return None
    kind = Parameter(action.dest.strip("_") or "value", Parameter.POSITIONAL_OR_KEYWORD, annotation=action.type)
    value = guess(kind, {Role.BOTH: 64})
    return action.type(value) if isinstance(value, (int, float)) else action.type(1)


class _Prepared:
    """Finds two modules that need help beside a CPU build of torch, and hands them on once they have had it.

    torchvision's compiled operators are missing there: two schemas are enough for its Python code. What a file would
    have compiled by `torch.utils.cpp_extension` at import is missing too: a check compiles nothing.
    """

    def __init__(self) -> None:
        self.helped = {"torchvision": _torchvision, "torch.utils.cpp_extension": _extensions}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Import the module with help, and return a spec that gives just it; None for every other module."""
        helper = self.helped.pop(name, None)
        if helper is None or not _is_there(name):
            return None
        module = helper(name)
        spec = ModuleSpec(name, _Given(module), is_package=hasattr(module, "__path__"))
        spec.submodule_search_locations = list(getattr(module, "__path__", [])) or None
        return spec


class _Given(Loader):
    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do: it has been executed."""


@contextmanager
def prepared_imports() -> Iterator[None]:
    """Let files be imported that import torchvision, or compile an extension, where neither could."""
    finder = _Prepared()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _torchvision(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)  # not a package of ours: the file under check asks for it
    except RuntimeError:
        from torch import library

        for each in [own for own in sys.modules if own.partition(".")[0] == name]:
            del sys.modules[each]
        operators = library.Library(name, "DEF")
        operators.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        operators.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _KEPT.append(operators)
        return importlib.import_module(name)


def _extensions(name: str) -> ModuleType:
    module = importlib.import_module(name)
    for maker in ("load", "load_inline"):
        setattr(module, maker, _not_compiled)
    return module


def _not_compiled(name: str = "", *_: Any, **__: Any) -> Missing:
    return Missing(f"the extension {name!r} is not compiled in a check")


_KEPT: list[Any] = []  # a library's schemas go with it
