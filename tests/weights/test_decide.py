"""Do the statistics that batch norms have stored decide what no tensor shows, and is it said where they do not?"""

from __future__ import annotations

import json
import subprocess
import sys
import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import residua
from residua.cli.app import main
from residua.errors import ResiduaWarning, WeightsError
from residua.preprocessing import PRESETS
from residua.weights.decide.inputs import photographs
from residua.weights.decide.pixels import normalised
from residua.weights.decide.wording import UNTRAINED, hardly_trained
from residua.weights.loading import decided
from residua.weights.options import DEFAULTS
from residua.weights.read import read

from .conftest import lively, real, same_function

CIFAR = {"stem": "3x3", "stem_width": 16, "depths": (2, 2, 2), "widths": (16, 32, 64), "num_classes": 5}
DEEP = {"block": "bottleneck", "depths": (1, 2, 2), "widths": (16, 32, 64), "stem_width": 32, "num_classes": 5}
pytestmark = pytest.mark.norms
OUR_WORDS = {"layer": "rows", "conv": "c", "bn": "n", "downsample": "side", "fc": "out"}


def measured(activation=None, **fields):
    """Return a network with weights by chance whose norms have measured their inputs, on images of their own."""
    torch.manual_seed(0)
    model = residua.build(residua.ResNetSpec(**fields))
    for module in list(model.modules()):
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.3)
            module.momentum = None  # the mean over all batches
        for name, child in list(module.named_children()):
            if activation is not None and isinstance(child, nn.ReLU):
                setattr(module, name, activation())
    return with_statistics(model, 32 if fields["stem"] == "3x3" else 64)


def with_statistics(model, size):
    """Return the model in eval mode, its norms' statistics measured on images of `size` pixels."""
    with torch.no_grad():
        for _ in range(4):
            model.train()(images(size))
    return model.eval()


def images(size):
    """Return (32, 3, size, size) coloured clouds, as smooth as photographs are: the sum of noise on four scales."""
    coarse = [torch.randn(32, 3, size // scale, size // scale) for scale in (1, 2, 4, 8)]
    return sum(F.interpolate(noise, size=(size, size), mode="bilinear") for noise in coarse) / 2


def written(model, path, words=OUR_WORDS):
    """Write the weights under names that are no code base's, or under our own."""
    torch.save({in_our_words(name, words): tensor for name, tensor in model.state_dict().items()}, path)
    return path


def in_our_words(name, words=OUR_WORDS):
    for ours, theirs in words.items():
        name = name.replace(ours, theirs)
    return name


@pytest.mark.parametrize(
    "fields",
    [
        CIFAR | {"shortcut": "A", "shortcut_pad": "both"},
        CIFAR | {"shortcut": "A", "shortcut_pad": "end"},
        CIFAR | {"shortcut": "none"},
        CIFAR | {"shortcut": "B", "subsample": "max-pool"},
        DEEP | {"stem": "7x7", "stride_on": "1x1"},
        *(
            pytest.param(fields, marks=pytest.mark.slow)
            for fields in (
                CIFAR | {"shortcut": "B"},
                CIFAR | {"shortcut": "D"},
                CIFAR | {"shortcut": "A", "strides": (2, 2, 2)},
                DEEP | {"stem": "7x7", "stride_on": "3x3"},
                DEEP | {"stem": "7x7", "shortcut": "D"},
                DEEP | {"stem": "7x7", "antialias": True},
            )
        ),
    ],
    ids=lambda fields: ", ".join(f"{name}={fields[name]}" for name in fields if name not in CIFAR and name not in DEEP),
)
def test_the_norms_decide_what_no_tensor_shows(fields, tmp_path):
    model = measured(**fields)
    loaded = residua.load(written(model, tmp_path / "a.pth"))
    assert loaded.spec == model.spec
    same_function(loaded, model)


@pytest.mark.parametrize(
    ("name", "shortcut", "pad"),
    [
        ("akamaster/resnet20-12fca82f.th", "A", "both"),
        pytest.param("akamaster/resnet32-d509ac18.th", "A", "both", marks=pytest.mark.slow),
        ("MHAQ/cifar10_ResNet20v1_best.th", "A", "both"),
        pytest.param(
            "MHAQ/cifar10-resnet20_cifar10_from_resnet20_cifar10_new-final_run_92.81.th",
            "A",
            "both",
            marks=pytest.mark.slow,
        ),
        ("EhanW/resnet20.pth", "B", "both"),
        ("a-martyn/resnet20.pt", "A", "end"),
        ("a-martyn/plainnet20.pt", "none", "both"),
    ],
)
def test_real_checkpoints_load_as_the_network_that_they_are(name, shortcut, pad):
    spec = residua.load(real(name)).spec
    assert (spec.shortcut, spec.shortcut_pad) == (shortcut, pad)


def test_nobody_decides_where_the_caller_says_what_it_is(tmp_path):
    path = written(measured(**CIFAR, shortcut="none"), tmp_path / "a.pth")
    assert residua.load(path).spec.shortcut == "none"
    with pytest.warns(ResiduaWarning, match="fit no network that was tried"):
        assert residua.load(path, change={"shortcut": "A"}).spec.shortcut == "A"
    first = read(path).recognised.readings[0].spec
    assert residua.load(path, decide=False).spec == first
    assert first.shortcut == "A"
    assert residua.inspect(path, decide=False).spec == first


def test_the_report_says_what_was_decided_and_no_longer_offers_the_rest(tmp_path, capsys):
    path = written(measured(**CIFAR, shortcut="A", shortcut_pad="end"), tmp_path / "a.pth")
    assert main(["inspect", str(path)]) == 0
    text = capsys.readouterr().out
    assert "decided      shortcut=A, shortcut_pad=end: the norms' statistics say so" in text
    assert "or it is" not in text
    assert main(["inspect", str(path), "--no-decide"]) == 0
    text = capsys.readouterr().out
    assert "decided" not in text
    assert "or it is" in text


def test_names_settle_what_their_code_base_fixes_and_load_warns_where_statistics_contradict(tmp_path):
    path = written(measured(**DEEP, stem="7x7", stride_on="1x1"), tmp_path / "a.pth", {})
    assert residua.inspect(path).dialect == "torchvision"
    with pytest.warns(
        ResiduaWarning, match="names are those of torchvision, but the norms' statistics speak for"
    ) as said:
        model = residua.load(path)
    assert model.spec.stride_on == "3x3"
    assert "change={'stride_on': '1x1'}" in str(said[0].message)
    again = residua.load(path, change={"stride_on": "1x1"})
    assert again.spec.stride_on == "1x1"


def factors(model):
    for block in blocks(model):
        block.drop_path = lambda x: 0.3 * x


def subtracted(model):
    for block in blocks(model):
        block.drop_path = torch.neg


def no_last_relu(model):
    for block in blocks(model):
        block.relu2 = nn.Identity()


def relu_before_norm(model):
    model.conv1, model.relu = nn.Sequential(model.conv1, nn.ReLU()), nn.Identity()


def max_pooled_projections(model):
    for block in (model.layer2[0], model.layer3[0]):
        block.downsample[0].stride = (1, 1)
        block.downsample[0] = nn.Sequential(nn.MaxPool2d(2), block.downsample[0])


def blocks(model):
    return [block for _, stage in model.layers() for block in stage]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (factors, "a factor of about 0.3 on each residual branch"),
        (subtracted, "a residual branch that is subtracted"),
        (no_last_relu, "no ReLU behind the sums"),
        (relu_before_norm, "a ReLU before the stem's norm"),
        (max_pooled_projections, "a max-pool before each projection that would stride"),
    ],
)
def test_an_operation_without_a_tensor_is_refused_by_its_name(change, words, tmp_path):
    """Every norm behind it has measured another input than one of ours would give it."""
    model = measured(**CIFAR, shortcut="B")
    names = list(model.state_dict())
    change(model)
    again(model)
    path = tmp_path / "a.pth"
    torch.save(dict(zip(map(in_our_words, names), model.state_dict().values(), strict=True)), path)
    with pytest.raises(WeightsError, match=words):
        residua.load(path)


def again(model):
    """Measure the norms' statistics anew."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
    return with_statistics(model, 32)


@pytest.mark.parametrize("batches", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_norms_that_counted_few_batches_decide_all_the_same(batches, tmp_path):
    """They hold (1 − 0.1)ⁿ of the 0 and 1 that they began with."""
    torch.manual_seed(0)
    model = residua.build(residua.ResNetSpec(**CIFAR, shortcut="B"))
    with torch.no_grad():
        for _ in range(batches):
            model.train()(torch.randn(16, 3, 32, 32))
    path = written(model, tmp_path / "a.pth")
    with pytest.warns(ResiduaWarning) as said:
        loaded = residua.load(path)
    assert [str(one.message).partition(": ")[2] for one in said] == [hardly_trained(0.9**batches)]
    assert loaded.spec == model.spec
    assert torch.equal(loaded.bn1.running_var, model.bn1.running_var)


def test_what_no_candidate_explains_is_said(tmp_path, capsys):
    path = written(lively("resnet8", shortcut="B"), tmp_path / "a.pth")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        residua.load(path)
    assert any("fit no network that was tried" in str(one.message) for one in said)
    assert any("shortcut=B is assumed: it could also be shortcut=D" in str(one.message) for one in said)
    assert main(["convert", str(path), str(tmp_path / "b.safetensors")]) == 0
    err = capsys.readouterr().err
    assert "fit no network that was tried" in err
    assert "the proof below is of the copying" in err


@pytest.mark.parametrize(
    ("activation", "words"),
    [
        (nn.SiLU, "SiLU"),
        *(
            pytest.param(activation, words, marks=pytest.mark.slow)
            for activation, words in (
                (nn.GELU, "GELU"),
                (nn.ELU, "ELU"),
                (nn.Mish, "Mish"),
                (lambda: nn.LeakyReLU(0.2), r"leaky ReLU \(slope 0.2\)"),
            )
        ),
    ],
)
def test_another_activation_is_refused_by_its_name(activation, words, tmp_path):
    path = written(measured(activation, **CIFAR, shortcut="B"), tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=f"{words} in the place of every ReLU"):
        residua.load(path)


def test_a_network_that_was_never_trained_is_called_so(tmp_path):
    path = written(residua.build("resnet8", shortcut="B"), tmp_path / "a.pth")
    with pytest.warns(ResiduaWarning, match=r"never trained\? What no tensor shows is then not known"):
        residua.load(path)
    for decides in (True, False):
        report = residua.inspect(path, decide=decides)
        assert report.doubts == (UNTRAINED,)
        assert not report.decided
    residua.save(residua.build("resnet8"), tmp_path / "b.safetensors")
    residua.load(tmp_path / "b.safetensors")  # our own file declares its network: without a warning


def test_networks_without_stored_statistics_stay_open(tmp_path):
    path = written(lively("resnet8", shortcut="B", norm="group"), tmp_path / "a.pth")
    report = residua.inspect(path)
    assert not report.decided
    assert {other.spec.shortcut for other in report.candidates} >= {"D"}


def test_inspect_imports_no_torch_where_nothing_is_open(tmp_path):
    closed = written(lively("resnet18", num_classes=3), tmp_path / "closed.pth", {})
    code = "import sys, residua; residua.inspect(sys.argv[1]); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, closed], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_judges_images_are_always_the_same():
    first = photographs(3, 32)
    assert first.shape == (32, 3, 32, 32)
    assert torch.equal(first, photographs(3, 32))
    assert torch.allclose(photographs(1, 32), first.mean(1, keepdim=True), atol=1e-6)
    assert 0 <= first.min() < first.max() <= 1


@pytest.mark.parametrize(
    ("name", "preset"),
    [
        ("akamaster/resnet20-12fca82f.th", "imagenet"),
        ("EhanW/resnet20.pth", "imagenet"),
        pytest.param("MHAQ/cifar10_ResNet20v1_best.th", "cifar10", marks=pytest.mark.slow),
        pytest.param(
            "MHAQ/cifar10-resnet20_cifar10_from_resnet20_cifar10_new-final_run_92.81.th",
            "cifar10",
            marks=pytest.mark.slow,
        ),
        ("a-martyn/resnet20.pt", "cifar10, one number for all channels"),
        pytest.param("a-martyn/plainnet20.pt", "cifar10, one number for all channels", marks=pytest.mark.slow),
        ("mlperf-tiny/pretrainedResnet.h5", "0…255"),
    ],
)
def test_the_first_norm_shows_how_real_checkpoints_normalised_their_pixels(name, preset):
    """The witness is what gives each its published accuracy: results/weights/cifar10-checkpoints."""
    found = decided(read(real(name)), DEFAULTS).recognised.declared["preprocessing"]
    assert (tuple(found.value["mean"]), tuple(found.value["std"])) == PRESETS[preset]


def stem_that_saw(pixels):
    """Return a network whose first norm has measured what its first kernels make of `pixels`."""
    torch.manual_seed(0)
    model = residua.build(residua.ResNetSpec(**CIFAR | {"num_classes": 10}, shortcut="B")).eval()
    given = model.conv1(pixels).detach()
    model.bn1.running_mean.copy_(given.mean((0, 2, 3)))
    model.bn1.running_var.copy_(given.var((0, 2, 3)))
    return model


def cifar_like(preset, swapped=False):
    """Return photographs with the mean of CIFAR's pixels, normalised; swapped: as B, G, R."""
    pixels = photographs(3, 32)
    pixels = pixels - pixels.mean((0, 2, 3), keepdim=True) + torch.tensor(PRESETS["cifar10"][0]).view(1, 3, 1, 1)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in PRESETS[preset])
    return ((pixels.flip(1) if swapped else pixels) - mean) / std


@pytest.mark.parametrize("preset", ["imagenet", "cifar10", "half", "0…1", "0…255"])
def test_the_first_norm_shows_how_pixels_were_normalised(preset):
    found = normalised(stem_that_saw(cifar_like(preset)))
    assert (tuple(found.declared.value["mean"]), tuple(found.declared.value["std"])) == PRESETS[preset]
    assert not found.doubts


@pytest.mark.parametrize("preset", ["imagenet", "half", "0…255"])
def test_swapped_channels_are_said_and_no_preprocessing_is_taken(preset):
    found = normalised(stem_that_saw(cifar_like(preset, swapped=True)))
    assert found.declared is None
    assert "B, G, R" in found.doubts[0]


def test_what_no_preset_gives_is_not_known():
    assert normalised(stem_that_saw(cifar_like("imagenet") * 4)).declared is None
    assert normalised(residua.build("resnet8", in_channels=1)).declared is None


def average_pools(model):
    for block in (model.layer2[0], model.layer3[0]):
        shortcut, block.downsample = block.downsample, nn.Sequential()
        shortcut.stride = 1
        block.downsample = nn.Sequential(nn.AvgPool2d(2), shortcut)


def zeros_in_front(model):
    for block in (model.layer2[0], model.layer3[0]):
        shortcut = block.downsample
        shortcut.before, shortcut.after = shortcut.after, 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (average_pools, "an average pool in option A's shortcuts"),
        (zeros_in_front, "zeros in front of option A's channels"),
    ],
)
def test_what_option_a_is_not_here_is_refused_by_its_name(tmp_path, change, words):
    model = measured(**CIFAR, shortcut="A", shortcut_pad="end")
    change(model)
    path = written(again(model), tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=words):
        residua.load(path)


@pytest.mark.slow
def test_average_pools_in_the_place_of_strides_are_refused_by_their_name(tmp_path):
    """timm's resnets with aa_layer=avg."""
    model = measured(**DEEP, stem="7x7")
    model.maxpool = nn.AvgPool2d(2)
    for block in (model.layer2[0], model.layer3[0]):
        block.conv2.stride, block.relu2 = (1, 1), nn.Sequential(nn.ReLU(), nn.AvgPool2d(2))
    for norm in (module for module in model.modules() if isinstance(module, nn.BatchNorm2d)):
        norm.reset_running_stats()
    path = written(with_statistics(model, 64), tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="an average pool behind every 3×3 convolution that would stride"):
        residua.load(path)


def test_without_statistics_it_is_not_known_and_said(tmp_path, capsys):
    grouped = residua.build(residua.ResNetSpec(**CIFAR, shortcut="A", norm="group"))
    path = written(grouped, tmp_path / "a.pth")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        residua.load(path)
    words = " ".join(str(one.message) for one in said)
    assert "no tensor shows how many" in words
    assert "shortcut=A is assumed: it could also be shortcut=none" in words
    assert "the file holds no statistics of norms" in words
    assert main(["inspect", str(path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {one["spec"]["shortcut"] for one in report["candidates"]} >= {"none"}
    assert any("no tensor shows how many" in doubt for doubt in report["doubts"])


def test_convert_says_what_was_assumed_as_inspect_does(tmp_path, capsys):
    path = written(measured(**CIFAR, shortcut="B"), tmp_path / "a.pth")
    assert main(["inspect", str(path)]) == 0
    report = capsys.readouterr().out
    assumed = report[report.index("assumed; how far") : report.index("\n\nread as")]
    assert main(["convert", str(path), str(tmp_path / "b.safetensors")]) == 0
    err = capsys.readouterr().err
    assert f"residua: {assumed}\n" in err
    assert "the proof below is of the copying" in err
    assert main(["convert", str(tmp_path / "b.safetensors"), str(tmp_path / "c.safetensors")]) == 0
    assert "assumed" not in capsys.readouterr().err
