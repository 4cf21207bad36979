"""Which labelled images does an option name, as tensors that a probe can use?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def labelled(name: str, root: str | None, channels: int, most: int) -> tuple[Tensor, Tensor]:
    """Return ((N, channels, H, W) uint8 images, (N,) labels) of a data set: its test split, or what it has.

    At most `most` images, evenly spaced over the split. Raises DataError when there is no such data.
    """
    import numpy as np
    import torch

    from residua.data import Preprocessing, open_dataset

    dataset = open_dataset(name, root)
    source = dataset.test or dataset.val or dataset.train
    count = min(most, len(source))
    indices = np.linspace(0, len(source) - 1, count).round().astype(np.int64)
    images = source.read(indices, Preprocessing.plain(dataset.default_size, channels))
    labels = torch.from_numpy(np.asarray(source.labels)[indices].astype(np.int64))
    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))), labels
