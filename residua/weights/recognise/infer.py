"""What network do these tensors make? Every reading that fits, the most likely first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from residua.errors import WeightsError
from residua.pickles.stored import Stored
from residua.spec import ResNetSpec
from residua.weights.recognise.grammar import parse
from residua.weights.recognise.layers import Layer, find_layers, looks_hwio
from residua.weights.recognise.name_tree import misplaced
from residua.weights.recognise.norm_placement import place_norms
from residua.weights.recognise.order import orders
from residua.weights.recognise.recognised import Reading, Recognised
from residua.weights.recognise.specs import readings_of

if TYPE_CHECKING:
    from torch import Tensor


def infer(state_dict: Mapping[str, Stored | Tensor]) -> ResNetSpec:
    """Return the spec of the network whose tensors these are, as far as tensors can tell.

    What they cannot tell (stride place, ε, padding, …) has its default; `readings` returns the other answers.
    Raises WeightsError when they are not those of a residual network.
    """
    found = readings({name: as_stored(value) for name, value in state_dict.items()})
    if not found:
        raise WeightsError("these tensors are not those of a residual network")
    return found[0].spec


def as_stored(value: Any) -> Stored:
    """Return a tensor of torch as a stored one; a stored one as it is."""
    if isinstance(value, Stored):
        return value
    dtype = str(value.dtype).removeprefix("torch.")
    return Stored(tuple(value.shape), dtype, lambda: value.detach().cpu().float().numpy())


def readings(tensors: Mapping[str, Stored], registered: bool = True, hwio: bool = False) -> list[Reading]:
    """Return every network that `tensors` can be, the most likely first; an empty list when they are none.

    registered: their order is that in which a program made the layers. hwio: kernels are (H, W, in, out).
    """
    return networks_of(find_layers(tensors, hwio) or [], registered)


def read_shapes(so_far: Recognised) -> Recognised:
    """Propose every network that the kept tensors can be by their shapes.

    Kernels of any kind of file are (H, W, in, out) or not, where their shapes show it.
    """
    seen = looks_hwio(so_far.tensors)
    hwio = so_far.hwio if seen is None else seen
    layers = find_layers(so_far.kept, hwio) or []
    found = networks_of(layers, so_far.registered)
    return replace(so_far, hwio=hwio, layers=tuple(layers), readings=tuple(found))


def networks_of(layers: Sequence[Layer], registered: bool, orders_tried: int | None = None) -> list[Reading]:
    """Return every network that `layers` can be and their names allow, in the first order in which they are one."""
    for because, ordered in islice(orders(layers, registered), orders_tried):
        found: dict[ResNetSpec, Reading] = {}
        for reading in _proposed(ordered, because):
            if reading.spec not in found and misplaced(reading) is None:
                found[reading.spec] = reading
        if found:
            return list(found.values())
    return []


def first_misplaced(layers: Sequence[Layer], registered: bool) -> str | None:
    """Return the tensor whose name forbids the first network that shapes propose; None where they propose none."""
    for because, ordered in orders(layers, registered):
        for reading in _proposed(ordered, because):
            return misplaced(reading)
    return None


def _proposed(ordered: Sequence[Layer], because: str) -> Iterator[Reading]:
    """Yield what shapes propose for layers in this order, whatever the names."""
    for sentence in parse(ordered):
        for placed in place_norms(sentence, ordered):
            yield from readings_of(sentence, placed, f"shapes, in {because}")
