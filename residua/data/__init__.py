"""Which images are there, what is wrong with them, and how do they reach the network?

Importing this imports none of it; asking for one of its names does what that one needs, torch for `Batches` alone.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from residua.data.augment.config import Augment, default_augment
    from residua.data.feed.batch import MixedBatch, PlainBatch
    from residua.data.feed.loader import Batches
    from residua.data.pixels.image import load_image
    from residua.data.sources.open import open_dataset
    from residua.data.sources.source import ArraySource, Dataset, Source, channel_statistics
    from residua.data.splitting import Split, split_validation
    from residua.preprocessing import Preprocessing, normalise

__all__ = [
    "ArraySource",
    "Augment",
    "Batches",
    "Dataset",
    "MixedBatch",
    "PlainBatch",
    "Preprocessing",
    "Source",
    "Split",
    "channel_statistics",
    "default_augment",
    "load_image",
    "normalise",
    "open_dataset",
    "split_validation",
]
_HOMES = {
    "residua.data.augment.config": ("Augment", "default_augment"),
    "residua.data.feed.batch": ("MixedBatch", "PlainBatch"),
    "residua.data.feed.loader": ("Batches",),
    "residua.data.pixels.image": ("load_image",),
    "residua.data.sources.open": ("open_dataset",),
    "residua.data.sources.source": ("ArraySource", "Dataset", "Source", "channel_statistics"),
    "residua.data.splitting": ("Split", "split_validation"),
    "residua.preprocessing": ("Preprocessing", "normalise"),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
