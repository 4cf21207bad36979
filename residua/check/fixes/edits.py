"""Which edits can mend this finding? One table: rule to the functions that read its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from residua.check.fixes import exchanged, kept
from residua.check.fixes import in_constructor as made
from residua.check.fixes import in_forward as run
from residua.check.fixes.crashes import returned_at_the_end, slips
from residua.check.fixes.numbers import (
    axis_before,
    no_pad_twice,
    one_zero_less,
    option_a,
    scale_of_maps,
    scale_the_residual,
)
from residua.check.fixes.page import Edits, Page, applied

Reading = Callable[[Page, int], Iterator[Edits]]
FIXES: dict[str, tuple[Reading, ...]] = {
    "R101": (run.assign_result, run.return_the_sum, run.add_the_shortcut),
    "R102": (run.in_both_modes, run.add_the_shortcut, run.assign_result, slips),
    "R103": (run.read_the_last,),
    "R104": (run.add_the_shortcut, run.give_the_input, run.keep_the_input),
    "R105": (run.once,),
    "R106": (run.without_activation,),
    "R107": (run.activate_after,),
    "R108": (run.out_of_place,),
    "R109": (run.out_of_place,),
    "R110": (made.strided, made.not_strided),
    "R111": (made.not_strided,),
    "R114": (option_a, no_pad_twice, made.condition),
    "R120": (run.give_the_input,),
    "R121": (made.a_layer_of_its_own,),
    "R122": (made.one_each,),
    "R125": (made.registered,),
    "R126": (made.use_the_idle, returned_at_the_end),
    "R127": (run.keep_the_gradient,),
    "R129": (made.padded,),
    "R130": (made.padded,),
    "R133": (run.flatten_each,),
    "R135": (run.another_axis,),
    "R152": (scale_the_residual,),
    "R153": (run.add_instead_of_cat, run.add_the_shortcut),
    "R154": (run.another_axis, made.a_layer_of_its_own, made.fitting_channels, run.add_instead_of_cat),
    "R155": (run.assign_result, run.keep_the_gradient),
    "R161": (slips, scale_of_maps, axis_before),
    "R168": (made.trainable,),
    "R169": (run.kept_as_often,),
    "R171": (made.trainable,),
    "R172": (one_zero_less,),
    "R179": (kept.first_block_alone,),
    "R182": (made.padded,),
    "R185": (exchanged.height_before_width,),
    "R187": (kept.mode_handed_on,),
    "R190": (kept.on_the_inputs_device,),
    "R191": (kept.batch_of_the_input,),
    "R201": (exchanged.complement_of_the_gate,),
    "R203": (exchanged.other_sense_of_the_mask,),
    "R207": (exchanged.names_in_the_other_order,),
    "R210": (kept.batch_first,),
    "R211": (exchanged.rolled_back,),
    "R213": (exchanged.over_the_channels,),
    "R214": (exchanged.last_skip_first,),
    "R216": (kept.head_after_freezing,),
    "R219": (kept.filled,),
    "R225": (kept.block_called_whole,),
}


def candidates(rule: str, page: Page, line: int) -> Iterator[Edits]:
    """Yield edits that may mend a finding of a rule in a line, the likeliest first, each outcome once."""
    seen = {page.text}
    for reading in FIXES.get(rule, ()):
        for edits in reading(page, line):
            text = applied(page.text, edits)
            if text not in seen:
                seen.add(text)
                yield edits
