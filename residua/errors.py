"""What can a user do wrong, and which exception says so?

    ResiduaError                      root of every error that a user can cause
    ├── SpecError (ValueError)        an impossible network, an unknown name, an input too small for it
    ├── TargetError (ValueError)      what was named on the command line is not a network, run, or block
    ├── DataError (ValueError)        images, labels or folders that cannot be read as asked
    │   └── LabelError                which label an image has, or which folders are classes, only the user can say
    ├── WeightsError (ValueError)     a checkpoint that is damaged, unsafe, or of another network
    ├── CheckError (ValueError)       a block that cannot be probed at all
    ├── TrainError (RuntimeError)     a run that cannot start or go on
    ├── ShipError (RuntimeError)      an artifact that cannot be made, verified or served
    └── MissingExtra (ImportError)    an optional package that is not installed

    ResiduaWarning (UserWarning)      from Python: what the verbs print as "warning: …"; the answer stands all the same

Every message says what came, what was expected, and what to do, in one line.
"""

from __future__ import annotations


class ResiduaError(Exception):
    """Root of every error that a user can cause; `residua` prints it as one line and exits with 2."""


class SpecError(ResiduaError, ValueError):
    """The network that was asked for cannot exist, or not at this input size."""


class TargetError(ResiduaError, ValueError):
    """The named target is not something residua can open."""


class DataError(ResiduaError, ValueError):
    """Images, labels or folders cannot be read as asked."""


class LabelError(DataError):
    """What the images show is not known: the user alone can say which label, or which level of folders, is meant."""


class WeightsError(ResiduaError, ValueError):
    """A checkpoint is damaged, unsafe to read, or holds another network."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))  # names in a damaged file may hold line breaks


class CheckError(ResiduaError, ValueError):
    """A block or network could not be probed at all."""


class TrainError(ResiduaError, RuntimeError):
    """A training run cannot start or cannot go on."""


class ShipError(ResiduaError, RuntimeError):
    """An artifact cannot be made, verified or served."""


class MissingExtra(ResiduaError, ImportError):
    """An optional package is needed and not installed."""


class ResiduaWarning(UserWarning):
    """Something that the caller should know of; the answer stands all the same."""
