"""Do other people's trainers take our batches as they are?"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from peers import torchvision_models
from torch import nn
from torch.utils.data import DataLoader

from residua.data import ArraySource, Augment, Batches, MixedBatch, PlainBatch, Preprocessing
from residua.data.feed.batch import Batch

KINDS = {"plain": Augment(pad=1, flip="random"), "mixed": Augment(mixup=0.2)}


@pytest.fixture(params=KINDS)
def batches(request: pytest.FixtureRequest) -> Batches:
    pixels = np.random.default_rng(0).integers(0, 256, (22, 8, 8, 3), np.uint8)
    source = ArraySource(pixels, np.arange(22) % 2, "ab")
    return Batches(source, np.arange(22), 8, Preprocessing(8, 8), KINDS[request.param], seed=1, workers=0)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 2))


def seen(batches: Batches, epochs: int = 2) -> list[torch.Tensor]:
    return [batch.images for epoch in range(epochs) for batch in batches.epoch(epoch)]


def same(ours: list[torch.Tensor], theirs: list[torch.Tensor]) -> bool:
    return len(ours) == len(theirs) and all(map(torch.equal, ours, theirs))


def test_every_field_is_a_tensor_with_a_row_an_image_and_images_and_labels_come_first(batches: Batches) -> None:
    for batch in batches.epoch(0):
        images, labels, *others = batch
        assert images is batch.images
        assert labels is batch.labels
        assert {len(each) for each in (images, labels, *others)} == {len(labels)}
        assert isinstance(batch, MixedBatch if batches.augment.mixes else PlainBatch)


def test_iterating_gives_one_epoch_after_the_other_and_looking_takes_none(batches: Batches) -> None:
    whole = seen(batches)
    iter(batches)
    assert same([batch.images for _ in range(2) for batch in batches], whole)
    batches.next_epoch = 1
    assert same([batch.images for batch in batches], whole[len(batches) :])


def test_torchs_loader_passes_batches_on(batches: Batches) -> None:
    loader = DataLoader(batches, batch_size=None)
    assert same([batch.images for _ in range(2) for batch in loader], seen(batches))
    assert len(loader) == 3


@pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning")  # of Lightning's own code
def test_lightning_trains_on_batches_as_they_are(batches: Batches, tmp_path) -> None:
    torchvision_models()  # lightning imports torchvision
    lightning = pytest.importorskip("lightning")
    took: list[torch.Tensor] = []

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network = network()

        def training_step(self, batch: Batch, number: int) -> torch.Tensor:
            assert isinstance(batch, PlainBatch | MixedBatch)
            took.append(batch.images)
            loss = F.cross_entropy(self.network(batch.images), batch.labels)
            self.log("loss", loss, on_epoch=True)  # asks the batch for its size
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), 0.1)

    trainer = lightning.Trainer(
        max_epochs=2,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        default_root_dir=tmp_path,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=1,
    )
    trainer.fit(Module(), batches)
    assert same(took, seen(batches))


@pytest.mark.parametrize("wrapped", [lambda batches: batches, lambda batches: DataLoader(batches, batch_size=None)])
def test_accelerate_prepares_and_moves_batches_as_they_are(batches: Batches, wrapped: Callable) -> None:
    accelerate = pytest.importorskip("accelerate")
    accelerator = accelerate.Accelerator(cpu=True)
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    model, optimizer, prepared = accelerator.prepare(model, optimizer, wrapped(batches))
    took = []
    for _ in range(2):
        for batch in prepared:
            moved = accelerate.utils.send_to_device(batch, accelerator.device)
            assert isinstance(moved, PlainBatch | MixedBatch)
            assert accelerate.utils.find_batch_size(moved) == len(moved.labels)
            took.append(moved.images)
            accelerator.backward(F.cross_entropy(model(moved.images), moved.labels))
            optimizer.step()
            optimizer.zero_grad()
    assert same(took, seen(batches))


def test_importing_the_chapter_imports_no_torch() -> None:
    code = (
        "import sys, residua.data as data\n"
        "assert 'Batches' in data.__all__ and 'Batches' in dir(data)\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
