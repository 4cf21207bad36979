"""Which optional package does a task need, and what says so when it is missing?"""

from __future__ import annotations

import importlib
from types import ModuleType

from residua.errors import MissingExtra

# name of the import: what to install for the tasks that import it, as pyproject.toml has it
REQUIREMENTS = {
    "captum": ("captum>=0.9", "jinja2>=3.1.6", "matplotlib>=3.9"),
    "datasets": ("datasets>=3",),
    "fastapi": ("fastapi>=0.130", "starlette>=0.49.1"),
    "h5py": ("h5py>=3.16",),
    "huggingface_hub": ("huggingface_hub>=0.24",),
    "jinja2": ("jinja2>=3.1.6", "matplotlib>=3.9"),  # the template of a page, and the plots on it
    "matplotlib": ("matplotlib>=3.9",),
    "nncf": ("nncf>=3.4", "openvino>=2026.4"),
    "onnx": ("onnx>=1.21",),
    "onnxruntime": ("onnxruntime>=1.32",),
    "onnxscript": ("onnxscript>=0.2.5", "onnx>=1.21"),
    "openvino": ("openvino>=2026.4",),
    "pillow_heif": ("pillow-heif>=1.8",),
    "prometheus_client": ("prometheus-client>=0.22",),
    "pyarrow": ("pyarrow>=17",),
    "python_multipart": ("python-multipart>=0.0.22",),
    "pytorch_optimizer": ("pytorch-optimizer>=3.3",),
    "tensorboard": ("tensorboard>=2.18",),
    "uvicorn": ("uvicorn>=0.38", "h11>=0.16"),
}


def require(name: str) -> ModuleType:
    """Import the optional package `name` (a dotted module is allowed).

    Raises MissingExtra, naming the packages to install, when it is absent.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        root = name.partition(".")[0]
        if error.name is not None and error.name.partition(".")[0] != root:
            raise  # the package is there but broken: its own traceback says more than we can
        packages = " ".join(f"'{requirement}'" for requirement in REQUIREMENTS[root])
        raise MissingExtra(f"this needs {root}, which is not installed: pip install {packages}") from None
