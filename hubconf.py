"""The networks of `residua list` for `torch.hub.load`: one entry a name, which takes changes of its specification.

torch.hub.load("PATH/OF/A/CLONE", "resnet20", source="local", num_classes=100)
"""

from functools import partial

from residua import ZOO, build, load  # noqa: F401  load: torch.hub.load(…, "load", "anything.pth", source="local")

dependencies = ["torch", "numpy", "pydantic", "safetensors", "PIL"]
globals().update({name: partial(build, name) for name in ZOO})
