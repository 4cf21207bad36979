"""What is a batch of images, and how does it reach the device where the network lies?"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Generator
from typing import NamedTuple

import numpy as np
import torch

from residua.preprocessing import Preprocessing


class PlainBatch(NamedTuple):
    """Tensors of n images, each with a row an image.

    images: (n, channels, size, size), normalised, channels_last in memory. labels, indices: int64. copies: int64, how
    many processes hold this very batch. indices and copies stay on the CPU.
    """

    images: torch.Tensor
    labels: torch.Tensor
    indices: torch.Tensor
    copies: torch.Tensor

    @property
    def other_labels(self) -> None:
        """No image is mixed with another one."""

    @property
    def own_share(self) -> None:
        """No image is mixed with another one."""


class MixedBatch(NamedTuple):
    """A batch under mixup or cutmix: `PlainBatch`, the label of the image mixed in, and the share that `labels` keeps.

    other_labels: int64. own_share: float32, 0…1.
    """

    images: torch.Tensor
    labels: torch.Tensor
    indices: torch.Tensor
    copies: torch.Tensor
    other_labels: torch.Tensor
    own_share: torch.Tensor


Batch = PlainBatch | MixedBatch


class Unmixed(NamedTuple):
    """A mixed batch on its way, whose images the device is to mix.

    Its `images` are (m, H, W, channels) uint8, whose rows `mine` are mixed with the rows `others`.

    weight, box: as of `residua.data.augment.mix.Mixture`.
    """

    batch: MixedBatch
    mine: torch.Tensor
    others: torch.Tensor
    weight: torch.Tensor
    box: torch.Tensor


def transferred(made: Generator[Batch | Unmixed, None, None], transfer: Transfer) -> Generator[Batch, None, None]:
    """Yield the batches that are `made` on the device, each of them begun before the one ahead of it is given out."""
    try:
        begun: deque[Batch] = deque()
        for batch in made:
            begun.append(transfer.begin(batch))
            if len(begun) > 1:
                yield transfer.finish(begun.popleft())
        while begun:
            yield transfer.finish(begun.popleft())
    finally:
        made.close()


@functools.cache
def _side_stream(device: torch.device) -> torch.cuda.Stream:
    """Return the stream on which batches travel: one a device, since freed memory serves its own stream alone."""
    return torch.cuda.Stream(device)


class Transfer:
    """Brings batches of uint8 images (n, H, W, channels) to a device and normalises them there.

    On CUDA that goes on beside the training, on a stream of its own. scale, shift: of `normalise`, to the bit.
    """

    def __init__(self, device: torch.device, preprocessing: Preprocessing, dtype: torch.dtype) -> None:
        self.device, self.dtype = device, dtype
        std, mean = (np.asarray(each, np.float64) for each in (preprocessing.std, preprocessing.mean))
        columns = (each.astype(np.float32) for each in (1 / (255 * std), mean / std))
        self.scale, self.shift = (torch.from_numpy(each).view(1, -1, 1, 1).to(device) for each in columns)
        self.stream = _side_stream(device) if device.type == "cuda" else None
        self.events: deque[torch.cuda.Event] = deque()

    def begin(self, batch: Batch | Unmixed) -> Batch:
        """Return `batch` as it will be on the device."""
        if self.stream is None:
            return self._moved(batch)
        with torch.cuda.stream(self.stream):
            moved = self._moved(batch)
            self.events.append(self.stream.record_event())
        return moved

    def finish(self, batch: Batch) -> Batch:
        """Return the oldest batch that was begun: what the device does from now on, it does after that is there."""
        if self.stream is not None:
            training = torch.cuda.current_stream(self.device)
            training.wait_event(self.events.popleft())
            for tensor in batch:
                if tensor.is_cuda:
                    tensor.record_stream(training)  # its memory is not used again before the training has read it
        return batch

    def normalised(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return uint8 (n, H, W, channels) as (n, channels, H, W), channels_last in memory, as `normalise` does."""
        images = pixels.permute(0, 3, 1, 2).to(torch.float32)
        return images.mul_(self.scale).sub_(self.shift).to(self.dtype)

    def _moved(self, made: Batch | Unmixed) -> Batch:
        batch = made.batch if isinstance(made, Unmixed) else made
        values = {name: each for name, each in batch._asdict().items() if name not in ("indices", "copies")}
        moved = {name: self._to(each) for name, each in values.items()}
        pixels = moved["images"]
        if isinstance(made, Unmixed):
            pixels = mixed(pixels, *(self._to(each) for each in made[1:]))
        return batch._replace(**moved | {"images": self.normalised(pixels)})

    def _to(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to(self.device, non_blocking=True)


def mixed(
    pixels: torch.Tensor, mine: torch.Tensor, others: torch.Tensor, weight: torch.Tensor, box: torch.Tensor
) -> torch.Tensor:
    """Return the pixels of an `Unmixed` batch as `residua.data.augment.mix.mix` makes them, to the bit."""
    own, other = pixels[mine], pixels[others]
    share = weight[:, None, None, None]
    blended = (own * share + other * (1 - share) + 0.5).to(torch.uint8)
    top, bottom, left, right = box[:, :, None].unbind(1)
    rows, columns = (torch.arange(extent, device=pixels.device) for extent in pixels.shape[1:3])
    inside = ((rows >= top) & (rows < bottom))[:, :, None] & ((columns >= left) & (columns < right))[:, None, :]
    return torch.where(inside[..., None], other, blended)
