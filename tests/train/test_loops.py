"""Are our networks plain modules, which a loop of anybody else's trains?"""

from __future__ import annotations

import peers
import pytest
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

from residua import build
from residua.data import open_dataset


@pytest.fixture(scope="module")
def loader() -> DataLoader:
    """The handwritten digits, 512 of them, in batches of 64."""
    digits = open_dataset("digits").train
    images = torch.from_numpy(digits.images[:512]).permute(0, 3, 1, 2).float() / 255
    dataset = TensorDataset(images, torch.from_numpy(digits.labels[:512]))
    return DataLoader(dataset, batch_size=64, shuffle=True, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def network():
    torch.manual_seed(0)
    return build("resnet8", in_channels=1, num_classes=10)


def accuracy(network: torch.nn.Module, loader: DataLoader) -> float:
    network.eval()
    with torch.no_grad():
        right = sum((network(images).argmax(1) == labels).sum().item() for images, labels in loader)
    return right / len(loader.dataset)


def test_a_plain_loop_trains_a_network(network, loader):
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
    for _ in range(6):
        for images, labels in loader:
            optimizer.zero_grad()
            F.cross_entropy(network(images), labels).backward()
            optimizer.step()
    assert accuracy(network, loader) >= 0.9


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Lightning about the number of workers and the like
def test_lightning_trains_a_network(network, loader, tmp_path):
    peers.torchvision_models()  # torchmetrics imports torchvision, which needs its operators' schemas
    import lightning

    class Digits(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.network = network

        def training_step(self, batch, number):
            return F.cross_entropy(self.network(batch[0]), batch[1])

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.05, momentum=0.9)

    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    lightning.Trainer(max_epochs=6, accelerator="cpu", devices=1, default_root_dir=tmp_path, **quiet).fit(
        Digits(), loader
    )
    assert accuracy(network, loader) >= 0.9


@pytest.mark.filterwarnings("ignore")
def test_accelerate_trains_a_network(network, loader):
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
    ours, optimizer, batches = accelerator.prepare(network, optimizer, loader)
    for _ in range(6):
        for images, labels in batches:
            optimizer.zero_grad()
            accelerator.backward(F.cross_entropy(ours(images), labels))
            optimizer.step()
    assert accuracy(accelerator.unwrap_model(ours), loader) >= 0.9
