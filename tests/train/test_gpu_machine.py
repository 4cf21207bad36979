"""Is what a GPU's process sets of the machine set right: full memory, cuDNN, waits for others? Without a GPU."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch.distributed import distributed_c10d

from residua.errors import TrainError
from residua.nn.device import Placement
from residua.train import meeting
from residua.train.settings.config import TrainConfig
from residua.train.setup import assembly
from residua.train.step.update import memory_named


@pytest.mark.parametrize("words", ["CUDA error: out of memory\nCompile with", "cuDNN error: CUDNN_STATUS_ALLOC_FAILED"])
def test_a_full_gpu_is_known_where_a_library_of_its_says_so(words):
    with pytest.raises(TrainError, match="memory is too small"), memory_named(TrainConfig()):
        raise RuntimeError(words)
    with pytest.raises(RuntimeError, match="an illegal memory access"), memory_named(TrainConfig()):
        raise RuntimeError("CUDA error: an illegal memory access was encountered")


@pytest.mark.parametrize(
    ("device", "changes", "done"),
    [
        ("cpu", {}, "keep_freed_memory"),
        ("cpu", {"recompute": True}, "return_freed_memory"),
        ("cuda:0", {"recompute": True}, True),
        ("cuda:0", {"size_from": 16, "size": 32}, False),  # each new size would be measured anew
    ],
)
def test_cudnn_measures_where_sizes_stay_and_the_c_library_is_a_cpus(monkeypatch, device, changes, done):
    found = []
    for name in ("keep_freed_memory", "return_freed_memory"):
        monkeypatch.setattr(assembly, name, lambda name=name: found.append(name))
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", False)
    assembly._set_machine(TrainConfig(**changes), Placement(device, "fp32", channels_last=True, compiled=False))
    assert [*found, torch.backends.cudnn.benchmark] == ([done, False] if device == "cpu" else [done])


def test_a_wait_between_gpus_ends_sooner_than_one_for_what_others_set_up(monkeypatch):
    asked = []
    of_gpus = SimpleNamespace(_set_default_timeout=asked.append)
    world = SimpleNamespace(_get_backend={torch.device("cuda"): of_gpus}.get)
    monkeypatch.setattr(meeting.dist, "group", SimpleNamespace(WORLD=world))
    meeting._set_nccl_patience()
    assert asked == [meeting.NCCL_PATIENCE] < [meeting.PATIENCE]
    private = distributed_c10d.ProcessGroup._get_backend, distributed_c10d._abort_process_group
    assert all(map(callable, (*private, distributed_c10d.ProcessGroupGloo._set_default_timeout)))  # as NCCL's
