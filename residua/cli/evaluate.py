"""`residua evaluate`: how good is a trained network on labelled images?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from residua.cli.output import emit, say
from residua.errors import DataError, TargetError

if TYPE_CHECKING:
    from residua.data import Dataset, Source
    from residua.nn import ResNet
    from residua.train.evaluate import Evaluation


def evaluate(
    target: str,
    /,
    *,
    data: str | None = None,
    root: str | None = None,
    split: Literal["test", "train"] | None = None,
    batch: int = 256,
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
        Which images: test by default; a folder without a test split has only "train".
    batch
        Images in a step.
    device
        auto, cpu, cuda, cuda:N.
    precision
        auto, fp32, bf16, fp16.
    json
        Print one JSON document.
    quiet
        Say nothing but results and errors.
    """
    from residua.cli.trained import open_trained
    from residua.nn.device import choose_placement

    model = open_trained(target)
    dataset = _open(model, data, root)
    source = _images(dataset, split, given=data is not None)
    from residua.train.evaluate import evaluate_source

    placement = choose_placement(device, precision)
    say(f"{dataset.name}: {len(source)} images; running on {placement}", quiet=quiet)
    evaluation = evaluate_source(model, source, placement, batch)
    if json:
        emit(evaluation.to_json())
    else:
        _print(evaluation)
    return 0


def _open(model: ResNet, data: str | None, root: str | None) -> Dataset:
    """Return the data set that was named, or the one the network was trained on."""
    from residua.data import open_dataset

    meta = getattr(model, "meta", None)
    config = ((meta.provenance if meta else None) or {}).get("config") or {}
    if data is None and not config.get("data"):
        raise TargetError("this checkpoint does not say what it was trained on: name the images with --data")
    return open_dataset(data or config["data"], root or (config.get("root") if data is None else None))


def _images(dataset: Dataset, split: str | None, *, given: bool) -> Source:
    """Return the images to measure on: the test split, or all of a folder that was named and has only one."""
    if dataset.test is not None and split != "train":
        return dataset.test
    if split == "train" or (given and split is None):
        return dataset.train
    raise DataError(f"{dataset.name} has no test split, and the network was trained on its images; name others with "
                    "--data, or measure on these with --split train")  # fmt: skip


def _print(evaluation: Evaluation) -> None:
    print(f"top-1 {evaluation.top1:.2%}  top-5 {evaluation.top5:.2%}  loss {evaluation.loss:.4f}  "
          f"calibration error {evaluation.ece:.2%}  ({evaluation.samples} images)")  # fmt: skip
    width = max(map(len, evaluation.per_class))
    for name, top1 in evaluation.per_class.items():
        print(f"  {name:<{width}}  {'no images' if top1 is None else f'{top1:.2%}'}")
