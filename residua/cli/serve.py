"""`residua serve`: the network answers over HTTP, with a page for people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.types import PositiveInt
from cyclopts.validators import Number

from residua.cli.output import emit, say
from residua.errors import ShipError
from residua.serve.limits import Limits

PORT = 8000


@dataclass(frozen=True)
class Listening:
    """Where the server listens, and for whom.

    Parameters
    ----------
    host
        Address to listen on; beyond this machine a token is needed.
    port
        Port to listen on; 0 for any free one.
    token_file
        File with the token that clients send as `Authorization: Bearer TOKEN`; default: RESIDUA_TOKEN.
    insecure
        Listen beyond this machine without a token.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65535))] = PORT
    token_file: Path | None = None
    insecure: bool = False


def serve(
    target: str,
    /,
    *,
    listening: Annotated[Listening | None, Parameter(name="*")] = None,
    limits: Annotated[Limits | None, Parameter(name="*")] = None,
    precision: Literal["auto", "fp32", "bf16", "int8"] = "auto",
    max_pixels: PositiveInt | None = None,
    cache: Path | None = None,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """Answer over HTTP what is in pictures: POST /v1/predict, and a page at /.

    Parameters
    ----------
    target
        Artifact, or a run or checkpoint, which is exported in fp32 and verified first.
    precision
        auto: the artifact's own; fp32 and bf16 run from each other's.
    max_pixels
        Most pixels of a picture; by default 89 million, and what 896 MiB can decode.
    cache
        Folder for verdicts on canaries, compiled networks and exports; default: the user's cache.
    json
        Print one JSON document once it is ready: its url, model and precision.
    quiet
        Say nothing but errors.
    """
    from residua.data.pixels import bounds
    from residua.serve.exported import artifact_of
    from residua.serve.server import TOKEN, Place, listen, read_token, require_packages
    from residua.serve.server import serve as run

    def told(line: str) -> None:
        say(line, quiet=quiet)

    require_packages()
    asked, bounded = listening or Listening(), limits or Limits()
    bounded.require_usable()
    place = Place(asked.host, asked.port, read_token(asked.token_file))
    if not place.loopback and place.token is None and not asked.insecure:
        raise ShipError(
            f"--host {place.host} lets others in: give a token by --token-file or {TOKEN}, or --insecure for none"
        )
    listen(place).close()  # before a run is exported
    bounds.allow_pixels(max_pixels)
    options = {"cache": cache, "precision": precision}
    run(artifact_of(target, cache, told), place, bounded, options, told, emit if json else lambda _: None)
    return 0
