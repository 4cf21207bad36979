"""Which extra installs an optional package, and what is said when it is missing?"""

from __future__ import annotations

import importlib
from types import ModuleType

from residua.errors import MissingExtra

EXTRA_OF = {
    "datasets": "data",
    "pyarrow": "data",
    "simplejpeg": "data",
    "matplotlib": "report",
    "jinja2": "report",
    "tensorboard": "train",
    "pytorch_optimizer": "train",
    "h5py": "weights",
    "onnx": "weights",
    "huggingface_hub": "weights",
}


def require(name: str) -> ModuleType:
    """Import the optional package `name` (a dotted module is allowed).

    Raises MissingExtra, naming the extra to install, when it is absent.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        root = name.partition(".")[0]
        if error.name is not None and error.name.partition(".")[0] != root:
            raise  # the package is there but broken: its own traceback says more than we can
        extra = EXTRA_OF.get(root, "all")
        raise MissingExtra(f"this needs {root}, which is not installed: pip install 'residua[{extra}]'") from None
