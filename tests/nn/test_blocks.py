"""Is a residual block a residual block? Identity at zero γ, its plain twin, and every spec that hypothesis can draw."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import nn

from residua import ResNetSpec, build
from residua.errors import SpecError
from residua.metadata import Meta
from residua.nn import (
    BasicBlock,
    Bottleneck,
    FeatureExtractor,
    PreActBasicBlock,
    PreActBottleneck,
    with_classes,
    with_in_channels,
)
from residua.nn.blocks import BASIC, Block
from residua.nn.layers import BlurPool, DropPath, unchanged
from residua.nn.resnet import zero_gamma
from residua.plan import cost, plan_projection, plan_stages
from residua.zoo import ZOO


def images(spec: ResNetSpec, pixels: int, count: int = 2) -> torch.Tensor:
    return torch.randn(count, spec.in_channels, pixels, pixels, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("spec", [ZOO[name].spec for name in ("resnet18", "resnet50", "seresnet18", "ecaresnet50d")])
def test_a_block_whose_last_gamma_is_zero_is_the_identity_after_relu_bit_for_bit(spec):
    model = build(spec)
    zero_gamma(model)
    x = torch.randn(2, model.layer1[-1].conv1.in_channels, 9, 9)
    for mode in (True, False):
        assert torch.equal(model.layer1[-1].train(mode)(x), x.relu())


@pytest.mark.parametrize("name", ["preact_resnet110", "preact_resnet164", "wrn_16_8"])
def test_a_preactivated_block_that_adds_nothing_is_the_identity_bit_for_bit(name):
    model = build(name)
    zero_gamma(model)
    block = model.layer2[-1]
    x = torch.randn(2, block.conv1.in_channels, 8, 8)
    assert torch.equal(block(x), x)


# networks of so many blocks that building them twice takes a second; the smaller ones have the same blocks
DEEP = {name for name, entry in ZOO.items() if sum(entry.spec.depths) > 40}


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in DEEP else n for n in ZOO])
def test_the_plain_twin_has_the_same_parameters_less_its_projections(name):
    spec = ZOO[name].spec
    twin = spec.changed(shortcut="none")
    with torch.device("meta"):
        ours, plain = build(spec), build(twin)
    projections = {key for key in ours.state_dict() if ".downsample." in key}
    assert {k: v.shape for k, v in plain.state_dict().items()} == {
        k: v.shape for k, v in ours.state_dict().items() if k not in projections
    }
    has_projection = any(plan_projection(spec, block) for stage in plan_stages(spec) for block in stage)
    assert bool(projections) == has_projection


@st.composite
def specs(draw: st.DrawFn) -> ResNetSpec:
    """Small networks with every field drawn."""
    stages = draw(st.integers(1, 3))
    fields = {
        "block": draw(st.sampled_from(["basic", "bottleneck"])),
        "depths": tuple(draw(st.integers(1, 2)) for _ in range(stages)),
        "widths": tuple(draw(st.sampled_from([8, 16, 24])) for _ in range(stages)),
        "preactivation": draw(st.booleans()),
        "stride_at": draw(st.sampled_from(["first", "first", "last"])),
        "shortcut": draw(st.sampled_from(["A", "B", "C", "D", "none"])),
        "stem": draw(st.sampled_from(["7x7", "3x3", "deep", "deep-tiered"])),
        "stem_width": draw(st.sampled_from([4, 8])),
        "attention": draw(st.sampled_from(["none", "se", "eca"])),
        "norm": draw(st.sampled_from(["batch", "group"])),
        "padding": draw(st.sampled_from(["symmetric", "same"])),
        "conv_bias": draw(st.sampled_from([False, True, "stem", "unnormed"])),
        "antialias": draw(st.booleans()),
        "subsample": draw(st.sampled_from(["stride", "stride", "max-pool"])),
        "output_stride": draw(st.sampled_from([8, 16, 32])),
        "in_channels": draw(st.integers(1, 4)),
        "num_classes": draw(st.integers(1, 5)),
        "dropout": draw(st.sampled_from([0.0, 0.2])),
        "block_dropout": draw(st.sampled_from([0.0, 0.2])),
    }
    if fields["block"] == "bottleneck":
        fields |= {
            "stride_on": draw(st.sampled_from(["1x1", "3x3"])),
            "cardinality": draw(st.sampled_from([1, 2])),
            "base_width": draw(st.sampled_from([32, 64])),
        }
    if fields["preactivation"]:
        fields["last_norm"] = draw(st.booleans())
    if fields["shortcut"] != "none":
        fields |= {"drop_path": draw(st.sampled_from([0.0, 0.3])), "zero_gamma": draw(st.booleans())}
    if fields["shortcut"] in ("B", "C", "D"):
        fields["projection_norm"] = draw(st.booleans())
    try:
        return ResNetSpec(**fields)
    except SpecError:
        assume(False)
        raise


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(spec=specs(), pixels=st.integers(32, 40))
def test_any_spec_gives_logits_the_counted_parameters_and_its_own_json(spec, pixels):
    model = build(spec).eval()
    assert ResNetSpec.model_validate_json(spec.model_dump_json()) == spec
    assert sum(parameter.numel() for parameter in model.parameters()) == cost(spec, pixels, pixels).params
    maps = model.stages(images(spec, pixels))
    assert maps["logits"].shape == (2, spec.num_classes)
    assert torch.isfinite(maps["logits"]).all()
    for number, stage in enumerate(plan_stages(spec), start=1):
        assert maps[f"layer{number}"].shape[1] == stage[-1].out_channels


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(spec=specs())
def test_gradients_reach_every_parameter_of_any_spec(spec):
    model = smooth(build(spec.changed(zero_gamma=False) if spec.zero_gamma else spec).double())
    logits = model(images(spec, 40, count=4).double())
    (
        logits * torch.randn(logits.shape, dtype=logits.dtype, generator=torch.Generator().manual_seed(1))
    ).sum().backward()
    cancelled = {  # a bias that the norm behind it subtracts again moves nothing
        f"{name}.bias" for name, module in model.named_modules() if isinstance(module, nn.Conv2d) and ".se." not in name
    }
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert name in cancelled or parameter.grad.abs().max() > 0, name


def smooth(model: nn.Module) -> nn.Module:
    """Take away what may stop a gradient by chance: dead ReLUs, dropped paths and units."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, (nn.ReLU, nn.Dropout, DropPath)):
                setattr(module, name, nn.Softplus() if isinstance(child, nn.ReLU) else nn.Identity())
    return model.train()


def test_blocks_of_the_tutorials_can_be_used_alone():
    for block, x in (
        (BasicBlock(64, 128, 2), torch.randn(2, 64, 9, 9)),
        (Bottleneck(64, 256), torch.randn(2, 64, 5, 5)),
        (PreActBasicBlock(16, 16), torch.randn(2, 16, 5, 5)),
        (PreActBottleneck(64, 256, 2), torch.randn(2, 64, 9, 9)),
    ):
        assert block(x).shape == (2, block(x).shape[1], 5, 5)
    with pytest.raises(SpecError, match="multiple of 4"):
        Bottleneck(64, 126)
    with pytest.raises(SpecError, match="BasicBlock is block='basic'"):
        BasicBlock(64, 64, spec=ZOO["resnet50"].spec)


def test_option_a_keeps_the_pixels_and_pads_zeros_where_the_spec_says():
    x = torch.randn(2, 16, 8, 8)
    for pad, where in (("both", slice(8, 24)), ("end", slice(0, 16))):
        block = BasicBlock(16, 32, 2, spec=ZOO["resnet20"].spec.changed(shortcut_pad=pad))
        shortcut = block.shortcut(x)
        assert torch.equal(shortcut[:, where], x[:, :, ::2, ::2])
        assert shortcut.count_nonzero() == x[:, :, ::2, ::2].count_nonzero()


def test_blurring_equals_the_binomial_filter():
    kernel = torch.tensor([1.0, 2.0, 1.0])
    weight = (kernel[:, None] * kernel / 16).expand(3, 1, 3, 3)
    for pixels in (8, 9):
        x = torch.randn(2, 3, pixels, pixels)
        padded = nn.functional.pad(x, (1, 1, 1, 1), mode="reflect")
        expected = nn.functional.conv2d(padded, weight, stride=2, groups=3)
        torch.testing.assert_close(BlurPool(2)(x), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (1, 6), (6, 1), (2, 2)])
@pytest.mark.parametrize("stride", [1, 2])
def test_blurring_a_map_one_pixel_wide_repeats_that_pixel(size, stride):
    x = torch.randn(2, 3, *size)
    blurred = BlurPool(stride)(x)
    assert blurred.shape[2:] == tuple(-(-pixels // stride) for pixels in size)
    torch.testing.assert_close(BlurPool(stride)(torch.ones_like(x)), torch.ones_like(blurred))
    if size == (1, 6):
        row = nn.functional.pad(x[:, :, 0], (1, 1), mode="reflect")
        expected = (row[..., :-2] + 2 * row[..., 1:-1] + row[..., 2:]) / 4
        torch.testing.assert_close(blurred[:, :, 0], expected[..., ::stride], rtol=1e-5, atol=1e-6)


def test_an_antialiased_network_reads_the_smallest_image_that_its_stride_allows():
    for stride in (8, 16, 32):
        model = build("resnet18", antialias=True, output_stride=stride).eval()
        assert torch.isfinite(model(images(model.spec, stride))).all()


def test_a_max_pool_in_the_place_of_a_stride_keeps_the_strongest_of_four_pixels():
    spec = BASIC.changed(subsample="max-pool", shortcut="D")
    block = BasicBlock(8, 16, 2, spec=spec).eval()
    assert block.conv1.stride == (1, 1)
    for side, halved in ((8, 4), (7, 4)):
        x = torch.randn(2, 8, side, side)
        convolved = block.conv1(x)
        seen = nn.functional.pad(convolved, (0, side % 2, 0, side % 2), value=-torch.inf)
        strongest = seen.unfold(2, 2, 2).unfold(3, 2, 2).amax((4, 5))
        expected = block.bn2(block.conv2(torch.relu(block.bn1(strongest)))) + block.downsample(x)
        torch.testing.assert_close(block(x), torch.relu(expected))
        assert block(x).shape == (2, 16, halved, halved)
    assert BasicBlock(8, 8, 1, spec=spec).pool is unchanged


def test_dropping_paths_keeps_the_mean_and_does_nothing_in_eval():
    torch.manual_seed(0)
    drop, x = DropPath(0.25), torch.ones(4000, 1, 1, 1)
    dropped = drop.train()(x)
    assert dropped.unique().tolist() == pytest.approx([0.0, 4 / 3])
    assert dropped.mean() == pytest.approx(1.0, abs=0.05)
    assert torch.equal(drop.eval()(x), x)


def test_a_grey_image_says_after_adapting_what_three_equal_channels_said():
    model = build("resnet20").eval()
    grey = torch.randn(2, 1, 32, 32)
    before = copy.deepcopy(model.state_dict())
    adapted = with_in_channels(model, 1)
    torch.testing.assert_close(adapted(grey), model(grey.expand(-1, 3, -1, -1)), rtol=1e-4, atol=1e-5)
    assert adapted.spec == model.spec.changed(in_channels=1) == with_in_channels(model, "1").spec
    five = with_in_channels(model, 5)
    same = grey.expand(-1, 5, -1, -1)
    torch.testing.assert_close(five(same), model(grey.expand(-1, 3, -1, -1)), rtol=1e-4, atol=1e-5)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_another_head_leaves_the_features_as_they_were():
    model = build("resnet18").eval()
    x = images(model.spec, 64)
    assert with_classes(model, 7)(x).shape == (2, 7)
    assert with_classes(model, "7").fc.out_features == 7  # as build() takes it
    features = with_classes(model, 0)(x)
    torch.testing.assert_close(model.fc(features), model(x))
    assert model.spec.num_classes == 1000


META = Meta(("cat", "dog"), {"mean": [0.5] * 3, "channels": 3}, {"recipe": "r"}, {"top1": 0.9})


def test_an_adapted_network_does_not_say_what_was_true_of_the_old_one():
    model = build("resnet20", num_classes=2)
    model.meta = META
    assert with_classes(model, 7).meta == replace(META, classes=None, metrics=None)
    assert with_in_channels(model, 1).meta == replace(META, preprocessing=None, metrics=None)
    assert with_in_channels(model, 3).meta == META == model.meta
    model.meta = {"classes": ["cat", "dog"]}
    assert with_classes(model, 7).meta is None
    assert with_classes(build("resnet20"), 7).meta is None


def test_standardised_kernels_are_not_adapted_to_other_channels():
    model = build("resnet18", weight_standardization=True, norm="group").eval()
    with pytest.raises(SpecError, match="weight_standardization=True"):
        with_in_channels(model, 1)
    x = images(model.spec, 64)
    assert torch.equal(with_in_channels(model, 3)(x), model(x))


def test_training_a_feature_extractor_leaves_the_network_as_it_was():
    model = build("resnet20").train()
    before = copy.deepcopy(model.state_dict())
    extractor = FeatureExtractor(model, ["layer2"])
    extractor(images(model.spec, 32))["layer2"].sum().backward()
    with torch.no_grad():
        for parameter in extractor.parameters():
            parameter.sub_(parameter.grad)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_feature_extractor_gives_the_stages_with_their_channels_and_strides():
    model = build("resnet50").eval()
    extractor = FeatureExtractor(model, ["layer2", "layer4"]).eval()
    x = images(model.spec, 64)
    maps, stages = extractor(x), model.stages(x)
    assert list(maps) == ["layer2", "layer4"]
    for name, channels, stride in zip(maps, extractor.channels, extractor.strides, strict=True):
        assert torch.equal(maps[name], stages[name])
        assert maps[name].shape == (2, channels, 64 // stride, 64 // stride)
    assert not hasattr(FeatureExtractor(model, ["layer1"]), "layer2")
    with pytest.raises(SpecError, match="no stage"):
        FeatureExtractor(model, ["layer5"])


def test_every_block_can_be_taken_apart_into_its_two_terms():
    for name in ("resnet18", "resnet50"):
        for block in (module for module in build(name).eval().modules() if isinstance(module, Block)):
            x = torch.randn(1, block.conv1.in_channels, 6, 6)
            assert torch.equal(block(x), (block.residual(x) + block.shortcut(x)).relu())


def test_the_features_of_images_are_what_the_classifier_reads():
    for name in ("resnet20", "preact_resnet18_cifar"):
        model = build(name, dropout=0.5).eval()
        x = images(model.spec, 32, count=3)
        features = model.embed(x)
        assert features.shape == (3, model.spec.features)
        assert torch.equal(model.fc(features), model(x))
        assert torch.equal(with_classes(model, 0)(x), features)


def test_he_initialisation_has_the_variance_of_the_paper():
    """Var(w) = 2 / fan_out (he2015 eq. 14)."""
    model = build("resnet34")
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.weight.numel() > 20_000:
            fan_out = module.out_channels * module.kernel_size[0] ** 2
            assert module.weight.var().item() == pytest.approx(2 / fan_out, rel=0.05)
