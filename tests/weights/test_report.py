"""Can the report be read: 80 columns, what decides first, in the names that people use?"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import torch

import residua
from residua.weights.assumptions import COST, COSTS
from residua.weights.recognise.title import title
from tests.weights.conftest import lively, real

R20 = residua.ZOO["resnet20"].spec
R50 = residua.ZOO["resnet50"].spec


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        (R20, "resnet20"),
        (R20.changed(shortcut="none"), "resnet20 without shortcuts (plain)"),
        (R20.changed(shortcut="B"), "resnet20, option B"),
        (R20.changed(depths=(2, 2, 2), shortcut="B"), "ResNet-14 (2-2-2, 16-32-64), option B"),
        (R20.changed(depths=(3,), widths=(45,), strides=(1,), stem_width=45, shortcut="B"),
         "ResNet-8 (one stage of 3 blocks, 45 wide), 3×3 stem, option B"),
        (R50.changed(depths=(3, 4, 5, 3)), "ResNet-47 (bottleneck, 3-4-5-3, 64-128-256-512)"),
        (R50.changed(antialias=True), "resnet50, blurred subsampling"),
        (residua.ZOO["resnet18"].spec.changed(norm="group"), "resnet18, group norm"),
        (residua.ZOO["resnext50_32x4d"].spec.changed(depths=(2, 2, 2, 2), attention="se"),
         "SE-ResNeXt-26 (bottleneck, 2-2-2-2, 64-128-256-512, 32×4d)"),
        (R50.changed(num_classes=7), "resnet50"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_networks_have_the_names_that_people_use(spec, name):
    assert title(spec) == name


def test_every_network_of_the_zoo_is_called_by_its_name():
    assert [name for name, row in residua.ZOO.items() if title(row.spec) != name] == []


def lines_of(path):
    return residua.inspect(path).as_text().splitlines()


def test_what_decides_comes_first_and_the_harmless_last(tmp_path):
    torch.save({"state_dict": lively("resnet8").state_dict(), "epoch": 3}, tmp_path / "a.pth")
    text = residua.inspect(tmp_path / "a.pth", decide=False).as_text()
    labels = [line.split()[0] for line in text.splitlines() if line and not line.startswith(" ")]
    assert labels == ["file", "network", "certainty", "or", "images", "classes", "assumed;", "read"]
    places = [text.index(words) for words in ("to chance ", "by tens ", "by points ", "hardly ", "unwrapped")]
    assert places == sorted(places)
    assert "(residua convert --set shortcut=none takes this one)" in " ".join(text.split())


@pytest.mark.parametrize("name", ["resnet8", "resnet18d", "resnetv2_18"])
def test_no_line_is_wider_than_80_columns(tmp_path, monkeypatch, name):
    widths = {"widths": (8, 16, 32, 64)} if name != "resnet8" else {}
    torch.save(lively(name, **widths).state_dict(), tmp_path / "a.pth")
    monkeypatch.chdir(tmp_path)
    assert max(map(len, lines_of("a.pth"))) <= 80


@pytest.mark.norms
@pytest.mark.parametrize(
    "name",
    [
        "akamaster/resnet20-12fca82f.th",
        "a-martyn/plainnet20.pt",
        "EhanW/resnet20.pth",
        "mlperf-tiny/pretrainedResnet.h5",
    ],
)
def test_reports_of_real_files_fit_into_80_columns(name, monkeypatch):
    path = real(name)
    monkeypatch.chdir(path.parent)
    assert max(map(len, lines_of(path.name))) <= 80


def test_each_candidate_is_what_its_change_makes_of_the_answer(tmp_path):
    """What the report offers as --set is what load(change=…) takes, and gives that candidate."""
    torch.save(lively("resnet18_cifar", widths=(8, 16, 32, 64), norm="group").state_dict(), tmp_path / "a.pth")
    torch.save(lively("resnet8").state_dict(), tmp_path / "b.pth")
    for name in ("a.pth", "b.pth"):
        report = residua.inspect(tmp_path / name)
        assert report.candidates
        for other in report.candidates:
            assert other.cost in COSTS
            assert residua.load(tmp_path / name, change=other.change).spec == other.spec


def test_assumptions_are_sorted_by_what_they_cost(tmp_path):
    torch.save(lively("resnet50", widths=(8, 16, 32, 64)).state_dict(), tmp_path / "a.pth")
    report = residua.inspect(tmp_path / "a.pth")
    costs = [COSTS.index(one.cost) for one in report.assumed if one.cost]
    assert costs == sorted(costs)
    assert {one.what for one in report.assumed if one.cost} <= set(COST)
    document = json.loads(json.dumps(report.to_json()))
    assert {"what", "value", "because"} < set(document["assumed"][0])


NOTICE_TORCH = """
import sys
from residua.cli.app import main
code = main(["inspect", sys.argv[1]])
sys.exit(3 if "torch" in sys.modules else code)
"""


def test_inspect_imports_no_torch(tmp_path):
    residua.save(residua.build("resnet8"), tmp_path / "a.safetensors")
    words = [sys.executable, "-c", NOTICE_TORCH, str(tmp_path / "a.safetensors")]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0
