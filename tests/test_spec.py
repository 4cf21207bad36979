"""Can an impossible network exist, and does a value survive its own JSON?"""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from residua import ResiduaError, ResNetSpec, zoo
from residua.errors import SpecError
from residua.zoo import ZOO, find

RESNET50 = ResNetSpec(block="bottleneck", depths=(3, 4, 6, 3))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"bloc": "basic"}, "'bloc' is not a field of ResNetSpec; did you mean 'block'?"),
        ({"block": "triple"}, "block='triple': input should be 'basic' or 'bottleneck'"),
        ({"depths": (2, 2), "widths": (64,)}, "depths, widths and strides"),
        ({"depths": ()}, "depths, widths and strides"),
        ({"depths": (2, 0, 2, 2)}, "depths=(2, 0, 2, 2) must all be positive"),
        ({"stride_on": "1x1"}, "stride_on='1x1' needs block='bottleneck'"),
        ({"cardinality": 32}, "cardinality=32 needs block='bottleneck'"),
        ({"shortcut_pad": "end"}, "shortcut_pad='end' needs shortcut='A'"),
        ({"shortcut": "C", "project_first": True}, "project_first=True needs shortcut='B' or 'D'"),
        ({"shortcut": "none", "drop_path": 0.1}, "drop_path=0.1 needs a shortcut"),
        ({"se_ratio": 0.25}, "se_ratio=0.25 needs attention='se'"),
        ({"shortcut": "A", "widths": (64, 32, 64, 64)}, "64 → 64 → 32"),
        ({"antialias": True, "preactivation": True}, "antialias=True and preactivation=True"),
        ({"subsample": "max-pool", "antialias": True}, "one of them subsamples"),
        ({"subsample": "max-pool", "preactivation": True}, "needs block='basic' and preactivation=False"),
        ({"block": "bottleneck", "base_width": 1, "widths": (16, 16, 16, 16)}, "no channels"),
        ({"output_stride": 4}, "output_stride=4"),
        ({"norm_eps": 0}, "norm_eps=0"),
    ],
)
def test_an_impossible_network_is_refused_and_the_fields_are_named(fields, named):
    with pytest.raises(SpecError) as caught:
        ResNetSpec(**fields)
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ResiduaError)
    assert isinstance(caught.value, ValueError)


def test_json_that_is_no_network_is_refused_in_one_line():
    for text in ('{"x"', '{"block":"basic","stride_on":"1x1"}', "[]", '{"depths": "many"}'):
        with pytest.raises(SpecError) as caught:
            ResNetSpec.model_validate_json(text)
        assert "\n" not in str(caught.value)


def test_a_spec_cannot_be_edited():
    with pytest.raises(ValidationError):
        RESNET50.block = "basic"


@pytest.mark.parametrize("update", [{"depths": ()}, {"depths": (1, 1)}, {"stem": "9x9"}, {"stemm": "7x7"}])
def test_a_copy_cannot_be_an_impossible_network_either(update):
    with pytest.raises(SpecError):
        RESNET50.model_copy(update=update)
    assert RESNET50.model_copy(update={"stem": "deep"}) == RESNET50.changed(stem="deep")
    assert RESNET50.model_copy() == RESNET50 == RESNET50.model_copy(deep=True)


@pytest.mark.parametrize("name", ZOO)
def test_every_row_survives_its_json_and_its_own_repr(name):
    spec = ZOO[name].spec
    assert ResNetSpec.model_validate_json(spec.model_dump_json()) == spec
    assert hash(ResNetSpec.model_validate_json(spec.model_dump_json())) == hash(spec)
    assert eval(repr(spec)) == spec


def test_a_change_carries_what_still_means_something_and_drops_what_does_not():
    v1 = RESNET50.changed(stride_on="1x1")
    assert v1.changed(block="basic") == ResNetSpec(depths=(3, 4, 6, 3))
    assert RESNET50.changed(stem="3x3").stem_pool == "none"
    assert RESNET50.changed(preactivation=True).projection_norm is False
    assert find("resnet18_d2l").spec.changed(shortcut="none").projection_norm is True
    with pytest.raises(SpecError):
        RESNET50.changed(block="basic", stride_on="1x1")


def test_other_depths_go_on_with_the_widths_and_strides_of_the_network_they_came_from():
    resnet20 = find("resnet20").spec
    assert RESNET50.changed(depths=(1, 1)).widths == (64, 128)
    assert resnet20.changed(depths=(1, 1)).widths == (16, 32)
    five = resnet20.changed(depths=[1, 1, 1, 1, 1])
    assert (five.widths, five.strides) == ((16, 32, 64, 128, 256), (1, 2, 2, 2, 2))
    slow = resnet20.changed(strides=(1, 1, 2))
    assert slow.changed(depths=(1, 1)).strides == (1, 1)
    assert slow.changed(depths=(1, 1, 1, 1)).strides == (1, 1, 2, 2)
    assert resnet20.changed(depths=(1, 1), widths=(16, 24)).widths == (16, 24)
    assert resnet20.changed(depths=(9, 9, 9)).widths == resnet20.widths


@pytest.mark.parametrize("depths", [3, None, "many", {"layer1": 2}, (2, "x"), (), {2, 3}])
def test_depths_that_are_no_depths_are_refused_in_one_line(depths):
    with pytest.raises(SpecError, match="depths") as caught:
        RESNET50.changed(depths=depths)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_is_answered_with_the_nearest_ones():
    with pytest.raises(SpecError, match="did you mean .*resnet50.*`residua list` shows all"):
        find("resnet51")
    with pytest.raises(SpecError, match="unknown network 'qqq'; `residua list`"):
        find("qqq")


def test_every_network_of_the_zoo_is_one_line_that_grep_finds():
    lines = Path(zoo.__file__).read_text(encoding="utf-8").splitlines()
    rows = {name: [line for line in lines if f'"{name}"' in line] for name in ZOO}
    assert {name: found for name, found in rows.items() if len(found) != 1 or not found[0].endswith("),")} == {}


def test_names_of_the_zoo_tell_their_depth():
    """6n+2, 9n+2 and 6n+4 layers (he2016a §4.2, he2016b §3, zagoruyko2016 Table 1), and the ImageNet depths."""
    rounded = {"resnetrs270", "resnetrs420"}  # have 272 and 419 (bello2021 Table 9)
    for name, row in ((name, row) for name, row in ZOO.items() if name not in rounded):
        digits = [int(part) for part in "".join(c if c.isdigit() else " " for c in name).split()]
        depth = digits[1] if name.startswith(("resnetv2",)) else digits[0]
        convs = 3 if row.spec.block == "bottleneck" else 2
        counted = convs * sum(row.spec.depths) + 2
        if row.family == "wrn":
            counted += len(row.spec.depths) - 1  # Zagoruyko counts the three projections, not the classifier
        assert counted == depth, name
