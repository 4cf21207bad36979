"""`residua evaluate`: how good is a trained network on labelled images?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.types import PositiveInt

from residua.cli.output import emit, say, show
from residua.cli.target import fetch_pretrained
from residua.text import and_more, name_of
from residua.weights.image_options import ImageOptions

if TYPE_CHECKING:
    from residua.scores import ClassScores, Evaluation, MultiLabelEvaluation


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
    images: Annotated[ImageOptions | None, Parameter(name="*")] = None,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Measure accuracy with its interval, loss, calibration, and every class apart, one view an image.

    Parameters
    ----------
    target
        Run folder, checkpoint or pretrained name.
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
    from residua.data.pixels import bounds
    from residua.nn.device import choose_placement
    from residua.train.measure.evaluation import evaluate_images
    from residua.train.measure.images import choose_images, named_images
    from residua.weights.trained import open_trained

    bounds.allow_pixels(images.max_pixels if images else None)
    fetch_pretrained(target, quiet)
    model = open_trained(target, images)
    named = named_images(model, data, root)
    say(f"images: {named.place}, as {target} says", quiet=quiet or named.typed)
    chosen = choose_images(model, named, split, download, skip_bad)
    for note in chosen.notes:
        say(f"{note.severity}: {note.message}", quiet=quiet)
    placement = choose_placement(device, precision)
    say(f"{chosen.dataset}: {len(chosen.indices)} images; running on {placement}", quiet=quiet)
    evaluation = evaluate_images(model, chosen, placement, batch)
    if json:
        emit(evaluation.to_json())
    else:
        _show(evaluation)
    return 0


def _show(evaluation: Evaluation | MultiLabelEvaluation) -> None:
    from residua.scores import MultiLabelEvaluation

    if isinstance(evaluation, MultiLabelEvaluation):
        _print_labels(evaluation)
    else:
        _print(evaluation)


def _print_labels(found: MultiLabelEvaluation) -> None:
    from rich.cells import cell_len

    from residua.scores import in_words

    words = [
        f"mAP {found.map:.2%}",
        f"F1 {found.f1_macro:.2%} (mean of labels)",
        f"F1 {found.f1_micro:.2%} (over all)",
        f"all labels right {found.exact_match:.2%} ({in_words(found.correct, found.samples)})",
        f"loss {found.loss:.4f}",
        f"at {found.threshold:g}",
    ]
    print("  ".join(words))
    if found.never_answered:
        show(f"never answered: {and_more([name_of(name) for name in found.never_answered])}")
    names = {label: name_of(label) for label in found.labels}
    width = max(map(cell_len, names.values()))
    for label, scores in found.labels.items():
        name = names[label]
        ap, f1 = _share(scores.average_precision), _share(scores.f1)
        line = f"AP {ap}  precision {_share(scores.precision)}  recall {_share(scores.recall)}  F1 {f1}"
        show(f"  {name}{' ' * (width - cell_len(name))}  {scores.samples:,} images  {line}")


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"


def _print(evaluation: Evaluation) -> None:
    from rich.cells import cell_len

    from residua.scores import in_words

    words = [
        f"top-1 {evaluation.top1:.2%} ({in_words(evaluation.correct, evaluation.samples)})",
        f"class mean {evaluation.class_mean:.2%}",
        *([] if evaluation.top5 is None else [f"top-5 {evaluation.top5:.2%}"]),
        *([] if evaluation.auroc is None else [f"AUROC {evaluation.auroc:.4f}"]),
        f"loss {evaluation.loss:.4f}",
        f"calibration error {evaluation.ece:.2%}",
    ]
    print("  ".join(words))
    if evaluation.never_answered:
        show(f"never answered: {and_more([name_of(name) for name in evaluation.never_answered])}")
    names = {name: name_of(name) for name in evaluation.classes}
    width = max(map(cell_len, names.values()))
    for name, scores in evaluation.classes.items():
        show(f"  {names[name]}{' ' * (width - cell_len(names[name]))}  {_class_line(scores)}")


def _class_line(scores: ClassScores) -> str:
    """Return one class's line: its accuracy with what that rests on, precision and F1."""
    from residua.scores import in_words

    precision = _share(scores.precision)
    if scores.recall is None or scores.f1 is None:
        return f"no images; precision {precision}"
    counts = in_words(scores.correct, scores.samples)
    return f"{scores.recall:.2%} ({counts})  precision {precision}  F1 {scores.f1:.2%}"
