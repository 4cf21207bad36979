"""Which of the open networks is it? What flows into each batch norm must fit the mean and variance it has stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from residua.errors import WeightsError
from residua.spec import ResNetSpec
from residua.weights.decide import candidates
from residua.weights.decide.candidates import RARE, is_rare
from residua.weights.decide.foreign import FOREIGN, Foreign, changed
from residua.weights.decide.inputs import COUNT, KINDS, images
from residua.weights.decide.pixels import normalised
from residua.weights.decide.statistics import Row, deviations, part_of_start, without_start
from residua.weights.decide.wording import UNTRAINED, hardly_trained, in_words
from residua.weights.recognise.nearest import differing
from residua.weights.recognise.recognised import Decision, Reading, Recognised

if TYPE_CHECKING:
    from residua.nn import ResNet

Build = Callable[[Reading], "ResNet"]  # the network of a reading, with the file's values

# All numbers below: docs/weights.md, "What the norms' statistics decide".
FITS = 0.045  # misfit up to which nobody need look for another network: right ones have 0.02 to 0.06, wrong ones more
CERTAIN = 0.02  # misfit up to which no other images are tried
ASIDE = 0.01  # by which other images than the usual ones must fit better
UNSURE = 1.5  # times the misfit on the best images: on these a foreign operation may hide, which blurs all
MOMENTUM = 0.1  # of norms as torch makes them
BEGUN = 0.01  # part of the statistics that norms began with from which it is said: up to 43 batches
ALIKE = 1.3  # times the best misfit: SiLU's and Mish's are as near to each other in networks with SiLU
MOST_NEAR = 3  # settings in which foreign operations are looked for
MOST_HINTS = 3  # foreign operations that are tried on all images
# Misfit beyond which a network behind a 3×3 stem is said to fit loosely: right ones that were trained for two epochs
# have up to 0.08, those whose residual is scaled, or whose sum no ReLU follows, 0.13 and more.
LOOSE = 0.1
NOISY = 0.05  # the same of a network that saw only noise
WORST = 0.25  # misfit beyond which no answer counts: right ones of ImageNet, on 64 pixels, have up to 0.12
HOPELESS = 0.5  # misfit beyond which the stride's place need not be tried: in a wrong one it is below 0.2
SUPPORT = 0.4  # below it the answer is not known
# Support from which a stage's stride is taken to be another than usual: files of CIFAR-10 whose last stage halves its
# map lean the other way by up to 0.71, a tutorial's whose last stage does not by 1.9.
MOVED = 0.9
# A foreign operation that leaves less than this of the misfit counts, however near to ours: the file's own leaves 0.01
# to 0.3 in networks of noise; beside right networks none leaves less than 0.7 (kejeon's, with repeated edges).
BETTER = 0.5
APART = 0.03  # networks whose statistics differ by less than this cannot be told from each other


@dataclass(frozen=True)
class Trial:
    """One network that was tried, and the deviations of its norms in order, by the file's name of their variance."""

    reading: Reading
    by_norm: Mapping[str, Row]

    @property
    def first(self) -> str:
        """The norm that shows how the file's images were normalised, and no more."""
        return next(iter(self.by_norm))

    def row(self, without: AbstractSet[str]) -> Row:
        """Return all deviations in one row, each norm weighing alike, whose square is their mean square."""
        kept = [self.by_norm[name] for name in sorted(self.by_norm) if name not in without]
        return np.concatenate([norm.ravel() / np.sqrt(norm.shape[1] * len(kept)) for norm in kept])

    @property
    def misfit(self) -> float:
        """mean((μ_in−μ)²/σ² + log²(σ_in/σ)) over the norms behind the first: near 0 for what stored them."""
        return float(np.square(self.row({self.first})).sum())


@dataclass(frozen=True)
class Hint:
    """Foreign operations, alike, that the statistics speak for, and the misfit. clear: one of them is in the file."""

    words: str
    misfit: float
    clear: bool


@dataclass(frozen=True)
class Setting:
    """What a network is shown, and the momentum of norms that still hold a part of their start, or 0."""

    kind: str
    side: int
    momentum: float = 0.0


@dataclass(frozen=True)
class Glance:
    """How many of the images a network is shown, and how many of its stages are looked at; None: all."""

    images: int
    stages: int | None = None


ALL = Glance(COUNT)
FEW = Glance(8)  # on which images are chosen, and foreign operations looked for
LARGE = Glance(4, 2)  # foreign operations in networks of ImageNet: in all stages they took 6 s for a ResNet-50


class Judge:
    """Tries networks on the fixed images; each network once."""

    def __init__(self, build: Build, spec: ResNetSpec) -> None:
        self._read, self._channels = build, spec.in_channels
        self._sides = (32,) if spec.stem == "3x3" else (64, 32)
        self.setting = Setting(KINDS[0], self._sides[0])
        self._near: tuple[Setting, ...] = (self.setting,)  # and others in which networks fit about as well
        self.begun = 0.0  # the part of the norms' statistics that is still what they began with
        self._tried: dict[ResNetSpec, Trial] = {}
        self._built: dict[tuple[ResNetSpec, float], ResNet] = {}

    @property
    def noisy(self) -> bool:
        """Whether networks are shown noise, which is then what the images of the file were."""
        return self.setting.kind == "noise"

    def try_one(self, reading: Reading) -> Trial:
        """Return what the norms of one network say."""
        if reading.spec not in self._tried:
            self._tried[reading.spec] = self.measure(reading, self.setting)
        return self._tried[reading.spec]

    def foreign(self, reading: Reading) -> Hint | None:
        """Return the operation without a tensor that the statistics speak for most, and none here has; or None.

        All are tried on a few images, and those that fit best on all.
        """
        likely: list[tuple[float, Setting, Foreign]] = []
        glance = FEW if reading.spec.stem == "3x3" else LARGE
        for setting in self._near:
            few = self.measure(reading, setting, glance)
            for one in FOREIGN:
                if one.meaningful(reading.spec):
                    trial = self.measure(reading, setting, glance, one)
                    likely += [(trial.misfit, setting, one)] if _speaks(trial, few, one) else []
        hints = []
        for _, setting, one in sorted(likely, key=lambda found: found[0])[:MOST_HINTS]:
            own, trial = self.measure(reading, setting), self.measure(reading, setting, foreign=one)
            enough = (
                LOOSE if setting == self.setting else CERTAIN
            )  # others must leave no doubt that they are the file's
            if trial.misfit <= enough and _speaks(trial, own, one):
                clear = trial.misfit < BETTER * own.misfit or (trial.misfit <= FITS and one.least <= SUPPORT)
                hints.append(Hint(one.words, trial.misfit, clear))
        best = min(hints, key=lambda hint: hint.misfit, default=None)
        if best is None:
            return None
        alike = dict.fromkeys(hint.words for hint in (best, *hints) if hint.misfit <= ALIKE * best.misfit)
        return replace(best, words=" or ".join(alike))

    def measure(
        self, reading: Reading, setting: Setting, glance: Glance = ALL, foreign: Foreign | None = None
    ) -> Trial:
        """Return what the norms say of one network, or of it with a foreign operation."""
        model = self._network(reading, setting.momentum)
        model = model if foreign is None else changed(model, foreign)
        found = deviations(model, images(setting.kind, setting.side, self._channels)[: glance.images], glance.stages)
        return Trial(reading, {reading.keys[f"{name}.running_var"]: row for name, row in found.items()})

    def _network(self, reading: Reading, momentum: float) -> ResNet:
        """Return the network of `reading`, its norms without what is left of their start; the last one is kept."""
        key = reading.spec, momentum
        if key not in self._built:
            model = self._read(reading)
            without_start(model, momentum)
            self._built = {key: model}
        return self._built[key]

    def choose_setting(self, readings: Sequence[Reading]) -> None:
        """Take the images, and the momentum of norms that counted few batches, with which the best of `readings` fits.

        Some networks saw larger images than others, and some only noise. They are tried on a few images.
        """
        first = self.setting
        best = min(readings, key=lambda reading: self.try_one(reading).misfit)
        part = part_of_start(self._network(readings[0], 0.0), MOMENTUM)
        if self.try_one(best).misfit <= CERTAIN and not part:
            return
        momenta = (0.0, MOMENTUM) if part else (0.0,)
        every = [Setting(kind, side, momentum) for momentum in momenta for kind in KINDS for side in self._sides]
        misfits = {setting: self.measure(best, setting, FEW).misfit for setting in every}
        aside = {setting: ASIDE * ((setting.kind, setting.side) != (first.kind, first.side)) for setting in every}
        self.setting = min(every, key=lambda setting: misfits[setting] + aside[setting])
        self.begun = part if self.setting.momentum else 0.0
        near = {setting for setting in every if misfits[setting] <= UNSURE * misfits[self.setting]}
        self._near = tuple(sorted(near, key=lambda setting: misfits[setting])[:MOST_NEAR])
        self._tried = self._tried if self.setting == first else {}

    def moves(self, one: Reading, other: Reading) -> bool:
        """Return whether the statistics speak for the strides of `one` against those of `other`, whatever the images.

        A stride more is also what smaller images look like: networks of 32 pixels behind a 7×7 stem, shown 64, seem to
        halve their map once more; and one less what coarser images look like.
        """
        trials = self.try_one(one), self.try_one(other)
        return support(*(trial.row({trial.first}) for trial in trials)) >= MOVED and self._agrees(one, other)

    def leaning(self, one: Reading, other: Reading) -> Iterator[Decision]:
        """Yield that the strides are open where the statistics lean towards those of `one`, and `other` is taken.

        Not where `other` fits as right networks do, and images of another size say otherwise; nor where nothing fits.
        """
        if self.try_one(other).misfit <= WORST and (self.try_one(other).misfit > FITS or self._agrees(one, other)):
            values = {"strides": other.spec.strides}, ({"strides": one.spec.strides},)
            yield Decision(*values, True, 0.0, "the norms' statistics lean towards that")

    def _agrees(self, one: Reading, other: Reading) -> bool:
        """Return whether images of another size speak for `one` against `other` too."""
        setting = replace(self.setting, side=32 if self.setting.side == 64 else 64)
        trials = [self.measure(reading, setting) for reading in (one, other)]
        return _excludes(*(trial.row({trial.first}) for trial in trials))

    def ask(self, options: Sequence[Reading]) -> tuple[Reading, tuple[Decision, ...]]:
        """Return which of `options` it is, the first of what it can be, with what was decided and what stays open."""
        trials = [self.try_one(reading) for reading in options]
        without = {trial.first for trial in trials}
        rows = [trial.row(without) for trial in trials]
        different = [0, *(n for n in range(1, len(rows)) if not np.array_equal(rows[n], rows[0]))]
        if len(different) == 1:
            return options[0], ()
        trials, rows = [trials[n] for n in different], [rows[n] for n in different]
        best = max(range(len(rows)), key=lambda n: min(support(rows[n], row) for row in _besides(rows, n)))
        usable = trials[best].misfit <= WORST
        left = [n for n in range(len(rows)) if n == best or not (usable and _excludes(rows[best], rows[n]))]
        return trials[left[0]].reading, tuple(_decisions(trials, rows, left, best))


def support(one: Row, other: Row) -> float:
    """Return how far on the side of `one` the stored statistics lie, seen from `other`.

    With a and b the deviations of two networks, what is stored stands at 0, and t = a·(a−b)/|a−b|² is its place on the
    way from a's statistics (0) to b's (1). The support of a is 1 − 2t.
    """
    step = one - other
    return 1 - 2 * float(one @ step) / max(float(step @ step), 1e-12)


def _excludes(best: Row, other: Row) -> bool:
    return float(np.linalg.norm(best - other)) >= APART and support(best, other) >= SUPPORT


def _speaks(one: Trial, other: Trial, foreign: Foreign) -> bool:
    """Return whether the statistics speak for `foreign`, tried as `one`, against `other`, the network without it."""
    rows = one.row({one.first}), other.row({other.first})
    if one.misfit < BETTER * other.misfit:
        return support(*rows) >= SUPPORT
    return float(np.linalg.norm(rows[0] - rows[1])) >= APART and support(*rows) >= foreign.least


def _leans(one: Row, other: Row) -> bool:
    """Return whether the statistics lie on the side of `one`, and it can be told from `other`."""
    return float(np.linalg.norm(one - other)) >= APART and support(one, other) > 0


def _besides(rows: Sequence[Row], one: int) -> list[Row]:
    return [row for number, row in enumerate(rows) if number != one]


def _decisions(trials: Sequence[Trial], rows: Sequence[Row], left: Sequence[int], best: int) -> Iterator[Decision]:
    """Yield what all networks `left` agree in and others do not, then what they differ in.

    best: the one that the statistics are nearest to; the first of `left` is taken. Rare networks are left open only
    where that does not fit as right networks do, and the statistics lean towards them.
    """
    specs, taken = [trial.reading.spec for trial in trials], left[0]
    loose = trials[taken].misfit > FITS
    common = [n for n in left[1:] if not is_rare(specs[n], specs[taken]) or (loose and _leans(rows[n], rows[taken]))]
    unlike = {n: differing(specs[taken], specs[n]) for n in range(len(specs))}
    agreed = {name for n in range(len(specs)) if n not in left for name in unlike[n]}
    agreed -= {name for n in left for name in unlike[n]}
    if specs[taken].shortcut != "A":
        agreed -= {"shortcut_pad"}  # means nothing there
    gone = [n for n in range(len(specs)) if n not in left and agreed & set(unlike[n])]
    for numbers, fields in ((gone, agreed), (common, {name for n in common for name in unlike[n]})):
        if fields:
            names = [name for name in ResNetSpec.model_fields if name in fields]
            nearest = min(trials[n].misfit for n in numbers)
            verdict = "say so" if numbers is gone else "leave it open"
            yield Decision(
                {name: getattr(specs[taken], name) for name in names},
                tuple({name: getattr(specs[n], name) for name in names} for n in numbers),
                numbers is common,
                min(support(rows[best if numbers is gone else taken], rows[n]) for n in numbers),
                f"the norms' statistics {verdict} (misfit {trials[taken].misfit:.2g}, of the next {nearest:.2g})",
            )


def decide(recognised: Recognised, build: Build, given: AbstractSet[str] = frozenset()) -> Recognised:
    """Return `recognised` with the network first that its norms' statistics speak for, and with every decision.

    given: fields that the caller sets. These and what is declared are no question. What names settle is one only where
    the network that they name does not fit; it then stays, and a doubt says so. Without statistics it is not known.
    Raises WeightsError where they are those of an operation that no network here has.
    """
    first = recognised.readings[0]
    if not candidates.has_statistics(first):
        return candidates.undecided(recognised, given)
    if candidates.never_trained(recognised):
        return replace(recognised, doubts=(*recognised.doubts, UNTRAINED))
    judge, sure = Judge(build, first.spec), set(recognised.declared) | given
    known = candidates.settled(recognised) | given
    readings = candidates.shortcuts(recognised, known) if "shortcut" not in known else recognised.readings[:1]
    judge.choose_setting(readings)
    taken, decisions = _answers(judge, readings, known)
    fits = judge.try_one(taken).misfit <= FITS
    asked = [] if given else [taken] if fits else [*{reading.spec: reading for reading in (taken, first)}.values()]
    hint = min(filter(None, map(judge.foreign, asked)), key=lambda hint: hint.misfit, default=None)
    if hint is not None and hint.clear:
        raise WeightsError(
            f"{recognised.source} is not a network that residua knows: what its norms have stored is what "
            f"{hint.words} gives"
        )
    doubts = [*_against_names(judge, recognised, taken, known & (RARE | sure) if fits else sure)]
    doubts = doubts or [*_unfit(judge.try_one(taken), hint, judge.noisy)]
    doubts += [hardly_trained(judge.begun)] if judge.begun >= BEGUN else []
    others = [reading for reading in recognised.readings if reading.spec != taken.spec]
    decided = replace(recognised, readings=(taken, *others), decisions=decisions, doubts=(*recognised.doubts, *doubts))
    return _with_pixels(decided, build) if judge.try_one(taken).misfit <= WORST else decided


def _unfit(taken: Trial, hint: Hint | None, noisy: bool) -> Iterator[str]:
    """Yield in words that the statistics are none, or hardly those, of the best of the networks."""
    if hint is not None:
        yield (
            f"the norms' statistics speak for {hint.words} (misfit {hint.misfit:.2g}, as it is assumed "
            f"{taken.misfit:.2g}), which has no tensor and residua does not build"
        )
    elif taken.misfit > WORST:
        yield (
            f"the norms' statistics fit no network that was tried (misfit {taken.misfit:.2g}): an operation without a "
            "tensor, such as an activation other than ReLU, may be missing here"
        )
    elif taken.misfit > (NOISY if noisy else LOOSE) and (noisy or taken.reading.spec.stem == "3x3"):
        yield (
            f"the norms' statistics fit this network loosely (misfit {taken.misfit:.2g}): an operation without a "
            "tensor may be missing here, or its images were unlike photographs"
        )


def _with_pixels(decided: Recognised, build: Build) -> Recognised:
    """Return what was decided with how the first norm says that pixels were normalised, unless the file declares it."""
    if "preprocessing" in decided.declared:
        return decided
    pixels = normalised(build(decided.readings[0]))
    declared = dict(decided.declared) | ({"preprocessing": pixels.declared} if pixels.declared else {})
    return replace(decided, declared=declared, doubts=(*decided.doubts, *pixels.doubts))


def _answers(
    judge: Judge, readings: Sequence[Reading], known: AbstractSet[str]
) -> tuple[Reading, tuple[Decision, ...]]:
    """Return the network that the answers to all questions, one after the other, lead to, and the answers."""
    taken, first = judge.ask(readings)
    if judge.try_one(taken).misfit > HOPELESS:
        return taken, first
    assumed, options = taken, candidates.alternatives(taken, known)
    taken, second = judge.ask(options)
    moved, third = judge.ask(candidates.strides(taken, known))
    while moved.spec.strides not in {option.spec.strides for option in options}:
        if not judge.moves(moved, taken):
            return taken, (*first, *second, *judge.leaning(moved, taken))
        again = replace(assumed, spec=assumed.spec.changed(strides=moved.spec.strides))
        options += candidates.alternatives(again, known)  # what one stride explains, another place of it may too
        other, decisions = judge.ask(options)
        if other.spec.strides != moved.spec.strides:
            return taken, (*first, *second, *judge.leaning(moved, taken))
        taken, second = other, decisions
        moved, third = judge.ask(candidates.strides(taken, known))
    said = {name for decision in second for name in decision.chosen}
    return taken, first + second + tuple(one for one in third if not said & set(one.chosen))


def _against_names(judge: Judge, recognised: Recognised, taken: Reading, known: AbstractSet[str]) -> Iterator[str]:
    """Yield in words what the statistics say against `taken`, which names have settled, if only `known` is sure."""
    if recognised.dialect is None:
        return
    readings = candidates.shortcuts(recognised, known) if "shortcut" not in known else (taken,)
    other, decisions = _answers(judge, readings, known)
    changes = {name: getattr(other.spec, name) for name in differing(other.spec, taken.spec)}
    if changes and not any(decision.open for decision in decisions):
        yield (
            f"the names are those of {recognised.dialect.name}, but the norms' statistics speak for "
            f"{in_words(changes)}: load(path, change={changes}) takes that"
        )
