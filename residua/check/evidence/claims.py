"""Does a class's name, or its source, say that it is a residual block?"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from pathlib import Path

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.misnamed import misnamed
from residua.check.evidence.skip_flags import sets_flag
from residua.targets import Candidate
from residua.targets.inputs import forward_of

# "Features" and "Regressor" hold the letters too: a part of a name begins with them, or goes on as in "resnet".
_RES = r"(?-i:Res|RES|(?<![A-Za-z])res)(?!p|u?me|et|ult|hap|iz|erv|to|ampl|olu)|res_?(net|block|unit|layer|idual)"
_CLAIMS = re.compile(rf"{_RES}|bottleneck|block|basic|unit|shortcut|skip", re.I)
_HELPERS = re.compile(
    r"conv_?(bn|norm|block|layer|\dx)|^(bn|norm)|attention$|se_?(layer|block|module)?$|squeeze|upsampl|downsampl|norm|embed|pool|stem|head|"
    r"down_?block|up_?block|transition|dense|plain|vgg|cbam|eca|gate$|discriminator|patch|"
    r"pre_?net|post_?net",
    re.I,
)


# What is an nn.Module in name only: it takes predictions and targets, or runs a training.
_NO_BLOCK = re.compile(
    r"(?i:loss(es)?$|criterion|cross_?entropy|metrics?$|matcher$|post_?process(or|ing)?$|experiment$|trainer$)|"
    r"Loss(?=[A-Z0-9_]|$)"
)


def worth_checking(candidate: Candidate, beside: list[Candidate]) -> bool:
    """Tell whether a class of a whole file looks like a block or a network: by its name, its flags, or what it adds."""
    kind = candidate.value
    if not inspect.isclass(kind) or not issubclass(kind, nn.Module):
        return True
    if is_layer_class(kind) or _NO_BLOCK.search(kind.__name__) or _NO_BLOCK.search(Path(candidate.file).stem):
        return False
    if _leaves_forward(candidate):
        return False
    if _CLAIMS.search(kind.__name__) and not _HELPERS.search(kind.__name__):
        return True
    alone = all(other.value is kind for other in beside)
    return bool(re.search(r"res(?!p|hap|iz)|net", kind.__name__, re.I)) or alone or _adds(kind) or sets_flag(kind)


def _leaves_forward(candidate: Candidate) -> bool:
    """Tell a class that has no forward, and no method meant as one, or one that refuses: a base class."""
    kind: type[nn.Module] = candidate.value
    if forward_of(kind) is not nn.Module.forward:
        method = source.method(candidate.file, kind.__name__, "forward")
        body = [each for each in method.body if not _is_said(each)] if method is not None else []
        return method is not None and all(_refuses(each) for each in body)
    said = f'Module [{kind.__name__}] is missing the required "forward" function'
    return misnamed(candidate.file, kind.__name__, said) is None


def _is_said(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _refuses(statement: ast.stmt) -> bool:
    unwritten = isinstance(statement, ast.Raise) and "NotImplemented" in ast.unparse(statement)
    return unwritten or isinstance(statement, ast.Pass)


_QUANTISES = re.compile(r"quanti[sz]", re.I)  # what is left over is a residual there, and is taken off


def claims_residual(name: str, kind: type, network: bool) -> bool:
    """Tell whether a class of this name promises a residual addition; a block does unless it is named as a helper."""
    if is_layer_class(kind) or _adds_its_own_result(kind) or _QUANTISES.search(name):
        return False
    helper = bool(_HELPERS.search(name))
    if _CLAIMS.search(name) and (not helper or re.search(_RES, name, re.I)):
        return True
    return not (network or helper)


def is_written_residual(name: str, kind: type, network: bool) -> bool:
    """Tell a class that is named residual, or whose own code speaks of a residual, a shortcut or an identity.

    In a file that is checked whole nobody said that a class is a residual block; a `ConvBlock` is none.
    """
    if is_layer_class(kind) or _adds_its_own_result(kind) or _QUANTISES.search(name):
        return False
    if network and not _RESIDUAL_NETWORK.search(name):
        return False
    try:
        text, file = inspect.getsource(kind), inspect.getsourcefile(kind) or ""
    except (OSError, TypeError):
        return bool(_RESIDUAL.search(name))
    if "cat(" in text and _is_of_dense_network(file):
        return False
    if _RESIDUAL.search(name):
        return True
    return bool(_CLAIMS.search(name)) and not _HELPERS.search(name) and bool(_SPOKEN.search(text))


def _is_of_dense_network(file: str) -> bool:
    """Tell a file of a DenseNet, whose blocks are often named like those of a ResNet and concatenate."""
    named = (node.name for node in source.nodes_of(file) if isinstance(node, (ast.ClassDef, ast.FunctionDef)))
    return any("dense" in name.lower() for name in (Path(file).stem, *named))


_RESIDUAL = re.compile(
    r"res(idual|net)?_?(block|blk|unit|layer|bottleneck|connection|add|wrapper|stack)|^res(idual)?\d*$|residual(?!_?(path|branch|part|fn|function))|"
    r"^(basic|pre_?act)_?block$|bottle_?neck(_?(block|unit|layer|x|\d+d?|v\d+))?$|(shortcut|skip)_?(block|unit)|^rb$",
    re.I,
)
_RESIDUAL_NETWORK = re.compile(r"res(idual)?_?net|^res(idual)?(_?(block|unit|layer|wrapper|add|connection))?$", re.I)
_SPOKEN = re.compile(r"^\s*(self\.)?(residual|shortcut|identity|skip)\s*=[^=]", re.M)  # no `skip=None` of a U-Net


def is_layer_class(kind: type) -> bool:
    """Tell torch's layers, and classes derived from them, from blocks and containers."""
    plain = (nn.Module, nn.Sequential)
    return any(base.__module__.startswith("torch.nn.modules") and base not in plain for base in kind.__mro__)


def _adds_its_own_result(kind: type) -> bool:
    """Tell a class whose other methods add what its forward gives, as a denoiser's: `noisy - self.forward(noisy)`."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError, SyntaxError):
        return False
    sums = (node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)))
    calls = (side.func for node in sums for side in (node.left, node.right) if isinstance(side, ast.Call))
    return any(ast.unparse(callee) in ("self", "self.forward") for callee in calls)


def _adds(kind: type[nn.Module]) -> bool:
    """Tell whether a class's forward contains an addition."""
    try:
        source = inspect.getsource(forward_of(kind))
    except (OSError, TypeError):
        return False
    return bool(re.search(r"[^=(,]\s*\+=?\s*[\w(]|\badd_?\(", source))
