"""Do train() and eval() put a module, and all of its parts, into the mode that they name?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.places import Place
from residua.check.rules.rule import Rule
from residua.check.run.forward import copied
from residua.check.run.trial import Trial


@partial(
    Rule,
    code="R187",
    severity="error",
    title="train() or eval() leaves modules in the wrong mode",
    message="{target}: after {call} {what}",
    evidence="{what}; measured on a copy",
    fix="- {code}\n+ super().train(mode), then .eval() on what stays frozen, then return self",
    source="torch.nn.Module.train(mode) is what eval() calls, with mode=False",
    wrong="def train(self, mode=True): super().train(); return self",
    right="def train(self, mode=True): super().train(mode); return self",
    implies=("R146",),
)
def r187(evidence: Evidence) -> Iterator[Hit]:
    """An overridden train() forgets its mode or what it freezes, or a constructor's eval() is undone by train()."""
    trial = next(iter(evidence.finished), None)
    if trial is None:
        return
    kinds = {type(module): module for module in trial.module.modules() if _overrides(evidence, module)}
    for kind, module in kinds.items():
        override = _method(evidence, kind.__name__)
        found = _of_override(copied(module), override) if override is not None else None
        if override is not None and found is not None:
            call, what, line = found
            yield evidence.hit("R187", (_file_of(evidence, kind), line), trial, call=call, what=what)
    if not kinds:
        yield from _undone(evidence, trial)
    for name in dict.fromkeys((evidence.class_name, *(type(module).__name__ for module in trial.module.modules()))):
        for attribute, line in _changed_for_good(evidence.file, name):
            what = f"self.{attribute} keeps the value that forward gave it in eval mode"
            yield evidence.hit("R187", (evidence.file, line), trial, target=name, call="eval() and train()", what=what)


def _changed_for_good(file: str, class_name: str) -> Iterator[tuple[str, int]]:
    """Yield the attributes that a forward sets to a constant in eval mode alone, and reads in every mode."""
    forward = source.method(file, class_name, "forward")
    tests = [node for node in ast.walk(forward) if isinstance(node, ast.If)] if forward is not None else []
    stores = [node for node in ast.walk(forward) if isinstance(node, ast.Assign)] if forward is not None else []
    for test in tests:
        if ast.unparse(test.test) not in ("not self.training", "self.training == False", "self.training is False"):
            continue
        for node in (each for each in test.body if isinstance(each, ast.Assign)):
            target = ast.unparse(node.targets[0])
            others = [each for each in stores if each is not node and ast.unparse(each.targets[0]) == target]
            read = sum(ast.unparse(each) == target for each in ast.walk(forward or test)) > 1
            if target.startswith("self.") and isinstance(node.value, ast.Constant) and read and not others:
                yield target.removeprefix("self."), node.lineno


def _overrides(evidence: Evidence, module: nn.Module) -> bool:
    own = type(module).train
    code = getattr(own, "__code__", None)
    return own is not nn.Module.train and code is not None and code.co_filename in evidence.files


def _method(evidence: Evidence, name: str) -> ast.FunctionDef | None:
    return next((found for file in evidence.files if (found := source.method(file, name, "train"))), None)


def _file_of(evidence: Evidence, kind: type) -> str:
    code = getattr(kind.train, "__code__", None)  # type: ignore[attr-defined]  # one of nn.Module's
    return code.co_filename if code is not None else evidence.file


def _of_override(module: nn.Module, override: ast.FunctionDef) -> tuple[str, str, int] | None:
    """Return the call, what is wrong after it, and the line of the override that is to blame; None when it is right."""
    calls = [node for node in ast.walk(override) if isinstance(node, ast.Call)]
    upper = next((node.lineno for node in calls if _calls_super(node)), override.lineno)
    try:
        trained, rested = module.train(True), None
        flags = {name: part.training for name, part in module.named_modules()}
        rested = module.train(False)
        left = [name for name, part in module.named_modules() if part.training]
    except TypeError:
        return "eval()", "an exception: it calls train(False), which this train() does not take", override.lineno
    if left:
        return "eval()", f"{left[0] or 'the module itself'} is still in training mode", upper
    if not flags[""]:
        return "train()", "the module itself is in eval mode", upper
    freezing = [node.lineno for node in calls if _calls_eval(node)]
    if freezing and all(flags.values()):
        return "train()", "everything is in training mode, also what this method puts into eval mode", freezing[0]
    if trained is None or rested is None:
        return "train()", "there is no module: it returns None, and so does eval()", override.lineno
    return None


def _calls_super(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).startswith("super(") and "train" in ast.dump(node.func)


def _calls_eval(node: ast.AST) -> bool:
    """Tell `part.eval()`; and `part.train(False)`, but for the module itself."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    off = [isinstance(each, ast.Constant) and each.value is False for each in node.args]
    upper = ast.unparse(node.func.value).startswith("super(")
    return not upper and ((node.func.attr == "eval" and not node.args) or (node.func.attr == "train" and off == [True]))


_MODAL = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)


def _undone(evidence: Evidence, trial: Trial) -> Iterator[Hit]:
    """A constructor puts a part that has two modes into eval mode, and the first train() takes it out again."""
    for name in dict.fromkeys((evidence.class_name, *(type(each).__name__ for each in trial.module.modules()))):
        owner = next((each for each in trial.module.modules() if type(each).__name__ == name), None)
        init = source.method(evidence.file, name, "__init__")
        for node in ast.walk(init) if init is not None and owner is not None else ():
            part = _put_to_rest(node)
            module = getattr(owner, part, None) if part != "module" else owner
            if not isinstance(module, nn.Module) or not any(isinstance(each, _MODAL) for each in module.modules()):
                continue
            if "eval()" in source.class_text(evidence.file, name).replace(ast.unparse(node), "", 1):
                continue  # forward, or another method, does it again
            place: Place = evidence.file, node.lineno  # type: ignore[attr-defined]  # a call has a line
            names = [path for path, each in module.named_modules() if isinstance(each, _MODAL)]
            part = part if module is not owner else names[0]
            what = f"{part} is in training mode again, although the constructor put it into eval mode"
            yield evidence.hit("R187", place, trial, "warning", call="train()", what=what)


def _put_to_rest(node: ast.AST) -> str:
    """Return X of `self.X.eval()`, "module" for the variable of a loop over modules; empty for everything else."""
    if not isinstance(node, ast.Call) or not _calls_eval(node) or not isinstance(node.func, ast.Attribute):
        return ""
    words = ast.unparse(node.func.value).split(".")
    if len(words) == 1 and words[0] in ("m", "mod", "module", "layer", "each", "bn"):
        return "module"
    return words[1] if len(words) == 2 and words[0] == "self" else ""
