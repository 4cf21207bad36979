"""Which images are there, what is wrong with them, and how do they reach the network?

Importing this imports no torch; `Batches`, for training and evaluating, does when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from residua.data.augment.config import Augment, default_augment
from residua.data.pixels.image import load_image
from residua.data.sources.open import open_dataset
from residua.data.sources.source import ArraySource, Dataset, Source, channel_statistics
from residua.data.sources.splitting import Split, split_validation
from residua.preprocessing import Preprocessing, normalise

if TYPE_CHECKING:
    from residua.data.feed.loader import Batches, MixedBatch, PlainBatch

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
_WITH_TORCH = ("Batches", "MixedBatch", "PlainBatch")


def __getattr__(name: str) -> Any:
    if name in _WITH_TORCH:
        from residua.data.feed import loader

        return getattr(loader, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
