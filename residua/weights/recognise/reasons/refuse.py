"""What is said of tensors that are no network of ours?"""

from __future__ import annotations

from residua.text import and_more
from residua.weights.recognise.leftover.spare import only_training
from residua.weights.recognise.order import orders
from residua.weights.recognise.reasons.broken import describe_break, describe_odd
from residua.weights.recognise.reasons.families import describe_chain, describe_family, describe_task
from residua.weights.recognise.reasons.foreign import find_foreign
from residua.weights.recognise.reasons.within import prefixes_within
from residua.weights.recognise.recognised import Recognised, UnknownNetworkError


def refuse_unknown(so_far: Recognised) -> Recognised:
    """Raise UnknownNetworkError when the tensors can be no network of ours.

    It says what they are where they show it; else without which ones the others are a network; else which tensor is the
    first that breaks the order of one; and under which prefix a network lies in a larger one.
    """
    if so_far.readings:
        return so_far
    reason, tensor = _reason(so_far)
    raise UnknownNetworkError(f"{so_far.source} is not a residual network that residua knows: {reason}", so_far, tensor)


def _reason(so_far: Recognised) -> tuple[str, str]:
    within = prefixes_within(so_far)
    if len(within) > 1:
        return f"it holds {len(within)} networks, {' and '.join(within)}; `residua convert --prefix` takes one", ""
    inside = f"; its part {within[0]} is one: `residua convert --prefix {within[0]}` takes it" if within else ""
    reason, tensor = describe_family(so_far.tensors, so_far.hwio), ""
    if not reason:
        reason, tensor = describe_odd(so_far)
    if not reason:
        reason, tensor = _foreign(so_far)
    if not reason:
        reason, tensor = describe_break(so_far)
        _, ordered = next(orders(so_far.layers, so_far.registered), ("", []))
        family = describe_chain(ordered)
        reason = f"{family}; {reason}" if family and reason else reason
    task = describe_task(so_far.tensors)
    said = "; ".join(one for one in (task, reason) if one) + inside
    return said or f"its {len(so_far.tensors)} tensors{_first(so_far)} form no stem, blocks and classifier", tensor


def _first(so_far: Recognised) -> str:
    found = next(iter(so_far.tensors.items()), None)
    return "" if found is None else f", of which {found[0]!r} {found[1].shape} is the first,"


def _foreign(so_far: Recognised) -> tuple[str, str]:
    found = find_foreign(so_far)
    if found is None:
        return "", ""
    first = next((name for name in found.names if not only_training(name)), found.names[0])
    shape = so_far.tensors[first].shape
    others = f" (with {and_more([name for name in found.names if name != first])})" if len(found.names) > 1 else ""
    return (
        f"no network here has a place for {first!r} {shape}{others}; without, it would be like {found.network}",
        first,
    )
