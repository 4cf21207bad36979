"""Which images are there, what is wrong with them, and how do they reach the network?

Nothing here imports torch; `residua.data.loader` does, for training and evaluating.
"""

from __future__ import annotations

from residua.data.augment import Augment, default_augment
from residua.data.image import load_image
from residua.data.opening import open_dataset
from residua.data.preprocessing import Preprocessing, normalise
from residua.data.source import ArraySource, Dataset, Source, Split, channel_statistics, split_validation

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
