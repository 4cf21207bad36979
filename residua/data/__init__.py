"""Which images are there, what is wrong with them, and how do they reach the network?

Nothing here imports torch; `residua.data.feed.loader` does, for training and evaluating.
"""

from __future__ import annotations

from residua.data.augment.apply import Augment, default_augment
from residua.data.pixels.image import load_image
from residua.data.sources.open import open_dataset
from residua.data.sources.source import ArraySource, Dataset, Source, Split, channel_statistics, split_validation
from residua.preprocessing import Preprocessing, normalise

__all__ = [
    "ArraySource",
    "Augment",
    "Dataset",
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
