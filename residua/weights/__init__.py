"""Which network is in a checkpoint, and can I have it in that layout?"""

from residua.weights.loading import load
from residua.weights.recognise.infer import infer
from residua.weights.report import InspectReport, inspect

__all__ = ["InspectReport", "infer", "inspect", "load"]
