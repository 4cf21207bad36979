"""Is what a file says of itself held against what can be true, before any verb believes it?"""

from __future__ import annotations

import json
from typing import Any

import pytest

import residua
from residua.errors import WeightsError
from residua.metadata import Meta, from_json, to_json
from residua.preprocessing import Preprocessing

SPEC = residua.ResNetSpec(depths=(1, 1, 1), widths=(8, 8, 8), stem="3x3", num_classes=3)
PIXELS = Preprocessing(size=8, resize=8, mean=(0.5,) * 3, std=(0.5,) * 3).to_dict()
SETTINGS = {"config": {"data": "digits", "root": None, "val_fraction": 0.1, "seed": 0}}


def said(**changes: Any) -> str:
    """Return the JSON of a file that says the truth but for `changes`: parts of the document, or fields within one."""
    document = json.loads(to_json(SPEC, Meta(("a", "b", "c"), PIXELS, SETTINGS), "a"))
    for name, value in changes.items():
        held = document[name]
        document[name] = held | value if isinstance(held, dict) and isinstance(value, dict) else value
    return json.dumps(document)


def test_the_truth_is_believed() -> None:
    spec, meta = from_json(said(), "a.safetensors")
    assert (spec, meta.classes, meta.preprocessing, meta.provenance) == (SPEC, ("a", "b", "c"), PIXELS, SETTINGS)


@pytest.mark.parametrize("pixels", [{"size": 24}, {"size": 24, "resize": 24, "mean": [0.5] * 4, "channels": 4}])
def test_a_network_of_four_channels_keeps_what_its_owner_wrote(pixels: dict[str, Any]) -> None:
    four = SPEC.changed(in_channels=4)
    assert from_json(to_json(four, Meta(preprocessing=pixels), "a"), "a")[1].preprocessing == pixels


def test_images_of_three_channels_are_none_for_a_network_of_four() -> None:
    with pytest.raises(WeightsError, match="3 channels for a network of 4"):
        from_json(to_json(SPEC.changed(in_channels=4), Meta(preprocessing=PIXELS), "a"), "a")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"provenance": {"config": ["x"]}}, "provenance.config should be a JSON object"),
        ({"provenance": {"config": {"data": 7}}}, "provenance.config.data should be a string"),
        ({"provenance": {"config": {"data": "cifar10", "root": 5}}}, "provenance.config.root should be a string"),
        ({"provenance": {"config": {"val_fraction": "0.1"}}}, "provenance.config.val_fraction should be a number"),
        ({"provenance": {"config": {"seed": True}}}, "provenance.config.seed should be a whole number"),
        ({"provenance": 3}, "provenance should be a JSON object"),
        ({"classes": ["\ud800", "b", "c"]}, "surrogates not allowed"),
        ({"classes": "abc"}, "classes should be a JSON list"),
        ({"preprocessing": {"mean": ["a", "b", "c"]}}, "lists of numbers"),
        ({"preprocessing": {"mean": 0.5}}, "lists of numbers"),
        ({"preprocessing": {"size": 8.5, "resize": 9.5}}, "whole numbers"),
        ({"preprocessing": {"size": "8"}}, "whole numbers"),
        ({"preprocessing": {"size": 30000, "resize": 30000}}, "pixels, 1 to 4096"),
        ({"preprocessing": {"std": [1e-300] * 3}}, "every std is at least 1e-06"),
        ({"preprocessing": {"mean": [float("nan")] * 3}}, "every mean is finite"),
        ({"preprocessing": {"channels": 1, "mean": [0.5], "std": [0.5]}}, "1 channels for a network of 3"),
        ({"preprocessing": {"channels": None}}, "whole numbers"),
        ({"spec": {"depths": [10**6, 1, 1]}}, "1,000,002 blocks; at most 2,048"),
        ({"spec": {"depths": [1] * 5000, "widths": [16] * 5000, "strides": [1] * 5000}}, "blocks; at most"),
        ({"spec": {"depths": [1] * 40, "widths": [16] * 40, "strides": [1] * 40}}, "40 stages; at most 32"),
        ({"spec": {"widths": [10**9] * 3}}, "1,000,000,000 channels; at most"),
        ({"spec": {"block": "bottleneck", "cardinality": 10**18}}, "groups; at most"),
        ({"spec": {"num_classes": 10**9}}, "classes; at most"),
    ],
)
def test_a_lie_is_named_by_its_field(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(WeightsError, match="a.safetensors.*" + words):
        from_json(said(**changes), "a.safetensors")
