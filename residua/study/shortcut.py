"""Which shortcut does a residual network need: none, zeros, projections, or none of the usual order at all?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from residua.errors import SpecError
from residua.study.ablations import ABLATIONS
from residua.study.depth import EPOCHS, FULL_EPOCHS, Subjects, circumstances
from residua.study.intervals import another_seed, mean_of
from residua.study.kept import Kept, Network, Trained
from residua.study.options import TrainingOptions
from residua.study.plan import Advance, Work
from residua.study.report import Figure, Published, Report, Row
from residua.summary import summarize

QUESTION = "Which shortcut does a residual network need?"
# What each variant changes of the yardstick, He 2016a's option A, whose shortcuts are identities without weights.
YARDSTICK, PLAIN = "A, zeros", "none, plain"
VARIANTS: Mapping[str, tuple[str, ...]] = {
    YARDSTICK: (),
    PLAIN: ("shortcut=none",),
    "B, projection where the shape changes": ("shortcut=B",),
    "C, projections everywhere": ("shortcut=C",),
    "D, average pool and projection": ("shortcut=D",),
    "pre-activation": ("preactivation=true",),
}
PROJECTS_FIRST: Mapping[str, tuple[str, ...]] = {"project first, as B": ("shortcut=B", "project_first=true")}
LAYERS = 56  # where a missing shortcut costs most; 20 layers learn without one
SHORTER = "--seeds 1, --epochs 1, --images 2000 or --layers 20"
PUBLISHED = (
    Published("ResNet-34 with A, B, C, ImageNet, top-1 error", "25.03, 24.52, 24.19 %", "he2016a Table 3"),
    Published("plain, 34 layers, ImageNet, top-1 error", "28.54 %", "he2016a Table 3"),
    Published("ResNet-110, identity, CIFAR-10, error", "6.61 %", "he2016b Table 1"),
    Published("the same, 1×1 convolutions as shortcuts (C)", "12.22 %", "he2016b Table 1"),
    Published("the same, shortcut and residual scaled by 0.5", "12.35 %", "he2016b Table 1"),
    Published("the same, exclusive gate, bias −6", "8.70 %", "he2016b Table 1"),
    Published("the same, gate on the shortcut, bias 0 and −6", "12.86 and 6.91 %", "he2016b Table 1"),
    Published("the same, dropout of 0.5 on the shortcut", "fails to converge", "he2016b Table 1"),
    Published("the same, norm after the sum; ReLU before it", "8.17; 7.84 %", "he2016b Table 2"),
    Published("the same, ReLU first; full pre-activation", "6.71; 6.37 %", "he2016b Table 2"),
)
NOT_SHOWN = (
    "Every variant but the yardstick has one seed: where another seed of the yardstick might lie as well, it is not "
    "told apart, and the page says so beside it.",
    "All have the learning rate that was chosen for the yardstick, the plain one its own: a variant may want another.",
    "Projections and gates add weights and MACs; nothing is scaled to make up for them.",
    "He 2016b's scalings, gates, dropout and orders are built for this study alone, by --full.",
    "A few passes over small pictures: the papers' networks were trained to the end.",
)


def work(kept: Kept, options: TrainingOptions, seeds: int) -> Work:
    """Return the study: every variant, the yardstick once a seed and each other once."""
    variants = networks_of(options, seeds)
    parts = kept.parts([network for own in variants.values() for network in own])
    return Work(parts, lambda advance: run(kept, subjects_of(options, seeds), variants, advance), SHORTER)


def subjects_of(options: TrainingOptions, seeds: int) -> Subjects:
    """Return the yardstick and its plain twin as `depth` trains them. Raises SpecError for several depths."""
    if len(options.layers) > 1:
        raise SpecError(f"shortcut compares networks of one depth; {len(options.layers)} came: give one --layers")
    layers = options.layers or (LAYERS,)
    return Subjects(layers, seeds, options.epochs or (FULL_EPOCHS if options.full else EPOCHS))


def networks_of(options: TrainingOptions, seeds: int) -> dict[str, list[Network]]:
    """Return the networks to train, by variant; the yardstick and its plain twin are those of `depth`."""
    subjects = subjects_of(options, seeds)
    [layers] = subjects.layers
    one = subjects.network("residual", layers, 0)
    found = {
        YARDSTICK: [subjects.network("residual", layers, seed) for seed in range(seeds)],
        PLAIN: [subjects.network("plain", layers, 0)],
    }
    changed = {**VARIANTS, **(PROJECTS_FIRST if options.full else {})}
    for name, own in changed.items():
        found.setdefault(name, [replace(one, label=f"shortcut {name}", changes=(*one.changes, *own))])
    for name in ABLATIONS if options.full else ():
        found[name] = [replace(one, label=f"shortcut {name}", ablation=name)]
    return found


def run(kept: Kept, subjects: Subjects, variants: Mapping[str, Sequence[Network]], advance: Advance) -> Report:
    """Train what is missing and return the report."""
    found = {name: [kept.trained(network, advance) for network in own] for name, own in variants.items()}
    [layers], seeds = subjects.layers, len(found[YARDSTICK])
    made = circumstances(kept, subjects)
    made |= {"seeds": f"{seeds} of the yardstick, one of each other variant", "layers": str(layers)}
    rows = [_row(kept, name, one) for name, trained in found.items() for one in trained]
    return Report("shortcut", QUESTION, rows, _figures(found), list(_seen(found)), NOT_SHOWN, PUBLISHED, made)


def _row(kept: Kept, name: str, one: Trained) -> Row:
    pixels = kept.pictures.pixels
    costs = summarize(one.model(), (kept.pictures.channels, pixels, pixels))
    return {
        "shortcut": name,
        "seed": one.network.seed,
        "lr": one.network.rate.lr,
        "params": costs.params,
        "macs": costs.macs,
        "train_loss": one.train["loss"],
        "test_loss": one.test["loss"],
        "test_top1": one.test["top1"],
        "test_samples": one.test["samples"],
    }


def _figures(found: Mapping[str, Sequence[Trained]]) -> list[Figure]:
    def ends(axes: Any) -> None:
        names = list(found)
        for split, mark in (("train", "o"), ("test", "s")):
            pairs = [
                ((one.train if split == "train" else one.test)["loss"], place)
                for place, name in enumerate(names)
                for one in found[name]
            ]
            axes.plot([loss for loss, _ in pairs], [place for _, place in pairs], mark, label=f"{split} loss")
        axes.set_yticks(range(len(names)), [name.partition(",")[0] for name in names])
        axes.invert_yaxis()
        axes.set(xlabel="loss at the end, a mark a seed")
        axes.legend()

    return [Figure("shortcut-loss", "Loss by shortcut", ends)]


def _seen(found: Mapping[str, Sequence[Trained]]) -> Iterator[str]:
    losses = [one.train["loss"] for one in found[YARDSTICK]]
    top1 = mean_of([one.test["top1"] for one in found[YARDSTICK]])
    yield f"{YARDSTICK}: training loss {mean_of(losses)}, top-1 {top1}."
    for name, (one, *_) in found.items():
        if name == YARDSTICK:
            continue
        loss = one.train["loss"]
        yield f"{name} (one seed): training loss {loss:.3g}, top-1 {one.test['top1']:.3g}: {_told_apart(loss, losses)}."


def _told_apart(loss: float, yardstick: Sequence[float]) -> str:
    expected = another_seed(yardstick)
    if expected is None:
        return "nothing tells how far seeds lie apart, as the yardstick has one"
    low, high = expected
    where = f"another seed of the yardstick would lie from {low:.3g} to {high:.3g}, 95 %"
    return f"not told apart from the yardstick ({where})" if low <= loss <= high else f"another loss ({where})"
