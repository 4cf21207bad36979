"""How does `file.py:Class` on a command line become a module that can be run?

for candidate in find("net.py:Block"):            # a class, a function or an instance, with its file
    built = construct(candidate, {"stride": 2})   # arguments found by name, annotation and trying
    built.module                                  # the nn.Module; built.arguments says how it was made
"""

from __future__ import annotations

from residua.targets.construct import Built, construct
from residua.targets.find import Candidate, find
from residua.targets.roles import Role, signature_of

__all__ = ["Built", "Candidate", "Role", "construct", "find", "signature_of"]
