"""What happens on GPUs where somebody asks to stop, memory is full, or a process fails? Held to without a GPU."""

from __future__ import annotations

import os
import signal

import pytest
import torch
from safetensors.torch import load_file

from residua.train.engine import train
from residua.train.settings.config import TrainConfig
from residua.train.step.update import Updater

TINY = ("shortcut=B", "depths=[1,1]", "widths=[4,8]", "strides=[1,2]")
ONE_STEP_AN_EPOCH = TrainConfig(
    epochs=3, batch=128, val_fraction=0.92, lr=0.02, precision="fp32", device="cpu", set=TINY, grouping="none"
)


@pytest.fixture
def late(monkeypatch):
    """Have steps read as on a GPU: when the next one has been given to the device."""
    whole = Updater.__post_init__

    def read_late(self):
        whole(self)
        self.late = True

    monkeypatch.setattr(Updater, "__post_init__", read_late)


@pytest.mark.parametrize(  # of 115 images an epoch: one step, two, six and an image over
    "batch", [115, *(pytest.param(batch, marks=pytest.mark.slow) for batch in (58, 19))]
)
def test_a_request_to_stop_that_an_epochs_last_step_hears_costs_nothing_of_the_epoch(
    late, monkeypatch, tmp_path, batch
):
    config = ONE_STEP_AN_EPOCH.changed(batch=batch)
    whole = train(config, tmp_path / "whole").run
    one_step, taken = Updater.one_step, []

    def asked(self, *given):
        step = one_step(self, *given)
        taken.append(1)
        if len(taken) == 2 * (115 // batch + (batch == 58)) - 1:  # the next step is the second epoch's last
            os.kill(os.getpid(), signal.SIGTERM)
        return step

    monkeypatch.setattr(Updater, "one_step", asked)
    stopped = train(config, tmp_path / "run")
    assert (stopped.finished, stopped.stopped_by) == (False, "SIGTERM")
    assert [row["epoch"] for row in stopped.run.rows()] == [1, 2]
    assert train(config, tmp_path / "run", resume=True).finished
    weights, again = (load_file(max((run.folder / "checkpoints").glob("step-*"))) for run in (whole, stopped.run))
    assert weights.keys() == again.keys()
    assert all(torch.equal(value, again[name]) for name, value in weights.items())
