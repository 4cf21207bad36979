"""Import torchvision beside a CPU build of torch: its Python models only need two operator schemas to exist."""

from __future__ import annotations

import importlib
import warnings
from types import ModuleType

import torch

_KEPT: list[torch.library.Library] = []


def torchvision_models() -> ModuleType:
    """Return torchvision.models, after defining the operators that its wheel may lack."""
    if not _KEPT:
        library = torch.library.Library("torchvision", "DEF")
        for schema in (
            "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
            "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
        ):
            library.define(schema)
        _KEPT.append(library)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("torchvision.models")
