"""Which parts of these tensors, by the beginnings of their names, are networks of ours?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from residua.pickles.stored import Stored
from residua.weights.recognise.infer import read_shapes
from residua.weights.recognise.leftover.heads import leave_out_heads
from residua.weights.recognise.recognised import Recognised

FEWEST_KERNELS, DEEPEST = 5, 3  # of a network, a stem and two blocks; words of a prefix
MOST_CHANNELS = 4  # of images; a later stage of the same network reads more
MOST = 4  # networks that a message names


def prefixes_within(so_far: Recognised) -> list[str]:
    """Return the prefixes of names under which whole networks lie; `--prefix` takes each."""
    found: list[str] = []
    for prefix in _prefixes(so_far.tensors):
        if any(prefix.startswith(f"{one}.") for one in found):
            continue
        own = {
            name[len(prefix) + 1 :]: tensor for name, tensor in so_far.tensors.items() if name.startswith(f"{prefix}.")
        }
        readings = leave_out_heads(read_shapes(replace(so_far, tensors=own, kept=own))).readings
        if readings and readings[0].spec.in_channels <= MOST_CHANNELS:
            found.append(prefix)
        if len(found) == MOST:
            break
    return found


def _prefixes(tensors: Mapping[str, Stored]) -> Iterator[str]:
    """Yield the beginnings of names, the shortest first, under which enough convolutions for a network lie."""
    count: dict[str, int] = {}
    for name, tensor in tensors.items():
        words = name.split(".")
        for length in range(1, min(len(words), DEEPEST + 1)):
            prefix = ".".join(words[:length])
            count[prefix] = count.get(prefix, 0) + (len(tensor.shape) == 4)
    large = [prefix for prefix in count if count[prefix] >= FEWEST_KERNELS and not prefix.split(".")[-1].isdigit()]
    yield from sorted(large, key=lambda prefix: prefix.count("."))
