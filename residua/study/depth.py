"""Do more layers hurt a network without shortcuts, and one with them not (He 2016a §1, §4.2)?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from residua import pages
from residua.errors import SpecError
from residua.study.intervals import Mean, difference, mean_of
from residua.study.kept import Kept, Network, Trained
from residua.study.options import TrainingOptions
from residua.study.plan import Advance, Part, Work
from residua.study.rates import TRIED, Rate, nearest
from residua.study.report import Figure, Published, Report, Row

QUESTION = "Do more layers make a plain network worse, in training too, and a residual one not?"
KINDS: Mapping[str, tuple[str, ...]] = {"plain": ("shortcut=none",), "residual": ()}
LAYERS, FULL_LAYERS = (20, 56), (20, 56, 110)
EPOCHS, FULL_EPOCHS = 4, 16
# The rate of TRIED that gave each network the least training loss on seed 0 in four epochs: 1.446 and 1.312 (plain, 20
# layers), 2.037 and 1.983 (plain, 56), 1.014 and 0.914 (residual, 20), 0.976 and 1.176 (residual, 56). From
# `residua study depth --full --epochs 4 --layers 20 --layers 56 --seeds 1`, results/study/depth-rates/depth-rates.csv.
RECIPE: Mapping[tuple[str, int], Rate] = {
    ("plain", 20): Rate(0.1),
    ("plain", 56): Rate(0.1),
    ("residual", 20): Rate(0.1),
    ("residual", 56): Rate(0.05),
}
PUBLISHED = (
    Published("plain, 18 against 34 layers, ImageNet, top-1 error", "27.94 % against 28.54 %", "he2016a Table 2"),
    Published("residual, 18 against 34 layers, ImageNet, top-1 error", "27.88 % against 25.03 %", "he2016a Table 2"),
    Published("residual, 20, 56 and 110 layers, CIFAR-10, error", "8.75, 6.97 and 6.43 %", "he2016a Table 6"),
    Published("plain, 110 layers, CIFAR-10, error", "higher than 60 %", "he2016a Fig. 6"),
)
SHORTER = "--seeds 1, --epochs 1 or --images 2000"
NOT_SHOWN = (
    "A few passes over small pictures: the papers trained for 64,000 steps on 32×32. What is not learnt here may be "
    "learnt later; the page says which of the gaps were still closing at the end.",
    "Two learning rates were tried for each network, on one seed; where the lower one won, as for the residual network "
    "of 56 layers, a still lower one may be better. A loss above that of chance after the first epoch is a sign of a "
    "rate that is too high.",
    "The learning rate falls to zero at the end of the budget, so a curve that flattens there has not converged.",
    "Seeds change weights and the order of pictures, never the pictures themselves: intervals are over seeds alone.",
)


@dataclass(frozen=True)
class Subjects:
    """The networks of a study: by kind and layers, one a seed."""

    layers: tuple[int, ...]
    seeds: int
    epochs: int
    rates: Mapping[tuple[str, int], Rate] = field(default_factory=lambda: RECIPE)

    def networks(self) -> list[Network]:
        """Return them all, seed by seed, so that a study that is stopped has whole sets."""
        return [
            self.network(kind, layers, seed) for seed in range(self.seeds) for layers in self.layers for kind in KINDS
        ]

    def network(self, kind: str, layers: int, seed: int, rate: Rate | None = None) -> Network:
        """Return one of them. rate: another one than its own."""
        changes = (*depth_changes(layers), *KINDS[kind])
        rate = rate or nearest(self.rates, kind, layers)
        return Network(f"{kind}-{layers}", "resnet20", changes, seed, self.epochs, rate)

    def trials(self) -> dict[tuple[str, int], list[Network]]:
        """Return for each network those of seed 0 at every rate that `--full` tries."""
        keys = [(kind, layers) for layers in self.layers for kind in KINDS]
        return {key: [self.network(*key, 0, rate) for rate in TRIED] for key in keys}


def subjects_of(options: TrainingOptions, seeds: int) -> Subjects:
    """Return the networks that options ask for. Raises SpecError for layers that no CIFAR network has, or one alone."""
    layers = tuple(sorted(set(options.layers))) or (FULL_LAYERS if options.full else LAYERS)
    for count in layers:
        depth_changes(count)
    if len(layers) < 2:
        raise SpecError(f"--layers {layers[0]} alone compares nothing: give a second depth, as --layers 20 --layers 56")
    return Subjects(layers, seeds, options.epochs or (FULL_EPOCHS if options.full else EPOCHS))


def work(kept: Kept, options: TrainingOptions, seeds: int) -> Work:
    """Return the study: its trainings as far as they are missing, and what makes the report."""
    subjects = subjects_of(options, seeds)
    parts = missing(kept, subjects, options)
    return Work(parts, lambda advance: run(kept, *with_rates(kept, subjects, options, advance), advance), SHORTER)


def missing(kept: Kept, subjects: Subjects, options: TrainingOptions) -> list[Part]:
    """Return the trainings that are not there yet, those that choose a rate included."""
    trials = [network for row in subjects.trials().values() for network in row] if options.full else []
    return kept.parts(list(dict.fromkeys([*trials, *subjects.networks()])))


def with_rates(
    kept: Kept, subjects: Subjects, options: TrainingOptions, advance: Advance
) -> tuple[Subjects, list[Row]]:
    """Return the networks with the rates that `--full` finds for them, and its table; or as they are, and none."""
    return chosen_rates(kept, subjects, advance) if options.full else (subjects, [])


def chosen_rates(kept: Kept, subjects: Subjects, advance: Advance) -> tuple[Subjects, list[Row]]:
    """Return the networks with the rate that gave each the least training loss on seed 0, and the table."""
    rates: dict[tuple[str, int], Rate] = {}
    table: list[Row] = []
    for (kind, layers), networks in subjects.trials().items():
        found = {network.rate: kept.trained(network, advance).train["loss"] for network in networks}
        best = min(found, key=lambda rate: found[rate])
        rates[kind, layers] = best
        table += [
            {"kind": kind, "layers": layers, **asdict(rate), "train_loss": loss, "chosen": str(rate == best)}
            for rate, loss in found.items()
        ]
    return replace(subjects, rates=rates), table


def run(kept: Kept, subjects: Subjects, rates: Sequence[Row], advance: Advance) -> Report:
    """Train what is missing and return the report. rates: the table that chose the learning rates, if one did."""
    trained = [kept.trained(network, advance) for network in subjects.networks()]
    sets = {
        (kind, layers): [one for one in trained if one.network.label == f"{kind}-{layers}"]
        for kind in KINDS
        for layers in subjects.layers
    }
    rows = [row for key, found in sets.items() for one in found for row in _rows(key, one)]
    seen = [line for kind in KINDS for line in _sentences(kind, subjects.layers, sets)]
    made = circumstances(kept, subjects)
    tables = {"depth-rates": rates} if rates else {}
    return Report("depth", QUESTION, rows, _figures(sets), seen, NOT_SHOWN, PUBLISHED, made, tables)


def circumstances(kept: Kept, subjects: Subjects) -> dict[str, str]:
    """Return what all studies of these networks say of how they were made."""
    learnt, tested = kept.pictures.counts
    side = kept.pictures.pixels
    steps = subjects.epochs * -(-learnt // 128)
    keys = [(kind, layers) for layers in subjects.layers for kind in KINDS]
    rates = ", ".join(f"{kind}-{layers} {nearest(subjects.rates, kind, layers)}" for kind, layers in keys)
    return {
        "pictures": f"{learnt:,} of {kept.pictures.name} to train on, {tested:,} to test on, {side}×{side}, the same "
        "ones for every seed",
        "training": f"{subjects.epochs} epochs of batches of 128 ({steps:,} steps), SGD with Nesterov momentum 0.9, "
        "weight decay 0.0005, no augmentation",
        "learning rate": f"{rates}; it falls to zero on a line",
        "seeds": str(subjects.seeds),
        "placement": str(kept.placement),
    }


def later_or_worse(shallow: Sequence[Sequence[float]], deep: Sequence[Sequence[float]]) -> tuple[str, Mean, Mean]:
    """Return what the training losses of two depths say, with the gap at the end, and its change since half-time.

    shallow, deep: for each seed the loss of each epoch. "better": the gap's interval lies below zero; "not worse": it
    reaches zero; "later": above zero and, by its own interval, closing; "worse": above zero and not shown to close;
    "unknown": one seed, or one epoch, which tell neither.
    """
    end = difference([one[-1] for one in deep], [one[-1] for one in shallow])
    middle = (len(deep[0]) - 1) // 2
    before = [mine[middle] - theirs[middle] for mine, theirs in zip(deep, shallow, strict=True)]
    after = [mine[-1] - theirs[-1] for mine, theirs in zip(deep, shallow, strict=True)]
    change = difference(after, before)
    if end.low is None or middle == len(deep[0]) - 1:
        return "unknown", end, change
    if end.above_zero is not True:
        return ("better" if end.above_zero is False else "not worse"), end, change
    return ("later" if change.above_zero is False else "worse"), end, change


_WORDS = {
    "better": "the deeper one is better at this budget",
    "not worse": "the two are not told apart at this budget",
    "later": "the deeper one learns later: behind at the end of this budget, and catching up; whether it would end "
    "worse, this budget does not show",
    "worse": "the deeper one ends worse at this budget, and was not shown to catch up",
    "unknown": "one seed or one epoch does not tell whether it learns later or ends worse",
}


def _sentences(kind: str, layers: Sequence[int], sets: Mapping[tuple[str, int], Sequence[Trained]]) -> list[str]:
    shallow = sets[kind, layers[0]]
    lines = []
    for count in layers[1:]:
        deep = sets[kind, count]
        verdict, end, change = later_or_worse([one.losses for one in shallow], [one.losses for one in deep])
        pair = f"{kind}, {count} layers minus {layers[0]}"
        lines.append(f"{pair}, loss while training, last epoch: {end}; since half-time {change}: {_WORDS[verdict]}.")
        for name, values in (("training", "train"), ("test", "test")):
            gap = difference([_loss(one, values) for one in deep], [_loss(one, values) for one in shallow])
            lines.append(f"{pair}, {name} loss measured at the end: {gap}.")
    return lines


def _loss(one: Trained, split: str) -> float:
    return (one.train if split == "train" else one.test)["loss"]


def _rows(key: tuple[str, int], one: Trained) -> list[Row]:
    """Return a row an epoch; what is measured at the end stands in the last."""
    last = len(one.losses)
    ends: dict[str, float] = {
        "train_loss": one.train["loss"],
        "train_top1": one.train["top1"],
        "test_loss": one.test["loss"],
        "test_top1": one.test["top1"],
        "test_samples": one.test["samples"],
    }
    return [
        {
            "kind": key[0],
            "layers": key[1],
            "seed": one.network.seed,
            "lr": one.network.rate.lr,
            "warmup_epochs": one.network.rate.warmup_epochs,
            "epoch": epoch,
            "loss_while_training": loss,
            **{name: value if epoch == last else None for name, value in ends.items()},
        }
        for epoch, loss in enumerate(one.losses, 1)
    ]


def _figures(sets: Mapping[tuple[str, int], Sequence[Trained]]) -> list[Figure]:
    def curves(axes: Any) -> None:
        for (kind, layers), found in sets.items():
            epochs = list(range(1, len(found[0].losses) + 1))
            means = [mean_of([one.losses[epoch - 1] for one in found]).mean for epoch in epochs]
            style = "o--" if kind == "plain" else "o-"
            [line] = axes.plot(epochs, means, style, label=f"{kind}-{layers}")
            lows = [min(one.losses[epoch - 1] for one in found) for epoch in epochs]
            highs = [max(one.losses[epoch - 1] for one in found) for epoch in epochs]
            axes.fill_between(epochs, lows, highs, color=line.get_color(), alpha=0.15, linewidth=0)
        axes.set(xlabel="epoch", ylabel="loss while training")
        pages.whole_numbers(axes.xaxis)
        axes.legend()

    def ends(axes: Any) -> None:
        names = [f"{kind}-{layers}" for kind, layers in sets]
        for name, shift, mark in (("train", -0.1, "o"), ("test", 0.1, "s")):
            places = [place + shift for place, found in enumerate(sets.values()) for _ in found]
            axes.plot(
                places, [_loss(one, name) for found in sets.values() for one in found], mark, label=f"{name} loss"
            )
        axes.set_xticks(range(len(names)), names)
        axes.set(ylabel="loss at the end, a mark a seed")
        axes.legend()

    return [
        Figure("depth-curves", "Loss while training; bands from the lowest to the highest seed", curves),
        Figure("depth-ends", "Training and test loss at the end", ends),
    ]


def depth_changes(layers: int) -> tuple[str, ...]:
    """Return the change that gives ResNet-20 its layers. Raises SpecError for a number that is not 6n + 2."""
    blocks, rest = divmod(layers - 2, 6)
    if blocks < 1 or rest:
        raise SpecError(f"--layers {layers}: He 2016a's CIFAR networks have 6n + 2 layers: 8, 14, 20, …, 56, 110")
    return (f"depths={blocks},{blocks},{blocks}",) if layers != 20 else ()
