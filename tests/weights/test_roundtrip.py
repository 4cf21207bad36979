"""Does every network of the zoo come back from every layout that can hold it, and from no layout at all?"""

from __future__ import annotations

import random

import pytest
import torch

import residua
from residua.nn.resnet import ResNet
from residua.spec import ResNetSpec
from residua.weights import conversion, infer
from residua.weights.recognise.dialects import DIALECTS
from residua.weights.recognise.infer import as_stored, readings
from residua.weights.recognise.match import match
from residua.weights.recognise.our_names import COUNTER, expected
from residua.weights.recognise.recognised import Recognised
from residua.zoo import ZOO

from .conftest import lively, same_function

# One of each kind: block, stem, shortcut, gate, place of the norms, biases, groups.
KINDS = (
    "resnet18", "resnet50", "resnet20", "resnet26d", "resnet14t", "seresnet18", "ecaresnet50d", "resnetrs50",
    "resnetv2_18", "preact_resnet164", "wrn_16_8", "resnet18_cifar", "resnet18_d2l", "resnet34_tutorial",
    "resnet50_keras", "resnext50_32x4d", "resnetv2_50_keras", "preact_resnet18_cifar",
)  # fmt: skip
REST = tuple(name for name in ZOO if name not in KINDS)


def visible(spec):
    """Return the spec with what no tensor shows at its default."""
    unseen = {"norm_eps": 1e-5, "zero_gamma": False, "stride_at": "first", "subsample": "stride"}
    unseen["strides"] = (1,) + (2,) * (len(spec.depths) - 1)
    if spec.block == "bottleneck":
        unseen["stride_on"] = "3x3"
    if spec.stem_pool == "max-zero-padded":
        unseen["stem_pool"] = "max"
    return spec.changed(**unseen)


# A pool before the projection has no tensor; deep stems, which mostly have one, are what speaks for it.
POOL_UNSEEN = ("resnet50c", "resnet50s", "resnet8_quick")


def shapes_of(name):
    """Return {name: tensor without memory of its own} of a zoo network."""
    return {key: torch.zeros(()).expand(shape) for key, shape in expected(ZOO[name].spec).items()}


def answers(tensors, registered=True):
    return readings({key: as_stored(value) for key, value in tensors.items()}, registered)


def with_slow(names, rest):
    return [*names, *(pytest.param(name, marks=pytest.mark.slow) for name in rest)]


@pytest.mark.parametrize("name", with_slow(KINDS, REST))
def test_the_layout_is_that_of_the_built_network(name):
    with torch.device("meta"):
        state = ResNet(ZOO[name].spec).state_dict()
    built = {key: tuple(tensor.shape) for key, tensor in state.items() if not key.endswith(COUNTER)}
    assert list(built.items()) == list(expected(ZOO[name].spec).items())


@pytest.mark.parametrize("name", with_slow(KINDS, REST))
@pytest.mark.parametrize("how", ["as registered", "random words", "shuffled", "sorted"])
def test_shapes_alone_give_the_spec_and_the_place_of_each_tensor(name, how):
    tensors = shapes_of(name)
    words = {key: key for key in tensors}
    if how == "random words":
        numbers = random.Random(0).sample(range(10**6), len(tensors))
        words = {key: f"word{number}" for key, number in zip(tensors, numbers, strict=True)}
        tensors = {words[key]: tensor for key, tensor in tensors.items()}
    elif how != "as registered":
        order = sorted(tensors) if how == "sorted" else random.Random(0).sample(list(tensors), len(tensors))
        tensors = {key: tensors[key] for key in order}
    found = answers(tensors, registered=how != "sorted")
    specs = [reading.spec for reading in found]
    assert visible(ZOO[name].spec) in specs
    if name not in POOL_UNSEEN:
        assert specs[0] == visible(ZOO[name].spec)
    assert dict(found[specs.index(visible(ZOO[name].spec))].keys) == words


@pytest.mark.parametrize("name", with_slow(KINDS, REST))
def test_infer_gives_back_the_spec_of_every_row(name):
    if name in POOL_UNSEEN:
        pytest.skip("named by torchvision's table, which is of `match`, not of shapes")
    assert infer(shapes_of(name)) == visible(ZOO[name].spec)


def in_memory(dialect, model):
    """Return what a file in `dialect` would hold of `model`."""
    return {
        key: as_stored(tensor) for key, tensor in conversion.named_as(dialect, model.state_dict(), model.spec).items()
    }


@pytest.mark.parametrize("name", with_slow(KINDS, REST))
def test_every_dialect_that_can_hold_a_network_gives_it_back(name):
    with torch.device("meta"):
        shapes = ResNet(ZOO[name].spec)
    state = {key: torch.zeros(()).expand(tensor.shape) for key, tensor in shapes.state_dict().items()}
    held = 0
    for dialect in DIALECTS.values():
        if dialect.paths(shapes.spec) is None:
            continue
        held += 1
        named = conversion.named_as(dialect, state, shapes.spec)
        for order in (list(named), sorted(named), random.Random(1).sample(list(named), len(named))):
            tensors = {key: as_stored(named[key]) for key in order}
            found = match(Recognised("it", tensors, order != sorted(named), dialect.hwio))
            assert found.dialect is not None
            twin = found.dialect.paths(shapes.spec)
            assert dialect.name == found.dialect.name or twin == dialect.paths(shapes.spec)
            spec = found.readings[0].spec
            assert visible(
                spec.changed(
                    **{
                        key: getattr(shapes.spec, key)
                        for key in dialect.implies
                        if getattr(spec, key) != getattr(shapes.spec, key)
                    }
                )
            ) == visible(shapes.spec)
            paths = dialect.paths(shapes.spec)
            for ours, key in found.readings[0].keys.items():
                module, _, role = ours.rpartition(".")
                norm = state[f"{module}.weight"].ndim == 1
                assert key == dialect.key(paths[module], role, norm)
    assert held


@pytest.mark.parametrize("to", list(DIALECTS))
def test_written_files_give_the_same_logits_in_float64(to, tmp_path):
    spec = {
        "timm-v2": ResNetSpec(depths=(1, 1, 1, 1), widths=(8, 16, 24, 32), stem_width=8, preactivation=True),
        "cadene-se": ResNetSpec(
            block="bottleneck",
            depths=(1, 2, 1, 1),
            widths=(8, 16, 24, 32),
            stem_width=8,
            stride_on="1x1",
            stem_pool="max-ceil",
            attention="se",
            se_round=1,
        ),
        "keras-v2": ResNetSpec(
            block="bottleneck",
            depths=(2, 2, 2, 2),
            widths=(4, 8, 12, 16),
            strides=(2, 2, 2, 1),
            stride_at="last",
            stem_width=8,
            preactivation=True,
            conv_bias="unnormed",
            stem_pool="max-zero-padded",
            norm_eps=1.001e-5,
        ),
        "bit": ResNetSpec(
            block="bottleneck",
            depths=(1, 2, 1, 1),
            widths=(8, 16, 24, 32),
            stem_width=8,
            norm="group",
            preactivation=True,
            weight_standardization=True,
            stem_pool="max-zero-padded",
        ),
    }.get(to, ResNetSpec(depths=(1, 2, 1, 1), widths=(8, 16, 24, 32), stem_width=8, num_classes=7))
    model = lively(spec)
    vars(model)["meta"] = None
    for suffix in DIALECTS[to].files:
        path = tmp_path / f"model{suffix}"
        conversion.write(model, path, to)
        again = residua.load(
            path, change={"stride_on": spec.stride_on} if spec.block == "bottleneck" else {"norm_eps": spec.norm_eps}
        )
        assert again.spec == spec
        same_function(again, model, size=64)
        model.float()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ZOO if name not in ("resnet1202", "resnetrs420", "resnetrs350")])
def test_every_row_in_every_dialect_has_every_value_back(name):
    model = lively(name)
    for dialect in DIALECTS.values():
        if dialect.paths(model.spec) is None:
            continue
        tensors = in_memory(dialect, model)
        found = match(Recognised("it", tensors, True, dialect.hwio))
        own = model.state_dict()
        for ours, key in found.readings[0].keys.items():
            array = torch.from_numpy(tensors[key].array())
            if dialect.hwio and array.ndim in (2, 4):
                array = array.permute(3, 2, 0, 1) if array.ndim == 4 else array.t()
            assert torch.equal(array.reshape(own[ours].shape), own[ours]), (dialect.name, ours)
