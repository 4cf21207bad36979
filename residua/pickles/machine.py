"""What is in a pickle? A machine that runs no code: it builds tensors and containers, and refuses every other global.

Stricter than `torch.load(weights_only=True)`: no class is imported, no function of the file is called; each allowed
global is a handler of this module, and a pickle that names another one is refused with that name.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from residua.errors import WeightsError
from residua.pickles.allowed import HANDLERS, ArrayShell, Instance, fill, require_key
from residua.pickles.stored import STORED_AS

LARGEST_PICKLE = 64 * 2**20  # bytes; the pickle of a large network is 0.2 MB, since tensors lie beside it
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


@dataclass(frozen=True)
class Global:
    """A global that the pickle names, allowed and not imported."""

    module: str
    name: str


@dataclass
class Budget:
    """The steps that the pickles of one file may still take together."""

    left: int = MOST_STEPS


def read_pickle(
    data: bytes, storages: Callable[[Any], Any], what: str, scripted: bool = False, budget: Budget | None = None
) -> tuple[Any, int]:
    """Return the object that `data` begins with, and the number of bytes it took.

    storages: turns a persistent id into what `_rebuild_tensor` needs (an object with `.tensor(offset, size, stride)`).
    what: how messages call the file. scripted: accept `__torch__.…` classes as bare state (TorchScript).
    budget: shared by the pickles of a file that has several.
    Raises WeightsError, naming the global, when it wants anything but tensors and containers.
    """
    machine = _Machine(storages, what, scripted, budget or Budget())
    try:
        return machine.run(data)
    except WeightsError:
        raise
    except (MemoryError, RecursionError):
        raise WeightsError(f"{what} is not a checkpoint: its pickle is built to exhaust memory") from None
    except Exception as error:  # any other failure of damaged bytes; nothing of the file has been run
        reason = str(error)[:120] or type(error).__name__
        raise WeightsError(f"{what} is damaged or not a checkpoint: its pickle cannot be read ({reason})") from None


class _Machine:
    """Runs the opcodes of one pickle over a stack of plain values."""

    def __init__(self, storages: Callable[[Any], Any], what: str, scripted: bool, budget: Budget) -> None:
        self.storages, self.what, self.scripted, self.budget = storages, what, scripted, budget
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self, data: bytes) -> tuple[Any, int]:
        if len(data) > LARGEST_PICKLE:
            raise WeightsError(f"{self.what}: its pickle takes {len(data) >> 20} MB, more than any checkpoint's needs")
        for opcode, argument, position in pickletools.genops(data):
            self.spend(1)
            if opcode.name == "STOP":
                return self.stack.pop(), (position or 0) + 1
            self.step(opcode.name, argument)
        raise ValueError("it has no end")

    def spend(self, steps: int) -> None:
        self.budget.left -= steps
        if self.budget.left < 0:
            raise WeightsError(f"{self.what}: its pickle has more than {MOST_STEPS:,} steps; not a checkpoint")

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
        target = self.stack[-1]
        if not isinstance(target, list):
            raise ValueError("values appended to what is not a list")
        target.extend(values)

    def do_additems(self, _: Any) -> None:
        members = self.marked()
        for member in members:
            require_key(member)
        self.stack[-1].update(members)

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
        """Return the global, or raise WeightsError naming it."""
        if (module, name) in HANDLERS or (module in ("torch", "torch.storage") and name in STORAGES):
            return Global(module, name)
        if module == "torch" and name in (*STORED_AS, "double", "half", "long", "float", "int"):
            return Global("torch.dtype", name)
        if self.scripted and (module.startswith("__torch__") or module == "torch.jit._pickle"):
            return Global(module, name)
        raise WeightsError(
            f"{self.what} is refused: its pickle wants to run {module}.{name}, and residua runs nothing "
            "of a file; have it saved again as a state dict, or as safetensors"
        )

    def do_reduce(self, _: Any) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        self.stack.append(self.call(function, arguments))

    def do_newobj(self, _: Any) -> None:
        self.do_reduce(None)

    def do_newobj_ex(self, _: Any) -> None:
        self.stack.pop()
        self.do_reduce(None)

    def do_inst(self, argument: str) -> None:
        arguments = tuple(self.marked())
        self.do_global(argument)
        self.stack.append(self.call(self.stack.pop(), arguments))

    def do_obj(self, _: Any) -> None:
        function, *arguments = self.marked()
        self.stack.append(self.call(function, tuple(arguments)))

    def call(self, function: Any, arguments: Any) -> Any:
        if not isinstance(function, Global) or not isinstance(arguments, tuple):
            raise ValueError("a call of what is not a function")
        if function.module == "torch.jit._pickle":
            return arguments[0] if arguments else None
        if function.module.startswith("__torch__"):
            return Instance(f"{function.module}.{function.name}")
        for value in arguments:
            if isinstance(value, (list, tuple, dict, set, frozenset)):
                self.spend(len(value))  # what a call may copy
            elif isinstance(value, (str, bytes, bytearray)):
                self.spend(len(value) // 256)
        handler = HANDLERS.get((function.module, function.name))
        return handler(*arguments) if handler is not None else function

    def do_build(self, _: Any) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        if isinstance(target, Instance) and isinstance(state, dict):
            self.spend(len(state))
            target.state.update(state)
        elif isinstance(target, ArrayShell):
            fill(target, state)
        # a container's attributes (such as a state dict's `_metadata`) carry no weights

    def do_persid(self, argument: str) -> None:
        self.stack.append(self.storages(argument))

    def do_binpersid(self, _: Any) -> None:
        self.stack.append(self.storages(self.stack.pop()))


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
