"""How do several processes train one network? The only module that knows torch.distributed and torchrun's variables.

`World` is what the others see; alone, each of its methods is trivial.
"""

from __future__ import annotations

import contextlib
import os
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
from residua.nn.device import Placement


@dataclass(frozen=True)
class World:
    """The processes of one training: which of them this is, and what they do together.

    restarts: how often torchrun has started them anew after one had died.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    restarts: int = 0

    def __str__(self) -> str:
        return "" if self.size == 1 else f", {self.size} processes"

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes and speaks."""
        return self.rank == 0

    def total(self, values: Tensor) -> Tensor:
        """Return the sum of `values` over the processes, in place."""
        if self.size > 1:
            dist.all_reduce(values)
        return values

    def wait(self) -> None:
        """Go on when all processes have come here."""
        if self.size > 1:
            dist.barrier()

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
        return DistributedDataParallel(model, device_ids=ids, broadcast_buffers=False)

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


def is_launched() -> bool:
    """Whether torchrun, or anything that sets its variables, has started this process."""
    return "RANK" in os.environ and "WORLD_SIZE" in os.environ


def own_device(device: str) -> str:
    """Return the device of this process: with "auto" or "cuda", the CUDA device of its local rank."""
    if is_launched() and device in ("auto", "cuda") and torch.cuda.is_available():
        return f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    return device


@contextlib.contextmanager
def join(placement: Placement) -> Iterator[World]:
    """Meet the other processes that torchrun started, and part from them at the end; alone, there is nobody to meet."""
    if not is_launched():
        yield ALONE
        return
    cuda = placement.device.startswith("cuda")
    if cuda:
        torch.cuda.set_device(placement.device)
    try:
        dist.init_process_group("nccl" if cuda else "gloo")
    except (ValueError, RuntimeError) as error:
        first = str(error).splitlines()[0]
        raise TrainError(f"the processes could not meet ({first}); start them with torchrun") from None
    try:
        restarts = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))
        yield World(dist.get_rank(), dist.get_world_size(), int(os.environ.get("LOCAL_RANK", "0")), restarts)
    finally:
        dist.destroy_process_group()


class SyncBatchNorm(nn.BatchNorm2d):
    """Batch norm whose statistics are those of all processes' images together, on any device.

    (N, C, H, W) in and out. torch's own takes CUDA tensors only; this is a differentiable sum over the processes.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not dist.is_initialized() or dist.get_world_size() == 1:
            return super().forward(x)
        from torch.distributed.nn.functional import all_reduce

        count = torch.tensor([x.numel() / x.shape[1]], dtype=torch.float32, device=x.device)
        dist.all_reduce(count)
        mean = all_reduce(x.float().sum((0, 2, 3))) / count
        centred = x.float() - mean[:, None, None]
        var = all_reduce(centred.square().sum((0, 2, 3))) / count
        if self.track_running_stats:
            self._remember(mean.detach(), var.detach() * count / (count - 1))
        scale = self.weight * torch.rsqrt(var + self.eps)
        return (centred * scale[:, None, None] + self.bias[:, None, None]).to(x.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, var: Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        momentum = 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_(var, momentum)


def synchronise_norms(model: nn.Module) -> None:
    """Replace every batch norm inside `model`, in place, by one over all processes; names and values stay."""
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if type(child) is nn.BatchNorm2d:
                norm = SyncBatchNorm(child.num_features, child.eps, child.momentum)
                norm.load_state_dict(child.state_dict())
                norm.weight, norm.bias = child.weight, child.bias
                setattr(parent, name, norm.to(child.weight.device))


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
            raise TrainError(f"{name} has no part in the network's output, so that processes cannot agree on its "
                             "gradient; remove it from the network")  # fmt: skip
