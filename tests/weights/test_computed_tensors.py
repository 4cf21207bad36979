"""Is what a network computes with built, folded exactly, or refused by its name?"""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune, spectral_norm, weight_norm

import residua
from residua.cli.app import main
from residua.errors import WeightsError

from .conftest import lively, same_function


def saved(path, model):
    torch.save(model.state_dict(), path)
    return path


def wide(name="resnet8", **changes):
    return lively(name, **changes).double()


def same_logits(path, model, size=32):
    """Assert that the file at `path` gives the logits of `model` to 1e-12 of the largest."""
    loaded = residua.load(path, dtype=torch.float64)
    images = torch.randn(2, 3, size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        logits = model(images)
        assert (loaded(images) - logits).abs().max() <= 1e-12 * logits.abs().max()
    return loaded


FOLDED = {
    "weight_norm": parametrizations.weight_norm,
    "the old weight_norm": weight_norm,
    "weight_norm over the whole tensor": lambda module: weight_norm(module, dim=None),
    "spectral_norm": parametrizations.spectral_norm,
    "the old spectral_norm": spectral_norm,
    "a pruning mask": lambda module: prune.random_unstructured(module, "weight", 0.4),
}


@pytest.mark.parametrize("kind", FOLDED)
@pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated")
def test_reparametrised_weights_are_folded_exactly(kind, tmp_path):
    model = wide()
    for module in [module for module in model.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]:
        FOLDED[kind](module)
    for name, tensor in model.named_parameters():
        if name.endswith(("original0", "weight_g")):
            tensor.data.mul_(1.7)
    assert same_logits(saved(tmp_path / "a.pth", model.eval()), model).spec.depths == (1, 1, 1)
    assert any("is folded of" in line for line in residua.inspect(tmp_path / "a.pth").reshaped)


class Halved(nn.Module):
    def forward(self, weight):
        return weight / 2


REFUSED = {
    "a function of one's own": lambda module: parametrize.register_parametrization(module, "weight", Halved()),
    "an orthogonal matrix": parametrizations.orthogonal,
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_parametrisation_that_no_tensor_shows_is_refused_by_name(kind, tmp_path):
    model = wide()
    REFUSED[kind](model.fc)
    with pytest.raises(WeightsError, match=r"keeps 'fc\.parametrizations\.weight\.original'"):
        residua.load(saved(tmp_path / "a.pth", model))


@pytest.mark.parametrize("changes", [
    {"attention": "se", "se_round": 1},
    {"attention": "se", "se_round": 1, "se_ratio": 1 / 4, "shortcut": "B"},
    {"shortcut": "B", "projection_kernel": 3},
    {"block": "bottleneck", "shortcut": "B", "projection_kernel": 3, "projection_norm": False},
])  # fmt: skip
def test_gates_of_any_width_and_projections_of_three_pixels_come_back(changes, tmp_path):
    model = wide("resnet8", **changes)
    assert same_logits(saved(tmp_path / "a.pth", model), model).spec == model.spec


def test_gates_of_the_papers_width_as_matrices_are_built(tmp_path):
    model = wide("resnet18", widths=(64, 128), depths=(1, 1), attention="se", se_round=1)
    state = {
        key: tensor[:, :, 0, 0] if ".se.fc" in key and tensor.ndim == 4 else tensor
        for key, tensor in model.state_dict().items()
    }
    torch.save({key.replace(".se.fc", ".gate.dense"): tensor for key, tensor in state.items()}, tmp_path / "a.pth")
    assert residua.load(tmp_path / "a.pth").spec.se_round == 1
    same_logits(tmp_path / "a.pth", model, 64)


def test_legacy_se_networks_have_their_own_stride_and_pool(tmp_path):
    """Cadene's senet.py: SEResNetBottleneck strides on its 1×1, layer0 pools with ceil_mode and without padding."""
    model = wide("seresnet50", depths=(1, 1, 1, 1), stride_on="1x1", stem_pool="max-ceil", num_classes=5)
    words = {"conv1": "layer0.conv1", "bn1": "layer0.bn1", "fc": "last_linear"}
    state = {}
    for key, tensor in model.state_dict().items():
        head, _, rest = key.partition(".")
        state[f"{words.get(head, head)}.{rest}".replace(".se.fc", ".se_module.fc")] = tensor
    torch.save(state, tmp_path / "a.pth")
    assert same_logits(tmp_path / "a.pth", model, 65).spec == model.spec
    assert residua.inspect(tmp_path / "a.pth").dialect == "cadene-se"


def test_legacy_se_networks_of_basic_blocks_are_refused_by_what_they_have_more(tmp_path, capsys):
    """timm's SEResNetBlock (legacy_seresnet18 and 34): relu(bn2(…)) enters the gate; the tensors are seresnet18's."""
    words = {"conv1": "layer0.conv1", "bn1": "layer0.bn1", "fc": "last_linear"}
    state = {}
    for key, tensor in wide("seresnet18", depths=(1, 1, 1, 1), num_classes=5).state_dict().items():
        head, _, rest = key.partition(".")
        state[f"{words.get(head, head)}.{rest}".replace(".se.fc", ".se_module.fc")] = tensor
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=r"timm's legacy_se…, whose basic blocks have a ReLU before the gate$"):
        residua.load(tmp_path / "a.pth")
    residua.save(lively("seresnet18", depths=(1, 1, 1, 1), num_classes=5), tmp_path / "b.safetensors")
    assert main(["convert", str(tmp_path / "b.safetensors"), str(tmp_path / "c.pth"), "--to", "cadene-se"]) == 2
    assert (
        "cadene-se networks have a ReLU before the gate in basic blocks, and this one has not"
        in capsys.readouterr().err
    )


def test_norms_without_scale_get_one_and_zero(tmp_path):
    model = wide()
    for module in [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]:
        module.affine, module.weight, module.bias = False, None, None
    same_logits(saved(tmp_path / "a.pth", model), model)


HEADS = {
    "a norm first": lambda: nn.Sequential(nn.BatchNorm1d(64), nn.Linear(64, 10)),
    "two matrices": lambda: nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)),
    "a square matrix first": lambda: nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)),
}


@pytest.mark.parametrize("head", HEADS)
def test_a_head_of_several_layers_leaves_the_features_and_is_listed(head, tmp_path):
    model = lively("resnet8")
    model.fc = HEADS[head]()
    report = residua.inspect(saved(tmp_path / "a.pth", model))
    assert report.spec.num_classes == 0
    assert {name for name in model.state_dict() if name.startswith("fc") and "num_batches" not in name} == set(
        report.ignored
    )
    loaded = residua.load(tmp_path / "a.pth")
    model.fc = nn.Identity()
    same_function(loaded, model, size=32)


def test_a_norm_that_lacks_a_vector_is_named_with_what_it_has(tmp_path):
    state = lively("resnet8").state_dict()
    del state["layer2.0.bn1.bias"]
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=r"'layer2\.0\.bn1\.weight' .* its layer has weight and running_mean and"):
        residua.load(tmp_path / "a.pth")


def test_an_embedding_before_the_classifier_is_no_classifier(tmp_path):
    state = lively("resnet8").state_dict()
    state["fc.weight"] = torch.ones(10, 32)
    torch.save(state | {"embed.weight": torch.ones(32, 64), "embed.bias": torch.ones(32)}, tmp_path / "a.pth")
    report = residua.inspect(tmp_path / "a.pth")
    assert (report.spec.num_classes, set(report.ignored)) == (0, {"embed.weight", "embed.bias", "fc.weight", "fc.bias"})


NORM = ("weight", "bias", "running_mean", "running_var")
BESIDE = {
    "a temperature": {"temperature": torch.tensor(2.0)},
    "the scale of a cosine head": {"fc.sigma": torch.ones(1)},
    "a matrix between features and classifier": {"mix.weight": torch.ones(64, 64), "mix.bias": torch.ones(64)},
    "a matrix of time in a block": {"layer2.0.time.weight": torch.ones(32, 8), "layer2.0.time.bias": torch.ones(32)},
    "LoRA": {"layer1.0.conv1.lora_A": torch.ones(2, 144), "layer1.0.conv1.lora_B": torch.ones(16, 2)},
    "a table in a stage": {"layer2.table.weight": torch.ones(10, 32)},
    "a convolution between stages": {"middle.weight": torch.ones(32, 32, 3, 3)},
    "a norm behind a stage": {f"late.{role}": torch.ones(32) for role in NORM},
    "a gate of an order": {"layer1.0.perm": torch.arange(16)},
}  # fmt: skip


@pytest.mark.parametrize("what", BESIDE)
def test_what_stands_in_the_network_is_refused_by_its_name(what, tmp_path):
    torch.save(lively("resnet8").state_dict() | BESIDE[what], tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=f"'({'|'.join(BESIDE[what])})'"):
        residua.load(tmp_path / "a.pth")


def test_inspect_knows_the_one_block_that_load_knows(tmp_path):
    block = residua.nn.BasicBlock(16, 32, stride=2).eval()
    report = residua.inspect(saved(tmp_path / "block.pth", block))
    assert report.title == "one basic block alone, 16 → 32 channels"
    assert report.params == sum(parameter.numel() for parameter in block.parameters())
    assert type(residua.load(tmp_path / "block.pth")) is residua.nn.BasicBlock
    assert "stride" in report.as_text()
    assert report.to_json()["spec"]["block"] == "basic"
