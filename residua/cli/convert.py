"""`residua convert`: this checkpoint in that layout, with proof."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from residua.cli.options.probing import ProbeOptions, evidence, probed, settled
from residua.cli.options.target import fetch_pretrained
from residua.cli.output import emit, say, say_wrapped
from residua.files import require_new
from residua.weights.image_options import ImageOptions

if TYPE_CHECKING:
    from residua.weights.conversion import Conversion
    from residua.weights.options import Options


def convert(
    src: str,
    dst: str,
    *,
    to: str = "residua",
    as_: Annotated[str | None, Parameter(name="--as")] = None,
    prefix: str | None = None,
    set: tuple[str, ...] = (),
    projection_norm: Annotated[bool | None, Parameter(negative="--no-projection-norm")] = None,
    ema: bool = False,
    decide: Annotated[bool, Parameter(negative="--no-decide")] = True,
    allow_nan: bool = False,
    overwrite: bool = False,
    images: Annotated[ImageOptions | None, Parameter(name="*")] = None,
    labelled: Annotated[ProbeOptions | None, Parameter(name="*")] = None,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Write SRC to DST in another layout; refused when logits in float64 would differ by more than 1e-6.

    Parameters
    ----------
    to
        A layout: residua, torchvision, timm, huggingface, keras, …
    as_
        The network, where tensors leave a choice.
    prefix
        Which of several networks in the file.
    set
        field=value that tensors do not show.
    projection_norm
        Fold projections' norms away, or give them some.
    ema
        Averaged weights, where the file has both.
    decide
        Let the norms' statistics decide what no tensor shows.
    allow_nan
        Convert NaN and infinity all the same.
    overwrite
        Replace DST where it exists.
    json
        Print one JSON document.
    quiet
        Say nothing but results and errors.
    """
    from residua.settings import parse_changes
    from residua.weights.conversion import require_destination
    from residua.weights.options import Options

    options = Options(as_, parse_changes(set), ema, prefix, allow_nan, images=images or ImageOptions())
    options = replace(options, projection_norm=projection_norm, decide=decide)
    require_destination(dst, to)
    if not _is_source(src, dst):  # which is refused whatever was said
        require_new(Path(dst), overwrite)
    done = _write(src, dst, to, options, labelled or ProbeOptions(), quiet)
    if json:
        emit(as_json(done))
    else:
        say_wrapped(proof(done), quiet=quiet)
    return 0


def _is_source(src: str, dst: str) -> bool:
    try:
        return os.path.samefile(src, dst)
    except (OSError, ValueError):
        return False


def _write(src: str, dst: str, to: str, options: Options, asked: ProbeOptions, quiet: bool) -> Conversion:
    """Read, probe if that is `asked` for, and write; say what was found, and what the written file does not show."""
    from residua.weights.assumptions import assumed_text
    from residua.weights.conversion import write_found
    from residua.weights.read import read

    fetch_pretrained(src, quiet)
    found = read(src, ema=options.ema, prefix=options.prefix)
    ranking = probed(found, asked, options, quiet)
    if ranking:
        say_wrapped(evidence(asked, ranking), quiet=quiet)
    options = settled(options, ranking)
    done = write_found(found, src, dst, to, options)
    for line in remarks(done):
        say_wrapped(f"residua: {line}", quiet=quiet)
    if taken := assumed_text(done.assumed):
        for line in f"residua: {taken}".split("\n"):
            say(line, quiet=quiet)
        say_wrapped("residua: the proof below is of the copying: what is assumed wrongly is copied too", quiet=quiet)
    return done


def remarks(done: Conversion) -> list[str]:
    """Return what whoever uses the written file must know and cannot read in it."""
    lines = [f"warning: {doubt}; the proof below is of the copying" for doubt in done.doubts]
    lines += [f"assumed: {words}" for words in done.images]
    if done.unsaid:
        fields = ", ".join(f"{name}={value!r}" for name, value in done.unsaid.items())
        lines.append(f"a file in this layout does not say {fields}; whoever reads it must know")
    if done.dropped:
        lines.append(f"a file in this layout does not say {', '.join(done.dropped.values())}; keep it with the file")
    return lines


def proof(done: Conversion) -> str:
    """Return how far the copy's logits differ, in words."""
    return (
        f"{done.destination} written as {done.dialect}: logits differ by at most {done.max_abs_difference:.1e} "
        f"({done.max_rel_difference:.1e} of the largest), in float64 on random and structured images"
    )


def as_json(done: Conversion) -> dict[str, object]:
    """Return the document that `residua convert --json` prints."""
    return {
        name: None if isinstance(value, float) and not isfinite(value) else value
        for name, value in asdict(done).items()
    }
