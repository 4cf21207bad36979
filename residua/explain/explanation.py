"""What is known of one answer: the class that is explained, its maps, what each is worth, what else was seen?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from residua.errors import DataError, TargetError
from residua.explain.honesty import Honesty, examine, shuffled
from residua.explain.methods import Heat, Method, logits_of
from residua.explain.neighbours import Neighbour, Neighbours
from residua.explain.patches import Patches, smallest_set
from residua.preprocessing import Pixels
from residua.ship.images import Picture, name_of, read_pixels
from residua.ship.predictor import chances_of
from residua.ship.runners import Runner
from residua.text import nearest


@dataclass(frozen=True)
class Map:
    """One method's map of one image, and what it is worth."""

    method: Method
    heat: Heat
    honesty: Honesty

    def to_json(self) -> dict[str, Any]:
        """Return the entry of explain.json."""
        own = self.honesty
        return {
            "method": self.method.name,
            "shape": list(self.heat.shape),
            "deletion": _finite(own.deletion),
            "insertion": _finite(own.insertion),
            "random_deletion": [_finite(each) for each in own.random_deletion],
            "random_insertion": [_finite(each) for each in own.random_insertion],
            "correlations_with_shuffled_weights": list(own.correlations),
            "doubts": list(own.doubts),
            "map": [[_finite(each) for each in row] for row in self.heat.tolist()],
        }


def _finite(value: float) -> float | None:
    """Return a number that JSON can say, None for NaN and infinity."""
    return value if math.isfinite(value) else None


@dataclass(frozen=True)
class Explanation:
    """One image. answer: the likeliest class; explained: the class of the maps; right: the class that it should be."""

    file: str
    pixels: Pixels
    answer: str
    chance: float
    explained: str
    explained_chance: float
    maps: tuple[Map, ...]
    right: str | None = None
    patches: Patches | None = None
    neighbours: tuple[Neighbour, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the entry of explain.json."""
        near = [{"file": each.where, "label": each.label, "cosine": each.similarity} for each in self.neighbours]
        return {
            "file": self.file,
            "answer": self.answer,
            "chance": self.chance,
            "explained": self.explained,
            "explained_chance": self.explained_chance,
            "right": self.right,
            "maps": [each.to_json() for each in self.maps],
            "patches": self.patches and self.patches.to_json(),
            "nearest": near,
        }


@dataclass(frozen=True)
class Question:
    """What is asked of every image. about: the class of the maps, or None for the likeliest; right: what it should be.

    near: how many of the nearest training images; the others are given where they are asked for.
    """

    methods: Sequence[Method]
    about: str | None = None
    right: str | None = None
    near: int = 0


@dataclass(frozen=True)
class Explainer:
    """A network or an artifact that is asked about images; call it with one, as `residua predict` takes them.

    called: what its messages call it. Raises TargetError for a class that it does not know.
    """

    runner: Runner
    question: Question
    called: str
    training: Neighbours | None = None
    shuffled: Sequence[Runner] = field(init=False)

    def __post_init__(self) -> None:
        for name in (self.question.about, self.question.right):
            if name is not None:
                self._index(name)
        object.__setattr__(self, "shuffled", shuffled(self.runner))

    def __call__(self, image: Picture) -> Explanation:
        """Return the explanation of one image. Raises DataError for a file that is none, TargetError for NaN."""
        file = name_of(image) or "the image"
        pixels = read_pixels(image, self.runner.preprocessing)[None]
        [chances] = chances_of(logits_of(self.runner, pixels), self.runner.several)
        best = int(chances.argmax())
        if not chances[best] >= 0:
            raise TargetError(f"{file}: {self.runner.not_finite}")
        asked = self.question
        index = best if asked.about is None else self._index(asked.about)
        wrong = asked.right is not None and self._index(asked.right) != best
        maps = []
        for method in asked.methods:
            heat = method.compute(self.runner, pixels, index)
            maps.append(Map(method, heat, examine(method, heat, self.runner, pixels, index, self.shuffled)))
        return Explanation(
            file,
            pixels[0],
            self.runner.classes[best],
            float(chances[best]),
            self.runner.classes[index],
            float(chances[index]),
            tuple(maps),
            asked.right,
            smallest_set(self.runner, pixels, self._index(asked.right)) if wrong and asked.right is not None else None,
            tuple(self.training.of(pixels, asked.near)) if self.training is not None else (),
        )

    def _index(self, name: str) -> int:
        if name in self.runner.classes:
            return self.runner.classes.index(name)
        near = nearest(name, self.runner.classes)
        hint = f"did you mean {near[0]!r}?" if near else f"it knows {', '.join(self.runner.classes[:5])}, …"
        raise DataError(f"{self.called} has no class {name!r}; {hint}")
