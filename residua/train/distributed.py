"""How do several processes train one network? The only module that knows torch.distributed and torchrun's variables.

`World` is what the others see; alone, each of its methods is trivial.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import signal
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from residua.errors import ResiduaError, TrainError

if TYPE_CHECKING:
    from torch.distributed.distributed_c10d import Store

SETTLING = 0.2  # seconds for gloo's threads to drop their last tensors: it takes Python's lock, which destruction holds
PATIENCE = timedelta(hours=2)  # longest wait for another process, which may be decoding a data set for all
NCCL_PATIENCE = timedelta(minutes=10)  # the same on the GPUs: torch's own, for a process that is validating or saving
PARTING = 1.0  # seconds; a group that waits for a process that failed lets nobody part: two in turn end within five


def pass_stop_requests() -> None:
    """Let SIGTERM pass from here on, if torchrun started this process, whose state is saved.

    torchrun sends it to the rest once one worker has ended, and it would kill what is about to end with its own code.
    """
    if "TORCHELASTIC_RUN_ID" in os.environ:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


class ReportedElsewhere(TrainError):
    """Another process has reported the error; this one ends without a word."""


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


def is_launched() -> bool:
    """Whether torchrun, or anything that sets its variables, has started this process."""
    return "RANK" in os.environ and "WORLD_SIZE" in os.environ


def is_first() -> bool:
    """Whether this is the one process, or the first of those that torchrun started."""
    return not is_launched() or os.environ["RANK"] == "0"


def own_device(device: str) -> str:
    """Return the device of this process: with "auto" or "cuda", the CUDA device of its local rank.

    Where a process sees one device alone, as clusters have it, that is number 0 in each of them.

    Raises TrainError when several processes of this machine would share the one that `device` names.
    """
    count = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    if is_launched() and device.startswith("cuda:") and count > 1:
        raise TrainError(f"--device {device} is one device for {count} processes; --device cuda gives each its own")
    if is_launched() and device in ("auto", "cuda") and torch.cuda.is_available():
        return "cuda:0" if torch.cuda.device_count() == 1 else f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    return device


@contextlib.contextmanager
def join(device: str) -> Iterator[World]:
    """Meet the other processes that torchrun started, and part from them at the end; alone, there is nobody to meet.

    An error is reported by the process that met it first: in the others it becomes ReportedElsewhere. Raises TrainError
    when the processes cannot meet, or when one of them has gone.
    """
    if not is_launched():
        yield ALONE
        return
    cuda = device != "cpu" and torch.cuda.is_available()
    store, rank, size = _meet(cuda)
    part: Callable[[], object] = partial(
        _part_at_once, dist.distributed_c10d._abort_process_group if cuda else dist.destroy_process_group
    )
    try:
        yield _world(rank, size)
        part = dist.destroy_process_group
    except Exception as error:
        ours = isinstance(error, ResiduaError)
        gone = not ours and _is_parting(error)
        if (ours or gone) and _is_reported(store, ours):
            raise ReportedElsewhere("another process has reported the error") from None
        if gone:
            raise TrainError(
                "another process has gone; the run goes on from its last checkpoint with --resume, or "
                "by itself under torchrun --max-restarts"
            ) from None
        raise
    finally:
        time.sleep(SETTLING)
        part()


def _meet(cuda: bool) -> tuple[Store, int, int]:
    """Begin the process group; return the store where its processes leave words, and this one's rank of how many."""
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    try:
        shared, rank, size = next(rendezvous("env://", timeout=PATIENCE))
        store = PrefixStore(_meeting(shared, rank, size), shared)
        backend = "cpu:gloo,cuda:nccl" if cuda else "gloo"
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=PATIENCE)
        if cuda:
            _set_nccl_patience()
    except (ValueError, RuntimeError) as error:
        first = str(error).splitlines()[0]
        raise TrainError(f"the processes could not meet ({first}); start them with torchrun") from None
    return store, rank, size


def _set_nccl_patience() -> None:
    """Have a wait between GPUs end the process sooner than one between CPUs, which others' set-up may take."""
    assert dist.group.WORLD is not None
    dist.group.WORLD._get_backend(torch.device("cuda"))._set_default_timeout(NCCL_PATIENCE)


def _part_at_once(leave: Callable[[], None]) -> None:
    """Leave the group without waiting long for what is under way in it, of which a process that failed has no part.

    torchrun ends the other processes once this one has ended, which nothing here may hold up.
    """

    def quietly() -> None:
        with contextlib.suppress(RuntimeError, ValueError):  # the error that led here is the one to report
            leave()

    parting = threading.Thread(target=quietly, daemon=True)
    parting.start()
    parting.join(PARTING)


def _world(rank: int, size: int) -> World:
    """Return what this process is among the others, whose restarts count as its own."""
    restarts = torch.tensor([int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))])
    dist.all_reduce(restarts)  # torchrun counts those of one machine
    launch = os.environ.get("TORCHELASTIC_RUN_ID", "none")
    local = int(os.environ.get("LOCAL_RANK", "0"))
    return World(rank, size, local, int(restarts), "" if launch == "none" else launch, _sharing(rank - local, size))


def _sharing(machine: int, size: int) -> int:
    """Return how many of the `size` processes have this one's processors: all of a machine's, unless each has its own.

    machine: the rank of this machine's first process.
    """
    processors = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    own = torch.tensor([zlib.crc32(repr((machine, processors)).encode())])
    all_of_them = [torch.zeros_like(own) for _ in range(size)]
    dist.all_gather(all_of_them, own)
    return int(torch.cat(all_of_them).eq(own).sum())


def _meeting(store: Store, rank: int, size: int) -> str:
    """Return a name for the meeting of these `size` processes that no earlier one had.

    torchrun keeps its store over restarts, and an address that a dead process left there would be taken for a living
    one's. So each asks under a name of its own, and the first answers those until all have confirmed its answer.
    """
    own, deadline = uuid.uuid4().hex, time.monotonic() + PATIENCE.total_seconds()
    if rank > 0:
        store.set(f"asked/{rank}", own)
        name: str = store.get(f"answer/{own}").decode()
        store.set(f"confirmed/{name}/{rank}", own)
        return name
    missing = set(range(1, size))
    while missing:
        for each in missing:
            if store.check([f"asked/{each}"]):
                store.set(f"answer/{store.get(f'asked/{each}').decode()}", own)
        missing = {each for each in missing if not store.check([f"confirmed/{own}/{each}"])}
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(missing)} of {size} did not come")
        time.sleep(0.01)
    return own


def _is_reported(store: Store, suspected: bool) -> bool:
    """Whether another process was the first to meet an error; `suspected` where the one that kept count has gone."""
    try:
        return int(store.add("errors", 1)) > 1
    except RuntimeError:
        return suspected


def _is_parting(error: Exception) -> bool:
    """Whether `error` says that a process with which this one exchanged tensors is no longer there."""
    return isinstance(error, dist.DistError) or (isinstance(error, RuntimeError) and "/gloo/" in str(error))


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
