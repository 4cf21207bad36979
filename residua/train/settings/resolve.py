"""What do flags, recipe, checkpoint and run folder mean together? No torch: mistakes are found before it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from residua.errors import TrainError
from residua.train.settings.config import LOCATION, TrainConfig, flag_of
from residua.train.settings.recipes import RECIPES, find_recipe
from residua.zoo import ZOO

ONE_LABEL = "one label an image: leave out --multi-label"
# A field that does nothing unless others are set: whether they are, and what to set.
NEEDS: dict[str, tuple[Callable[[TrainConfig], bool], str]] = {
    "group": (lambda config: config.grouping != "none", "--grouping near or exact"),
    "val_fraction": (lambda config: config.fold is None, "a share to draw: leave out --fold"),
    "class_weights": (
        lambda config: not (config.class_weights and (config.balance or config.multi_label)),
        "one label an image, and classes that are seen unequally often (--balance shows each as often)",
    ),
    "balance": (lambda config: not (config.balance and config.multi_label), ONE_LABEL),
    "multi_label": (lambda config: not config.multi_label or config.loss == "bce", "--loss bce"),
    "select": (
        lambda config: config.select == "loss" or config.multi_label == (config.select == "map"),
        "a measure of these labels: map and loss with --multi-label, top1, class-mean and loss without",
    ),
    "teacher": (lambda config: not (config.teacher and config.multi_label), ONE_LABEL),
    "milestones": (lambda config: config.schedule == "step", "--schedule step"),
    "teacher_weight": (lambda config: config.teacher is not None, "--teacher"),
    "temperature": (lambda config: config.teacher is not None, "--teacher"),
    "size_until": (lambda config: config.size_from is not None, "--size-from"),
    "warmup_epochs": (
        lambda config: config.schedule != "one-cycle",
        "a schedule other than one-cycle, which rises itself",
    ),
    "frozen_norms": (lambda config: not config.frozen_norms or config.model not in ZOO, "a checkpoint to start from"),
}


@dataclass(frozen=True)
class Resolved:
    """A training that can begin: all its settings, its run folder, and whether it goes on with what lies there.

    typed: whether a person has named the images, and not the run folder.
    """

    config: TrainConfig
    folder: Path
    resumed: bool
    typed: bool = True


def resolve(
    given: Mapping[str, Any], out: Path | None = None, resume: Path | None = None, base: TrainConfig | None = None
) -> Resolved:
    """Return what the fields `given` of TrainConfig mean, laid over a recipe or over the run folder `resume`.

    base: settings to lay them over instead of a recipe's. out: the run folder; by default it is named after data and
    model. Raises TrainError for fields that contradict each other or the run, or that do nothing.
    """
    if resume is not None:
        return _resumed(given, out, resume)
    if base is None:
        base = find_recipe(given.get("recipe") or _for_model(given.get("model")), given.get("data"))
    given = {**_of_several(given, base), **given}
    config = base.changed(**{**given, **_placed_anew(given), "recipe": base.recipe, **_all_changes(base, given)})
    _require_named(config)
    _require_used(given, config)
    name, model = Path(config.data).name or "data", Path(config.model)
    start = model.stem if model.exists() else model.name  # a pretrained name has a dot, and no ending
    return Resolved(config, out or Path("runs") / f"{name}-{start}", False)


def _of_several(given: Mapping[str, Any], base: TrainConfig) -> dict[str, Any]:
    """Return what goes with several labels an image unless it is given: each is a yes or no of its own."""
    if not given.get("multi_label", base.multi_label):
        return {}
    return {"loss": "bce"} | ({"select": "map"} if base.select == "top1" else {})


def require_unplanned(given: Mapping[str, Any], resume: Path | None) -> None:
    """Raise TrainError where a time that chooses the number of epochs meets something else that says it."""
    if resume is not None or "epochs" in given:
        planned = "--resume" if resume is not None else "--epochs"
        raise TrainError(f"{planned} says how many epochs there are, and so would --minutes: leave out one of them")


def as_words(config: TrainConfig) -> list[str]:
    """Return the shortest command line that resolves to `config`: the recipe, and what differs from it."""
    base = RECIPES[config.recipe].config if config.recipe in RECIPES else TrainConfig()
    words = ["residua", "train", config.model, "--data", config.data, "--recipe", config.recipe or "digits"]
    for name, value in config:
        if (
            name in ("model", "data", "data_path", "split_sha256", "recipe")
            or value == getattr(base, name)
            or value is None
        ):
            continue
        if isinstance(value, bool):
            words.append(flag_of(name, value))
        elif isinstance(value, tuple):
            words += [word for item in value for word in (flag_of(name), str(item))]
        else:
            words += [flag_of(name), str(value)]
    return words


def _resumed(given: Mapping[str, Any], out: Path | None, folder: Path) -> Resolved:
    """Return the run in `folder` as it was configured; only where its images lie may be `given` anew."""
    config = TrainConfig.of_run(folder)
    changed = [name for name, value in given.items() if name not in LOCATION and getattr(config, name) != value]
    if changed or out:
        flags = ", ".join([*(flag_of(name, given[name]) for name in changed), *(["--out"] if out else [])])
        longer = _longer(config, folder, given) if changed == ["epochs"] and not out else ""
        raise TrainError(f"--resume goes on exactly as {folder}/config.toml says; leave out {flags}{longer}")
    moved: dict[str, Any] = {name: given[name] for name in LOCATION if name in given} | _placed_anew(given)
    moved = {"download": False} | moved  # nothing is fetched because a file says so
    return Resolved(_require_place(config.changed(**moved), folder), folder, True, "data" in given)


def _longer(config: TrainConfig, folder: Path, given: Mapping[str, Any]) -> str:
    """Return how a run is trained for more epochs: its learning rate was planned for as many as it has."""
    anew = f"residua train {folder} --data {config.data} --epochs {given['epochs']} --out {next_to(folder)}"
    return f", since its learning rate ends with epoch {config.epochs}. To go on from its weights: {anew}"


def next_to(folder: Path) -> Path:
    """Return the first of FOLDER-2, FOLDER-3, … that is not there."""
    numbers = (folder.with_name(f"{folder.name}-{number}") for number in count(2))
    return next(other for other in numbers if not other.exists())


def _placed_anew(given: Mapping[str, Any]) -> dict[str, None]:
    """Return the change that forgets where images lay, if they are named anew."""
    return {"data_path": None} if {"data", "root"} & set(given) else {}


def _require_place(config: TrainConfig, run: Path) -> TrainConfig:
    """Return `config`. Raises TrainError where the images of a run are gone from where they lay."""
    place = config.data_path
    if place and not (Path(place).exists() or config.download or Path(config.root or "", config.data).exists()):
        raise TrainError(
            f"{run} was trained on {config.data}, which lay at {place} and is gone: say where it lies now, with "
            f"--resume {run} --{'root' if place and config.root and not place.endswith(config.data) else 'data'} PATH"
        )
    return config


def _for_model(model: str | None) -> str | None:
    """Return the recipe for a network with weights; None for a name without, which leaves the choice to the data."""
    if not model or model in ZOO:
        return None
    from residua.weights.pretrained import named  # numpy comes with it, which a signal must not meet amid its import

    return "finetune" if Path(model).exists() or named(model) else None


def _all_changes(base: TrainConfig, given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the changes to the network's spec: the recipe's own that no `--set` speaks of, then those of `--set`."""
    if not given.get("set"):
        return {}
    named = {change.partition("=")[0] for change in given["set"]}
    return {"set": (*(change for change in base.set if change.partition("=")[0] not in named), *given["set"])}


def _require_named(config: TrainConfig) -> None:
    """Raise TrainError when a recipe's place-holder was left in."""
    if config.model == "CHECKPOINT":
        raise TrainError("the recipe finetune starts from a checkpoint: residua train FILE --data FOLDER")
    if config.data == "FOLDER":
        raise TrainError(f"the recipe {config.recipe} needs images: name them with --data")


def _require_used(given: Mapping[str, Any], config: TrainConfig) -> None:
    """Raise TrainError for a field that does nothing with the others."""
    for name, (needed, words) in NEEDS.items():
        if name in given and not needed(config):
            raise TrainError(f"{flag_of(name)} does nothing without {words}")
