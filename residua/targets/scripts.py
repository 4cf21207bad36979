"""What does a training script see while it is read for its blocks: an empty command line, and every usual package?"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import linecache
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from inspect import Parameter
from types import FrameType, ModuleType
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
        sys.modules.pop(name, None)  # else Python takes the module's own spec, and executes the module anew
        spec = ModuleSpec(name, _Given(module), is_package=hasattr(module, "__path__"))
        spec.submodule_search_locations = list(getattr(module, "__path__", [])) or None
        return spec


class _Absent:
    """Stands in for packages that are not installed and that the user's own modules import at their top.

    What needs such a package says so when it is used. An import that the code itself guards by `try` fails as it would.
    """

    def __init__(self, folders: Sequence[str]) -> None:
        self.folders = tuple(os.path.join(folder, "") for folder in folders)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return a spec of a stand-in for a package, for a part of the user's own, or for what lies below one."""
        top = name.partition(".")[0]
        below = sys.modules.get(top)
        if isinstance(below, _AbsentModule):
            text = vars(below)["_missing"]
        else:
            importer = _importer()
            if importer is None or not self._is_users(importer) or _is_guarded(importer):
                return None
            if name != top and not self._is_own(top):
                return None  # an installed package of another version
            said = f"{name} is not installed" if name == top else f"there is no module {name}"
            text = f"{said} (line {importer.f_lineno} of {os.path.basename(importer.f_code.co_filename)})"
        spec = ModuleSpec(name, _Given(_absent_module(name, text)), is_package=True)
        spec.submodule_search_locations = []
        return spec

    def _is_own(self, package: str) -> bool:
        """Tell a package of the user's folders."""
        places = getattr(sys.modules[package], "__path__", [])
        return any(os.path.join(str(place), "").startswith(self.folders) for place in places)

    def _is_users(self, frame: FrameType) -> bool:
        """Tell a module of the user's folders: no installed one below them, and not the target, which is no module."""
        file = frame.f_code.co_filename
        own = file.startswith(self.folders) and "site-packages" not in file
        return own and frame.f_globals.get("__spec__") is not None and frame.f_code.co_name == "<module>"


def _absent_module(name: str, text: str) -> ModuleType:
    module = _AbsentModule(name)
    vars(module).update(__path__=[], __all__=[], _missing=text)
    return module


class _AbsentModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Missing(vars(self)["_missing"])


def _importer() -> FrameType | None:
    """Return the frame whose import statement is being executed."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith((__file__, "<frozen importlib")):
        frame = frame.f_back
    return frame


def _is_guarded(frame: FrameType) -> bool:
    """Tell whether an import stands inside a `try`, or cannot be read."""
    lines = "".join(linecache.getlines(frame.f_code.co_filename))
    try:
        tree = ast.parse(lines)
    except (SyntaxError, RecursionError, MemoryError):
        return True
    tries = [node for node in ast.walk(tree) if isinstance(node, (ast.Try, ast.With))]
    return any(node.lineno <= frame.f_lineno <= (node.end_lineno or 0) for node in tries)


class _Given(Loader):
    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do: it has been executed."""


@contextmanager
def prepared_imports(folders: Sequence[str] = ()) -> Iterator[None]:
    """Let files be imported that import torchvision, compile an extension, or lack a package, where none could.

    folders: where the user's own modules lie.
    """
    finder, absent = _Prepared(), _Absent(folders)
    sys.meta_path.insert(0, finder)
    sys.meta_path.append(absent)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        sys.meta_path.remove(absent)
        for name in [own for own, module in sys.modules.items() if isinstance(module, _AbsentModule)]:
            del sys.modules[name]


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
