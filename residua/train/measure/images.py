"""Which labelled images is a network measured on: those that somebody names, or those that its training held out?"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from residua.data import Dataset, Source, open_dataset
from residua.data.groups.drawn import SplitRules, draw_split
from residua.data.groups.leaks import find_leaks
from residua.data.sources.open import SETS, found_again, open_several, place_of, said_by_a_file
from residua.data.sources.source import Note
from residua.errors import DataError, TargetError
from residua.nn import ResNet
from residua.weights.trained import class_places, learnt_several

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chosen:
    """Labelled images to measure on: which of `source`, of which data set, and what its opening warned of.

    classes, label_sets: the data set's; without any, the source's classes count. seen: which images of `source` are
    among those of training, as they are or nearly; None where none is known to be.
    """

    source: Source
    indices: Indices
    dataset: str
    notes: tuple[Note, ...] = ()
    classes: tuple[str, ...] = ()
    label_sets: tuple[tuple[int, ...], ...] | None = None
    seen: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Named:
    """Images by name, or opened. typed: whether a person gave the name, and not the checkpoint itself."""

    name: str | Dataset
    root: str | None = None
    typed: bool = True

    @property
    def place(self) -> str:
        """The path that will be opened, or the name where it is none."""
        name = self.name
        return name.name if isinstance(name, Dataset) else place_of(name, self.root) or name


def named_images(
    model: ResNet, data: str | Dataset | None = None, root: str | None = None, called: str = "this network"
) -> Named:
    """Return the images that `data` names or, without it, those that `model` was trained on; nothing is opened.

    called: what a message calls the model, as the run folder that was typed.
    Raises TargetError where neither names any.
    """
    if data is not None:
        return Named(data, root)
    trained = _training(model)
    if not trained.get("data"):
        raise TargetError("this checkpoint does not say what it was trained on: name the images with --data")
    return Named(*_place_of_training(trained, root, called), typed=False)


def choose_images(
    model: ResNet, named: Named, split: str | None = None, download: bool = False, skip_bad: bool = False
) -> Chosen:
    """Return the images that `evaluate` measures `model` on; those it has learnt from only for `split="train"`.

    Raises DataError where there are none to be read, or they would have to be fetched and nobody typed their name.
    """
    if split not in (None, "test", "val", "train"):
        raise DataError(f"split {split!r} is not one of test, val, train")
    trained, name, root = _training(model), named.name, named.root
    if isinstance(name, Dataset):
        known = name.name == Path(trained.get("data") or "").name  # a folder that was opened is called by its last part
        return _of_split(name, split, trained if known else None)
    skip_bad = skip_bad or (not named.typed and bool(trained.get("skip_bad")))
    known = not named.typed or _same(name, root, trained)
    with contextlib.nullcontext() if named.typed else said_by_a_file(name):
        if learnt_several(model):
            dataset = open_several(name, root, skip_bad=skip_bad)
        else:
            dataset = open_dataset(name, root, download=download, skip_bad=skip_bad)
    if known:
        class_places(model, dataset.classes, str(name))  # before its split is drawn: a class with another name is named
    moved = not known and _drawn_alike(dataset, trained)
    known = known or moved
    chosen = _of_split(dataset, split, trained if known else None)
    if moved and split != "train":
        words = "these images are those of the training, elsewhere: those that it held out are measured"
        chosen = replace(chosen, notes=(*chosen.notes, Note("moved", words, "note")))
    if known and split == "train":
        words = "these images were learnt from: on others the accuracy is usually lower"
        return replace(chosen, notes=(*chosen.notes, Note("learnt", words, "note")))
    if not known:
        return chosen
    chosen = _beside_training(chosen, dataset, trained)
    held = split == "val" or dataset.test is None
    chose = _chose_the_epoch(model, dataset.test is None) if held else ()
    return replace(chosen, notes=(*chosen.notes, *chose))


def _drawn_alike(dataset: Dataset, trained: Mapping[str, Any]) -> bool:
    """Say whether the rules of the training hold out the same images of a set that lies elsewhere: it is its own."""
    if trained.get("split_sha256") is None or dataset.val is not None:
        return False
    try:
        draw_split(dataset.train, SplitRules.of(trained))
    except DataError:
        return False
    return True


def _beside_training(chosen: Chosen, dataset: Dataset, trained: Mapping[str, Any]) -> Chosen:
    """Return the images of a split that was given with those of them that training has seen, as training finds them."""
    split = next((name for name, own in dataset.splits.items() if own is chosen.source and name != "train"), None)
    if split is None:
        return chosen  # residua drew it, and kept together what belongs together
    grouping, learnt, notes = "auto", np.arange(len(dataset.train)), chosen.notes
    if dataset.val is None:
        grouping = str(trained.get("grouping") or "none")
        try:
            learnt = draw_split(dataset.train, SplitRules.of(trained)).train
        except DataError:
            words = "these images are compared with all training images: which of them were held out is no longer known"
            notes = (*notes, Note("compared", words, "note"))
    leaks = find_leaks(dataset, learnt, grouping, trained.get("group"))
    mask = leaks.seen.get(split)
    return replace(chosen, seen=mask if mask is not None and mask.any() else None, notes=notes)


def _chose_the_epoch(model: ResNet, final: bool) -> tuple[Note, ...]:
    """Return a note that these images chose the weights, where they did. final: the run was measured on them, too."""
    provenance = getattr(model.meta, "provenance", None) or {}
    if provenance.get("chosen_by", "last epoch") == "last epoch":
        return ()
    advice = "on others the accuracy is usually lower"
    advice += "; cross_fitted in metrics.json of the run, where it is there, is free of that" if final else ""
    return (Note("chosen-by", f"these images chose epoch {provenance.get('epoch')} of the training: {advice}", "note"),)


def _place_of_training(trained: Mapping[str, Any], root: str | None, called: str) -> tuple[str, str | None]:
    """Return name and root of the images that the network was trained on, from whatever directory it was.

    Raises TargetError where they are gone.
    """
    typed, kept, place = str(trained["data"]), trained.get("root"), trained.get("data_path")
    if root is not None or place is None:
        return typed, root or kept
    if not os.path.lexists(place) and place_of(typed, kept) is None:
        raise TargetError(
            f"{called} was trained on {typed}, which lay at {place} and is gone: name the images with --data"
        )
    return found_again(typed, kept, place)


def _training(model: ResNet) -> Mapping[str, Any]:
    """Return the configuration under which the network was trained, as far as its checkpoint says."""
    provenance = getattr(model.meta, "provenance", None) or {}
    return provenance.get("config") or {}


def _same(name: str, root: str | None, trained: Mapping[str, Any]) -> bool:
    """Say whether a data set that was named is the one that the network was trained on."""
    typed, place = trained.get("data"), trained.get("data_path")
    if typed is None:
        return False
    if name in SETS or place is None:
        return bool(name == typed or Path(name).resolve() == Path(typed).resolve())
    return place_of(name, root) == str(place)


def _of_split(dataset: Dataset, split: str | None, trained: Mapping[str, Any] | None) -> Chosen:
    """Return the images of a split; `trained` is how the network was trained, if these are what it was trained on."""
    if split is None:
        own = "val" if trained or dataset.val is not None else "all"
        split = "test" if dataset.test is not None else own
    if split == "test" and dataset.test is None:
        raise DataError(f"{dataset.name} has no test split; it has train, and --split val is what training held out")
    whole = dataset.test if split == "test" else dataset.val if split == "val" else None
    if whole is None and split != "all" and trained is not None and dataset.val is None:
        drawn = draw_split(dataset.train, SplitRules.of(trained))
        if split == "val" and not len(drawn.validation):
            raise DataError(
                f"all images of {dataset.name} were trained on; name others with --data, or measure on these "
                "with --split train"
            )
        indices = drawn.validation if split == "val" else drawn.train
    else:
        indices = np.arange(len(whole or dataset.train))
    return Chosen(whole or dataset.train, indices, dataset.name, dataset.notes, dataset.classes, dataset.label_sets)
