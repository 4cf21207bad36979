"""What is in a pickle? A machine that imports nothing and calls nothing that the pickle names.

Tensors, containers and numbers are built by handlers of ours. A global that would act where it is called is refused by
its name, wherever it stands; of every other an inert stand-in is made, which holds its arguments and its state.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from residua.errors import WeightsError
from residua.pickles.acting import acts
from residua.pickles.allowed import HANDLERS, ArrayShell, Global, Instance, fill, require_key
from residua.pickles.stored import STORED_AS
from residua.pickles.unfolded import require_bounded

LARGEST_PICKLE = 64 * 2**20  # bytes; the pickle of a large network is 0.2 MB, since tensors lie beside it
LARGEST_WITH_TENSORS = 2**31  # bytes of one that holds its tensors itself, as pickle.dump writes them
MOST_STEPS = (
    1_000_000  # opcodes, and values copied, of one file: about 2 s; ResNet-1202 with Adam's state has 0.7 million
)

# torch's storage class → type of its elements
STORAGES = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "UntypedStorage": "uint8",
}
MARK = object()
GETATTR = frozenset({("builtins", "getattr"), ("__builtin__", "getattr")})
# Globals that call another one of their arguments: what is called, and with which.
CALLERS: dict[tuple[str, str], Callable[..., tuple[Any, Any]]] = {
    ("copyreg", "_reconstructor"): lambda kind, _base, state=None: (kind, () if state is None else (state,)),
    ("copyreg", "__newobj__"): lambda kind, *given: (kind, given),
    ("copyreg", "__newobj_ex__"): lambda kind, given, _named: (kind, given),
    ("torch._tensor", "_rebuild_from_type_v2"): lambda function, _kind, given, _state: (function, given),
    ("torch._tensor", "_rebuild_from_type"): lambda function, _kind, given, _state: (function, given),
}
CALLERS |= {("copy_reg", name): caller for (module, name), caller in CALLERS.items() if module == "copyreg"}


READ_BY_US = frozenset({("torch.storage", "_load_from_bytes")})  # a torch file within the pickle


@dataclass(frozen=True)
class Source:
    """Whence the tensors of a pickle come, and how messages call its file.

    storages: turns a persistent id into what `_rebuild_tensor` needs (an object with `.tensor(offset, size, stride)`).
    within: reads the legacy torch file that `pickle.dump` of a tensor keeps as bytes. scripted: accept `__torch__.…`
    classes as bare state (TorchScript). largest: bytes that the pickle may take. kind: what messages call such a file.
    mend: what the owner of a file that would run something may do.
    """

    what: str
    storages: Callable[[Any], Any]
    within: Callable[[bytes, Budget], Any] | None = None
    scripted: bool = False
    largest: int = LARGEST_PICKLE
    kind: str = "checkpoint"
    mend: str = "have it saved again as a state dict, or as safetensors"


@dataclass
class Budget:
    """The steps that the pickles of one file may still take together."""

    left: int = MOST_STEPS


def read_pickle(data: bytes, source: Source, budget: Budget | None = None) -> tuple[Any, int]:
    """Return the object that `data` begins with, and the number of bytes it took.

    budget: shared by the pickles of a file that has several.
    Raises WeightsError, naming the global, when it wants anything that acts.
    """
    what = source.what
    machine = _Machine(source, budget or Budget())
    try:
        return machine.run(data)
    except WeightsError:
        raise
    except (MemoryError, RecursionError):
        raise WeightsError(f"{what} is not a {source.kind}: its pickle is built to exhaust memory") from None
    except Exception as error:  # any other failure of damaged bytes; nothing of the file has been run
        reason = str(error)[:120] or type(error).__name__
        raise WeightsError(f"{what} is damaged or not a {source.kind}: its pickle cannot be read ({reason})") from None


class _Machine:
    """Runs the opcodes of one pickle over a stack of plain values."""

    def __init__(self, source: Source, budget: Budget) -> None:
        self.source, self.budget = source, budget
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self, data: bytes) -> tuple[Any, int]:
        if len(data) > self.source.largest:
            raise WeightsError(
                f"{self.source.what}: its pickle takes {len(data) >> 20} MB, more than any {self.source.kind}'s needs"
            )
        for opcode, argument, position in pickletools.genops(data):
            self.spend(1)
            if opcode.name == "STOP":
                require_bounded(tree := self.stack.pop())
                return tree, (position or 0) + 1
            self.step(opcode.name, argument)
        raise ValueError("it has no end")

    def spend(self, steps: int) -> None:
        self.budget.left -= steps
        if self.budget.left < 0:
            raise WeightsError(
                f"{self.source.what}: its pickle has more than {MOST_STEPS:,} steps; not a {self.source.kind}"
            )

    def step(self, name: str, argument: Any) -> None:
        if name in CONSTANTS:
            self.stack.append(CONSTANTS[name]())
        elif name in VALUES:
            self.stack.append(argument)
        elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
            self.memo[int(argument)] = self.stack[-1]
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = self.stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            self.stack.append(self.memo[int(argument)])
        elif name not in ("PROTO", "FRAME"):
            handler = getattr(self, f"do_{name.lower()}", None)
            if handler is None:
                raise ValueError(f"opcode {name}")
            handler(argument)

    def marked(self) -> list[Any]:
        """Pop everything above the topmost mark."""
        values = []
        while (value := self.stack.pop()) is not MARK:
            values.append(value)
        return values[::-1]

    def do_mark(self, _: Any) -> None:
        self.stack.append(MARK)

    def do_pop(self, _: Any) -> None:
        self.stack.pop()

    def do_pop_mark(self, _: Any) -> None:
        self.marked()

    def do_dup(self, _: Any) -> None:
        self.stack.append(self.stack[-1])

    def do_tuple(self, _: Any) -> None:
        self.stack.append(tuple(self.marked()))

    def do_tuple1(self, _: Any) -> None:
        self.stack[-1:] = [(self.stack[-1],)]

    def do_tuple2(self, _: Any) -> None:
        self.stack[-2:] = [tuple(self.stack[-2:])]

    def do_tuple3(self, _: Any) -> None:
        self.stack[-3:] = [tuple(self.stack[-3:])]

    def do_list(self, _: Any) -> None:
        self.stack.append(self.marked())

    def do_dict(self, _: Any) -> None:
        self.stack.append(_pairs(self.marked()))

    def do_frozenset(self, _: Any) -> None:
        members = self.marked()
        for member in members:
            require_key(member)
        self.stack.append(frozenset(members))

    def do_append(self, _: Any) -> None:
        value = self.stack.pop()
        self._extend([value])

    def do_appends(self, _: Any) -> None:
        self._extend(self.marked())

    def _extend(self, values: list[Any]) -> None:
        target = self.stack[-1].given if isinstance(self.stack[-1], Instance) else self.stack[-1]
        if not isinstance(target, list):
            raise ValueError("values appended to what is not a list")
        target.extend(values)

    def do_additems(self, _: Any) -> None:
        members = self.marked()
        for member in members:
            require_key(member)
        target = self.stack[-1]
        if isinstance(target, Instance):
            target.given.extend(members)
        else:
            target.update(members)

    def do_setitem(self, _: Any) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._update(_pairs([key, value]))

    def do_setitems(self, _: Any) -> None:
        self._update(_pairs(self.marked()))

    def _update(self, pairs: dict[Any, Any]) -> None:
        target = self.stack[-1]
        (target.state if isinstance(target, Instance) else target).update(pairs)

    def do_global(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        self.stack.append(self.allowed(module, name))

    def do_stack_global(self, _: Any) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if type(module) is not str or type(name) is not str:
            raise ValueError("a global whose name is no word")
        self.stack.append(self.allowed(module, name))

    def allowed(self, module: str, name: str) -> Global:
        """Return the global, or raise WeightsError naming it when it acts."""
        if (module, name) in HANDLERS or (module in ("torch", "torch.storage") and name in STORAGES):
            return Global(module, name)
        if module == "torch" and name in (*STORED_AS, "double", "half", "long", "float", "int"):
            return Global("torch.dtype", name)
        if self.source.scripted and (module.startswith("__torch__") or module == "torch.jit._pickle"):
            return Global(module, name)
        if (module, name) in GETATTR | READ_BY_US or not acts(module, name):
            return Global(module, name)
        raise self.refusal(f"{module}.{name}")

    def refusal(self, what: str) -> WeightsError:
        """Return the refusal of a file that wants something to be run."""
        if what.startswith("joblib."):
            return WeightsError(
                f"{self.source.what} is refused: joblib wrote it, whose files only {what} can read, and residua runs "
                "nothing of a file; have its arrays saved as .npz, or as safetensors"
            )
        return WeightsError(
            f"{self.source.what} is refused: its pickle wants to run {what}, and residua runs nothing of a file; "
            f"unpickle it nowhere, and {self.source.mend}"
        )

    def do_reduce(self, _: Any) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        self.stack.append(self.call(function, arguments))

    def do_newobj(self, _: Any) -> None:
        self.do_reduce(None)

    def do_newobj_ex(self, _: Any) -> None:
        named = self.stack.pop()
        self.do_reduce(None)
        if isinstance(self.stack[-1], Instance) and isinstance(named, dict):
            self.spend(len(named))
            self.stack[-1].state.update(named)

    def do_inst(self, argument: str) -> None:
        arguments = tuple(self.marked())
        self.do_global(argument)
        self.stack.append(self.call(self.stack.pop(), arguments))

    def do_obj(self, _: Any) -> None:
        function, *arguments = self.marked()
        self.stack.append(self.call(function, tuple(arguments)))

    def call(self, function: Any, arguments: Any) -> Any:
        """Return what stands for the result: what a handler of ours builds, or an inert stand-in."""
        if not isinstance(arguments, tuple):
            raise ValueError("a call without a tuple of arguments")
        if isinstance(function, Instance):
            raise self.refusal(f"what {function.kind} gives")
        if not isinstance(function, Global):
            raise ValueError("a call of what is not a function")
        key = (function.module, function.name)
        if key in GETATTR:
            return self.attribute(function, arguments)
        if key in CALLERS:
            self.spend(1)
            return self.call(*CALLERS[key](*arguments))
        if function.module == "torch.jit._pickle":
            return arguments[0] if arguments else None
        if key in READ_BY_US and self.source.within is not None and type(arguments[0]) is bytes:
            return self.source.within(arguments[0], self.budget)
        for value in arguments:
            if isinstance(value, (list, tuple, dict, set, frozenset)):
                self.spend(len(value))  # what a call may copy
            elif isinstance(value, (str, bytes, bytearray)):
                self.spend(len(value) // 256)
        handler = HANDLERS.get(key)
        return handler(*arguments) if handler is not None else Instance(str(function), list(arguments))

    def attribute(self, function: Global, arguments: tuple[Any, ...]) -> Global:
        """Return the global `Kind.name`, which protocols below 4 spell as getattr(Kind, "name")."""
        owner, name = arguments if len(arguments) == 2 else (None, None)
        if not isinstance(owner, Global) or type(name) is not str:
            raise self.refusal(str(function))
        return self.allowed(owner.module, f"{owner.name}.{name}")

    def do_build(self, _: Any) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        if isinstance(target, ArrayShell):
            fill(target, state)
        elif isinstance(target, Instance):
            parts = state if type(state) is tuple and len(state) == 2 else (state,)  # (__dict__, __slots__)
            for part in parts:
                if isinstance(part, dict):
                    self.spend(len(part))
                    target.state.update(part)
                elif part is not None:
                    target.given.append(part)
        # a container's attributes (such as a state dict's `_metadata`) carry no weights

    def do_persid(self, argument: str) -> None:
        self.stack.append(self.source.storages(argument))

    def do_binpersid(self, _: Any) -> None:
        self.stack.append(self.source.storages(self.stack.pop()))


CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_DICT": dict,
    "EMPTY_SET": set,
}
VALUES = frozenset((
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
    "STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
    "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8",
))  # fmt: skip


def _pairs(flat: list[Any]) -> dict[Any, Any]:
    for key in flat[::2]:
        require_key(key)
    return dict(zip(flat[::2], flat[1::2], strict=True))
