"""Do the figures measured on the built networks equal the published ones?

Parameters to the last digit, MACs to the last digit printed by their source; sources in docs/papers.md.
"""

from __future__ import annotations

import pytest
import torch

from residua.nn import build
from residua.plan import cost
from residua.summary import Summary, summarize
from residua.zoo import ZOO

PUBLISHED = """
resnet18          11,689,512   1,814,073,344
resnet34          21,797,672   3,663,761,408
resnet50          25,557,032   4,089,184,256
resnet50_v1       25,557,032   3,857,973,248
resnet101         44,549,160   7,801,405,440
resnet101_v1      44,549,160   7,570,194,432
resnet152         60,192,808   11,513,626,624
resnet152_v1      60,192,808   11,282,415,616
resnext50_32x4d   25,028,904   4,230,479,872
resnext101_32x8d  88,791,336   16,414,015,488
resnext101_64x4d  83,455,272   15,460,270,080
wide_resnet50_2   68,883,240   11,398,021,120
wide_resnet101_2  126,886,696  22,753,050,624
resnet26          15,995,176   2.342
resnet26d         16,014,408   2.582
resnet26t         16,011,872   3.330
resnet18d         11,708,744   2.054
resnet34d         21,816,904   3.903
resnet50c         25,576,264   4,328,824,832
resnet50d         25,576,264   4,328,824,832
resnet50s         25,680,808   5.444
resnet50t         25,573,728   4.297
resnet101d        44,568,392   8.041
resnet152d        60,212,040   11.753
resnet200         64,673,832   15.007
resnet200d        64,693,064   19.914
resnet10t         5,435,488    0.699
resnet14t         10,081,632   1.068
seresnet18        11,779,624   1.814
seresnet50        28,088,024   4.092
seresnet101       49,326,872   7.806
seresnet152       66,821,848   11.520
seresnext50_32x4d 27,559,896   4.233
ecaresnet50d      25,576,350   4.329
ecaresnet101d     44,568,563   8.041
resnetv2_18       11,687,720   1,814,073,344
resnetv2_34       21,795,880   3,663,761,408
resnetv2_50       25,549,352   4,089,184,256
resnetv2_101      44,541,480   7,801,405,440
resnetv2_152      60,185,128   11,513,626,624
resnetrs50        35,691,912   2.279
resnetrs101       63,618,696   6.012
resnetrs152       86,621,576   15.528
resnet50_keras    25,583,592   3,857,973,248
resnet101_keras   44,601,832   7,570,194,432
resnet152_keras   60,268,520   11,282,415,616
resnetv2_50_keras 25,568,360   3,482,255,360
resnetv2_101_keras 44,577,896  7,194,476,544
resnetv2_152_keras 60,236,904  10,906,697,728
preact_resnet18_cifar 11,171,146 0.5554
resnet20          269,722      40,551,040
resnet32          464,154      68,862,592
resnet44          658,586      97,174,144
resnet56          853,018      125,485,696
resnet110         1,727,962    252,887,680
preact_resnet110  1,730,522    -
preact_resnet164  1,703,258    247,646,720
wrn_16_8          10,961,370   -
wrn_22_8          17,158,106   -
wrn_28_10         36,479,194   5,243,328,768
wrn_40_4          8,949,210    -
wrn_40_10         55,841,754   -
resnet18_cifar    11,173,962   0.5554
resnet34_cifar    21,282,122   1.159
resnet50_cifar    23,520,842   1.298
resnet18_d2l      11,178,378   1,734,890,496
resnet34_tutorial 21,801,896   3,676,606,464
"""
VERY_DEEP = """
resnetrs200       93,209,992   20.093
resnetrs270       129,861,448  26.95
resnetrs350       163,956,168  43.49
resnetrs420       191,891,656  63.94
resnet1202        19,421,274   2,829,238,912
preact_resnet1001 10,327,706   1,490,995,712
"""
OPTION_B = {"resnet20": 272_474, "resnet32": 466_906, "resnet44": 661_338, "resnet56": 855_770, "resnet110": 1_730_714}
FIELDS = {  # receptive field and total stride, in input pixels
    "resnet18": (435, 32),
    "resnet34": (899, 32),
    "resnet50": (427, 32),
    "resnet50_v1": (483, 32),
    "resnet101": (971, 32),
    "resnet101_v1": (1027, 32),
    "resnet152": (1451, 32),
    "resnet152_v1": (1507, 32),
    "resnet50d": (431, 32),
    "seresnet50": (427, 32),  # a gate is no window
    "ecaresnet50d": (431, 32),
    "resnet20": (81, 4),
    "resnet56": (249, 4),
    "resnet110": (501, 4),
    "resnet18_cifar": (109, 8),
}


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


def measured(name: str, **changes: object) -> Summary:
    with torch.device("meta"):
        model = build(name, **changes)
    return summarize(model, ZOO[name].input_size)


def require_published(name: str, params: str, macs: str) -> None:
    found = measured(name)
    assert f"{found.params:,}" == params
    if "," in macs:
        assert f"{found.macs:,}" == macs
    elif macs != "-":
        digits = len(macs.partition(".")[2])
        assert f"{found.macs / 1e9:.{digits}f}" == macs
    assert sum(layer.params for layer in found.layers) == found.params
    price = cost(ZOO[name].spec, *ZOO[name].input_size[1:])
    assert (price.params, price.macs) == (found.params, found.macs)
    if name in FIELDS:
        assert (found.receptive_field, found.total_stride) == FIELDS[name]


@pytest.mark.parametrize(("name", "params", "macs"), rows(PUBLISHED))
def test_params_macs_and_receptive_fields_are_the_published_ones(name, params, macs):
    require_published(name, params, macs)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "params", "macs"), rows(VERY_DEEP))
def test_very_deep_networks_have_the_published_figures(name, params, macs):
    require_published(name, params, macs)


def test_every_network_of_the_zoo_has_a_published_row():
    listed = {name for name, *_ in rows(PUBLISHED) + rows(VERY_DEEP)}
    unpublished = {"resnet8", "resnet8_quick"}  # the smallest 6n+2 network is in no paper's table; the other is ours
    assert set(ZOO) - listed == unpublished
    assert set(FIELDS) <= listed


@pytest.mark.parametrize(("name", "params"), OPTION_B.items())
def test_option_b_costs_the_published_projections(name, params):
    assert measured(name, shortcut="B").params == params


def test_resnet18_at_cifar_size_costs_37_million_macs():
    with torch.device("meta"):
        found = summarize(build("resnet18", num_classes=10), (3, 32, 32))
    assert (found.params, round(found.macs / 1e6)) == (11_181_642, 37)


def test_the_d2l_network_costs_what_its_page_measures_at_96_pixels():
    with torch.device("meta"):
        found = summarize(build("resnet18_d2l"), (1, 96, 96))
    assert found.macs == 318_657_536
