"""`residua evaluate`: how good is a trained network on labelled images?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.types import PositiveInt
from cyclopts.validators import Number

from residua.cli.options.target import open_weights
from residua.cli.output import STDIN, emit, say, show, show_parts
from residua.cli.results.rows import require_writable, write_rows
from residua.text import and_more, name_of
from residua.weights.image_options import ImageOptions

if TYPE_CHECKING:
    from residua.data import Dataset
    from residua.nn import ResNet
    from residua.nn.device import Placement
    from residua.scores import ClassScores, Evaluation, MultiLabelEvaluation
    from residua.ship.measured import EngineModule
    from residua.train.measure.evaluation import Answers
    from residua.train.measure.images import Chosen

MOST_LISTED = 256 * 2**20  # bytes of a list on stdin: some millions of lines


@dataclass(frozen=True)
class Beside:
    """What is asked for beside the measures.

    Parameters
    ----------
    out
        File to write a row an image into: .csv, .parquet or .jsonl.
    mistakes
        Page to write: the images that were taken for another class, the worst first.
    overwrite
        Replace these files where they exist.
    threshold
        Measure answers of at least this score, 0…1, too; of a network with several labels: the score that gives one.
    tta
        Test-time augmentation, measured beside the single view of an image.
    """

    out: Path | None = None
    mistakes: Path | None = None
    overwrite: bool = False
    threshold: Annotated[float | None, Parameter(validator=Number(gte=0, lte=1))] = None
    tta: Literal["one", "flip", "flip-shift"] = "one"


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
    beside: Annotated[Beside | None, Parameter(name="*")] = None,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Measure accuracy with its interval, loss, calibration, and every class apart, one view an image.

    Parameters
    ----------
    target
        Run folder, checkpoint, pretrained name or artifact.
    data
        digits, cifar10, cifar100, mnist, fashion-mnist, a folder, a list (- on stdin); default: what it was trained on.
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
        auto, fp32, tf32, bf16, fp16.
    json
        Print one JSON document.
    quiet
        Say nothing but results and errors.
    """
    asked = beside or Beside()
    _require_writable(asked, target)
    from residua.data.pixels import bounds
    from residua.train.measure.evaluation import answer_images
    from residua.train.measure.images import choose_images, named_images

    bounds.allow_pixels(images.max_pixels if images else None)
    model, engine, placement = _opened(target, images, device, precision, quiet)
    named = named_images(model, _listed(model) if data == STDIN else data, root, called=target)
    say(f"images: {named.place}, as {target} says", quiet=quiet or named.typed)
    chosen = choose_images(model, named, split, download, skip_bad)
    for note in chosen.notes:
        say(f"{note.severity}: {note.message}", quiet=quiet)
    where = placement if engine is None else engine.name
    say(f"{chosen.dataset}: {len(chosen.indices)} images; running on {where}", quiet=quiet)
    answers = answer_images(model, chosen, placement, batch, engine=engine)
    augmented = None if asked.tta == "one" else answer_images(model, chosen, placement, batch, asked.tta, engine)
    _show(answers, augmented, chosen, asked, json)
    _write(answers, chosen, asked, model, quiet)
    return 0


def _require_writable(asked: Beside, target: str) -> None:
    """Raise ResiduaError for a file that could not be written after all the work."""
    from residua import extras
    from residua.errors import TargetError
    from residua.files import require_new

    require_writable(asked.out, asked.overwrite, target)
    page = asked.mistakes
    if page is None:
        return
    if page.suffix.lower() not in (".html", ".htm") or not page.parent.is_dir():
        raise TargetError(f"--mistakes {page}: a page in a folder that is there was expected, as mistakes.html")
    extras.require("jinja2")
    require_new(page, asked.overwrite)


def _opened(
    target: str, images: ImageOptions | None, device: str, precision: str, quiet: bool
) -> tuple[ResNet, EngineModule | None, Placement]:
    """Return the network, where it runs, and of an artifact the engine that answers in its place."""
    from residua.nn.device import choose_placement
    from residua.ship.artifact import is_artifact, require_as_exported
    from residua.ship.runners import ArtifactRunner, open_runner

    if not is_artifact(target):
        return open_weights(target, images, quiet), None, choose_placement(device, precision)
    from residua.ship.measured import EngineModule, outline_of

    require_as_exported(target, images)
    runner = open_runner(target, device, precision, lambda line: say(line, quiet=quiet))
    assert isinstance(runner, ArtifactRunner)
    return outline_of(runner.artifact), EngineModule(runner.model, runner.placement), choose_placement("cpu", "fp32")


def _listed(model: ResNet) -> Dataset:
    """Return the images that a list on stdin names, relative to the current directory."""
    import sys

    from residua.data.sources.lists.manifest import open_text
    from residua.weights.trained import learnt_several

    return open_text(sys.stdin.buffer.read(MOST_LISTED), several=learnt_several(model))


def _show(answers: Answers, augmented: Answers | None, chosen: Chosen, asked: Beside, json: bool) -> None:
    """Print the measures, and what stands beside them. augmented: answers with test-time augmentation."""
    from residua.scores import THRESHOLD, MultiLabelEvaluation
    from residua.train.measure.answers import beside
    from residua.train.measure.words import beside as in_lines

    threshold = THRESHOLD if asked.threshold is None else asked.threshold
    evaluation = answers.evaluation(threshold)
    found = beside(answers, chosen, asked.threshold)
    if augmented is not None:
        seen = augmented.evaluation(threshold)
        number = {"map": seen.map} if isinstance(seen, MultiLabelEvaluation) else {"top1": seen.top1}
        found["tta"] = {asked.tta: number | {"loss": seen.loss}}
    if json:
        emit(evaluation.to_json() | found)
        return
    if isinstance(evaluation, MultiLabelEvaluation):
        _print_labels(evaluation)
    else:
        _print(evaluation)
    for line in in_lines({"never_answered": [], **found}):
        show(line)


def _write(answers: Answers, chosen: Chosen, asked: Beside, model: ResNet, quiet: bool) -> None:
    from residua.train.measure.answers import rows_of, write_mistakes

    if asked.out is not None:
        rows = rows_of(answers, chosen.source, asked.threshold)
        write_rows(asked.out, rows)
        say(f"{len(rows)} rows: {asked.out}", quiet=quiet)
    if asked.mistakes is not None:
        shown, wrong = write_mistakes(answers, chosen.source, model, asked.mistakes)
        say(f"{shown} of {wrong:,} mistakes: {asked.mistakes}", quiet=quiet)


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
    show_parts(words)
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
    show_parts(words)
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
