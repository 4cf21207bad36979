"""Which published designs does `check` know, which rules only note them, and which pass them by?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from residua.check.evidence.evidence import Evidence, Hit, Unit
from residua.check.evidence.flow import ACTIVATIONS, ADDS, NORMS, SAME, SCALINGS
from residua.check.evidence.joins import Join, after, is_relu, relu_follows
from residua.check.rules.addition import repeats_one_channel
from residua.check.rules.concatenated import (
    concatenates_what_it_pools,
    is_coupling,
    is_nested,
    passes_part_on,
    pools_beside,
)
from residua.check.rules.residual import changes_shape, expands, has_depthwise, is_clipped_for_good, is_dilated
from residua.check.rules.shortcut import gate_on_identity, has_one_gate, identity_factor
from residua.check.rules.stages import stages_of, strides_of
from residua.check.run.trial import Kind
from residua.record.tape import Convolution, Op

Matches = Callable[[Hit], bool]


@dataclass(frozen=True)
class Design:
    """A published design that differs on purpose from what a rule expects.

    source: keys of docs/papers.md. notes: the rules whose hits become notes, and the test of a hit for it; silences:
    those whose hits are left out.
    """

    name: str
    source: str
    what: str
    notes: Mapping[str, Matches] = field(default_factory=dict)
    silences: Mapping[str, Matches] = field(default_factory=dict)


def as_published(hit: Hit) -> Hit | None:
    """Return a hit as it counts for the design that it is about: as it is, as a note, or not at all."""
    if any(hit.rule in design.silences and design.silences[hit.rule](hit) for design in PUBLISHED):
        return None
    noted = any(hit.rule in design.notes and design.notes[hit.rule](hit) for design in PUBLISHED)
    return replace(hit, severity="note") if noted else hit


def _of_unit(matches: Callable[[Unit], bool]) -> Matches:
    return lambda hit: hit.unit is not None and matches(hit.unit)


def _of_join(matches: Callable[[Unit, Join], bool]) -> Matches:
    return lambda hit: hit.unit is not None and hit.join is not None and matches(hit.unit, hit.join)


def _of_op(matches: Callable[[Unit, Op], bool]) -> Matches:
    return lambda hit: hit.unit is not None and hit.op is not None and matches(hit.unit, hit.op)


def _is_inverted(unit: Unit, join: Join) -> bool:
    return has_depthwise(join) or expands(unit, join)


def _lacks_batch_norms(unit: Unit, join: Join) -> bool:
    return len(unit.batch_norms(join)) < 2


def _keeps_its_shape(unit: Unit) -> bool:
    return not changes_shape(unit)


def _is_clipped_alone(unit: Unit, join: Join) -> bool:
    """The residual ends with a ReLU and the sum has none; MobileNetV2 is linear there, a classifier lacks the other."""
    if not is_relu(join.residual.last) or relu_follows(unit.flow, join) or is_clipped_for_good(unit, join):
        return False
    narrows = has_depthwise(join) and unit.kernels(join)[-1:] == [1] and bool(unit.batch_norms(join))
    return not (narrows and expands(unit, join))


def _is_temporal(unit: Unit, join: Join) -> bool:
    """The residual works along one axis and ends with a ReLU, without batch norm."""
    last = join.residual.last
    of_a_sequence = last is not None and is_relu(last) and len(unit.flow.shapes[last.outputs[0]]) == 3
    return of_a_sequence and not unit.batch_norms(join)


def _starts_with_norm_or_has_prelu(unit: Unit, join: Join) -> bool:
    return not unit.starts_with_conv(join) or _has_prelu(unit, join)


def _has_prelu(unit: Unit, join: Join) -> bool:
    return "_prelu_kernel" in unit.steps(join)


def _ends_linearly(unit: Unit, join: Join) -> bool:
    return not relu_follows(unit.flow, join)


def _is_gated(unit: Unit, join: Join) -> bool:
    return any(op.name in SCALINGS for op in join.residual.ops)


def _adds_the_activated_stream(unit: Unit, join: Join) -> bool:
    """The shortcut starts behind batch norm and activation, beside grouped or depthwise convolutions."""
    lead = {op.name for op in unit.flow.chain(join.shortcut.origin).ops}
    grouped = any(isinstance(op, Convolution) and op.groups > 1 for op in join.residual.weighted)
    return grouped and bool(lead & ACTIVATIONS) and any("batch_norm" in name for name in lead)


def _is_volumetric_or_covers_its_stride(unit: Unit, op: Op) -> bool:
    return isinstance(op, Convolution) and (len(op.kernel) != 2 or max(op.stride) >= op.side)


def _is_of_a_residual_u_net(unit: Unit, join: Join) -> bool:
    ends_with_a_convolution = bool(join.residual.norms) and isinstance(join.residual.last, Convolution)
    return _has_prelu(unit, join) or not unit.batch_norms(join) or ends_with_a_convolution


def _attends(unit: Unit, join: Join) -> bool:
    behind = unit.flow.ancestors((join.residual_value,))
    return any(op.name == "bmm" and not behind.isdisjoint(op.outputs) for op in unit.flow.ops)


def _subtracts_a_norm(unit: Unit, join: Join) -> bool:
    """What the residual differs in from the normalised input is added: one of the sums subtracts a norm alone."""
    return any(
        each.op.name in ("sub", "sub_") and each.shortcut.norms and not each.shortcut.weighted for each in unit.joins
    )


def _has_bias(unit: Unit, op: Op) -> bool:
    return isinstance(op, Convolution) and op.has_bias


def _strides_with_more_channels_only(unit: Unit) -> bool:
    evidence = unit.evidence
    pre = evidence.style.startswith("pre-activation") or _begins_activated(evidence)
    return (
        pre and unit.trial.kind is Kind.STRIDE and any(each.ran and each.kind is Kind.BOTH for each in evidence.trials)
    )


def _begins_activated(evidence: Evidence) -> bool:
    """Tell a block in which norms and activations alone read the input, beside its sums: of several residuals, say."""
    flow = evidence.same.flow if evidence.same is not None else None
    readers = [op for op in flow.users(flow.inputs[0]) if op.name not in ADDS] if flow is not None else []
    return bool(readers) and all(op.name in NORMS | ACTIVATIONS for op in readers)


def _halves_and_pads(unit: Unit) -> bool:
    """The shortcut drops every other pixel and adds channels of zeros, and the block runs where both are asked for."""
    both = any(trial.ran and trial.joins and trial.kind is Kind.BOTH for trial in unit.evidence.trials)
    names = {op.name for op in unit.flow.ops}
    pads = "constant_pad_nd" in names or {"cat", "zeros"} <= names or {"cat", "new_zeros"} <= names
    return both and unit.trial.kind in (Kind.CHANNELS, Kind.STRIDE) and "slice" in names and pads


def _widens_the_3x3(unit: Unit, join: Join) -> bool:
    widths = tuple(stage[0].out_shape[1] for stage in stages_of(unit.evidence, unit.trial))
    middle, last = (unit.flow.shapes[op.outputs[0]][1] for op in join.residual.weighted[1:])
    return last < 4 * middle and widths == (256, 512, 1024, 2048)


def _strides_last(unit: Unit) -> bool:
    return strides_of(stages_of(unit.evidence, unit.trial)) == (2, 2, 2, 1)


def _is_dilated_somewhere(unit: Unit) -> bool:
    return any(isinstance(op, Convolution) and max(op.dilation) > 1 for op in unit.trial.flow.ops)


def _ends_behind_dilation(unit: Unit) -> bool:
    """From this block on none of the network's has a sum, and one before it is dilated."""
    blocks = [each for each in unit.evidence.units if each.trial is unit.trial and each.call is not None]
    later = [each for each in blocks if each.flow.start >= unit.flow.start]
    before = [op for each in blocks if each.flow.start < unit.flow.start for op in each.flow.ops]
    dilated = any(isinstance(op, Convolution) and max(op.dilation) > 1 for op in before)
    return dilated and not any(each.joins for each in later)


def _gates_its_shortcut(unit: Unit, join: Join) -> bool:
    """The shortcut is multiplied by what the block sees, and so is the residual, but not by the very same gate."""
    products = [op for op in join.shortcut.ops if op.name in SCALINGS]
    gated = any(len([value for value in op.inputs if value in unit.flow.from_input]) > 1 for op in products)
    return gated and not has_one_gate(unit, join) and gate_on_identity(unit, join) is None


def _keeps_its_variance(unit: Unit, join: Join) -> bool:
    # From √½, which keeps the variance of a sum of two alike, to √2, rounded outwards.
    gated = has_one_gate(unit, join) or gate_on_identity(unit, join) is not None
    return 0.69 <= identity_factor(unit, join) <= 1.42 and not gated


def _calls_itself_dense(unit: Unit) -> bool:
    return "dense" in unit.evidence.class_name.lower()


def _factorises(unit: Unit, join: Join) -> bool:
    convs = [op for op in join.residual.weighted if isinstance(op, Convolution)]
    return any(min(op.kernel) == 1 < max(op.kernel) for op in convs)


def _starts_at_zero(unit: Unit, op: Op) -> bool:
    last = {join.residual.weighted[-1].index for join in unit.joins if join.residual.weighted}
    value = unit.flow.weight_of(op)
    return op.index in last and value is not None and not bool(unit.flow.tape.tensor[value].detach().any())


def _grows_before_a_norm(unit: Unit, join: Join) -> bool:
    following = next((op for op in after(unit.flow, join) if op.name not in SAME), None)
    return join.shortcut.coefficient > 1 and following is not None and following.name in NORMS


PUBLISHED: tuple[Design, ...] = (
    Design(
        "Highway",
        "srivastava2015",
        "a gate scales the shortcut, and one minus the gate the residual",
        silences={"R152": _of_join(_gates_its_shortcut)},
    ),
    Design(
        "ResNet v2 of Keras",
        "chollet2015",
        "strides in the last block of a stage",
        silences={"R142": _of_unit(_strides_last)},
    ),
    Design(
        "Wide ResNet",
        "zagoruyko2016",
        "a block strides only with more channels; the 50-layer one widens the 3×3 and keeps its outputs",
        notes={"R114": _of_unit(_strides_with_more_channels_only)},
        silences={"R141": _of_join(_widens_the_3x3)},
    ),
    Design(
        "Option A of the CIFAR networks",
        "he2016a",
        "the shortcut always takes every other pixel and pads channels with zeros, for blocks that change both",
        notes={"R114": _of_unit(_halves_and_pads)},
    ),
    Design(
        "V-Net",
        "milletari2016",
        "volumes, convolutions on the shortcut whose stride is as large as their kernel, and one channel added to all",
        notes={"R115": _of_join(repeats_one_channel), "R117": _of_op(_is_volumetric_or_covers_its_stride)},
    ),
    Design(
        "DeepLab v3",
        "chen2017",
        "late stages are dilated instead of strided",
        silences={"R142": _of_unit(_is_dilated_somewhere)},
    ),
    Design(
        "DRN",
        "yu2017",
        "behind dilated blocks, the last ones have no shortcut, which would carry the grid of the dilation on",
        notes={"R151": _of_unit(_ends_behind_dilation)},
    ),
    Design(
        "DenseNet",
        "huang2017",
        "concatenates its input on purpose, and says so in its name",
        silences={"R153": _of_unit(_calls_itself_dense)},
    ),
    Design(
        "SRResNet, CycleGAN",
        "ledig2017, zhu2017",
        "blocks of one shape for images, with nothing after the sum",
        notes={"R107": _of_unit(_keeps_its_shape)},
    ),
    Design(
        "EDSR",
        "lim2017",
        "no batch norm, and nothing after the sum",
        silences={"R107": _of_join(_lacks_batch_norms)},
    ),
    Design(
        "TCN",
        "bai2018",
        "along time, a ReLU stands before the sum and another after it",
        notes={"R106": _of_join(_is_temporal)},
    ),
    Design(
        "PSMNet",
        "chang2018",
        "dilated blocks with nothing after the sum",
        notes={"R107": _of_unit(is_dilated)},
    ),
    Design(
        "SENet-154",
        "hu2018",
        "a gated residual beside a 3×3 convolution on the shortcut",
        notes={"R117": _of_join(_is_gated)},
    ),
    Design(
        "EfficientFormerV2",
        "li2023",
        "attention that halves the map, beside a strided 3×3 convolution on the shortcut",
        notes={"R117": _of_join(_attends)},
    ),
    Design(
        "FastViT",
        "vasu2023",
        "x + γ · (mixer(x) - norm(x)): at γ = 0 the identity, and one convolution once it is folded",
        silences={"R105": _of_join(_subtracts_a_norm), "R152": _of_join(_subtracts_a_norm)},
    ),
    Design(
        "Residual U-Net",
        "kerfoot2018, zhangliu2018",
        "instance norm and PReLU, or pre-activation units, beside a 3×3 convolution on the shortcut",
        notes={"R117": _of_join(_is_of_a_residual_u_net)},
    ),
    Design(
        "U-Net",
        "ronneberger2015",
        "concatenates skips, the last one first",
        silences={"R102": _of_unit(is_nested), "R153": _of_unit(is_nested)},
    ),
    Design(
        "ShuffleNet",
        "zhang2018",
        "where the map is halved, the pooled input is concatenated to the residual",
        silences={"R102": _of_unit(concatenates_what_it_pools), "R153": _of_op(pools_beside)},
    ),
    Design(
        "ShuffleNetV2, CSPNet",
        "ma2018, wang2020b",
        "passes part of its channels on as they are, and concatenates",
        silences={"R102": _of_unit(is_coupling), "R153": _of_op(passes_part_on)},
    ),
    Design(
        "Darknet-53, ResNet-9",
        "redmon2018, page2018",
        "the ReLU stands on the residual, and none after the sum",
        notes={"R106": _of_join(_is_clipped_alone)},
    ),
    Design(
        "ERFNet",
        "romera2018",
        "a k×k convolution as k×1 and 1×k, which together are linear",
        silences={"R156": _of_join(_factorises)},
    ),
    Design(
        "MobileNetV2",
        "sandler2018",
        "expands, or works channel by channel, and nothing follows the sum",
        silences={"R107": _of_join(_is_inverted)},
    ),
    Design(
        "iResNet of ArcFace",
        "deng2019",
        "begins with a norm or has a PReLU, and strides in its second convolution",
        notes={"R112": _of_join(_starts_with_norm_or_has_prelu)},
    ),
    Design(
        "Fixup",
        "zhang2019b",
        "the last convolution of the residual starts at zero",
        silences={"R144": _of_op(_starts_at_zero)},
    ),
    Design(
        "StyleGAN2",
        "karras2020",
        "strides in its second convolution, with nothing after the sum; scales the sum by √½",
        notes={"R112": _of_join(_ends_linearly), "R152": _of_join(_keeps_its_variance)},
    ),
    Design(
        "DeepNet",
        "wang2022",
        "a constant above one scales the shortcut, and a layer norm follows the sum",
        silences={"R152": _of_join(_grows_before_a_norm)},
    ),
    Design(
        "RegNetV, Xception of timm",
        "wightman2019",
        "grouped or depthwise convolutions; residual and shortcut both start behind batch norm and activation",
        silences={"R198": _of_join(_adds_the_activated_stream)},
    ),
    Design(
        "d2l",
        "zhang2021",
        "a projection with a bias and without a norm",
        notes={"R118": _of_op(_has_bias)},
    ),
)
