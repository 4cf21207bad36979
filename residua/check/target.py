"""What is one thing that a check is asked for?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from residua.errors import ResiduaError
from residua.reading import read_regular


@dataclass(frozen=True)
class Target:
    """One thing to check. named: somebody asked for this very name or file, so that its not running is an error."""

    text: str
    named: bool

    @property
    def whole(self) -> bool:
        """Whether it is a whole file, whose classes are still to be found."""
        return ":" not in PurePosixPath(self.text.replace("\\", "/")).name

    @property
    def may_hold_modules(self) -> bool:
        """Whether it is a name, or a file whose text can define an nn.Module at all; others need not be executed."""
        try:
            text = read_regular(self.text) if self.whole else b"torch"
        except ResiduaError:
            return True  # whoever opens it says what is wrong
        return b"torch" in text or b"Module" in text
