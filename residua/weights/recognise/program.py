"""Does the program in a file compute what the network of its tensors does?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import product, takewhile
from typing import Any

from residua.errors import SpecError, WeightsError
from residua.plan import ConvPlan, plan_branch, plan_projection, plan_stages, plan_stem
from residua.spec import ResNetSpec
from residua.weights.files.names import split_in_collections
from residua.weights.files.opened import Declared
from residua.weights.files.program.shown import ACTIVATIONS, BLUR, OTHERS, PROGRAM, SIGMOID, Program, Window, plain
from residua.weights.recognise.our_names import expected
from residua.weights.recognise.recognised import Reading, Recognised, UnknownNetworkError

STEM_POOLS = {((3, 3), (2, 2), (1, 1), False): "max", ((3, 3), (2, 2), (0, 0), True): "max-ceil"}
SHOWN = ("strides", "stride_at", "stride_on", "subsample", "antialias", "padding", "output_stride")


def refuse_operations(so_far: Recognised) -> Recognised:
    """Raise WeightsError for the first operation that the file's program names and no network here has."""
    require_ours(so_far, gated=so_far.readings[0].spec.attention != "none")
    return so_far


def require_ours(so_far: Recognised, gated: bool) -> None:
    """Raise WeightsError for the first operation of the file's program that is none of ours; gated: gates are."""
    if PROGRAM in so_far.declared:
        program, by = so_far.declared[PROGRAM]
        odd = _foreign_operation(program, gated)
        if odd:
            raise WeightsError(f"{so_far.source} is not a residual network that residua knows: {by} shows that {odd}")


def _foreign_operation(program: Program, gated: bool) -> str:
    """Return in words the first operation of a program that no network here has, "" for none."""
    for place, kind in program.operations.items():
        if plain(kind) in ACTIVATIONS:
            return f"its activation is another than ReLU ({place}: {kind})"
        if plain(kind) in OTHERS:
            return f"{place} ({kind}) is computed by no network here"
    products = [place for place, kind in program.operations.items() if plain(kind) == "multiply"]
    if products and not gated:
        return f"{products[0]} ({program.operations[products[0]]}) is computed by no network here"
    sigmoids = [place for place, kind in program.operations.items() if plain(kind) == SIGMOID]
    if len(sigmoids) > 1 and not gated:  # one alone makes probabilities of logits
        return f"its activation is another than ReLU ({sigmoids[0]}: {SIGMOID})"
    return ""


def hold_windows(so_far: Recognised) -> Recognised:
    """Keep the readings that subsample and pad as the file's program itself does, with the strides that it shows.

    Raises UnknownNetworkError, naming the first kernel or pool that moves otherwise in every network of these tensors.
    """
    if PROGRAM not in so_far.declared:
        return so_far
    declared = {name: one for name, one in so_far.declared.items() if name != PROGRAM}
    program, by = so_far.declared[PROGRAM]
    kept, odd = [], ""
    for reading in so_far.readings:
        spec, wrong = _fitting(reading, program)
        odd = odd or wrong
        if spec is not None:
            kept.append(replace(reading, spec=spec))
    if not kept:
        raise UnknownNetworkError(
            f"{so_far.source} is not a residual network that residua knows: {by} shows that {odd}", so_far
        )
    if not any(_of_reading(reading, program.windows) for reading in kept):
        return replace(so_far, declared=declared)
    spec = kept[0].spec
    fields = (*SHOWN, *(["shortcut"] if len(kept) == 1 and spec.shortcut in ("B", "D") else []))
    fields = (*fields, *(["stem_pool"] if program.whole else []))
    declared |= {name: Declared(getattr(spec, name), by) for name in fields if name not in declared}
    return replace(so_far, declared=declared, readings=tuple(kept))


def _fitting(reading: Reading, program: Program) -> tuple[ResNetSpec | None, str]:
    """Return the spec whose every kernel moves as in the program, or None and what is odd about the nearest one."""
    windows = _of_reading(reading, program.windows)
    if not windows:
        return reading.spec, ""
    inner, pools = _pools(reading, {name: one for name, one in program.windows.items() if one.mode != BLUR})
    blurs = len([one for one in program.windows.values() if one.mode == BLUR]) > 0
    spec, odd = _with_pool(reading.spec, pools, program.whole)
    if odd:
        return None, odd
    first = ""
    for changed in _variants(spec, windows, inner, blurs):
        if expected(changed) != reading.shapes:
            continue
        wrong = next(_odd(changed, windows, reading), "")
        if not wrong:
            return changed, ""
        first = first or wrong
    return None, first


def _of_reading(reading: Reading, shown: Mapping[str, Window]) -> dict[str, Window]:
    """Return {our name of a convolution: its window in the program}; one of the two paths may have a prefix more."""
    found = {}
    paths = {key: part.path for key, part in split_in_collections(reading.keys.values()).items()}
    for ours, key in reading.keys.items():
        path = paths[key]
        named = (
            [path]
            if path in shown
            else [name for name in shown if f".{name}".endswith(f".{path}") or f".{path}".endswith(f".{name}")]
        )
        if ours.endswith(".weight") and named:
            found[ours.removesuffix(".weight")] = shown[min(named, key=len)]
    return found


def _pools(reading: Reading, shown: Mapping[str, Window]) -> tuple[bool, dict[str, Window]]:
    """Return whether there are pools in blocks, and those that are not.

    A pool of one pixel is a stride (Keras v2's shortcuts). Where no name tells blocks apart, several pools are theirs.
    """
    kernels = tuple(f".{part.path}" for part in split_in_collections(reading.keys.values()).values())
    parts: dict[str, list[list[str]]] = {}
    for ours, key in reading.keys.items():
        if ours.startswith("layer"):
            parts.setdefault(".".join(ours.split(".")[:2]), []).append(key.split("."))
    blocks = [f".{'.'.join(shared)}." for keys in parts.values() if (shared := _shared(keys))]
    pools = {name: one for name, one in shown.items() if one.kernel != (1, 1) and not f".{name}".endswith(kernels)}
    outside = {name: one for name, one in pools.items() if not any(block in f".{name}." for block in blocks)}
    if not blocks and len(outside) > 1:
        outside = {}
    return len(outside) < len(pools), outside


def _shared(paths: list[list[str]]) -> list[str]:
    """Return the words with which all of some paths begin."""
    return [words[0] for words in takewhile(lambda words: len(set(words)) == 1, zip(*paths, strict=False))]


def _with_pool(spec: ResNetSpec, pools: Mapping[str, Window], whole: bool) -> tuple[ResNetSpec, str]:
    """Return `spec` with the stem's pool that the program has, and what is odd about its pools, if something is.

    whole: a pool that is not in the program is not there.
    """
    for name, one in pools.items():
        kinds = [kind for moves, kind in STEM_POOLS.items() if moves == (one.kernel, one.stride, one.padding, one.ceil)]
        if one.padding is None and (one.kernel, one.stride) == ((3, 3), (2, 2)):
            kinds = [spec.stem_pool if spec.stem_pool.startswith("max") else "max"]
        if not kinds or len(pools) > 1 or spec.stem_pool == "conv":
            return spec, f"no network here has a place for {name}, a pool of {_words(one)}"
        with suppress(SpecError):
            return spec.changed(stem_pool=kinds[0]), ""
    if whole and not pools and spec.stem_pool.startswith("max"):
        return spec.changed(stem_pool="none"), ""
    return spec, ""


def _variants(spec: ResNetSpec, windows: Mapping[str, Window], pools: bool, blurs: bool) -> Iterator[ResNetSpec]:
    """Yield the spec with the strides that the program shows, then what else can stride so.

    pools, blurs: there are such in blocks.
    """
    strides = tuple(_stride(stage, windows) for stage in range(1, len(spec.depths) + 1))
    choices: dict[str, tuple[Any, ...]] = {
        "strides": (strides, spec.strides),
        "stride_on": (spec.stride_on, "3x3", "1x1"),
        "stride_at": (spec.stride_at, "first", "last"),
        "output_stride": (spec.output_stride, 16, 8),
        "subsample": ("max-pool",) if pools else (spec.subsample,),
        "antialias": (spec.antialias, True) if blurs else (spec.antialias,),
    }
    for values in product(*(dict.fromkeys(options) for options in choices.values())):
        with suppress(SpecError):
            yield spec.changed(**{n: v for n, v in zip(choices, values, strict=True) if v != getattr(spec, n)})


def _stride(stage: int, windows: Mapping[str, Window]) -> int:
    """Return the largest stride of a stage's kernels."""
    own = (one.stride[0] for name, one in windows.items() if name.startswith(f"layer{stage}."))
    return max((stride for stride in own if isinstance(stride, int)), default=1)


def _odd(spec: ResNetSpec, windows: Mapping[str, Window], reading: Reading) -> Iterator[str]:
    """Yield in words how kernels move otherwise than those of `spec`."""
    for name, plan in _plans(spec):
        one = windows.get(name)
        if one is None:
            continue
        padding = one.padding in (None, "same") or one.padding == (plan.padding,) * 2
        right = (one.stride, one.dilation, one.mode) == ((plan.stride,) * 2, (plan.dilation,) * 2, "zeros")
        if not right or not padding or (one.padding == "same" and plan.stride > 1):
            key = reading.keys[f"{name}.weight"].removesuffix(".weight")
            mine = f"stride {plan.stride}, padding {plan.padding}, dilation {plan.dilation}"
            yield f"{key} has {_words(one)}, and here it would have {mine}"


def _plans(spec: ResNetSpec) -> Iterator[tuple[str, ConvPlan]]:
    """Yield every convolution by the name of its module."""
    yield from ((plan.name, plan) for plan in plan_stem(spec))
    for stage, blocks in enumerate(plan_stages(spec), start=1):
        for index, block in enumerate(blocks):
            for plan in (*plan_branch(spec, block), plan_projection(spec, block)):
                if plan is not None:
                    yield f"layer{stage}.{index}.{plan.name}", plan


def _words(one: Window) -> str:
    padding = "×".join(map(str, one.padding)) if isinstance(one.padding, tuple) else one.padding or "not shown"
    mode = "" if one.mode == "zeros" else f" ({one.mode})"
    stride, dilation = ("×".join(map(str, pair)) for pair in (one.stride, one.dilation))
    return f"stride {stride}, padding {padding}{mode}, dilation {dilation}{', sizes rounded up' if one.ceil else ''}"
