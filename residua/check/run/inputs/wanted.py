"""Which inputs does an exception ask for, of a forward that none of our offers suited?"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import Tensor, nn

from residua.check.run.forward import attempt, doubles_batch
from residua.check.run.limit.lighter import tried
from residua.targets.given import Input
from residua.targets.inputs import Signal, draw, required_inputs

Inputs = tuple[Input, ...]
_MOST_TRIES = 14  # forward passes; most exceptions lead to a pass that runs in one to four steps
_LENGTH = 16
_WIDTH = 128  # of a vector, until a layer says which one it takes
_MOST_NUMBERS = 2**24  # in one input, 64 MB: sides that grow by four at each exception soon pass what fits into memory
_LEAST = 7  # a map of one pixel hides a stride beside an identity, 12 → 6 → 3 → 1; ViT tables want 7 and more


def asked_for(module: nn.Module, offer: Signal) -> Signal | None:
    """Return inputs that run, found by what each exception says of an input's rank, width or kind; None where none do.

    An exception is followed only where its numbers are those of an input, so that two layers that do not fit each other
    stay what they are.
    """
    try:
        first = tuple(_as_input(tensor) for tensor in draw(module, offer))
    except Exception:
        return None
    waiting, seen, names = deque([first]), {first}, required_inputs(module)
    for _ in range(_MOST_TRIES):
        if not waiting:
            return None
        inputs = waiting.popleft()
        signal = Signal.of(inputs)
        outputs, error = tried(module, signal)
        if any(not each.dim() or len(each) == signal.batch for each in outputs):
            tokens = _as_tokens(module, signal, outputs)
            if tokens is not None or not doubles_batch(module, signal, outputs):
                return tokens or signal
        for more in (*_masked(inputs, names, error), *_wanted(inputs, error)):
            if more not in seen and all(_tells_apart(each.shape) for each in more):
                seen.add(more)
                waiting.append(more)
    return None


def _as_tokens(module: nn.Module, signal: Signal, outputs: list[Tensor]) -> Signal | None:
    """Return tokens for vectors that came out as tokens: a factor beside them was broadcast over the batch."""
    first, *others = signal.given
    if len(first.shape) != 2 or not others or not any(each.dim() == 3 for each in outputs):
        return None
    tokens = Signal.of((replace(first, shape=(first.shape[0], _LENGTH, first.shape[1])), *others))
    made, _ = attempt(module, tokens)
    return tokens if any(tuple(each.shape) == tokens.shape for each in made) else None


def _tells_apart(shape: tuple[int, ...]) -> bool:
    """Tell a shape in which a layer over the wrong axis still fails, and a map is large enough to shrink."""
    sides = shape[2:]
    fits = all(_LEAST <= side < 5000 for side in sides) and math.prod(shape) <= _MOST_NUMBERS
    return fits and (not sides or shape[1] != shape[-1])


def _as_input(tensor: Tensor) -> Input:
    kind = "float" if tensor.is_floating_point() else "bool" if tensor.dtype is torch.bool else "long"
    return Input(tuple(tensor.shape), kind)


def _wanted(inputs: Inputs, error: str) -> Iterator[Inputs]:
    for pattern, answers in _ANSWERS:
        found = re.search(pattern, error)
        if found is not None:
            numbers = [[int(each) for each in re.findall(r"\d+", group or "")] for group in found.groups()]
            for index, each in enumerate(inputs):
                for shape in answers(each, numbers):
                    if answers is _of_side and len(inputs) == 1 and shape[0] != each.shape[0]:
                        continue  # images beside which nothing stands: code that repeats them asks for ever more
                    yield (*inputs[:index], replace(each, shape=shape), *inputs[index + 1 :])
    yield from _concatenated(inputs, error)
    if "NoneType" in error and len(inputs) == 1:  # an input with the default None, without which nothing runs
        count = inputs[0].shape[:1]
        for other in (Input(count, "long"), Input((*count, _WIDTH), "float"), inputs[0]):
            yield (*inputs, other)
    if re.search(_TOO_SMALL, error):
        yield tuple(replace(each, shape=(*each.shape[:2], *(4 * side for side in each.shape[2:]))) for each in inputs)
    if re.search(_OF_LONG, error):
        for index, each in reversed(list(enumerate(inputs))):
            if each.kind == "float":
                shapes = (each.shape[:1], (each.shape[0], _LENGTH)) if index or len(inputs) == 1 else (each.shape,)
                for shape in shapes:
                    yield (*inputs[:index], replace(each, shape=shape, kind="long"), *inputs[index + 1 :])
    if re.search(_OF_RANK, error) and len({len(each.shape) for each in inputs}) > 1:
        for index in range(1, len(inputs)):
            yield (*inputs[:index], replace(inputs[index], shape=inputs[0].shape), *inputs[index + 1 :])


def _masked(inputs: Inputs, names: list[str], error: str) -> Iterator[Inputs]:
    """Answer a mask that does not fit the scores of an attention: over the keys, with axes for heads and queries."""
    if not re.search(_OF_SHAPES, error) or len(inputs[0].shape) not in (2, 3):
        return
    count, length = inputs[0].shape[:2]
    for index, (name, each) in enumerate(zip(names, inputs, strict=False)):
        for shape in _MASKS if "mask" in name and index else ():
            sides = tuple({"count": count, "length": length}.get(side, 1) for side in shape)
            yield (*inputs[:index], replace(each, shape=sides, kind="bool"), *inputs[index + 1 :])


# Of attention over (N, length, C): for each key, for the axes of heads and queries beside it, one table for all.
_MASKS = (("count", "", "", "length"), ("count", "", "length"), ("count", "length"), ("length", "length"))


def _concatenated(inputs: Inputs, error: str) -> Iterator[Inputs]:
    """Answer a convolution that reads several inputs side by side, as the gates of a GRU do: one of them is wider."""
    found = re.search(r"to have (\d+) channels, but got (\d+) channels", error)
    maps = [index for index, each in enumerate(inputs) if len(each.shape) > 2]
    if found is None or len(maps) < 2 or sum(inputs[index].shape[1] for index in maps) != int(found[2]):
        return
    more = int(found[1]) - int(found[2])
    for index in reversed(maps):
        shape = inputs[index].shape
        wider = replace(inputs[index], shape=(shape[0], shape[1] + more, *shape[2:]))
        yield (*inputs[:index], wider, *inputs[index + 1 :])


Numbers = list[list[int]]


def _last_side(each: Input, numbers: Numbers) -> Iterator[tuple[int, ...]]:
    """Answer `(A x given) and (wanted x B)` for an input whose last side is the given one, also as tokens."""
    given, wanted = numbers[0][-1], numbers[1][0]
    yield from _patched(each, wanted, given)
    if each.shape[-1] != given:
        return
    if len(each.shape) > 2:
        yield (each.shape[0], _LENGTH, wanted)
        yield (each.shape[0], wanted)
    yield (*each.shape[:-1], wanted)


def _of_norm(each: Input, numbers: Numbers) -> Iterator[tuple[int, ...]]:
    """Answer a norm, or an attention, over the last side."""
    wanted = numbers[0][-1]
    if len(numbers) > 1:
        yield from _patched(each, wanted, numbers[1][-1])
    if each.shape[-1] != wanted:
        if len(each.shape) != 3:
            yield (each.shape[0], _LENGTH, wanted)
        if len(each.shape) > 2:
            yield (each.shape[0], *each.shape[2:], wanted)
        else:
            yield (each.shape[0], wanted)


def _patched(each: Input, wanted: int, given: int) -> Iterator[tuple[int, ...]]:
    """Answer a layer that reads whole patches of an image: with as many channels as make them the width it wants."""
    channels, rest = divmod(each.shape[1] * wanted, given) if len(each.shape) > 3 and given else (0, 1)
    if not rest and 1 <= channels <= 4:
        yield (each.shape[0], channels, *each.shape[2:])


def _of_channels(each: Input, numbers: Numbers) -> Iterator[tuple[int, ...]]:
    wanted, given = numbers[0][0], numbers[1][0]
    if len(each.shape) > 1 and each.shape[1] == given:
        yield (each.shape[0], wanted, *each.shape[2:])
    elif len(each.shape) > 3 and given and given % each.shape[1] == 0 and wanted % (given // each.shape[1]) == 0:
        yield (each.shape[0], wanted // (given // each.shape[1]), *each.shape[2:])  # space became depth on the way
    elif len(each.shape) == 3 and each.shape[-1] == given:
        yield (each.shape[0], _LENGTH, wanted)  # tokens, which are turned for a convolution along them


def _of_rank(each: Input, numbers: Numbers) -> Iterator[tuple[int, ...]]:
    """Answer a rank that is wanted: with the channels second, and last."""
    rank, channels = numbers[0][-1], each.shape[1] if len(each.shape) > 1 else 64
    if rank == len(each.shape) or not 1 <= rank <= 5:
        return
    sides = {1: (), 2: (channels,), 3: (channels, 64), 4: (channels, 32, 32), 5: (channels, 16, 16, 16)}[rank]
    yield (each.shape[0], *sides)
    if rank == 3:
        yield (each.shape[0], _LENGTH, channels)


def _of_order(each: Input, numbers: Numbers) -> Iterator[tuple[int, ...]]:
    """Answer an order of more axes than an input has: `x.permute(0, 2, 1, 3)`."""
    if numbers[0][0] == len(each.shape):
        yield from _of_rank(each, numbers[1:])


def _of_index(each: Input, numbers: Numbers) -> Iterator[tuple[int, ...]]:
    """Answer an index of one axis more than an input has: `x[:, :, -1]`."""
    if numbers[0][0] == len(each.shape):
        yield from _of_rank(each, [[numbers[0][0] + 1]])


def _of_axis(each: Input, numbers: Numbers) -> Iterator[tuple[int, ...]]:
    """Answer an axis by its number that an input does not have: `x.transpose(2, 3)`."""
    if numbers[0][0] == len(each.shape):
        yield from _of_rank(each, [[numbers[1][0] + 1]])


def _of_unpacking(each: Input, numbers: Numbers) -> Iterator[tuple[int, ...]]:
    if not numbers[1] or numbers[1][0] == len(each.shape):
        yield from _of_rank(each, numbers[:1])


def _of_side(each: Input, numbers: Numbers) -> Iterator[tuple[int, ...]]:
    """Answer `tensor a (A) must match tensor b (B) at dimension k` for an input that has one of the two there."""
    one, other, axis = (group[0] for group in numbers)
    for given, wanted in ((one, other), (other, one)):
        if axis == 3 == len(each.shape) - 1 and each.shape[1::2] == (wanted, given):
            yield (each.shape[0], _LENGTH, wanted)  # a table over the last axis, which has as many channels: tokens
        if axis < len(each.shape) and each.shape[axis] == given:
            yield (*each.shape[:axis], wanted, *each.shape[axis + 1 :])


def _beside(each: Input, numbers: Numbers) -> Iterator[tuple[int, ...]]:
    """Answer a concatenation of maps of two sizes: a skip beside what is enlarged first is as large as that."""
    one, other = (group[0] for group in numbers)
    for given, wanted in ((one, other), (other, one)):
        if len(each.shape) > 2 and set(each.shape[2:]) == {given}:
            yield (*each.shape[:2], *[wanted] * (len(each.shape) - 2))


def _of_stated_side(each: Input, numbers: Numbers) -> Iterator[tuple[int, ...]]:
    """Answer a side that a network states: `input size must be (299, 299)`."""
    if len(each.shape) == 4 and each.shape[2:] != (numbers[0][0],) * 2:
        yield (*each.shape[:2], numbers[0][0], numbers[0][0])


# (pattern of a message with the numbers in groups, the shapes that an input may want by it)
_ANSWERS: tuple[tuple[str, Callable[[Input, Numbers], Iterator[tuple[int, ...]]]], ...] = (
    (r"shapes cannot be multiplied \((\d+x\d+) and (\d+x\d+)\)", _last_side),
    (r"size mismatch, got input \((\d+)\), mat \(\d+x\d+\), vec \((\d+)\)", _last_side),
    (r"Given normalized_shape=\[(\d+)\].* input of size\[([\d, ]+)\]", _of_norm),
    (r"was expecting embedding dimension of (\d+)", _of_norm),
    (r"input\.size\(-1\) must be equal to input_size\. Expected (\d+)", _of_norm),
    (r"to have (\d+) channels, but got (\d+) channels", _of_channels),
    (r"running_mean should contain (\d+) elements not (\d+)", lambda each, numbers: _of_channels(each, numbers[::-1])),
    (r"Expected \d+D \(unbatched\) or (\d+)D \(batched\) input", _of_rank),
    (r"expected (?:\d+D or )?(\d+)D input \(got \d+D input\)", _of_rank),
    (r"Expected input to be \d+D or (\d+)D, got \d+D", _of_rank),
    (r"unbatched \d+-?D or batched (\d+)-?D tensor", _of_rank),
    (r"Expected (\d+) dimensions, got \d+", _of_rank),
    (r"expected (\d+) dims\. Received \d+-dim", _of_rank),
    (r"number of dimensions .*must be (\d)", _of_rank),
    (r"input\.dim\(\) = (\d) is not equal to len\(dims\) = (\d)", _of_order),
    (r"too many indices for tensor of dimension (\d)", _of_index),
    (r"Dimension out of range \(expected to be in range of \[-(\d), \d\], but got (\d)\)", _of_axis),
    (r"n?dim(?:\(\))? == (\d)", _of_rank),
    (r"not enough values to unpack \(expected (\d+), got (\d+)\)", _of_unpacking),
    (r"too many values to unpack \(expected (\d+)()", _of_unpacking),
    (r"(?i)(?:image|input) (?:size|resolution|height|width)\D{1,40}?\b(\d{2,3})\b", _of_stated_side),
    (r"Sizes of tensors must match except .*Expected size (\d+) but got size (\d+)", _beside),
    (r"tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)", _of_side),
)
_OF_LONG = (
    r"argument #1 'indices'|used as indices must be|scalar type Long|dtype int64|one_hot is only applicable|"
    r"index tensor|\bLong\b.*\bFloat\b|expected Long|index out of range in self"
)
_OF_SHAPES = r"must match the size of tensor|not broadcastable|expanded size of the tensor|attn_mask|mask should be"
_TOO_SMALL = r"[Oo]utput size is too small|Kernel size can't be greater|Padding size should be less"
_OF_RANK = r"must have same number of dimensions"
