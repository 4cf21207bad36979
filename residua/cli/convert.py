"""`residua convert`: this checkpoint in that layout, with proof."""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from typing import Annotated

from cyclopts import Parameter

from residua.cli.output import emit, say
from residua.cli.target import fetch_pretrained


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
    allow_nan: bool = False,
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
    allow_nan
        Convert NaN and infinity all the same.
    json
        Print one JSON document.
    quiet
        Say nothing but results and errors.
    """
    from residua.settings import parse_changes
    from residua.weights.conversion import convert as run
    from residua.weights.options import Options

    options = Options(as_, parse_changes(set), ema, prefix, allow_nan, projection_norm=projection_norm)
    fetch_pretrained(src, quiet)
    done = run(src, dst, to, options)
    if done.unsaid:
        fields = ", ".join(f"{name}={value!r}" for name, value in done.unsaid.items())
        say(f"residua: a file in this layout does not say {fields}; whoever reads it must know", quiet=quiet)
    if json:
        emit(
            {
                name: None if isinstance(value, float) and not isfinite(value) else value
                for name, value in asdict(done).items()
            }
        )
    else:
        say(
            f"{done.destination} written as {done.dialect}: logits differ by at most {done.max_abs_difference:.1e} "
            f"({done.max_rel_difference:.1e} of the largest), in float64 on random and structured images",
            quiet=quiet,
        )
    return 0
