"""Which rules are there? Each is one value: the function that finds it, and everything known of it."""

from __future__ import annotations

from collections.abc import Mapping

from residua.check.rules import (
    addition,
    arguments,
    asked_blocks,
    attention,
    batch,
    blind_rows,
    bypassed,
    causal,
    conditioning,
    crashes,
    depth,
    depthwise,
    empty_crop,
    folding,
    frozen,
    gate_range,
    gates,
    gradient,
    idle_initialisation,
    initial_weights,
    inplace,
    inverse,
    kept_state,
    layer_use,
    left_behind,
    linearity,
    long_skip,
    modes,
    no_addition,
    norm_settings,
    one_batch,
    own_norms,
    pieces,
    pyramid,
    registration,
    repeated,
    residual,
    route,
    running_statistics,
    scales,
    settings,
    shapes,
    sharing,
    shortcut,
    sides,
    skip_order,
    stages,
    stem_and_head,
    stochastic_depth,
    sub_layers,
    sum_scales,
    unstacked,
    unused_layers,
    unused_results,
    views,
    written_in,
)
from residua.check.rules.rule import Rule

_GROUPS = (
    no_addition, addition, shortcut, residual, route, shapes, sides, skip_order, crashes, unused_results, pieces,
    unused_layers,
    layer_use, repeated, sharing, registration, initial_weights, norm_settings, gradient, frozen, idle_initialisation,
    running_statistics, kept_state, left_behind, bypassed, inplace, batch, stochastic_depth, views, attention, causal,
    conditioning, gates, sum_scales, sub_layers, inverse, modes, arguments, linearity, long_skip, stages, depth,
    asked_blocks, depthwise, stem_and_head, one_batch, written_in,
    empty_crop, unstacked, blind_rows, own_norms, scales, settings, folding, pyramid, gate_range,
)  # fmt: skip

RULES: Mapping[str, Rule] = {
    rule.code: rule
    for rule in sorted(
        (value for group in _GROUPS for value in vars(group).values() if isinstance(value, Rule)),
        key=lambda rule: rule.code,
    )
}
