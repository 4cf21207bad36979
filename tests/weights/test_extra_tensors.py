"""What else lies in checkpoints beside the layers, and is it kept apart from what a network computes with?"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import residua
from residua.errors import WeightsError
from residua.weights import conversion
from residua.weights.probe import probe
from residua.weights.read import read

from .conftest import lively, same_function


@pytest.fixture(scope="module")
def model():
    return lively("resnet8")


def stages(leaf, tensor):
    return {f"layer{stage}.0.{leaf}": tensor.clone() for stage in (1, 2, 3)}


BESIDE = {
    "a second classifier": {"rotation.weight": torch.ones(4, 64), "rotation.bias": torch.ones(4)},
    "prototypes": {"prototypes": torch.ones(10, 64)},
    "centres of a loss": {"center_loss.centers": torch.ones(10, 64)},
    "a queue of keys": {"queue": torch.ones(64, 4096), "queue_ptr": torch.zeros(1, dtype=torch.long)},
    "weights of a loss": {"loss.weight": torch.ones(10)},
    "the state of a metric": {"train_acc.tp": torch.ones(10)},
    "a count of operations": stages("total_ops", torch.zeros(1, dtype=torch.float64)) | {"total_ops": torch.zeros(1)},
    "scales of a quantiser": {"conv1.weight_fake_quant.scale": torch.ones(16)},
    "a loss as Lightning calls it": {"loss_fn.weight": torch.ones(10)},
    "a metric of a short name": {"acc.correct": torch.tensor(3.0), "f1.confmat": torch.ones(10, 10)},
}


@pytest.mark.parametrize("what", BESIDE)
def test_what_only_training_needs_is_ignored_and_reported(model, tmp_path, what):
    torch.save(dict(model.state_dict()) | BESIDE[what], tmp_path / "a.pth")
    assert set(residua.inspect(tmp_path / "a.pth").ignored) == set(BESIDE[what]) - {"queue_ptr"}  # a counter
    loaded = residua.load(tmp_path / "a.pth")
    assert loaded.spec == model.spec
    same_function(loaded, model.double())
    model.float()


def test_a_network_of_quantisation_aware_training_rounds_and_is_refused(model, tmp_path):
    observed = {
        f"{name[:-7]}.weight_fake_quant.{word}": torch.ones(len(tensor))
        for name, tensor in model.state_dict().items()
        if tensor.ndim == 4
        for word in ("scale", "activation_post_process.min_val", "activation_post_process.max_val")
    }
    for on in (0, 1):
        switch = {"conv1.weight_fake_quant.fake_quant_enabled": torch.tensor([on], dtype=torch.uint8)}
        torch.save(dict(model.state_dict()) | observed | switch, tmp_path / f"{on}.pth")
    assert residua.load(tmp_path / "0.pth").spec == model.spec
    with pytest.raises(WeightsError, match=r"quantisation-aware training: 'conv1\.weight_fake_quant\.fake_quant_en"):
        residua.load(tmp_path / "1.pth")


def test_two_classifiers_of_as_many_classes_leave_the_features(model, tmp_path):
    second = {"head_dist.weight": torch.ones(10, 64), "head_dist.bias": torch.ones(10)}
    torch.save(dict(model.state_dict()) | second, tmp_path / "a.pth")
    report = residua.inspect(tmp_path / "a.pth")
    assert (report.spec.num_classes, set(report.ignored)) == (0, {"fc.weight", "fc.bias", *second})


def test_a_head_that_reads_two_pools_leaves_the_features(model, tmp_path):
    """fastai's: average and maximum, norm, matrix, norm, and a last matrix without bias."""
    state = {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("fc.")}
    norms = {2: nn.BatchNorm1d(128), 6: nn.BatchNorm1d(32)}
    matrices = {4: nn.Linear(128, 32, bias=False), 8: nn.Linear(32, 5, bias=False)}
    head = {
        f"1.{at}.{name}": tensor
        for at, part in (norms | matrices).items()
        for name, tensor in part.state_dict().items()
    }
    torch.save({f"0.{name}": tensor for name, tensor in state.items()} | head, tmp_path / "a.pth")
    loaded, x = residua.load(tmp_path / "a.pth"), torch.randn(2, 3, 32, 32)
    with torch.inference_mode():
        assert torch.equal(loaded.embed(x), model.embed(x))


@pytest.mark.parametrize("word", ["_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"])
def test_what_wraps_single_modules_is_seen_through(model, tmp_path, word):
    state = {name.replace("layer1.0", f"layer1.0.{word}"): tensor for name, tensor in model.state_dict().items()}
    torch.save(state, tmp_path / "a.pth")
    same_function(residua.load(tmp_path / "a.pth"), model.double())
    model.float()
    torch.save(state | dict(model.state_dict()), tmp_path / "twice.pth")
    with pytest.raises(WeightsError, match="holds one tensor twice"):
        residua.load(tmp_path / "twice.pth")


INSIDE = {
    "a factor a branch": stages("alpha", torch.tensor(0.3)),
    "learnt slopes": stages("act.weight", torch.ones(1)),
    "one learnt slope": {"prelu.weight": torch.ones(1)},
    "scales of layers": stages("gamma", torch.ones(16)),
}


@pytest.mark.parametrize("what", INSIDE)
def test_what_a_network_computes_with_is_never_left_out(model, tmp_path, what):
    torch.save(dict(model.state_dict()) | INSIDE[what], tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="it also computes with .*, for which no network here has a place"):
        residua.load(tmp_path / "a.pth")


def test_a_file_that_lacks_a_tensor_is_not_read_by_order_against_its_names(tmp_path):
    """A convolution's bias and three vectors of a norm are as many as a norm has."""
    state = dict(lively("resnet8", conv_bias=True).state_dict())
    del state["layer2.0.bn1.running_mean"]
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="is not a residual network that residua knows"):
        residua.load(tmp_path / "a.pth")


def test_a_head_of_several_layers_leaves_the_features(model, tmp_path):
    state = {key: tensor for key, tensor in model.state_dict().items() if not key.startswith("fc")}
    head = {"fc.0.weight": torch.ones(64, 64), "fc.0.bias": torch.ones(64), "fc.2.weight": torch.ones(10, 64)}
    torch.save(state | head, tmp_path / "a.pth")
    report = residua.inspect(tmp_path / "a.pth")
    assert (report.spec.num_classes, set(report.ignored)) == (0, set(head))


@pytest.mark.parametrize(
    ("names", "shape"),
    [
        (("normalize.mean", "normalize.std"), (3,)),
        (("mu", "sigma"), (3, 1, 1)),
        (("pixel_mean", "pixel_std"), (1, 3, 1, 1)),
    ],
)
def test_a_normalising_layer_declares_the_preprocessing(model, tmp_path, names, shape):
    mean, std = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
    own = {name: torch.tensor(value).reshape(shape) for name, value in zip(names, (mean, std), strict=True)}
    torch.save({f"net.{key}": tensor for key, tensor in model.state_dict().items()} | own, tmp_path / "a.pth")
    assumed = {item.what: item.value for item in residua.inspect(tmp_path / "a.pth").assumed}
    assert assumed["preprocessing"] == {"mean": list(mean), "std": list(std)}
    images = torch.randint(0, 256, (50, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    pixels = (images / 255 - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    with torch.inference_mode():
        labels = model(pixels).argmax(1)
    ranked = probe(read(tmp_path / "a.pth"), images, labels)
    assert "the file's own" in [one.name for one in ranked if one.top1 == 1.0]


def test_students_of_momentum_contrast_are_two_networks(model, tmp_path):
    state = model.state_dict()
    both = {f"module.encoder_{letter}.{key}": tensor for letter in "qk" for key, tensor in state.items()}
    torch.save({"state_dict": both}, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="2 networks, encoder_q and encoder_k; `residua convert --prefix` takes one"):
        residua.load(tmp_path / "a.pth")
    assert residua.load(tmp_path / "a.pth", prefix="encoder_q").spec == model.spec


@pytest.mark.parametrize("head", ["pred_", "fc1000_"])
def test_scale_and_shift_alone_are_batch_norms_in_caffe2s_files(head, tmp_path):
    """Detectron keeps frozen norms as an affine map; a group norm would be called gn there."""
    model = lively("resnet18", widths=(8, 16, 24, 32), stem_width=8, num_classes=7)
    for name, tensor in model.state_dict().items():
        if name.endswith("running_mean"):
            tensor.zero_()
        elif name.endswith("running_var"):
            tensor.fill_(1 - model.spec.norm_eps)
    dialect = conversion.DIALECTS["caffe2"]
    named = conversion.named_as(dialect, model.state_dict(), model.spec)
    named = {key.replace("pred_", head): tensor for key, tensor in named.items()}
    affine = {key: tensor.numpy() for key, tensor in named.items() if not key.endswith(("_rm", "_riv"))}
    np.savez(tmp_path / "a.npz", **affine)
    loaded = residua.load(tmp_path / "a.npz")
    assert loaded.spec == model.spec
    same_function(loaded, model)


def test_a_classifier_of_another_name_leaves_the_layout(model, tmp_path):
    state = {key.replace("fc.", "to_answers."): tensor for key, tensor in model.state_dict().items()}
    torch.save(state, tmp_path / "a.pth")
    report = residua.inspect(tmp_path / "a.pth")
    assert (report.dialect, report.because) == (
        "torchvision",
        "the names are those of torchvision, the classifier's aside",
    )
    assert residua.load(tmp_path / "a.pth").spec == model.spec


def test_a_mean_and_a_deviation_within_a_block_are_no_pixels(model, tmp_path):
    own = {"layer1.0.mean": torch.tensor([0.4]), "layer1.0.std": torch.tensor([2.0])}
    torch.save(dict(model.state_dict()) | own, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=r"also computes with 'layer1\.0\.mean'"):
        residua.load(tmp_path / "a.pth")


def doubts(path, decide=False):
    return " ".join(residua.inspect(path, decide=decide).doubts)


def test_what_may_stand_behind_the_features_or_the_logits_is_a_doubt(model, tmp_path):
    ten = {"target.mean": torch.tensor([3.0]), "target.std": torch.tensor([2.0])}
    one = {name: tensor[:1] if name.startswith("fc") else tensor for name, tensor in model.state_dict().items()}
    torch.save(one | ten, tmp_path / "a.pth")
    assert "'target.mean' and 'target.std' are taken to normalise pixels; they may" in doubts(tmp_path / "a.pth")
    between = {"projector.weight": torch.ones(64, 64), "projector.bias": torch.ones(64)}
    torch.save(dict(model.state_dict()) | between, tmp_path / "b.pth")
    assert "'projector' is left out as a head of training; the classifier may" in doubts(tmp_path / "b.pth")


def test_a_block_that_is_missing_among_numbered_ones_is_a_doubt(tmp_path):
    model = lively("resnet20", depths=(3, 4, 3))
    assert doubts(save(dict(model.state_dict()), tmp_path / "whole.pth")) == ""
    state = {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("layer2.2.")}
    assert "block 'layer2.3' follows 'layer2.1'" in doubts(save(state, tmp_path / "a.pth"))


def test_stages_of_one_width_that_names_part_are_a_doubt(tmp_path):
    model = lively("resnet20", depths=(4, 2), widths=(16, 32))
    state = dict(model.state_dict())
    parts = {"layer2.": "layer3.", "layer1.2.": "layer2.0.", "layer1.3.": "layer2.1."}
    for ours, theirs in parts.items():
        state = {name.replace(ours, theirs): tensor for name, tensor in state.items()}
    assert "'layer1.1' and 'layer2.0' are of one width and of two stages" in doubts(save(state, tmp_path / "a.pth"))


def save(state, path):
    torch.save(state, path)
    return path


def test_a_negative_variance_is_damage(model, tmp_path):
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    state["layer2.0.bn1.running_var"][3] = -0.7
    with pytest.raises(WeightsError, match=r"negative variances: layer2\.0\.bn1\.running_var"):
        residua.inspect(save(state, tmp_path / "a.pth"))


def test_parameters_alone_are_said_to_lack_the_statistics(tmp_path):
    """Under torchvision's names too: timm's group norms have the same."""
    state = dict(lively("resnet18", widths=(8, 16, 24, 32), stem_width=8).named_parameters())
    assert "whose running_mean and running_var the file lacks" in doubts(save(state, tmp_path / "a.pth"), decide=True)


@pytest.mark.parametrize("slot", ["Momentum", "Adam_1", "ExponentialMovingAverage"])
def test_what_tensorflows_optimizers_keep_of_a_variable_is_ignored(model, tmp_path, slot):
    arrays = {name.replace(".", "/"): tensor.numpy() for name, tensor in model.state_dict().items() if tensor.ndim}
    slots = {f"{name}/{slot}": array for name, array in arrays.items() if "running" not in name}
    np.savez(tmp_path / "a.npz", **arrays | slots)
    report = residua.inspect(tmp_path / "a.npz")
    assert (report.spec, set(report.ignored)) == (model.spec, set(slots))


def test_kernels_whose_channels_come_last_are_turned(model, tmp_path):
    """MLX keeps (out, H, W, in)."""
    state = {
        name: tensor.permute(0, 2, 3, 1).contiguous() if tensor.ndim == 4 else tensor
        for name, tensor in model.state_dict().items()
    }
    same_function(residua.load(save(state, tmp_path / "a.pth")), model.double())
    model.float()
    assert "kernels from (out, H, W, in) to (out, in, H, W)" in residua.inspect(tmp_path / "a.pth").reshaped


def test_mxnets_two_kinds_of_arrays_are_one_networks(model, tmp_path):
    roles = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_var"}
    arrays = {}
    for name, tensor in model.state_dict().items():
        path, _, role = name.rpartition(".")
        if tensor.ndim:
            role = roles[role] if tensor.ndim == 1 and path != "fc" else role
            kind = "aux" if role.startswith("moving") else "arg"
            arrays[f"{kind}:{path.replace('.', '_')}_{role}"] = tensor.numpy()
    np.savez(tmp_path / "a.npz", **arrays)
    same_function(residua.load(tmp_path / "a.npz", spec=model.spec), model.double())
    model.float()
