"""What happens on GPUs where somebody asks to stop, memory is full, or a process fails? Held to without a GPU."""

from __future__ import annotations

import os
import signal

import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file

from residua.errors import TrainError
from residua.nn.device import Placement
from residua.train.engine import train
from residua.train.log import Log
from residua.train.measure import validation
from residua.train.meeting import ReportedElsewhere, as_heard, own_device
from residua.train.settings.config import TrainConfig
from residua.train.setup import assembly
from residua.train.step.update import Updater

TINY = ("shortcut=B", "depths=[1,1]", "widths=[4,8]", "strides=[1,2]")
ONE_STEP_AN_EPOCH = TrainConfig(
    epochs=3, batch=128, val_fraction=0.92, lr=0.02, precision="fp32", device="cpu", set=TINY, grouping="none"
)


@pytest.fixture
def late(monkeypatch):
    """Have steps read as on a GPU: when the next one has been given to the device."""
    whole = Updater.__post_init__

    def read_late(self):
        whole(self)
        self.late = True

    monkeypatch.setattr(Updater, "__post_init__", read_late)


@pytest.mark.parametrize(  # of 115 images an epoch: one step, two, six and an image over
    "batch", [115, *(pytest.param(batch, marks=pytest.mark.slow) for batch in (58, 19))]
)
def test_a_request_to_stop_that_an_epochs_last_step_hears_costs_nothing_of_the_epoch(
    late, monkeypatch, tmp_path, batch
):
    config = ONE_STEP_AN_EPOCH.changed(batch=batch)
    whole = train(config, tmp_path / "whole").run
    one_step, taken = Updater.one_step, []

    def asked(self, *given):
        step = one_step(self, *given)
        taken.append(1)
        if len(taken) == 2 * (115 // batch + (batch == 58)) - 1:  # the next step is the second epoch's last
            os.kill(os.getpid(), signal.SIGTERM)
        return step

    monkeypatch.setattr(Updater, "one_step", asked)
    stopped = train(config, tmp_path / "run")
    assert (stopped.finished, stopped.stopped_by) == (False, "SIGTERM")
    assert [row["epoch"] for row in stopped.run.rows()] == [1, 2]
    assert train(config, tmp_path / "run", resume=True).finished
    weights, again = (load_file(max((run.folder / "checkpoints").glob("step-*"))) for run in (whole, stopped.run))
    assert weights.keys() == again.keys()
    assert all(torch.equal(value, again[name]) for name, value in weights.items())


NCCL = "NCCL error in: ProcessGroupNCCL.cpp:94, {0}, NCCL version 2.27.3\n{1}: Some sentence of NCCL.\nLast error:\n{2}"
DUPLICATE = "Duplicate GPU detected : rank 1 and rank 0 both on CUDA device 1b000"
SHARED_MEMORY = "Error while creating shared memory segment /dev/shm/nccl-abc (size 9637888)"
INTERFACE = "socketStartConnect: Connect to 10.0.0.1<4567> failed : Connection timed out"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (NCCL.format("invalid usage", "ncclInvalidUsage", DUPLICATE), DUPLICATE),
        (NCCL.format("unhandled system error", "ncclSystemError", SHARED_MEMORY), SHARED_MEMORY),
        (NCCL.format("unhandled system error", "ncclSystemError", INTERFACE + "\n"), INTERFACE),
        ("No backend type associated with device type cuda\nmore", "No backend type associated with device type cuda"),
    ],
)
def test_what_nccl_says_of_its_set_up_is_passed_on_in_one_line(text, said):
    heard = as_heard(dist.DistBackendError(text), dist.HashStore())
    assert type(heard) is TrainError
    assert str(heard) == f"NCCL failed: {said}; NCCL_DEBUG=WARN in the environment says more"


@pytest.mark.parametrize(
    "error",
    [
        dist.DistBackendError(NCCL.format("remote process exited", "ncclRemoteError", "Connection closed by peer")),
        dist.DistBackendError("[Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=7) ran for …"),
        dist.DistBackendError("store->get('0') got error: Connection was likely closed. Did the remote server crash?"),
        dist.DistNetworkError("failed to recv, got 0 bytes"),
        RuntimeError("[third_party/gloo/gloo/transport/tcp/pair.cc:534] Connection closed by peer [127.0.0.1]:9001"),
        RuntimeError("[third_party/gloo/gloo/transport/tcp/unbound_buffer.cc:78] Timed out waiting 1000ms for recv"),
    ],
)
def test_a_process_that_has_gone_is_told_from_a_fault_of_set_up(error):
    assert str(as_heard(error, dist.HashStore())).startswith("another process has gone; the run goes on")


def test_a_fault_of_residuas_own_keeps_its_traceback_and_ends_the_others():
    fault = RuntimeError("[enforce fail at third_party/gloo/gloo/transport/tcp/pair.cc:446] 8 vs 4")
    store = dist.HashStore()
    assert as_heard(fault, store) is fault
    assert store.check(["errors"])
    assert type(as_heard(TrainError("an image cannot be read"), store)) is ReportedElsewhere
    assert as_heard(fault, store) is fault


@pytest.mark.parametrize(
    ("local", "message"),
    [(None, "4 GPUs are visible and LOCAL_RANK is not set"), ("5", "LOCAL_RANK is 5, and 4 GPUs are visible")],
)
def test_a_process_of_which_no_gpu_is_known_to_be_its_own_is_refused(monkeypatch, local, message):
    for name, value in {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": local}.items():
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    with pytest.raises(TrainError, match=message):
        own_device("cuda")


@pytest.mark.parametrize(
    ("changes", "mend"),
    [
        ({}, "on 256 images at once; try several processes, which share them, or a smaller --size (no smaller --batch"),
        ({"batch": 512, "val_fraction": 0.0}, "on 512 images at once; try a smaller --batch; a run that has begun"),
    ],
    ids=["validating", "concluding"],
)
def test_where_memory_is_full_while_measuring_what_divides_a_step_is_not_advised(monkeypatch, tmp_path, changes, mend):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")

    monkeypatch.setattr(validation, "score", full)
    with pytest.raises(TrainError) as caught:
        train(ONE_STEP_AN_EPOCH.changed(epochs=1, **changes), tmp_path / "run")
    assert mend in str(caught.value)
    assert "--accumulate" not in str(caught.value)


def test_a_run_in_tf32_goes_on_on_a_cpu_in_fp32_and_says_so(monkeypatch, tmp_path):
    config = ONE_STEP_AN_EPOCH.changed(precision="tf32")
    coarse = Placement("cpu", "tf32", channels_last=True, compiled=False)  # what a GPU would be, but for its digits
    monkeypatch.setattr(assembly, "choose_placement", lambda *_, **__: coarse)
    log = Log(epoch=lambda row: os.kill(os.getpid(), signal.SIGTERM))
    assert not train(config, tmp_path / "run", log=log).finished
    monkeypatch.undo()
    messages: list[str] = []
    outcome = train(
        TrainConfig.of_run(tmp_path / "run"), tmp_path / "run", resume=True, log=Log(message=messages.append)
    )
    assert outcome.finished
    assert "this run's precision is tf32, which CPUs do not have: it goes on in fp32 here" in messages
    assert any(line.startswith("running on cpu (1 thread), fp32") for line in messages)
    assert outcome.run.config.precision == "tf32"  # a GPU may go on with it
