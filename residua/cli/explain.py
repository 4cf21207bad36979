"""`residua explain`: what did a network look at? Maps over images, and by how much each can be believed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.types import NonNegativeInt

from residua import extras
from residua.cli.options.target import fetch_pretrained
from residua.cli.output import emit, say, show
from residua.errors import DataError, TargetError
from residua.text import LONGEST_MESSAGE, one_line, printable
from residua.weights.image_options import ImageOptions

if TYPE_CHECKING:
    from residua.explain.explanation import Explainer, Explanation
    from residua.ship.images import Picture
    from residua.ship.runners import Runner

MOST_IMAGES = 64  # the page holds some ten pictures of each


@dataclass(frozen=True)
class QuestionOptions:
    """What is asked of every image.

    Parameters
    ----------
    methods
        Maps to draw, any number of times; default: grad-cam and integrated-gradients, of an artifact class-activation
        and occlusion.
    of
        The class that the maps are of; default: the likeliest.
    right
        The class that the images should have: for those with another answer the smallest set of patches is searched
        that must go for it to win.
    nearest
        How many of the nearest training images to show.
    data
        Data set to search them in; default: the one that the network was trained on.
    root
        Where its files lie.
    """

    methods: tuple[Literal["grad-cam", "integrated-gradients", "occlusion", "class-activation"], ...] = ()
    of: str | None = None
    right: str | None = None
    nearest: NonNegativeInt = 0
    data: str | None = None
    root: str | None = None


def explain(
    target: str,
    /,
    *images: Annotated[str, Parameter(required=True)],
    question: Annotated[QuestionOptions | None, Parameter(name="*")] = None,
    out: Path | None = None,
    overwrite: bool = False,
    device: str = "auto",
    prepared: Annotated[ImageOptions | None, Parameter(name="*")] = None,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Show what a network looked at in images, and by how much each map can be believed.

    Parameters
    ----------
    target
        Run folder, checkpoint, pretrained name, or artifact.
    images
        Files, folders (with all their sub-folders), globs, tar shards.
    out
        Folder for explain.html and explain/ with its pictures; default: the run, or for other targets `explained`.
    overwrite
        Replace an explain.html that is there, and pictures of these names.
    device
        auto, cpu, cuda, cuda:N.
    json
        Print a JSON line an image.
    quiet
        Say nothing but results and errors.
    """
    extras.require("captum")  # before the work, not after it
    extras.require("jinja2")
    from residua.data.pixels import bounds
    from residua.explain import page
    from residua.explain.written import Place
    from residua.ship.images import find_files

    bounds.allow_pixels(prepared.max_pixels if prepared else None)
    files = find_files(images)
    if len(files) > MOST_IMAGES:
        raise DataError(f"{len(files)} images came; a page holds at most {MOST_IMAGES}: name those to be explained")
    asked = question or QuestionOptions()
    if not asked.nearest and (asked.data is not None or asked.root is not None):
        raise DataError("--data and --root say where the nearest training images lie: give --nearest N, how many")
    home = out or (Path(target) if (Path(target) / "config.toml").exists() else Path("explained"))
    place = Place(home, overwrite)
    place.require_free()
    runner = _open(target, prepared or ImageOptions(), device, quiet)
    explainer = _explainer(runner, asked, target)
    say(f"running on {runner.placement}", quiet=quiet)
    found, errors = _asked(explainer, files, json)
    if found:
        page.write(found, runner, place, _facts(runner, explainer, target), errors)
        say(f"wrote {place.page}", quiet=quiet)
    return 2 if errors else 0


def _open(target: str, prepared: ImageOptions, device: str, quiet: bool) -> Runner:
    from residua.ship.artifact import is_artifact, require_as_exported
    from residua.ship.runners import open_runner

    def tell(line: str) -> None:
        say(line, quiet=quiet)

    if is_artifact(target):
        require_as_exported(target, prepared)
        return open_runner(target, device, "auto", tell)
    fetch_pretrained(target, quiet)
    from residua.weights.trained import open_trained

    return open_runner(open_trained(target, prepared), device, "fp32", tell)


def _explainer(runner: Runner, asked: QuestionOptions, target: str) -> Explainer:
    from residua.explain.explanation import Explainer, Question
    from residua.explain.methods import chosen
    from residua.explain.neighbours import neighbours
    from residua.ship.runners import TorchRunner

    question = Question(chosen(asked.methods, runner, target), asked.of, asked.right, asked.nearest)
    if not asked.nearest:
        return Explainer(runner, question, target)
    if not isinstance(runner, TorchRunner):
        raise TargetError(f"--nearest compares embeddings, which an artifact does not give; give the run, not {target}")
    return Explainer(runner, question, target, neighbours(runner, asked.data, asked.root, target))


def _asked(explainer: Explainer, files: list[Picture], json: bool) -> tuple[list[Explanation], list[str]]:
    """Return the explanations, each printed as it comes, and the errors of images that have none."""
    from residua.explain.page import lines_of

    found: list[Explanation] = []
    errors: list[str] = []
    for file in files:
        try:
            each = explainer(file)
        except (DataError, TargetError) as error:
            errors.append(one_line(error, LONGEST_MESSAGE))
            say(f"residua: {errors[-1]}")
            continue
        found.append(each)
        if json:
            emit(each.to_json())
        else:
            show("\n".join(lines_of(each)))
    return found, errors


def _facts(runner: Runner, explainer: Explainer, target: str) -> dict[str, str]:
    from importlib.metadata import version

    facts = {"network": printable(target), "placement": str(runner.placement)}
    if any(method.name != "class-activation" for method in explainer.question.methods):
        facts["maps by"] = f"captum {version('captum')}"
    facts |= {"shuffled networks": str(len(explainer.shuffled))}
    if explainer.training is not None:
        facts["nearest among"] = f"{len(explainer.training.places):,} of {explainer.training.source.name}"
    return facts
