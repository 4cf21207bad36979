"""`residua evaluate`: how good is a trained network on labelled images?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from cyclopts.types import PositiveInt

from residua.cli.output import emit, say
from residua.errors import DataError, TargetError

Indices = npt.NDArray[np.int64]

if TYPE_CHECKING:
    from residua.data import Dataset, Source
    from residua.nn import ResNet
    from residua.train.measure.evaluate import Evaluation


def evaluate(
    target: str,
    /,
    *,
    data: str | None = None,
    root: str | None = None,
    split: Literal["test", "val", "train"] | None = None,
    batch: PositiveInt = 256,
    download: bool = False,
    skip_bad: bool = False,
    device: str = "auto",
    precision: str = "auto",
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Measure top-1, top-5, loss, calibration, and every class apart, one view an image.

    Parameters
    ----------
    target
        Run folder or checkpoint.
    data
        digits, cifar10, cifar100, mnist, fashion-mnist or a folder; default: what it was trained on.
    root
        Where the data set's files lie.
    split
        Which images; default: test, or where there is no test split those that training held out.
    batch
        Images in a step.
    download
        Fetch a public data set that is not there.
    skip_bad
        Leave out images that cannot be read.
    device
        auto, cpu, cuda, cuda:N.
    precision
        auto, fp32, bf16, fp16.
    json
        Print one JSON document.
    quiet
        Say nothing but results and errors.
    """
    from residua.data import open_dataset
    from residua.nn.device import choose_placement
    from residua.weights.trained import open_trained

    model = open_trained(target)
    trained = _training(model)
    name = data or trained.get("data")
    if name is None:
        raise TargetError("this checkpoint does not say what it was trained on: name the images with --data")
    root = root or (trained.get("root") if data is None else None)
    skip_bad = skip_bad or (data is None and bool(trained.get("skip_bad")))
    dataset = open_dataset(name, root, download=download, skip_bad=skip_bad)
    for note in dataset.notes:
        say(f"warning: {note}", quiet=quiet)
    source, indices = _images(dataset, split, trained if _same(name, trained.get("data")) else None)
    from residua.train.measure.evaluate import evaluate_source

    placement = choose_placement(device, precision)
    say(f"{dataset.name}: {len(indices)} images; running on {placement}", quiet=quiet)
    evaluation = evaluate_source(model, source, placement, batch, indices)
    if json:
        emit(evaluation.to_json())
    else:
        _print(evaluation)
    return 0


def _training(model: ResNet) -> dict[str, Any]:
    """Return the configuration under which the network was trained, as far as its checkpoint tells."""
    provenance = getattr(model.meta, "provenance", None) or {}
    return provenance.get("config") or {}


def _same(name: str, other: str | None) -> bool:
    return other is not None and (name == other or Path(name).resolve() == Path(other).resolve())


def _images(dataset: Dataset, split: str | None, trained: dict[str, Any] | None) -> tuple[Source, Indices]:
    """Return the images to measure on, and which of them; `trained` says how, if these are what it was trained on.

    Images that the network has learnt from are measured only when somebody asks for `--split train`.
    """
    from residua.data import split_validation

    if split is None:
        split = "test" if dataset.test is not None else "val" if trained else "all"
    if split == "test" and dataset.test is None:
        raise DataError(f"{dataset.name} has no test split; it has train, and --split val is what training held out")
    whole = dataset.test if split == "test" else dataset.validation if split == "val" else None
    if whole is not None:
        return whole, np.arange(len(whole))
    if split == "all" or trained is None or dataset.validation is not None:
        return dataset.train, np.arange(len(dataset.train))
    learnt, held = split_validation(dataset.train.labels, trained["val_fraction"], trained["seed"])
    if split == "val" and not len(held):
        raise DataError(f"all images of {dataset.name} were trained on; name others with --data, or measure on these "
                        "with --split train")  # fmt: skip
    return dataset.train, held if split == "val" else learnt


def _print(evaluation: Evaluation) -> None:
    from rich.cells import cell_len

    print(f"top-1 {evaluation.top1:.2%}  top-5 {evaluation.top5:.2%}  loss {evaluation.loss:.4f}  "
          f"calibration error {evaluation.ece:.2%}  ({evaluation.samples} images)")  # fmt: skip
    width = max(map(cell_len, evaluation.per_class))
    for name, top1 in evaluation.per_class.items():
        print(f"  {name}{' ' * (width - cell_len(name))}  {'no images' if top1 is None else f'{top1:.2%}'}")
