"""Does the table of pretrained weights say what its sources say, and does each of its traps come out right?"""

from __future__ import annotations

import csv
import math
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
import torch

import residua
from residua.errors import WeightsError
from residua.weights.pretrained import imagenet_classes, named, of_network, table
from residua.weights.read import _as_published
from residua.weights.recognise.infer import as_stored
from residua.weights.recognise.match import match
from residua.weights.recognise.our_names import COUNTER
from residua.weights.recognise.recognised import Recognised
from tests.peers import torchvision_models

FACTS = Path(__file__).parents[3] / "shared" / "facts" / "pretrained.csv"
NETWORKS = tuple(dict.fromkeys(row.network for row in table().values()))
TIMM = tuple(row.name for row in table().values() if row.repo.startswith("timm/"))
TORCHVISION = tuple(row.name for row in table().values() if row.url)
QUICK = ("resnet18", "resnet50", "resnext50_32x4d", "resnet26d", "resnet10t", "seresnet50", "ecaresnet50d",
         "resnetrs50", "resnetv2_18", "resnet50s", "wide_resnet50_2")  # fmt: skip


@pytest.fixture(scope="module")
def timm():
    torchvision_models()  # which timm imports
    return pytest.importorskip("timm")


def pixels(name, which=0):
    return table()[name].published[which].preprocessing


def test_every_row_of_the_facts_is_in_the_table_with_every_cell():
    if not FACTS.is_file():
        pytest.skip("the facts are not beside this checkout")
    seen = Counter()
    with FACTS.open(encoding="utf-8") as file:
        for fact in csv.DictReader(file):
            tag = fact["tag"] or "microsoft"
            row = table()[f"{fact['zoo_name']}.{tag}"]
            assert (row.repo or row.url) == (
                f"https://{fact['hub_repo']}/{fact['file']}" if fact["tag"].isupper() else fact["hub_repo"]
            )
            assert fact["file"] in (row.files[0] if row.files else row.url)
            assert (row.license or "") == fact["license"]
            assert fact["classes"] == "1000" == str(row.spec.num_classes)
            if fact["top1"]:
                _same(row.published[seen[row.name]], fact)
            seen[row.name] += 1
    assert set(seen) == set(table())
    assert sum(seen.values()) == 208
    assert (len(seen), len(NETWORKS)) == (132, 38)


def _same(published, fact):
    prepared = published.preprocessing
    assert Decimal(str(published.top1)) * 100 == Decimal(fact["top1"])
    assert Decimal(str(published.top5)) * 100 == Decimal(fact["top5"])
    assert prepared.size == int(fact["eval_size"])
    how = fact["crop_pct_or_resize"]
    resize = int(how.split()[1]) if how.startswith("resize") else math.floor(prepared.size / float(how))
    assert (prepared.resize, prepared.interpolation) == (resize, fact["interpolation"])
    assert " ".join(f"{value:g}" for value in prepared.mean) == fact["mean"]
    assert " ".join(f"{value:g}" for value in prepared.std) == fact["std"]


@pytest.mark.parametrize("name", TIMM)
def test_timms_own_configuration_says_the_same(timm, name):
    config = timm.models.get_pretrained_cfg(name)
    if config is None:
        pytest.skip("an older timm does not have these weights")
    side, test = config.input_size[1], config.test_input_size
    prepared = pixels(name)
    assert (prepared.size, prepared.resize) == (side, math.floor(side / config.crop_pct))
    assert (prepared.interpolation, prepared.mean, prepared.std) == (
        config.interpolation, tuple(config.mean), tuple(config.std)
    )  # fmt: skip
    assert config.crop_mode == "center"
    assert config.license in (None, table()[name].license)
    if test is None:
        assert len(table()[name].published) == 1
    else:
        larger = pixels(name, 1)
        assert (larger.size, larger.resize) == (
            test[1],
            math.floor(test[1] / (config.test_crop_pct or config.crop_pct)),
        )


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvisions_own_metadata_say_the_same(name):
    models, row = torchvision_models(), table()[name]
    network, _, tag = name.partition(".")
    weights = models.get_model_weights(network)[tag]
    presets = weights.transforms()
    assert weights.url == row.url
    assert row.published[0].top1 == pytest.approx(weights.meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100)
    assert row.published[0].top5 == pytest.approx(weights.meta["_metrics"]["ImageNet-1K"]["acc@5"] / 100)
    assert ([pixels(name).size], [pixels(name).resize]) == (presets.crop_size, presets.resize_size)
    assert (pixels(name).interpolation, pixels(name).mean, pixels(name).std) == (
        presets.interpolation.value, tuple(presets.mean), tuple(presets.std)
    )  # fmt: skip
    assert tuple(weights.meta["categories"]) == imagenet_classes()


@pytest.mark.parametrize(
    "network", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in NETWORKS]
)
def test_a_file_with_timms_names_is_the_zoos_network_without_an_open_question(timm, network):
    with torch.device("meta"):
        state = timm.create_model(network).state_dict()
    tensors = {
        name: as_stored(torch.zeros(()).expand(tensor.shape))
        for name, tensor in state.items()
        if not name.endswith(COUNTER)
    }
    row = of_network(network)[-1]
    found = _as_published(match(Recognised("it", tensors, registered=False, declared=row.declared())), row)
    assert found.readings[0].spec == residua.ZOO[network].spec
    assert sorted(found.readings[0].keys.values()) == sorted(tensors)
    assert len(found.readings) == 1
    assert found.rejected == ()


@pytest.mark.parametrize(("network", "side"), [("resnet10t", 176), ("resnetrs50", 64), ("resnetv2_18", 64)])
def test_odd_maps_and_other_stems_give_timms_logits(timm, tmp_path, network, side):
    from safetensors.torch import save_file

    torch.manual_seed(0)
    theirs = timm.create_model(network).eval()
    save_file(theirs.state_dict(), tmp_path / "model.safetensors")
    ours = residua.load(tmp_path / "model.safetensors", spec=network)
    images = torch.randn(1, 3, side, side)
    with torch.inference_mode():
        torch.testing.assert_close(ours(images), theirs(images), rtol=1e-4, atol=1e-5)


def test_a_name_means_the_first_evaluation_and_at_a_size_another():
    assert (pixels("resnet18.a3_in1k").size, table()["resnet18.a3_in1k"].published[0].top1) == (160, 0.6567)
    larger = named("resnet18.a3_in1k@224")
    assert (larger.preprocessing.size, larger.preprocessing.resize, larger.published[0].top1) == (224, 235, 0.6825)
    assert named("resnet18.a3_in1k@160").preprocessing == pixels("resnet18.a3_in1k")
    with pytest.raises(WeightsError, match="@160 or resnet18.a3_in1k@224"):
        named("resnet18.a3_in1k@288")
    assert {name: pixels(name).size for name in ("resnet10t.c3_in1k", "resnet50.a1h_in1k", "resnetrs420.tf_in1k")} == {
        "resnet10t.c3_in1k": 176, "resnet50.a1h_in1k": 176, "resnetrs420.tf_in1k": 320
    }  # fmt: skip


def test_torchvisions_second_weights_under_timms_name_and_under_its_own():
    theirs, copied = table()["resnet50.IMAGENET1K_V2"].published[0], table()["resnet50.tv2_in1k"].published
    assert (theirs.preprocessing.size, theirs.preprocessing.resize, theirs.top1) == (224, 232, 0.80858)
    assert (copied[0].preprocessing.size, copied[0].preprocessing.resize, copied[0].top1) == (176, 201, 0.79434)
    assert named("resnet50.tv2_in1k@224").preprocessing == theirs.preprocessing
    assert pixels("resnext101_64x4d.IMAGENET1K_V1").resize == 232
    assert pixels("resnext101_64x4d.tv_in1k").resize == 256


def test_crops_and_interpolations():
    assert pixels("resnet50.gluon_in1k").resize == 256  # 0.875
    assert pixels("resnet50.a1_in1k").resize == 235  # 0.95
    assert pixels("resnet50.a1h_in1k").resize == 195  # 0.9 of 176
    assert pixels("resnetrs50.tf_in1k").resize == 175  # 0.91 of 160
    assert pixels("resnet50.a1_in1k", 1).resize == 288  # 1.0
    bilinear = {row.name for row in table().values() if row.published and pixels(row.name).interpolation == "bilinear"}
    assert bilinear == {name for name in table() if name in TORCHVISION or ".tv" in name or ".fb_" in name}


def test_seven_weights_are_normalised_by_halves():
    halves = {row.name for row in table().values() if row.published and pixels(row.name).mean == (0.5,) * 3}
    assert halves == {
        "resnetv2_18.ra4_e3600_r224_in1k", "resnetv2_34.ra4_e3600_r224_in1k", "resnetv2_50.a1h_in1k",
        "resnetv2_101.a1h_in1k", "resnet18d.ra4_e3600_r224_in1k", "resnet34.ra4_e3600_r224_in1k",
        "resnet50d.ra4_e3600_r224_in1k",
    }  # fmt: skip
    assert all(pixels(name).std == (0.5,) * 3 for name in halves)


def test_licences():
    licences = Counter(row.license for row in table().values())
    assert licences["cc-by-nc-4.0"] == 9
    assert {name for name, row in table().items() if row.non_commercial} == {name for name in table() if ".fb_" in name}
    assert "NO commercial use" in table()["resnet50.fb_swsl_ig1b_ft_in1k"].terms
    assert [name for name, row in table().items() if row.license is None] == ["resnet26.microsoft"]
    assert "no licence is stated" in table()["resnet26.microsoft"].terms


def test_microsofts_files_have_no_accuracy_and_one_has_no_safetensors():
    theirs = [row for row in table().values() if row.repo.startswith("microsoft/")]
    assert len(theirs) == 6
    assert all(row.preprocessing is None for row in theirs)
    assert [row.name for row in theirs if row.files == ("pytorch_model.bin",)] == ["resnet101.microsoft"]


@pytest.mark.parametrize(
    ("name", "because"),
    [
        ("legacy_seresnet50.in1k", "ceil_mode"),
        ("resnetv2_50x1_bit.goog_in21k_ft_in1k", "group norm"),
        ("resnet50_gn.a1h_in1k", "group norm"),
        ("resnetaa50d.sw_in12k", "averages"),
        ("resnetblur50.bt_in1k", "blurs"),
        ("ecaresnet50d_pruned.miil_in1k", "widths"),
    ],
)
def test_names_of_the_same_shapes_and_another_network_are_refused_as_such(name, because):
    with pytest.raises(WeightsError, match=because):
        named(name)


def test_stems_of_the_rows():
    assert residua.ZOO["resnetrs50"].spec.stem_pool == "conv"
    assert residua.ZOO["resnetrs50"].spec.se_ratio == 0.25
    assert {residua.ZOO[name].spec.shortcut for name in ("resnet10t", "resnet50d", "resnetrs50")} == {"D"}
    assert residua.ZOO["resnet50c"].spec.shortcut == residua.ZOO["resnet50s"].spec.shortcut == "B"


def test_networks_without_weights_say_so_and_a_bare_name_is_no_weights():
    without = set(residua.ZOO) - set(NETWORKS)
    assert {
        "resnet200",
        "resnet50t",
        "seresnet18",
        "resnetv2_152",
        "resnet50_v1",
        "resnet50_keras",
        "resnet20",
    } < without
    assert len(without) == len(residua.ZOO) - 38
    with pytest.raises(WeightsError, match="none with a name are published"):
        residua.load("resnet20")
    with pytest.raises(WeightsError, match=r"resnet50.IMAGENET1K_V1.* and 18 more"):
        residua.load("resnet50")


@pytest.mark.parametrize("name", ["resnet50.a1_in1", "resnt50.a1_in1k", "ResNet50.a1_in1k"])
def test_a_typo_gets_the_nearest_names(name):
    with pytest.raises(WeightsError, match=r"did you mean resnet50\.a1_in1k"):
        residua.load(name)


@pytest.mark.parametrize(
    "name", ["resnet50.pth", "best.pt", "digits", "hf:timm/resnet50.a1_in1k", "a/resnet50.a1_in1k"]
)
def test_files_and_paths_are_no_names(name):
    assert named(name) is None


def test_a_file_of_that_name_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "resnet50.a1_in1k").write_bytes(b"")
    assert named("resnet50.a1_in1k") is None


def test_the_classes_are_a_thousand_distinct_names_in_the_order_of_the_synsets():
    names = imagenet_classes()
    assert (len(names), len(set(names))) == (1000, 1000)
    assert (names[0], names[134], names[264], names[474], names[639], names[999]) == (
        "tench", "crane bird", "Cardigan", "cardigan", "maillot tank suit", "toilet tissue"
    )  # fmt: skip
