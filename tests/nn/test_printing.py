"""Does `print(model)` show what the network is, and nothing that nobody chose?"""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from torch import nn

from residua import build
from residua.nn import BasicBlock
from residua.spec import ResNetSpec
from residua.zoo import ZOO

PARTS = ("pool", "blur", "block_dropout", "se", "drop_path", "downsample")


def test_a_printed_network_shows_its_layers_and_no_option_that_nobody_chose(golden):
    with torch.device("meta"):
        shown = f"{build('resnet18')}\n"
    golden("print-resnet18.txt", shown.replace("affine=True, bias=True", "affine=True"))  # older torch has no such word


def test_no_network_of_the_zoo_holds_an_identity():
    """But for the first step of a projection behind a pool, which gives the second its name."""
    found = []
    for name in {row.family: name for name, row in reversed(ZOO.items())}.values():  # the first of each
        with torch.device("meta"):
            model = build(name)
        found += [f"{name}: {key}" for key, module in model.named_modules() if type(module) is nn.Identity]
    assert [key for key in found if not key.endswith("downsample.0")] == []


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"subsample": "max-pool"}, "pool"),
        ({"antialias": True}, "blur"),
        ({"block_dropout": 0.1}, "block_dropout"),
        ({"attention": "se"}, "se"),
        ({"attention": "eca"}, "se"),
        ({"drop_path": 0.1}, "drop_path"),
        ({"shortcut": "C"}, "downsample"),
    ],
)
def test_what_was_chosen_is_a_module_that_is_printed(change, part):
    model = build(ResNetSpec(depths=(2, 2), widths=(8, 16)).changed(**change))
    block = model.layer2[0]
    shown = {name for name, _ in block.named_children() if name in PARTS}
    assert shown == {part, "downsample"}
    assert f"({part}): " in str(block)
    assert {name for name, _ in BasicBlock(8, 8).named_children() if name in PARTS} == set()


def test_a_network_with_plain_functions_in_it_is_copied_and_pickled_like_any_module():
    model = build("resnet8").eval()
    x = torch.randn(1, 3, 32, 32)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(other(x), model(x))
        assert other.state_dict().keys() == model.state_dict().keys()
