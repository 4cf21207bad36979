"""How is a pickle written, for programs that read nothing else?"""

from __future__ import annotations

import pickle
from typing import Any


def dumped(value: Any) -> bytes:
    """Return `value` as a pickle of protocol 2, which Python 2 reads too (here alone Python's own module is used)."""
    return pickle.dumps(value, protocol=2)
