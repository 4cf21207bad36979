"""Does a stem begin as the whitening of the training images, stay so, and is it refused where that cannot be?"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from residua.errors import TrainError
from residua.metadata import Meta
from residua.nn import build
from residua.train.distributed import ALONE
from residua.train.engine import train
from residua.train.lr_finder import DryRun
from residua.train.settings.config import TrainConfig
from residua.train.setup.weights import find_start, first_weights
from residua.train.setup.whitening import some_images, whiten_stem
from residua.weights.files.native import load_native, save


def digits_prepared(changes: tuple[str, ...] = ()):
    """Return what a run on the digits trains on."""
    from residua.train.setup.data import prepare

    config = TrainConfig(set=changes)
    return prepare(config, ALONE, find_start(config).spec)


def test_a_whitening_stem_tells_components_of_the_training_patches_apart():
    data = digits_prepared()
    model = build("resnet8", in_channels=1)
    before = model.conv1.weight.detach().clone()
    whiten_stem(model, data.train_unaugmented)
    pixels = torch.cat([batch.images for batch in data.train_unaugmented.epoch(0)])
    with torch.no_grad():
        seen = F.conv2d(pixels, model.conv1.weight).transpose(0, 1).flatten(1)  # (16 channels, all whole patches)
    torch.testing.assert_close(seen[1::2], -seen[::2], msg="every component comes with its negative")
    second_moments = (seen[::2] @ seen[::2].T / seen.shape[1]).double()
    torch.testing.assert_close(second_moments, torch.eye(8).double(), atol=0.02, rtol=0)
    assert not torch.equal(model.conv1.weight, before)

    wide = build("resnet8", in_channels=1, stem_width=24, shortcut="B")
    before = wide.conv1.weight.detach().clone()
    whiten_stem(wide, data.train_unaugmented)
    assert torch.equal(wide.conv1.weight[18:], before[18:]), "beyond 2 × 9 components, filters stay as they were"


def test_a_whitening_stem_stays_through_training_and_deep_stems_have_none(tmp_path):
    config = TrainConfig(epochs=2, whiten=True, optimizer="muon", lr=0.01, ema=0.5)
    outcome = train(config, tmp_path / "run")
    expected = build("resnet8", in_channels=1)
    whiten_stem(expected, digits_prepared().train_unaugmented)
    served = load_native(outcome.run.model_file)
    torch.testing.assert_close(served.conv1.weight, expected.conv1.weight, rtol=1e-6, atol=1e-7)
    assert not torch.equal(served.layer1[0].conv1.weight, expected.layer1[0].conv1.weight)
    with pytest.raises(TrainError, match="stem of one convolution"):
        whiten_stem(build("resnet18d"), digits_prepared().train_unaugmented)


def test_every_process_whitens_by_the_same_images():
    batches = digits_prepared().train_unaugmented
    stems = []
    for rank in (0, 1):
        model = build("resnet8", in_channels=1, stem_width=18, shortcut="B")
        whiten_stem(model, replace(batches, rank=rank, world=2))
        stems.append(model.conv1.weight)
    assert torch.equal(*stems)


def test_no_more_pixels_are_looked_at_than_memory_has_room_for(monkeypatch):
    monkeypatch.setattr("residua.train.setup.whitening.MOST_PIXELS", 640)
    assert len(some_images(digits_prepared().train_unaugmented)) == 10  # of 8×8
    monkeypatch.setattr("residua.train.setup.whitening.MOST_PIXELS", 1)
    assert len(some_images(digits_prepared().train_unaugmented)) == 1


@pytest.mark.parametrize("optimizer", ["sgd", "muon"])
def test_group_norm_learns_behind_a_stem_that_stays(tmp_path, optimizer):
    config = TrainConfig(epochs=1, batch=256, whiten=True, set=("norm=group",), optimizer=optimizer, lr=0.01)
    assert train(config, tmp_path / "run").finished


def test_a_dry_run_keeps_the_stem_as_the_run_does():
    dry = DryRun(TrainConfig(whiten=True))
    before = dry.state.model.conv1.weight.clone()
    dry.step(next(dry.batches()), 0.1)
    assert torch.equal(dry.state.model.conv1.weight, before)


@pytest.mark.parametrize("flag", ["whiten", "dirac"])
def test_weights_that_are_standardised_in_every_step_or_there_already_are_not_begun_anew(flag, tmp_path):
    config = TrainConfig(set=("weight_standardization=true",)).model_copy(update={flag: True})
    with pytest.raises(TrainError, match=f"--{flag} sets weights that weight_standardization=True changes"):
        first_weights(config, find_start(config), digits_prepared(config.set))
    save(tmp_path / "there.safetensors", build("resnet8"), build("resnet8").spec, Meta())
    with pytest.raises(TrainError, match=f"has weights already.*say --no-{flag}"):
        find_start(config.model_copy(update={"model": str(tmp_path / "there.safetensors"), "set": ()}))
