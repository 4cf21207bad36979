"""How do TensorBoard's users see a run? One event file beside the log, with the log's numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from residua import extras

PLACES = {
    "loss": "loss/train",
    "val_loss": "loss/validation",
    "mean_val_loss": "loss/validation of the running mean",
    "top1": "top-1/train",
    "val_top1": "top-1/validation",
    "mean_val_top1": "top-1/validation of the running mean",
    "lr": "lr",
    "gradient_norm": "gradient norm",
    "images_per_second": "speed/images per second",
    "data_wait": "speed/data wait",
}


class Events:
    """Writes rows of the log as scalars over the steps. Raises MissingExtra without `train`.

    after: steps that earlier sittings had taken; what was written beyond them counts no more.
    """

    def __init__(self, folder: Path, after: int) -> None:
        extras.require("tensorboard")
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder / "tensorboard"), purge_step=after + 1)

    def add(self, row: dict[str, Any]) -> None:
        """Write one row."""
        for name, place in PLACES.items():
            if row.get(name) is not None:
                self._writer.add_scalar(place, row[name], row["step"])
        self._writer.flush()

    def close(self) -> None:
        """End the file."""
        self._writer.close()
