"""`residua export`: the same network for another engine, smaller and faster, verified before it exists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.types import PositiveInt
from cyclopts.validators import Number

from residua.cli.options.held_out import Wanted, images_for, open_network, split_of
from residua.cli.options.target import fetch_pretrained
from residua.cli.output import emit, say
from residua.errors import ShipError
from residua.weights.image_options import ImageOptions
from residua.zoo import ZOO

if TYPE_CHECKING:
    from residua.ship.artifact import Artifact
    from residua.ship.export.steps import Images


def export(
    target: str,
    /,
    *,
    to: Literal["openvino", "onnx"],
    precision: Literal["fp32", "bf16", "int8"] = "fp32",
    out: Path,
    data: str | None = None,
    root: str | None = None,
    samples: PositiveInt = 2000,
    max_drop: Annotated[float | None, Parameter(validator=Number(gt=0, lt=1))] = None,
    canaries: str = "synthetic",
    images: Annotated[ImageOptions | None, Parameter(name="*")] = None,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Write an artifact: a folder with the network for an engine, verified on images that it has not seen.

    Parameters
    ----------
    target
        Run folder, checkpoint, pretrained name, or a name of the zoo (random weights).
    to
        openvino, or onnx (for ONNX Runtime).
    precision
        fp32, bf16 or int8 (calibrated on training images).
    out
        The folder that is made; it must not exist.
    data
        Images to verify on and to calibrate with; default: those of its training.
    root
        Where the data set's files lie.
    samples
        At most so many held-out images are looked at.
    max_drop
        How much accuracy may fall, 0…1; by default 0.005.
    canaries
        synthetic, or a number: so many of the images given travel with the artifact.
    json
        Print one JSON document.
    quiet
        Say nothing but results and errors.
    """
    from residua.ship.export.steps import NotTheSameError, Order, require_enough, require_possible
    from residua.ship.export.steps import export as write
    from residua.weights.trained import learnt_several

    wanted = Wanted(samples, precision == "int8", _count(canaries), target in ZOO)
    order = Order(_name(target), out, to, precision, max_drop)
    require_possible(order)
    _require_trained(target, data, images)
    fetch_pretrained(target, quiet)
    network, prepared = open_network(target, images)
    split = None if wanted.is_random else split_of(network, data, root, quiet)
    require_enough(order, 0 if split is None or learnt_several(network) else min(samples, len(split[0].indices)))
    pictures = images_for(network, prepared, split, wanted)
    _announce(pictures, quiet)
    try:
        artifact = write(network, prepared, order, pictures, lambda line: say(line, quiet=quiet))
    except NotTheSameError as error:
        say(f"residua: {error}")
        return 1
    if json:
        emit(_as_json(artifact))
    else:
        _print(artifact)
    return 0


def _announce(pictures: Images, quiet: bool) -> None:
    say(f"verifying on {len(pictures.pixels):,} {pictures.kind}", quiet=quiet)
    if pictures.canary_kind != "synthetic":
        say(f"{len(pictures.canaries)} of your pictures travel with this artifact", quiet=quiet)


def _name(target: str) -> str:
    return Path(target).name or str(Path(target).resolve().name)


def _count(canaries: str) -> int:
    """Return how many of the user's images are to travel, 0 for synthetic ones. Raises ShipError."""
    if canaries == "synthetic":
        return 0
    if not canaries.isdecimal() or not 8 <= int(canaries) <= 16:
        raise ShipError(f"--canaries takes synthetic, or how many of your images travel: 8 to 16, not {canaries!r}")
    return int(canaries)


def _require_trained(target: str, data: str | None, images: ImageOptions | None) -> None:
    """Raise ShipError for images given to a name of the zoo: its weights are random, and have seen none."""
    if target in ZOO and (data is not None or (images is not None and images != ImageOptions())):
        raise ShipError(
            f"{target} has random weights: no --data can be measured with it, and nothing says how images are "
            "prepared; give a run, a checkpoint or a pretrained name"
        )


def _as_json(artifact: Artifact) -> dict[str, object]:
    manifest = artifact.manifest
    size = sum(entry.bytes for entry in manifest.files.values())
    found = {"artifact": str(artifact.folder), "precision": manifest.precision, "bytes": size}
    return found | {"engine": manifest.engine, "verified": manifest.verified}


def _print(artifact: Artifact) -> None:
    manifest = artifact.manifest
    found, size = manifest.verified, sum(entry.bytes for entry in manifest.files.values())
    print(f"{artifact.folder}: {manifest.precision} for {manifest.engine}, {size / 1e6:.1f} MB")
    same = f"the same answer for {found['top1_agreement']:.2%}"
    print(f"  logits differ by at most {found['max_abs_difference']:.2g}; {same}")
    if found["accuracy_before"] is not None:
        low, high = (f"{100 * end:+.2f}" for end in found["drop_interval"])
        print(
            f"  accuracy {found['accuracy_before']:.2%} before, {found['accuracy_after']:.2%} after, on "
            f"{found['samples']:,} {found['images']}: {found['right_to_wrong']} lost, {found['wrong_to_right']} won, "
            f"a drop of {low} to {high} points"
        )
    print(f"  {found['verdict']}")
