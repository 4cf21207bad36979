"""What does a training script see while it is read for its blocks: an empty command line, and every usual package?"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import Parameter
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


_NEED_TORCHVISION = (
    "torchvision",
    "timm",
    "lightning",
    "pytorch_lightning",
    "torchmetrics",
    "segmentation_models_pytorch",
)


def prepare_imports(roots: set[str]) -> None:
    """Let torchvision be imported beside a CPU build of torch, whose operators for it are missing.

    Two schemas are enough for its Python code; where its own operators are there, nothing is done.
    """
    if (
        not roots & set(_NEED_TORCHVISION)
        or "torchvision" in sys.modules
        or not importlib.util.find_spec("torchvision")
    ):
        return
    try:
        importlib.import_module("torchvision")  # not a package of ours: the file under check asks for it
    except RuntimeError:
        from torch import library

        for name in [n for n in sys.modules if n.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        operators = library.Library("torchvision", "DEF")
        operators.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        operators.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _KEPT.append(operators)
    except Exception:
        return  # whoever imports it is told so in its line


_KEPT: list[Any] = []  # a library's schemas go with it
