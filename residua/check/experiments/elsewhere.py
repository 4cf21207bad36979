"""Does everything that a module computes with follow it to another device?"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from residua.check.run.forward import untouched_world
from residua.check.run.trial import Trial
from residua.record.recorder import frames_of, record_call
from residua.record.tape import CONVOLUTIONS, Frame, Op, Tape
from residua.targets.inputs import draw

_MIX = CONVOLUTIONS | {"embedding", "mm", "bmm", "addmm"}  # which the meta device lets pass


@dataclass(frozen=True)
class LeftBehind:
    """A tensor that stays on the CPU: the attribute that holds it, or the lines that made it in forward."""

    owner: type | None
    name: str
    frames: tuple[Frame, ...]


def left_behind(trial: Trial) -> LeftBehind | None:
    """Return the tensor that stays on the CPU where module and input are on another device; None where none does.

    The other device is torch's `meta`, which computes shapes alone. What cannot be run there tells nothing.
    """
    if trial.signal is None or any(parameter.is_meta for parameter in trial.module.parameters()):
        return None
    if not any(map(_holds_others, (trial.tape, trial.eval_tape))):  # torch's first step on meta takes over a second
        return None
    with untouched_world(), torch.no_grad():
        try:
            module = copy.deepcopy(trial.module).eval()
            given = draw(module, trial.signal)
            module.to("meta")
        except Exception:  # it holds what cannot be copied or moved
            return None
        tape = Tape()
        try:
            record_call(module, {f"input{n}": each.to("meta") for n, each in enumerate(given)}, tape, frames=True)
        except Exception as error:  # of the user's code, or what meta tensors cannot do: only devices are reported
            return _of_mixture(module, tape, error) if _is_about_devices(error) else None
        return next((found for op in tape.ops if (found := _in(module, tape, op)) is not None), None)


def _holds_others(tape: Tape) -> bool:
    """Tell whether a tensor with axes comes from neither the inputs, the parameters nor the buffers.

    Empty ones do not count: torch's batch norm makes some for itself.
    """
    leaves = [value for value, name in tape.leaf.items() if name.endswith(":?")]
    made = [value for op in tape.ops if not op.inputs for value in op.outputs]
    return any(tape.tensor[value].dim() and tape.tensor[value].numel() for value in (*leaves, *made))


def _is_about_devices(error: Exception) -> bool:
    said = str(error)
    return isinstance(error, RuntimeError) and "device" in said and "meta" in said and "cpu" in said


def _of_mixture(module: nn.Module, tape: Tape, error: Exception) -> LeftBehind | None:
    if tape.failed is not None:
        return _first_on_cpu(module, tape, tape.failed.inputs)
    made = [op for op in tape.ops if op.outputs and not op.inputs and _on_cpu(tape.tensor[op.outputs[0]])]
    return LeftBehind(None, "", made[-1].frames if made else frames_of(error))


def _in(module: nn.Module, tape: Tape, op: Op) -> LeftBehind | None:
    """Return what an operation mixes with tensors of the other device, of those that refuse it on a real one."""
    tensors = [tape.tensor[value] for value in op.inputs]
    if op.name not in _MIX or len({tensor.device.type for tensor in tensors}) < 2:
        return None
    return _first_on_cpu(module, tape, op.inputs)


def _on_cpu(tensor: Tensor) -> bool:
    return tensor.device.type == "cpu" and tensor.dim() > 0


def _first_on_cpu(module: nn.Module, tape: Tape, values: tuple[int, ...]) -> LeftBehind | None:
    value = next((each for each in values if _on_cpu(tape.tensor[each])), None)
    frames: tuple[Frame, ...] = ()
    while value is not None and value in tape.producer:
        op = tape.ops[tape.producer[value]]
        frames = op.frames or frames
        value = next((each for each in op.inputs if _on_cpu(tape.tensor[each])), None)
    if value is None:
        return LeftBehind(None, "", frames) if frames else None
    for part in module.modules():
        for name, held in vars(part).items():
            if held is tape.tensor[value]:
                return LeftBehind(type(part), name, frames)
    return LeftBehind(None, "", frames) if frames else None
