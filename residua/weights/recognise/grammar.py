"""Do these convolutions, in this order, make a residual network? A small grammar over their shapes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from residua.weights.recognise.layers import Layer

SHORTCUTS = ("shortcut", "downsample", "skip", "projection", "proj", "identity", "right")  # words for a projection
MOST_TRIES = 20_000  # steps of one search; a network of 1202 layers takes about 5,000


@dataclass(frozen=True)
class BlockFound:
    """One block: its convolutions by torchvision's name (conv1, …), projection and gates apart."""

    main: tuple[Layer, ...]
    projection: Layer | None
    gates: tuple[Layer, ...]
    projection_place: int  # how many main convolutions were met before the projection
    in_channels: int
    out_channels: int


@dataclass(frozen=True)
class Sentence:
    """A whole network as convolutions: stem, blocks, head."""

    stem_kind: str
    stem: tuple[Layer, ...]
    pool: Layer | None
    block_kind: str
    blocks: tuple[BlockFound, ...]
    head: Layer | None


@dataclass(frozen=True)
class _Open:
    """A block that is being read. taken: how many layers it has so far."""

    channels: int
    main: tuple[Layer, ...] = ()
    projection: Layer | None = None
    gates: tuple[Layer, ...] = ()
    place: int = 0
    taken: int = 0


@dataclass
class _Search:
    """What is read, as which kind of blocks, and how many steps that took so far."""

    layers: Sequence[Layer]
    kind: str
    place: int  # of projections: how many main convolutions come before
    tries: int = 0
    furthest: int = 0  # how many layers some attempt has read


def parse(ordered: Sequence[Layer]) -> list[Sentence]:
    """Return every reading of layers in this order, norms left out, as a residual network; an empty list for none.

    A stem (one 7×7, one 3×3, or three 3×3, and a strided 3×3 in place of the pool), basic or bottleneck blocks with or
    without projection and gate, and at most one linear layer at the end.
    """
    layers = [layer for layer in ordered if layer.kind != "norm"]
    head = _head(layers)
    body = [layer for layer in layers if layer is not head]
    found = []
    for stem_kind, stem, pool in _stems(body):
        used = len(stem) + (pool is not None)
        channels = (pool or stem[-1]).out
        for kind in ("basic", "bottleneck"):
            blocks = read_blocks(body[used:], kind, channels)
            fitting = _fitting(head, blocks[-1].out_channels) if blocks else None
            if blocks and (head is None or fitting is not None):
                found.append(Sentence(stem_kind, stem, pool, kind, tuple(blocks), fitting))
    return found


def _head(layers: Sequence[Layer]) -> Layer | None:
    """Return the classifier: a linear layer at the end, or the only one (which some code makes first)."""
    linears = [layer for layer in layers if layer.kind == "linear"]
    return linears[-1] if linears and (layers[-1] is linears[-1] or len(linears) == 1) else None


def _fitting(head: Layer | None, features: int) -> Layer | None:
    """Return a classifier that reads `features` numbers; turned, if only so it does and no bias speaks against it."""
    if head is None or head.shape[1] == features:
        return head
    inward = head.shape[0] == features and "bias" not in head.keys
    return replace(head, shape=head.shape[::-1]) if inward else None


def _stems(body: Sequence[Layer]) -> Iterator[tuple[str, tuple[Layer, ...], Layer | None]]:
    """Yield (kind, convolutions, strided 3×3 or None) for every stem that `body` can begin with."""
    if not body or body[0].kind != "conv":
        return
    simple = {7: "7x7", 3: "3x3"}.get(body[0].kernel)
    lengths = [(simple, 1)] if simple else []
    if len(body) > 3 and all(layer.kind == "conv" and layer.kernel == 3 for layer in body[:3]):
        first, second, third = body[:3]
        if second.shape[1] == first.out and third.shape[1] == second.out and third.out == 2 * second.out:
            if first.out == second.out:
                lengths.append(("deep", 3))
            elif first.out == 3 * (second.out // 4):
                lengths.append(("deep-tiered", 3))
    for kind, length in lengths:
        stem = tuple(body[:length])
        yield kind, stem, None
        after = body[length] if len(body) > length else None
        if kind != simple and after is not None and _is_pool(after, stem[-1].out):
            yield kind, stem, after


def _is_pool(layer: Layer, channels: int) -> bool:
    """Return whether a layer is the strided 3×3 that pools behind a deep stem (Bello 2021), as far as its name says it.

    Behind one convolution nobody has published it, and there it would as well be a convolution of somebody's own.
    """
    said = any("pool" in word for word in layer.words) or all(key == layer.path for key in layer.keys.values())
    return said and layer.kind == "conv" and layer.shape == (channels, channels, 3, 3)


def read_blocks(layers: Sequence[Layer], kind: str, channels: int) -> list[BlockFound] | None:
    """Return the blocks that `layers` are, all of one `kind`, or None. `channels` enter the first.

    Where a projection has the shape of the branch's last 1×1, it stands where the other blocks have theirs.
    """
    whole = 2 if kind == "basic" else 3
    for place in (whole, *range(whole)):
        blocks = _read_blocks(_Search(layers, kind, place), channels)
        if blocks is not None:
            return blocks
    return None


def furthest(ordered: Sequence[Layer]) -> tuple[int, str] | None:
    """Return how many of the layers (norms and classifier left out) some reading takes, and as which kind of blocks.

    None where not even a stem is read.
    """
    body = [layer for layer in ordered if layer.kind not in ("norm", "linear")]
    reached = []
    for _, stem, pool in _stems(body):
        used = len(stem) + (pool is not None)
        for kind, whole in (("basic", 2), ("bottleneck", 3)):
            for place in (whole, *range(whole)):
                search = _Search(body[used:], kind, place)
                _read_blocks(search, (pool or stem[-1]).out)
                reached.append((used + search.furthest, kind))
    return max(reached, key=lambda one: one[0], default=None)


def _read_blocks(search: _Search, channels: int) -> list[BlockFound] | None:
    index, blocks, layers = 0, list[BlockFound](), search.layers
    trail: list[tuple[Iterator[_Open], int, int]] = []  # for going back: (other readings, where, channels)
    readings = _readings(search, index, channels)
    while True:
        reading = next(readings, None)
        search.tries += 1
        if search.tries > MOST_TRIES:
            return None
        if reading is None:
            if not trail:
                return None
            readings, index, channels = trail.pop()
            blocks.pop()
            continue
        blocks.append(_closed(reading))
        trail.append((readings, index, channels))
        index, channels = index + reading.taken, reading.main[-1].out
        if index == len(layers):
            return blocks
        readings = _readings(search, index, channels)


def _readings(search: _Search, index: int, channels: int) -> Iterator[_Open]:
    """Yield the ways to read one block from `index` on, the longest first."""
    whole = 2 if search.kind == "basic" else 3
    trail, complete = [_Open(channels)], []
    while trail:
        state = trail.pop()
        if len(state.main) == whole:
            complete.append(state)
        search.furthest = max(search.furthest, index + state.taken)
        if index + state.taken < len(search.layers):
            trail += _steps(search, index, state, whole)
    yield from sorted(complete, key=lambda state: -state.taken)


def _steps(search: _Search, index: int, state: _Open, whole: int) -> list[_Open]:
    """Return the states after one more layer: as main convolution, projection, or gate."""
    layer = search.layers[index + state.taken]
    steps = []
    if len(state.main) < whole and _fits_main(layer, state, search.kind):
        steps.append(replace(state, taken=state.taken + 1, main=(*state.main, layer)))
    here = state.projection is None and len(state.main) == search.place
    if here and _can_project(layer, state, search):
        out = state.main[-1].out if len(state.main) == whole else layer.out
        if layer.out == out:
            steps.append(replace(state, taken=state.taken + 1, projection=layer, place=len(state.main)))
    if len(state.main) == whole and not state.gates:
        if layer.kind == "gate":
            steps.append(replace(state, taken=state.taken + 1, gates=(layer,)))
        after = search.layers[index + state.taken + 1] if index + state.taken + 1 < len(search.layers) else None
        if after is not None and _squeezes(layer, after, state.main[-1].out):
            steps.append(replace(state, taken=state.taken + 2, gates=(layer, after)))
    return [step for step in steps if _consistent(step, whole)]


def _can_project(layer: Layer, state: _Open, search: _Search) -> bool:
    """Return whether a layer can be a projection: a 1×1, or a 3×3 where channels change.

    Among a basic block's own 3×3 convolutions only the last place, or its name, tells a projection from the first one.
    """
    if layer.kind != "conv" or layer.shape[1] != state.channels:
        return False
    told = search.kind == "bottleneck" or search.place == 2 or any(word.lower() in SHORTCUTS for word in layer.words)
    return layer.kernel == 1 or (layer.kernel == 3 and layer.out != state.channels and told)


def _consistent(state: _Open, whole: int) -> bool:
    """A projection gives what the branch gives."""
    return state.projection is None or len(state.main) < whole or state.projection.out == state.main[-1].out


def _fits_main(layer: Layer, state: _Open, kind: str) -> bool:
    """Return whether `layer` can be the branch's next convolution."""
    if layer.kind != "conv":
        return False
    step = len(state.main)
    before = state.main[-1].out if state.main else state.channels
    if kind == "basic":
        return layer.kernel == 3 and layer.shape[1] == before and (step == 0 or layer.out == before)
    if step == 1:
        return layer.kernel == 3 and layer.out == before and before % layer.shape[1] == 0
    return layer.kernel == 1 and layer.shape[1] == before and (step == 0 or layer.out % 4 == 0)


def _squeezes(first: Layer, second: Layer, channels: int) -> bool:
    """Return whether two layers are the squeeze and the excitation of a gate over `channels`."""
    flat_first, flat_second = first.shape[:2], second.shape[:2]
    pointwise = all(layer.kind == "linear" or layer.kernel == 1 for layer in (first, second))
    return pointwise and flat_first == flat_second[::-1] and flat_second[0] == channels and flat_first[0] < channels


def _closed(state: _Open) -> BlockFound:
    return BlockFound(state.main, state.projection, state.gates, state.place, state.channels, state.main[-1].out)
