"""What do several processes that train one network do together? With `meeting`, all that knows torch.distributed.

`World` is what the others see; alone, each of its methods is trivial.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from residua.errors import TrainError


@dataclass(frozen=True)
class World:
    """The processes of one training: which of them this is, and what they do together.

    sharing: how many of them run on the very processors that this one may use. restarts: how often torchrun has started
    them anew after one had died. launch: what torchrun calls all of this (`--rdzv-id`), the same after any restart; ""
    where it has no name.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    restarts: int = 0
    launch: str = ""
    sharing: int = 1

    def __str__(self) -> str:
        return "" if self.size == 1 else f", {self.size} processes"

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes and logs."""
        return self.rank == 0

    def total(self, values: Tensor) -> Tensor:
        """Return the sum of `values` over the processes, in place."""
        if self.size > 1:
            dist.all_reduce(values)
        return values

    def least(self, value: int) -> int:
        """Return the smallest `value` of all processes."""
        if self.size == 1:
            return value
        held = torch.tensor([value])
        dist.all_reduce(held, dist.ReduceOp.MIN)
        return int(held)

    def wait(self) -> None:
        """Go on when all processes have come here; on the CPU, where one may decode a data set for all."""
        if self.size > 1:
            dist.all_reduce(torch.zeros(1))

    @contextlib.contextmanager
    def in_turn(self) -> Iterator[None]:
        """Let one process of each machine through first; the others then find the files that it left."""
        if self.local_rank > 0:
            self.wait()
        yield
        if self.local_rank == 0:
            self.wait()

    def claim(self, device: str) -> None:
        """Make `device` the one that this process means by CUDA."""
        if device.startswith("cuda:"):
            torch.cuda.set_device(device)

    def gather(self, rows: Tensor) -> Tensor:
        """Return the rows (n, …) of all processes behind each other; n may differ, the rest of the shape may not."""
        if self.size == 1:
            return rows
        counts = torch.zeros(self.size, dtype=torch.int64, device=rows.device)
        counts[self.rank] = len(rows)
        most = int(self.total(counts).max())
        padded = F.pad(rows, [0, 0] * (rows.ndim - 1) + [0, most - len(rows)])
        parts = [torch.empty_like(padded) for _ in range(self.size)]
        dist.all_gather(parts, padded.contiguous())
        return torch.cat([part[:count] for part, count in zip(parts, counts.tolist(), strict=True)])

    def share_gradients(self, model: nn.Module, device: str) -> Callable[[Tensor], Tensor]:
        """Return `model`'s forward pass, after whose backward pass all processes hold the mean of their gradients."""
        if self.size == 1 or not any(parameter.requires_grad for parameter in model.parameters()):
            return model
        ids = None if device == "cpu" else [torch.device(device)]
        known = inspect.signature(DistributedDataParallel).parameters  # torch 2.13 has renamed it
        apart: dict[str, Any] = {
            "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers": False
        }
        return DistributedDataParallel(model, device_ids=ids, **apart)

    def average_statistics(self, model: nn.Module) -> None:
        """Give every process the mean of all their running statistics of batch norm, in place."""
        if self.size == 1:
            return
        for name, buffer in model.named_buffers():
            if buffer.is_floating_point():
                self.total(buffer).div_(self.size)
            else:
                assert name.endswith("num_batches_tracked"), name


ALONE = World()


def held_back(forward: Callable[[Tensor], Tensor]) -> contextlib.AbstractContextManager[Any]:
    """Return a context in which backward passes add up gradients here alone, to be shared by a later one."""
    if isinstance(forward, DistributedDataParallel):
        return forward.no_sync()
    return contextlib.nullcontext()


class _Total(torch.autograd.Function):
    """The sum over the processes; a part's gradient is the sum of what the total's is in each of them."""

    @staticmethod
    def forward(ctx: Any, part: Tensor) -> Tensor:
        total = part.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].contiguous().clone()
        dist.all_reduce(total)
        return total


def _total(part: Tensor) -> Tensor:
    total: Tensor = _Total.apply(part)  # type: ignore[no-untyped-call]  # torch has no types for it
    return total


class SyncBatchNorm(nn.BatchNorm2d):
    """Batch norm whose statistics are those of all processes' images together, on CPUs.

    (N, C, H, W) in and out. torch's own takes CUDA tensors only; this is a differentiable sum over the processes.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not dist.is_initialized() or dist.get_world_size() == 1:
            return super().forward(x)
        wide = x if x.dtype == torch.float64 else x.float()
        count = wide.new_tensor([x.numel() / x.shape[1]])
        sums = _total(torch.cat([wide.sum((0, 2, 3)), count]))
        count = sums[-1].detach()
        mean = sums[:-1] / count
        centred = wide - mean[:, None, None]
        var = _total(centred.square().sum((0, 2, 3))) / count
        if self.track_running_stats:
            self._remember(mean.detach(), var.detach() * count / (count - 1))
        scale = self.weight * torch.rsqrt(var + self.eps)
        out: Tensor = centred * scale[:, None, None] + self.bias[:, None, None]
        return out.to(x.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, var: Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        momentum = 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_(var, momentum)


class CudaSyncBatchNorm(nn.SyncBatchNorm, nn.BatchNorm2d):
    """torch's own, which exchanges statistics once a pass by kernels made for it, where a BatchNorm2d is looked for."""


def synchronise_norms(model: nn.Module) -> None:
    """Replace every batch norm inside `model`, in place, by one over all processes; names and values stay."""
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if type(child) is nn.BatchNorm2d:
                kind = CudaSyncBatchNorm if child.weight.is_cuda else SyncBatchNorm
                norm: nn.BatchNorm2d = kind(child.num_features, child.eps, child.momentum)
                norm = norm.to(child.weight.device, child.weight.dtype)
                norm.load_state_dict(child.state_dict())
                norm.weight, norm.bias = child.weight, child.bias
                setattr(parent, name, norm.train(child.training))


def require_used(model: nn.Module, images: Tensor) -> None:
    """Raise TrainError naming a parameter that has no part in the output for (N, C, H, W) `images`.

    Processes would wait for its gradient forever. Statistics are left as they were.
    """
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    learning = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    out = model(images)
    gradients = torch.autograd.grad(out.float().sum(), [each for _, each in learning], allow_unused=True)
    for name, buffer in model.named_buffers():
        buffer.copy_(buffers[name])
    for (name, _), gradient in zip(learning, gradients, strict=True):
        if gradient is None:
            raise TrainError(
                f"{name} has no part in the network's output, so that processes cannot agree on its "
                "gradient; remove it from the network"
            )
