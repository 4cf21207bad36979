"""How is a pickle written for the programs that read nothing else? (Here alone is Python's own module used.)"""

from __future__ import annotations

import pickle
from typing import Any


def dumped(value: Any) -> bytes:
    """Return `value` as a pickle of protocol 2, which Python 2 reads too."""
    return pickle.dumps(value, protocol=2)
