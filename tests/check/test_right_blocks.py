"""Does the checker keep quiet about blocks that are right?"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

import residua.nn
import residua.zoo
from residua.check import check_block, check_network
from residua.check.report.finding import CheckReport
from tests.check.cases import Case, cases, check, surprises, usual
from tests.peers import torchvision_models

BLOCKS, NETWORKS = cases("right/blocks"), cases("right/networks")
PLANTED = cases("planted")


def loud(report: CheckReport) -> list[tuple[str, str, int | None, str]]:
    return [(f.rule, f.severity, f.line, f.message) for f in report.findings if f.severity != "note"]


@pytest.mark.parametrize("case", [usual(case) for case in (*BLOCKS, *NETWORKS)], ids=str)
def test_no_alarm_on_code_of_many_hands(case: Case) -> None:
    assert surprises(case) == []
    mended = {mistake.path.parent.name for mistake in PLANTED if f"right/{mistake.right}" == str(case)}
    assert not mended & {finding["rule"] for finding in check(case)["findings"]}  # not even in a note


def test_the_right_code_that_a_mistake_names_is_there() -> None:
    there = {str(case) for case in [*BLOCKS, *NETWORKS]}
    assert {f"right/{mistake.right}" for mistake in PLANTED if mistake.right} <= there


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in NETWORKS if not case.train], ids=str)
def test_networks_of_many_hands_learn_one_batch(case: Case) -> None:
    assert surprises(replace(case, train=True)) == []


def test_no_alarm_on_torchvision_blocks() -> None:
    models = torchvision_models()
    assert loud(check_block(models.resnet.BasicBlock)) == []
    assert loud(check_block(models.resnet.Bottleneck)) == []
    assert loud(check_block(models.mobilenetv2.InvertedResidual, expand_ratio=6)) == []
    assert loud(check_block(models.convnext.CNBlock(64, 1e-6, 0.0))) == []
    assert loud(check_block(models.regnet.ResBottleneckBlock(64, 64, 1, nn.BatchNorm2d, nn.ReLU, 32))) == []


def hugging_face() -> Any:
    """Return transformers' ResNet module; transformers imports torchvision, which must be made importable before."""
    torchvision_models()
    return importlib.import_module("transformers.models.resnet.modeling_resnet")


def test_no_alarm_on_hugging_face_blocks() -> None:
    modeling_resnet = hugging_face()
    assert loud(check_block(modeling_resnet.ResNetBasicLayer)) == []
    assert loud(check_block(modeling_resnet.ResNetBottleNeckLayer)) == []


def test_no_alarm_on_timm_blocks() -> None:
    torchvision_models()
    resnet, resnetv2 = importlib.import_module("timm.models.resnet"), importlib.import_module("timm.models.resnetv2")
    assert loud(check_block(resnet.BasicBlock)) == []
    assert loud(check_block(resnet.Bottleneck)) == []
    assert loud(check_block(resnetv2.PreActBasic(64, 64))) == []


def zoo_blocks() -> list[type[nn.Module]]:
    classes = [v for v in vars(residua.nn.blocks).values() if inspect.isclass(v) and issubclass(v, nn.Module)]
    ours = [c for c in classes if c.__module__ == residua.nn.blocks.__name__ and not inspect.isabstract(c)]
    return [c for c in ours if list(inspect.signature(c).parameters) and "forward" in dir(c)]


@pytest.mark.parametrize("block", [b for b in zoo_blocks() if b.__name__ != "Block"], ids=lambda b: b.__name__)
def test_no_alarm_on_a_zoo_block(block: type[nn.Module]) -> None:
    assert loud(check_block(block)) == []


ONE_OF_EACH_FAMILY = ["resnet18", "resnet20", "resnet18_cifar", "resnet18_d2l"]


@pytest.mark.parametrize("name", ONE_OF_EACH_FAMILY)
def test_no_alarm_on_a_zoo_network(name: str) -> None:
    assert loud(check_network(residua.nn.build(name))) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(residua.zoo.ZOO))
def test_no_alarm_on_any_zoo_network(name: str) -> None:
    """But for one: the pre-activation network that leaves out the last norm is told so."""
    spec = residua.zoo.ZOO[name].spec
    found = check_network(residua.nn.build(name)).findings
    told = ["R137"] if spec.preactivation and not spec.last_norm else []
    assert [each.rule for each in found if each.severity != "note"] == told


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "resnet50d",
        "seresnet50",
        "resnetv2_50",
        "res2net50_26w_4s",
        "skresnet18",
        "nf_resnet50",
        "resnetblur50",
        "convnext_atto",
    ],
)
def test_no_alarm_on_a_timm_network(name: str) -> None:
    torchvision_models()
    assert loud(check_network(importlib.import_module("timm").create_model(name))) == []


@pytest.mark.slow
def test_a_network_of_resnet50_size_is_checked_within_ten_seconds() -> None:
    report = check_network(torchvision_models().resnet50())
    assert loud(report) == []
    assert report.seconds < 10


def test_checking_an_instance_leaves_it_as_it_was() -> None:
    block = hugging_face().ResNetBasicLayer(8, 8)
    before = {k: v.clone() for k, v in block.state_dict().items()}
    check_block(block)
    assert block.training
    assert all(torch.equal(v, before[k]) for k, v in block.state_dict().items())
