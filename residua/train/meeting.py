"""How do the processes of one training meet, and how do all of them end when one fails? Knows torchrun's variables."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import signal
import sys
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import torch
import torch.distributed as dist

from residua.errors import ResiduaError, TrainError
from residua.train.distributed import ALONE, World

if TYPE_CHECKING:
    from torch.distributed.distributed_c10d import Store

SETTLING = 0.2  # seconds for gloo's threads to drop their last tensors: it takes Python's lock, which destruction holds
PATIENCE = timedelta(hours=2)  # longest wait for another process, which may be decoding a data set for all
NCCL_PATIENCE = timedelta(minutes=10)  # the same on the GPUs: torch's own, for a process that is validating or saving
PARTING = 1.0  # seconds; a group that waits for a process that failed lets nobody part: two in turn end within five
LOOKING = 1.0  # seconds between two looks at whether another process has failed
GRACE = 2.5  # seconds for a process whose own exchange fails then: it ends by itself, its checkpoint written
# What NCCL, gloo and torch's store write where the other side is gone; all else that they write is a fault of set-up.
PARTED = re.compile(
    r"timed? ?out|was aborted|(closed|reset) by (remote )?peer|broken pipe|connection (was likely closed|refused)", re.I
)


def pass_stop_requests() -> None:
    """Let SIGTERM pass from here on, if torchrun started this process, whose state is saved.

    torchrun sends it to the rest once one worker has ended, and it would kill what is about to end with its own code.
    """
    if "TORCHELASTIC_RUN_ID" in os.environ:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


class ReportedElsewhere(TrainError):
    """Another process has reported the error; this one ends without a word."""


def is_launched() -> bool:
    """Whether torchrun, or anything that sets its variables, has started this process."""
    return "RANK" in os.environ and "WORLD_SIZE" in os.environ


def is_first() -> bool:
    """Whether this is the one process, or the first of those that torchrun started."""
    return not is_launched() or os.environ["RANK"] == "0"


def own_device(device: str) -> str:
    """Return the device of this process: with "auto" or "cuda", the CUDA device of its local rank.

    Where a process sees one device alone, as clusters have it, that is number 0 in each of them.

    Raises TrainError when several processes of this machine would share the one that `device` names, or when nothing
    says which of several is this one's.
    """
    if not is_launched():
        return device
    count = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    if device.startswith("cuda:") and count > 1:
        raise TrainError(f"--device {device} is one device for {count} processes; --device cuda gives each its own")
    if device not in ("auto", "cuda") or not torch.cuda.is_available():
        return device
    visible, local = torch.cuda.device_count(), os.environ.get("LOCAL_RANK")
    if visible == 1:
        return "cuda:0"
    if local is None and os.environ["WORLD_SIZE"] != "1":
        raise TrainError(
            f"{visible} GPUs are visible and LOCAL_RANK is not set, so that it is not known which of them is this "
            "process's; start with torchrun, or set it (under SLURM to SLURM_LOCALID)"
        )
    if int(local or 0) >= visible:
        raise TrainError(
            f"LOCAL_RANK is {local}, and {visible} GPUs are visible; start one process for each of them, with "
            f"--nproc-per-node {visible}, or take --device cpu"
        )
    return f"cuda:{local or 0}"


@contextlib.contextmanager
def join(device: str, *, watched: bool | None = None) -> Iterator[World]:
    """Meet the other processes that torchrun started, and part from them at the end; alone, there is nobody to meet.

    An error is reported by the process that met it first: in the others it becomes ReportedElsewhere. watched: whether
    this process is ended once another has failed, even while it waits in C; by default where GPUs exchange tensors.
    Raises TrainError when the processes cannot meet, when two of them share a GPU, or when one of them has gone.
    """
    if not is_launched():
        yield ALONE
        return
    cuda = device != "cpu" and torch.cuda.is_available()
    store, rank, size = _meet(cuda)
    part: Callable[[], object] = partial(
        _part_at_once, dist.distributed_c10d._abort_process_group if cuda else dist.destroy_process_group
    )
    over = threading.Event()
    if size > 1 and (cuda if watched is None else watched):
        threading.Thread(target=_end_with_others, args=(_own_connection(store), over), daemon=True).start()
    try:
        if "cuda:nccl" in dist.get_backend_config():
            require_own_gpu(device, size)
        yield _world(rank, size)
        part = dist.destroy_process_group
    except BaseException as error:
        over.set()
        heard = as_heard(error, store)
        if heard is error:
            raise
        raise heard from None
    finally:
        time.sleep(SETTLING)
        part()
        over.set()


def as_heard(error: BaseException, store: Store) -> BaseException:
    """Return `error` as this process is to raise it, and count it in `store`, by which the others end.

    A fault of residua's own stays what it is.
    """
    ours = isinstance(error, ResiduaError)
    gone = not ours and _is_parting(error)
    known = ours or gone or isinstance(error, dist.DistBackendError)
    if _is_reported(store, ours) and known:
        return ReportedElsewhere("another process has reported the error")
    if gone:
        return TrainError(
            "another process has gone; the run goes on from its last checkpoint with --resume, or "
            "by itself under torchrun --max-restarts"
        )
    if known and not ours:
        return TrainError(f"NCCL failed: {_last_error(str(error))}; NCCL_DEBUG=WARN in the environment says more")
    return error


def _end_with_others(store: Store, over: threading.Event) -> None:
    """End this process soon after another one has reported an error, unless it is `over` before.

    Its main thread may wait in C, for a GPU whose kernel waits for the other process: no exception ends that, and no
    signal is handled.
    """
    with contextlib.suppress(RuntimeError):  # the store has gone with the process that kept it
        while not over.wait(LOOKING):
            if store.check(["errors"]) and not over.wait(GRACE):
                with contextlib.suppress(OSError, ValueError):
                    sys.stdout.flush()
                    sys.stderr.flush()
                os._exit(2)


def _own_connection(store: Store) -> Store:
    """Return `store` by a connection that no other thread waits on, where torch can give one (since 2.8)."""
    return store.clone() if hasattr(store, "clone") else store


def require_own_gpu(device: str, size: int) -> None:
    """Raise TrainError, in all `size` processes, where some of them would compute on one GPU, which NCCL takes once."""
    own = re.fullmatch(r"cuda(?::(\d+))?", own_device(device))
    index = int((own and own[1]) or 0)
    uuid_of = f"rank {dist.get_rank()}, on none"
    if own is not None and index < torch.cuda.device_count():
        uuid_of = str(torch.cuda.get_device_properties(index).uuid)
    sharing = _alike((platform.node(), uuid_of), size)
    if sharing > 1:
        raise TrainError(
            f"{sharing} processes share one GPU, which NCCL does not allow; start one process a GPU (here "
            f"--nproc-per-node {torch.cuda.device_count()}), or take --device cpu"
        )


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
    return _alike((machine, processors), size)


def _alike(value: object, size: int) -> int:
    """Return how many of the `size` processes have this one's `value`, told by what it is printed as."""
    own = torch.tensor([zlib.crc32(repr(value).encode())])
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


def _is_parting(error: BaseException) -> bool:
    """Whether `error` says that a process with which this one exchanged tensors is no longer there."""
    if isinstance(error, (dist.DistNetworkError, dist.DistStoreError)):  # the store has gone, or who writes in it
        return True
    if "NCCL error in" in str(error):  # of which "timed out" may be a wrong interface
        return "ncclRemoteError" in str(error)
    exchanged = isinstance(error, dist.DistError) or (isinstance(error, RuntimeError) and "/gloo/" in str(error))
    return exchanged and PARTED.search(str(error)) is not None


def _last_error(text: str) -> str:
    """Return what NCCL itself says in a message of several lines, or the first of them."""
    _, found, last = text.partition("Last error:")
    lines = (last if found else text).partition("Exception raised from")[0].strip().splitlines()
    return "; ".join(line.strip() for line in (lines if found else lines[:1]))
