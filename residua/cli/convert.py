"""`residua convert`: this checkpoint in that layout, with proof."""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from typing import Annotated

from cyclopts import Parameter

from residua.cli.output import emit, say


def convert(
    src: str,
    dst: str,
    *,
    to: Annotated[str, Parameter(help="a layout: residua, torchvision, timm, huggingface, keras, …")] = "residua",
    as_: Annotated[str | None, Parameter(name="--as", help="the network, where tensors leave a choice")] = None,
    prefix: Annotated[str | None, Parameter(help="which of several networks in the file")] = None,
    set: Annotated[tuple[str, ...], Parameter(negative="", help="field=value that tensors do not show")] = (),
    projection_norm: Annotated[
        bool | None, Parameter(negative="--no-projection-norm", help="fold projections' norms away, or give them some")
    ] = None,
    ema: Annotated[bool, Parameter(help="averaged weights, where the file has both")] = False,
    allow_nan: Annotated[bool, Parameter(help="convert NaN and infinity all the same")] = False,
    json: Annotated[bool, Parameter(help="one JSON document")] = False,
) -> int:
    """Write SRC to DST in another layout; refused when logits in float64 would differ by more than 1e-6."""
    from residua.settings import parse_changes
    from residua.weights.conversion import convert as run
    from residua.weights.options import Options

    options = Options(as_, parse_changes(set), ema, prefix, allow_nan, projection_norm=projection_norm)
    done = run(src, dst, to, options)
    if done.unsaid:
        fields = ", ".join(f"{name}={value!r}" for name, value in done.unsaid.items())
        say(f"residua: a file in this layout does not say {fields}; whoever reads it must know")
    if json:
        emit({name: None if isinstance(value, float) and not isfinite(value) else value
              for name, value in asdict(done).items()})  # fmt: skip
    else:
        say(f"{done.destination} written as {done.dialect}: logits differ by at most {done.max_abs_difference:.1e} "
            f"({done.max_rel_difference:.1e} of the largest), in float64 on random and structured images")  # fmt: skip
    return 0
