"""Is every published design in the table met, and does it change what is found there?"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from residua.check.examine import gather
from residua.check.rules import RULES
from residua.check.rules.chinese_designs import chinese_designs
from residua.check.rules.hits import untempered_hits
from residua.check.rules.published import PUBLISHED
from residua.check.run.forward import untouched_world
from residua.targets import find
from tests.check.cases import HERE, check, read

PAPERS = Path(__file__).parents[2] / "docs" / "papers.md"
WITNESSES = {
    ("Highway", "R152"): "blocks/halved_highway",
    ("ResNet v2 of Keras", "R142"): "networks/strides_last",
    ("RegNetV, Xception of timm", "R198"): "blocks/regnet_v",
    ("Wide ResNet", "R114"): "blocks/wide_dropout",
    ("Wide ResNet", "R141"): "networks/wide_bottleneck",
    ("Option A of the CIFAR networks", "R114"): "blocks/option_a_halving",
    ("V-Net", "R115"): "blocks/one_channel_for_all",
    ("V-Net", "R117"): "blocks/volume_unit",
    ("DeepLab v3", "R142"): "networks/dilated",
    ("DRN", "R151"): "networks/bare_behind_dilation",
    ("DenseNet", "R153"): "blocks/dense_layer",
    ("SRResNet, CycleGAN", "R107"): "blocks/myrtle_residual",
    ("EDSR", "R107"): "blocks/dncnn_style",
    ("TCN", "R106"): "blocks/temporal",
    ("PSMNet", "R107"): "blocks/psmnet_basic",
    ("SENet-154", "R117"): "blocks/se_projected",
    ("EfficientFormerV2", "R117"): "blocks/halving_attention",
    ("FastViT", "R105"): "blocks/rep_mixer",
    ("FastViT", "R152"): "blocks/rep_mixer",
    ("Residual U-Net", "R117"): "blocks/volume_unit",
    ("U-Net", "R102"): "networks/u_net_of_one_length",
    ("U-Net", "R153"): "networks/u_net_of_one_length",
    ("ShuffleNet", "R102"): "blocks/shuffle_unit_v1",
    ("ShuffleNet", "R153"): "blocks/shuffle_unit_v1",
    ("ShuffleNetV2, CSPNet", "R102"): "blocks/shuffle_unit",
    ("ShuffleNetV2, CSPNet", "R153"): "blocks/shuffle_unit",
    ("Darknet-53, ResNet-9", "R106"): "blocks/myrtle_residual",
    ("ERFNet", "R156"): "blocks/separable_kernels",
    ("MobileNetV2", "R107"): "blocks/inverted_residual",
    ("iResNet of ArcFace", "R112"): "blocks/i_resnet",
    ("Fixup", "R144"): "blocks/fixup",
    ("DeepNet", "R152"): "blocks/alpha_on_the_shortcut",
    ("StyleGAN2", "R112"): "blocks/style_gan2d",
    ("StyleGAN2", "R152"): "blocks/scaled_sum",
    ("d2l", "R118"): "blocks/d2l",
}
EFFECTS = {(design.name, rule): design for design in PUBLISHED for rule in (*design.notes, *design.silences)}


def test_every_effect_has_a_witness() -> None:
    assert set(WITNESSES) == set(EFFECTS)


@pytest.mark.parametrize(("name", "rule"), WITNESSES)
def test_a_block_of_the_design_is_met_and_is_no_mistake(name: str, rule: str) -> None:
    design, case = EFFECTS[name, rule], read(HERE / f"right/{WITNESSES[name, rule]}.py")
    words = ast.parse(f"dict({case.args})", mode="eval").body
    assert isinstance(words, ast.Call)
    given = {str(word.arg): ast.literal_eval(word.value) for word in words.keywords}
    with untouched_world():
        evidence = gather(find(f"{case.path}:{case.target}")[0], given, None)
        hits = [hit for hit in untempered_hits(evidence) if hit.rule == rule]
    matches = {**design.notes, **design.silences}[rule]
    assert any(matches(hit) for hit in hits)
    left = {finding["severity"] for finding in check(case)["findings"] if finding["rule"] == rule}
    assert left <= ({"note"} if rule in design.notes else set())


def test_every_design_has_its_paper_its_rules_and_its_chinese() -> None:
    keys = set(re.findall(r"^\| (\w+) \|", PAPERS.read_text(encoding="utf-8"), re.M))
    for design in PUBLISHED:
        assert set(design.source.split(", ")) <= keys, design.name
        assert {*design.notes, *design.silences} <= set(RULES), design.name
    assert {design.name for design in PUBLISHED} == set(chinese_designs())
