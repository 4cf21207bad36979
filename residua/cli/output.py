"""How does a verb speak? Data goes to stdout, talk to stderr."""

from __future__ import annotations

import json
import sys
from typing import Any


def emit(document: Any) -> None:
    """Print one JSON document on stdout, on one line, non-ASCII characters kept; NaN is refused."""
    print(json.dumps(document, ensure_ascii=False, allow_nan=False), flush=True)


def say(line: str, *, quiet: bool = False) -> None:
    """Print one line of talk on stderr unless `quiet`."""
    if not quiet:
        print(line, file=sys.stderr, flush=True)
