"""Residual networks for PyTorch: build, check, load, convert, train, evaluate, predict.

Names are imported when they are first used, so that `import residua` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from residua.version import __version__

_HOME = {
    "Predictor": "residua.ship.predictor",
    "ResNetSpec": "residua.spec",
    "ResiduaError": "residua.errors",
    "ResiduaWarning": "residua.errors",
    "ZOO": "residua.zoo",
    "ZooRow": "residua.zoo",
    "build": "residua.nn",
    "check_block": "residua.check",
    "check_network": "residua.check",
    "evaluate": "residua.train.measure.evaluation",
    "fit": "residua.train.fitting",
    "inspect": "residua.weights",
    "load": "residua.weights",
    "open_dataset": "residua.data",
    "save": "residua.weights.saving",
    "summarize": "residua.summary",
    "transforms": "residua.ship.images",
}

_CHAPTERS = ("check", "data", "errors", "nn", "summary", "weights")  # found as residua.NAME without an import

__all__ = ["__version__", *_HOME]

if TYPE_CHECKING:
    from residua import check as check
    from residua import data as data
    from residua import errors as errors
    from residua import nn as nn
    from residua import summary as summary
    from residua import weights as weights
    from residua.check import check_block as check_block
    from residua.check import check_network as check_network
    from residua.data import open_dataset as open_dataset
    from residua.errors import ResiduaError as ResiduaError
    from residua.errors import ResiduaWarning as ResiduaWarning
    from residua.nn import build as build
    from residua.ship.images import transforms as transforms
    from residua.ship.predictor import Predictor as Predictor
    from residua.spec import ResNetSpec as ResNetSpec
    from residua.summary import summarize as summarize
    from residua.train.fitting import fit as fit
    from residua.train.measure.evaluation import evaluate as evaluate
    from residua.weights import inspect as inspect
    from residua.weights import load as load
    from residua.weights.saving import save as save
    from residua.zoo import ZOO as ZOO
    from residua.zoo import ZooRow as ZooRow


def __getattr__(name: str) -> Any:
    if name in _CHAPTERS:
        return importlib.import_module(f"residua.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'residua' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, *_CHAPTERS])
