"""Which pieces of training on a GPU can be held to their claims on a machine without one?

Tensors on torch's `meta` device have a place and no memory; `torch.cuda` is patched where it is only asked.
"""

from __future__ import annotations

import pytest
import torch

from residua.nn import build
from residua.train.settings.config import TrainConfig
from residua.train.step import optimizer as optimizers_of

NARROW = {"in_channels": 1, "shortcut": "B", "depths": (1, 1), "widths": (4, 8), "strides": (1, 2)}


@pytest.mark.parametrize("name", ["sgd", "adamw", "muon"])
def test_what_an_optimizer_remembers_comes_back_where_its_parameter_lies(name):
    config = TrainConfig(optimizer=name)
    model = build("resnet8", **NARROW)
    optimizers = optimizers_of.build_optimizers(model, config)
    model(torch.zeros(2, 1, 8, 8)).sum().backward()
    for each in optimizers:
        each.step()
    saved = optimizers_of.state_of(optimizers, model)
    elsewhere = build("resnet8", **NARROW).to("meta")
    moved = optimizers_of.build_optimizers(elsewhere, config)
    optimizers_of.restore(moved, elsewhere, saved)
    devices = {value.device.type for each in moved for entries in each.state.values() for value in entries.values()}
    assert devices == {"meta"}
    assert {key.rpartition("/")[2] for key in saved} >= ({"step", "exp_avg"} if name == "adamw" else {"momentum_buffer"})
