"""`residua predict`: the likeliest classes of image files, in the order they were given."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from cyclopts.types import PositiveInt

from residua.cli.output import emit, say
from residua.cli.target import fetch_pretrained
from residua.text import printable
from residua.weights.image_options import ImageOptions


def predict(
    target: str,
    images: Annotated[list[str], Parameter(consume_multiple=True)],
    /,
    *,
    top: PositiveInt = 5,
    device: str = "auto",
    precision: str = "auto",
    prepared: Annotated[ImageOptions | None, Parameter(name="*")] = None,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Say what is in image files, folders of them, or globs; one line a file.

    Parameters
    ----------
    target
        Run folder, checkpoint or pretrained name.
    images
        Files, folders (with all their sub-folders) or globs.
    top
        How many classes to name for each.
    device
        auto, cpu, cuda, cuda:N.
    precision
        auto, fp32, bf16, fp16.
    json
        Print a JSON line a file.
    quiet
        Say nothing but results and errors.
    """
    from residua.ship.images import find_files
    from residua.ship.predictor import Predictor

    files = find_files(images)
    fetch_pretrained(target, quiet)
    from residua.nn.device import choose_placement
    from residua.weights.trained import open_trained

    predictor = Predictor(open_trained(target, prepared), device=choose_placement(device, precision))
    say(f"running on {predictor.placement}", quiet=quiet)
    failed = 0
    for prediction in predictor.predict(files, top=top):
        failed += prediction.error is not None
        if json:
            emit(prediction.to_json())
        elif prediction.error is not None:
            say(f"residua: {prediction.error}")
        else:
            guesses = ", ".join(f"{printable(guess.label)} {guess.score:.1%}" for guess in prediction.top)
            print(f"{printable(str(prediction.file))}: {guesses}")
    if failed:
        say(f"{failed} of {len(files)} files have no answer", quiet=quiet)
    return 2 if failed else 0
