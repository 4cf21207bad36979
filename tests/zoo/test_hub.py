"""Does `torch.hub` find the networks in a clone?"""

from __future__ import annotations

import runpy

import torch

import residua
from tests.docs import ROOT


def test_a_clone_gives_every_network_by_its_name():
    assert {*residua.ZOO, "load"} <= set(runpy.run_path(str(ROOT / "hubconf.py")))
    model = torch.hub.load(str(ROOT), "resnet20", source="local", num_classes=7)
    assert model.spec == residua.ZOO["resnet20"].spec.changed(num_classes=7)
