"""With which mean and deviation does the network in a file normalise its own input?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from residua.pickles.stored import Stored
from residua.weights.files.opened import Declared
from residua.weights.recognise.recognised import Recognised

MEANS, DEVIATIONS, MOST_CHANNELS = ("mean", "mu"), ("std", "sigma"), 4


def set_pixels_aside(so_far: Recognised) -> Recognised:
    """Set the mean and deviation aside with which a network normalises its own input: they declare preprocessing."""
    pair = _pixel_statistics(so_far.tensors)
    if pair is None:
        return replace(so_far, kept=so_far.tensors)
    kept = {name: tensor for name, tensor in so_far.tensors.items() if name not in pair}
    so_far = replace(so_far, kept=kept, extra=(*so_far.extra, *pair), pixels=pair)
    if not all(so_far.tensors[name].floating for name in pair):
        return so_far
    mean, std = ([round(float(value), 6) for value in so_far.tensors[name].array().reshape(-1)] for name in pair)
    found = Declared({"mean": mean, "std": std}, f"the pair {pair[0]}, {pair[1]} in the file")
    return replace(so_far, declared=dict(so_far.declared) | {"preprocessing": found})


def doubt_pixels(so_far: Recognised) -> Recognised:
    """Doubt that a mean and a deviation are those of pixels where there are as many of them as classes."""
    spec = so_far.readings[0].spec
    if not so_far.pixels or so_far.tensors[so_far.pixels[0]].size != spec.num_classes:
        return so_far
    doubt = (
        f"{' and '.join(map(repr, so_far.pixels))} are taken to normalise pixels; they may as well scale its outputs"
    )
    return replace(so_far, doubts=(*so_far.doubts, doubt))


def _pixel_statistics(tensors: Mapping[str, Stored]) -> tuple[str, str] | None:
    """Return the names of a mean and a deviation of pixels that lie beside each other, or None."""
    for name, tensor in tensors.items():
        path, leaf = _path_and_word(name)
        if leaf not in MEANS or not 1 <= tensor.size <= MOST_CHANNELS or tensor.size != max(tensor.shape, default=0):
            continue
        for other, deviation in tensors.items():
            if _path_and_word(other) in ((path, word) for word in DEVIATIONS) and deviation.shape == tensor.shape:
                return name, other
    return None


def _path_and_word(name: str) -> tuple[str, str]:
    path, _, leaf = name.replace("/", ".").rpartition(".")
    return path, leaf.lower().removeprefix("pixel_").removeprefix("image_").strip("_")
