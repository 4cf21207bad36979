"""Which shortcut does a residual network need: none, zeros, projections, or none of the usual order at all?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from residua.errors import SpecError
from residua.plan import cost
from residua.study.depth import EPOCHS, FULL_EPOCHS, LR, Subjects, circumstances, depth_changes
from residua.study.intervals import mean_of
from residua.study.kept import Kept, Network, Trained
from residua.study.options import TrainingOptions
from residua.study.plan import Advance, Work
from residua.study.report import Figure, Published, Report, Row

QUESTION = "Which shortcut does a residual network need?"
# What each variant changes of the yardstick, He 2016a's option A, whose shortcuts are identities without weights.
YARDSTICK = "A, zeros"
VARIANTS: Mapping[str, tuple[str, ...]] = {
    YARDSTICK: (),
    "none, plain": ("shortcut=none",),
    "B, projection where the shape changes": ("shortcut=B",),
    "C, projections everywhere": ("shortcut=C",),
    "D, average pool and projection": ("shortcut=D",),
    "pre-activation": ("preactivation=true",),
}
FULL_VARIANTS: Mapping[str, tuple[str, ...]] = {
    **VARIANTS,
    "B, every stage projects first": ("shortcut=B", "project_first=true"),
}
LAYERS = 56  # where a missing shortcut costs most; 20 layers learn without one
SHORTER = "--seeds 1, --epochs 1, --images 2000 or --layers 20"
PUBLISHED = (
    Published("ResNet-34 with A, B, C, ImageNet, top-1 error", "25.03, 24.52, 24.19 %", "he2016a Table 3"),
    Published("plain, 34 layers, ImageNet, top-1 error", "28.54 %", "he2016a Table 3"),
    Published("ResNet-110, identity, CIFAR-10, error", "6.61 %", "he2016b Table 1"),
    Published("ResNet-110, 1×1 convolutions as shortcuts, CIFAR-10, error", "12.22 %", "he2016b Table 1"),
    Published("ResNet-110, shortcut scaled by 0.5, CIFAR-10, error", "12.35 %", "he2016b Table 1"),
)
NOT_SHOWN = (
    "Every variant but the yardstick has one seed: a difference within the spread of the yardstick's seeds tells "
    "nothing, and the page says so beside it.",
    "Projections add weights and MACs; nothing is scaled to make up for them.",
    "He 2016b's scalings, gates and dropout on the shortcut are no networks that residua builds, and are not here.",
    "A few passes over small pictures: the papers' networks were trained to the end.",
)


def work(kept: Kept, options: TrainingOptions, seeds: int) -> Work:
    """Return the study: every variant, the yardstick once a seed and each other once."""
    networks = networks_of(options, seeds)
    return Work(kept.parts(networks), lambda advance: run(kept, options, networks, advance), SHORTER)


def networks_of(options: TrainingOptions, seeds: int) -> list[Network]:
    """Return the networks to train. Raises SpecError where several depths are asked for."""
    if len(options.layers) > 1:
        raise SpecError(f"shortcut compares networks of one depth; {len(options.layers)} came: give one --layers")
    changes = depth_changes(options.layers[0] if options.layers else LAYERS)
    epochs = options.epochs or (FULL_EPOCHS if options.full else EPOCHS)
    variants = FULL_VARIANTS if options.full else VARIANTS
    return [
        Network(f"shortcut {name}", "resnet20", (*changes, *own), seed, epochs, LR)
        for name, own in variants.items()
        for seed in range(seeds if name == YARDSTICK else 1)
    ]


def run(kept: Kept, options: TrainingOptions, networks: Sequence[Network], advance: Advance) -> Report:
    """Train what is missing and return the report."""
    found: dict[str, list[Trained]] = {}
    for network in networks:
        name = network.label.removeprefix("shortcut ")
        found.setdefault(name, []).append(kept.trained(network, advance))
    seeds = len(found[YARDSTICK])
    layers = options.layers[0] if options.layers else LAYERS
    made = circumstances(kept, Subjects((layers,), seeds, networks[0].epochs, {}))
    made |= {"seeds": f"{seeds} of the yardstick, one of each other variant", "layers": str(layers)}
    rows = [_row(kept, name, one) for name, trained in found.items() for one in trained]
    return Report("shortcut", QUESTION, rows, _figures(found), list(_seen(found)), NOT_SHOWN, PUBLISHED, made)


def _row(kept: Kept, name: str, one: Trained) -> Row:
    costs = cost(one.network.spec(kept.pictures), kept.pictures.pixels, kept.pictures.pixels)
    return {
        "shortcut": name,
        "seed": one.network.seed,
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
        place = "nothing tells how far seeds spread, as the yardstick has one"
        if len(losses) > 1:
            side = "within" if min(losses) <= loss <= max(losses) else "outside"
            place = f"{side} the spread of the yardstick's seeds"
        yield f"{name} (one seed): training loss {loss:.3g}, top-1 {one.test['top1']:.3g}: {place}."
