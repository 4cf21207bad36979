"""Which network do `export` and `bench` mean, and on which of its images, that it has not learnt, is it measured?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from residua.cli.output import say
from residua.errors import ShipError
from residua.weights.image_options import ImageOptions
from residua.zoo import ZOO

if TYPE_CHECKING:
    from residua.nn import ResNet
    from residua.preprocessing import Preprocessing
    from residua.ship.export.steps import Images
    from residua.train.measure.images import Chosen

CALIBRATION_IMAGES = 300  # as many as NNCF itself takes where nobody says how many
SYNTHETIC_LOOKED_AT = 32


@dataclass(frozen=True)
class Wanted:
    """What pixels are needed: of how many held-out images, for calibration, for canaries of the user's own."""

    samples: int
    calibrated: bool
    canaries: int
    is_random: bool


def open_network(target: str, images: ImageOptions | None) -> tuple[ResNet, Preprocessing]:
    """Return the network in eval mode, and how its images are prepared. Raises TargetError."""
    from residua.nn import build
    from residua.preprocessing import Preprocessing
    from residua.ship.artifact import is_artifact
    from residua.weights.trained import open_trained, preprocessing_of, require_runnable

    if target in ZOO:
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            network = build(target).eval()
        return network, Preprocessing.plain(ZOO[target].input_size[-1], network.spec.in_channels)
    if is_artifact(target):
        raise ShipError(f"{target} is an artifact already; export the run or the checkpoint that it was made of")
    network = open_trained(target, images)
    require_runnable(network)
    return network, preprocessing_of(network)


def split_of(network: ResNet, data: str | None, root: str | None, quiet: bool) -> tuple[Chosen, Chosen] | None:
    """Return the images to verify on and those to calibrate with, none in both; None where there are none at all."""
    from residua.data import open_dataset
    from residua.ship.export.steps import sample
    from residua.train.measure.images import choose_images, named_images

    provenance = getattr(network.meta, "provenance", None) or {}
    if data is None and (provenance.get("config") or {}).get("data") is None:
        return None
    named = named_images(network, None if data is None else open_dataset(data, root), root)
    if not named.typed:
        say(f"images: {named.place}, as its training says", quiet=quiet)
    held, learnt = choose_images(network, named), choose_images(network, named, "train")
    if held.source is not learnt.source or not set(held.indices.tolist()) & set(learnt.indices.tolist()):
        return held, learnt
    count = len(held.indices)  # one set that no training has split: a third of it, at most, calibrates
    apart = held.indices[sample(count, min(CALIBRATION_IMAGES, count // 3))]
    rest = np.setdiff1d(held.indices, apart)
    return replace(held, indices=rest), replace(held, indices=apart)


def images_for(network: ResNet, prepared: Preprocessing, split: tuple[Chosen, Chosen] | None, wanted: Wanted) -> Images:
    """Read the pixels. Raises ShipError where calibration, or canaries, need images that were not given."""
    from residua.ship.canaries import SYNTHETIC, textures
    from residua.ship.export.steps import Images, sample
    from residua.weights.trained import class_places, learnt_several

    drawn = textures(SYNTHETIC, prepared.size, prepared.channels)
    if split is None:
        if wanted.canaries or (wanted.calibrated and not wanted.is_random):
            what = "canaries" if wanted.canaries else "calibration images"
            raise ShipError(f"no {what}: give images like those that the network will see, with --data")
        many = textures(SYNTHETIC_LOOKED_AT, prepared.size, prepared.channels)
        why = "the weights are random" if wanted.is_random else "no --data was given"
        return Images(many, None, f"synthetic images: {why}", many if wanted.calibrated else None, drawn)
    held, learnt = split
    taken = held.indices[sample(len(held.indices), wanted.samples)]
    if wanted.canaries > len(taken):
        raise ShipError(
            f"no {wanted.canaries} canaries: only {len(taken)} held-out images of {held.dataset} are looked at; give "
            "more, or take synthetic ones"
        )
    pixels = held.source.read(taken, prepared)
    labels = None  # with several labels an image there is no likeliest class to be right or wrong
    if not learnt_several(network):
        labels = class_places(network, held.source.classes, held.dataset)[held.source.labels[taken]]
    if wanted.calibrated and not len(learnt.indices):
        raise ShipError(
            f"no calibration images: {held.dataset} has none beside those to verify on; give more with --data"
        )
    calibrating = learnt.indices[sample(len(learnt.indices), CALIBRATION_IMAGES)]
    calibration = learnt.source.read(calibrating, prepared) if wanted.calibrated else None
    own = pixels[: wanted.canaries]
    kind = f"{len(own)} of the images that were given" if wanted.canaries else "synthetic"
    return Images(pixels, labels, f"held-out images of {held.dataset}", calibration, own if len(own) else drawn, kind)
