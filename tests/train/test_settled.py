"""Are weights of short epochs measured with statistics of their own, and does training go on as if they were not?"""

from __future__ import annotations

import pytest
import torch

import residua
from residua.train.distributed import ALONE
from residua.train.engine import train
from residua.train.log import Log
from residua.train.measure import settled as measured
from residua.train.settings.config import TrainConfig
from residua.train.setup.assembly import assemble
from residua.train.state import TrainState
from tests.train.test_train import SMALL, rows, stop_after

SHORT = SMALL.model_copy(update={"batch": 256, "epochs": 2})  # six steps an epoch
LOSSES = ("loss", "top1", "gradient_norm")


def test_training_goes_on_as_if_nothing_had_been_estimated(tmp_path, monkeypatch):
    settled = train(SHORT, tmp_path / "settled").run
    monkeypatch.setattr(measured, "LEAST_STEPS", 0)
    plain = train(SHORT, tmp_path / "plain").run
    for one, other in zip(settled.rows(), plain.rows(), strict=True):
        assert [one[name] for name in LOSSES] == [other[name] for name in LOSSES]
        assert one["val_loss"] != other["val_loss"]


@pytest.mark.parametrize("changes", [{}, {"ema": 0.9}])
def test_a_run_with_short_epochs_resumes_to_the_bit(tmp_path, changes):
    config = SHORT.model_copy(update=changes)
    whole = train(config, tmp_path / "whole").run
    stopped = train(config, tmp_path / "stopped", log=stop_after(8)).run
    again = train(stopped.config, stopped.folder, resume=True).run
    assert rows(again) == rows(whole)
    assert again.model_file.read_bytes() == whole.model_file.read_bytes()
    assert whole.metrics["val_top1"] == max(row["mean_val_top1" if changes else "val_top1"] for row in whole.rows())


def begun(tmp_path, **changes):
    parts = assemble(SHORT.model_copy(update=changes), ALONE, Log())
    return parts, TrainState.begin(parts.context, parts.model)


def test_the_statistics_are_the_mean_of_those_of_the_epochs_batches(tmp_path):
    parts, state = begun(tmp_path, precision="fp32")
    (model,) = measured.settled(parts.context, state, parts.data, 0).values()
    assert model is not state.model
    with torch.no_grad():
        maps = [state.model.conv1(batch.images) for batch in parts.data.train.epoch(0)]
    means = torch.stack([each.mean((0, 2, 3)) for each in maps]).mean(0)
    variances = torch.stack([each.var((0, 2, 3)) for each in maps]).mean(0)
    torch.testing.assert_close(model.bn1.running_mean, means, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(model.bn1.running_var, variances, rtol=1e-4, atol=1e-5)
    assert not model.training
    assert state.model.bn1.num_batches_tracked == 0


@pytest.mark.parametrize("changes", [{"batch": 64}, {"set": ("norm=group",)}])
def test_long_epochs_and_other_norms_are_measured_as_they_are(tmp_path, changes):
    parts, state = begun(tmp_path, **changes)
    (model,) = measured.settled(parts.context, state, parts.data, 0).values()
    assert model is state.model


def test_what_is_kept_and_predicted_with_has_these_statistics(tmp_path):
    run = train(TrainConfig(epochs=1, batch=256), tmp_path / "run").run
    assert residua.evaluate(run, split="val").top1 == run.rows()[0]["val_top1"]
