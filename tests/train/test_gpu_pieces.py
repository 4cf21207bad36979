"""Which pieces of training on a GPU can be held to their claims on a machine without one?

Tensors on torch's `meta` device have a place and no memory; `torch.cuda` is patched where it is only asked.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from residua.cli.app import main
from residua.cli.process import refused_by_system
from residua.data import ArraySource
from residua.data.augment.config import parse_augment
from residua.data.feed import loader
from residua.data.feed.batch import PlainBatch, Transfer, transferred
from residua.data.feed.loader import Batches
from residua.errors import SpecError
from residua.nn import build
from residua.nn.device import Placement, choose_placement, fitting_threads
from residua.preprocessing import Preprocessing, normalise
from residua.train.distributed import ALONE, synchronise_norms
from residua.train.meeting import own_device
from residua.train.run_folder import Run
from residua.train.settings.config import TrainConfig
from residua.train.settings.resolve import resolve
from residua.train.state import Context, TrainState
from residua.train.step import optimizer as optimizers_of
from residua.train.step.update import Updater

NARROW = {"in_channels": 1, "shortcut": "B", "depths": (1, 1), "widths": (4, 8), "strides": (1, 2)}


@pytest.fixture
def two_gpus(monkeypatch):
    """Let torch say that there are two CUDA devices, of which the second alone multiplies bf16."""
    current = [0]

    @contextlib.contextmanager
    def at(device):
        before, current[0] = current[0], torch.device(device).index or 0
        yield
        current[0] = before

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "device", at)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: current[0] == 1)


@pytest.fixture
def products():
    """Give torch's switches for TF32 back as they were."""
    switches = (torch.backends.cudnn, torch.backends.cuda.matmul)
    before = [each.allow_tf32 for each in switches]
    yield lambda: tuple(each.allow_tf32 for each in switches)
    for each, value in zip(switches, before, strict=True):
        each.allow_tf32 = value


@pytest.mark.parametrize("name", ["sgd", "adamw", "muon"])
def test_what_an_optimizer_remembers_comes_back_where_its_parameter_lies(name):
    config = TrainConfig(optimizer=name)
    model = build("resnet8", **NARROW)
    optimizers = optimizers_of.build_optimizers(model, config)
    model(torch.zeros(2, 1, 8, 8)).sum().backward()
    for each in optimizers:
        each.step()
    saved = optimizers_of.state_of(optimizers, model)
    elsewhere = build("resnet8", **NARROW).to("meta")
    moved = optimizers_of.build_optimizers(elsewhere, config)
    optimizers_of.restore(moved, elsewhere, saved)
    devices = {value.device.type for each in moved for entries in each.state.values() for value in entries.values()}
    assert devices == {"meta"}
    assert {key.rpartition("/")[2] for key in saved} >= (
        {"step", "exp_avg"} if name == "adamw" else {"momentum_buffer"}
    )


@pytest.mark.parametrize(("precision", "coarse"), [("fp32", False), ("tf32", True)])
def test_fp32_on_cuda_is_no_tf32_unless_that_is_asked_for(products, precision, coarse):
    Placement("cuda:0", precision, channels_last=True, compiled=False)._set_products()
    assert products() == (coarse, coarse)


def test_tf32_is_printed_runs_outside_of_autocast_and_is_refused_on_a_cpu(two_gpus):
    chosen = choose_placement("cuda:0", "tf32")
    assert str(chosen) == "cuda:0, tf32, channels_last"
    assert isinstance(chosen.autocast(), contextlib.nullcontext)
    with pytest.raises(SpecError, match="'tf32' is one of CUDA devices; on a CPU take fp32"):
        choose_placement("cpu", "tf32")


def test_bf16_is_chosen_by_what_the_device_itself_multiplies(two_gpus):
    assert [choose_placement(device).precision for device in ("cuda:0", "cuda:1")] == ["fp32", "bf16"]


def test_a_run_goes_on_in_the_precision_of_its_start_and_on_another_device(tmp_path):
    began = TrainConfig(precision="bf16", device="cuda:1", data_path=str(tmp_path))
    (tmp_path / "config.toml").write_text(began.to_toml())
    resumed = resolve({"device": "cpu"}, None, tmp_path).config
    assert (resumed.precision, resumed.device) == ("bf16", "cpu")
    run = Run.open(tmp_path)
    assert run.decided(TrainConfig())["precision"] == "bf16"
    run.move_to(resumed)
    assert TrainConfig.of_run(tmp_path).device == "cpu"


@pytest.mark.parametrize(("visible", "device"), [(1, "cuda:0"), (4, "cuda:3")])
def test_a_process_that_sees_one_gpu_takes_it_whatever_its_rank(monkeypatch, visible, device):
    for name, value in {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "3", "LOCAL_WORLD_SIZE": "4"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: visible)
    assert own_device("auto") == own_device("cuda") == device


def updater_in_fp16(config: TrainConfig) -> Updater:
    """Return an updater on the CPU whose losses are scaled, at the first step of its run."""
    context = Context(config, ALONE, choose_placement("cpu", "fp16", channels_last=False))
    torch.manual_seed(0)
    updater = Updater(context, TrainState.begin(context, build("resnet8", **NARROW)))
    updater.state.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**8)
    updater.begin_epoch(0)
    return updater


def a_batch() -> PlainBatch:
    images = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    return PlainBatch(images, torch.arange(4), torch.arange(4), torch.ones(4, dtype=torch.int64))


def test_fp16_and_muon_go_on_while_the_classifier_alone_learns():
    """Muon has no gradient then, and torch's scaler steps no optimizer of which it recorded nothing."""
    updater = updater_in_fp16(TrainConfig(optimizer="muon", head_epochs=1))
    before = {name: tensor.clone() for name, tensor in updater.state.model.named_parameters()}
    assert updater.one_step(a_batch(), 0.1, 8).gradient_norm > 0
    moved = {name for name, tensor in updater.state.model.named_parameters() if not torch.equal(tensor, before[name])}
    assert moved == {"fc.weight", "fc.bias"}


@pytest.mark.parametrize("late", [False, True])
def test_where_one_optimizers_gradient_overflows_none_takes_its_step(late):
    updater = updater_in_fp16(TrainConfig(optimizer="muon"))
    updater.late = late
    model = updater.state.model
    model.fc.weight.register_hook(lambda gradient: gradient * torch.inf)  # SGD's; the kernels' are finite
    before = {name: tensor.clone() for name, tensor in model.named_parameters()}
    updater.one_step(a_batch(), 0.1, 8)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.named_parameters())
    assert updater.state.scaler.get_scale() == 2.0**7


def test_a_full_gpu_is_one_line_that_says_what_needs_less(monkeypatch, tmp_path, capsys):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")

    monkeypatch.setattr(Updater, "_forward_pass", full)
    code = main(["train", "--data", "digits", "--epochs", "1", "--out", str(tmp_path / "run"), "--quiet"])
    said = capsys.readouterr().err.strip()
    assert (code, len(said.splitlines())) == (2, 1)
    assert all(flag in said for flag in ("--accumulate 2", "--recompute", "--batch"))
    assert refused_by_system(torch.OutOfMemoryError("CUDA out of memory")) is not None


class Counted(TorchDispatchMode):
    """Counts the operations of torch that run inside, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.names: Counter = Counter()

    def __torch_dispatch__(self, operation, types, arguments=(), options=None):
        self.names[operation.overloadpacket.__name__] += 1
        return operation(*arguments, **(options or {}))


def one_by_one(matrix: torch.Tensor, gradient: torch.Tensor, config: TrainConfig) -> torch.Tensor:
    """Return what a first step of Muon makes of one matrix, as Jordan 2024b writes it."""
    mean = gradient * (1 - config.momentum)
    x = gradient.lerp(mean, config.momentum)
    x = x.T if len(x) > x.shape[1] else x
    x = x / x.norm()
    for _ in range(5):
        a, b, c = 3.4445, -4.7750, 2.0315
        x = a * x + (b * x @ x.T + c * (x @ x.T) @ (x @ x.T)) @ x
    rows, columns = matrix.shape
    direction = x if x.shape == matrix.shape else x.T
    decayed = matrix * (1 - config.lr * config.weight_decay)
    return decayed - config.lr * max(1.0, rows / columns) ** 0.5 * direction


def test_muon_updates_all_kernels_in_few_operations_as_it_would_one_by_one():
    config = TrainConfig(optimizer="muon", lr=0.02, weight_decay=0.1)
    torch.manual_seed(0)
    model = build("resnet20")
    muon, _ = optimizers_of.build_optimizers(model, config)
    for kernel in muon.kernel_of.values():
        kernel.grad = torch.randn_like(kernel)
    muon.take_gradients()
    expected = [one_by_one(each.detach(), each.grad, config) for each in muon.kernel_of]
    with Counted() as counted:
        muon.step()
    assert counted.names.total() < 200
    assert len(expected) == 18
    for matrix, alone in zip(muon.kernel_of, expected, strict=True):
        torch.testing.assert_close(matrix.detach(), alone, rtol=0, atol=1e-6)


def test_batch_norm_over_gpus_is_torchs_own_and_still_found_as_batch_norm(monkeypatch):
    model = build("resnet8", **NARROW)
    before = model.state_dict()
    monkeypatch.setattr(torch.Tensor, "is_cuda", True)
    synchronise_norms(model)
    monkeypatch.undo()
    norms = [each for each in model.modules() if isinstance(each, nn.BatchNorm2d)]
    assert norms
    assert all(isinstance(each, nn.SyncBatchNorm) for each in norms)
    assert model.state_dict().keys() == before.keys()
    plain = build("resnet8", **NARROW).eval()
    plain.load_state_dict(before)
    images = torch.randn(2, 1, 8, 8)
    assert torch.equal(model.eval()(images), plain(images))


def updater_on_cpu(config: TrainConfig, *, late: bool) -> Updater:
    """Return an updater of a narrow network; late: which reads its steps as on a GPU."""
    context = Context(config, ALONE, choose_placement("cpu", "fp32", channels_last=False))
    torch.manual_seed(0)
    updater = Updater(context, TrainState.begin(context, build("resnet8", **NARROW)), class_weights=[1.0] * 10)
    updater.late = late
    updater.begin_epoch(0)
    return updater


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("changes", [{}, {"optimizer": "muon", "ema": 0.9, "clip_norm": 1.0, "accumulate": 2}])
def test_a_step_reads_from_the_device_once_and_walks_through_no_network(monkeypatch, changes, late):
    """Each read is a wait for all that the GPU has been given to do."""
    updater = updater_on_cpu(TrainConfig(**changes), late=late)
    batch = a_batch()._replace(copies=[1])  # a tensor of the CPU otherwise
    updater.one_step(batch, 0.1, 8, (False, False))  # the optimizers' state is made
    done = []
    for owner, name in (
        (torch.Tensor, "tolist"),
        (torch, "manual_seed"),
        (nn.Module, "train"),
        (nn.Module, "state_dict"),
    ):
        whole = getattr(owner, name)
        noted = lambda *given, whole=whole, name=name, **options: done.append(name) or whole(*given, **options)  # noqa: E731
        monkeypatch.setattr(owner, name, noted)
    with Counted() as counted:
        updater.one_step(batch, 0.1, 8, (False, False))
    assert done == ["tolist"]
    assert not {"_local_scalar_dense", "item", "nonzero", "equal"} & set(counted.names)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "muon"])
def test_steps_that_are_read_late_give_the_same_weights_and_the_same_numbers(optimizer):
    config = TrainConfig(optimizer=optimizer, lr=0.01, ema=0.9)
    soon, late = (updater_on_cpu(config, late=late) for late in (False, True))
    read = [soon.one_step(a_batch(), 0.01, 8, (number == 1,)) for number in range(3)]
    behind = [late.one_step(a_batch(), 0.01, 8, (number == 1,)) for number in range(3)]
    assert [*behind, late.settle()] == [None, *read]
    assert late.settle() is None
    assert late.state.progress == soon.state.progress
    for (_, ours), (_, theirs) in zip(late.state.networks(), soon.state.networks(), strict=True):
        for one, other in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=1e-6)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "muon"])
def test_a_loss_that_is_not_finite_and_read_late_has_changed_no_weight(optimizer):
    updater = updater_on_cpu(TrainConfig(optimizer=optimizer), late=True)
    assert all(map(optimizers_of.refuses, updater.state.optimizers))
    require = lambda step: require_finite(step.loss)  # noqa: E731
    updater.one_step(a_batch(), 0.01, 8, (), require)
    weights = [each.clone() for each in updater.state.model.parameters()]
    spoilt = a_batch()._replace(images=torch.full((4, 1, 8, 8), torch.nan))
    assert updater.one_step(spoilt, 0.01, 8, (), require) is not None  # the first
    with pytest.raises(ArithmeticError):
        updater.one_step(a_batch(), 0.01, 8, (), require)
    assert all(map(torch.equal, weights, updater.state.model.parameters()))


def require_finite(loss: float) -> None:
    if not np.isfinite(loss):
        raise ArithmeticError(loss)


@pytest.mark.parametrize(
    ("changes", "mode"), [({}, "reduce-overhead"), ({"accumulate": 2}, None), ({"recompute": True}, None)]
)
def test_a_compiled_step_on_a_gpu_is_one_graph_unless_gradients_add_up(monkeypatch, changes, mode):
    asked = []
    monkeypatch.setattr(torch, "compile", lambda inner, **options: asked.append(options) or inner)
    updater = updater_on_cpu(TrainConfig(**changes), late=False)
    placement = Placement("cuda:0", "fp32", channels_last=True, compiled=True)
    updater.context = dataclasses.replace(updater.context, placement=placement)
    updater._build_forward()
    assert asked == [{"dynamic": False, "mode": mode}]
    assert updater.forward.graphs == (mode is not None)


def test_images_are_normalised_on_the_device_with_the_numbers_of_the_cpu():
    preprocessing = Preprocessing(8, 8, mean=(0.2, 0.5, 0.7), std=(0.1, 0.3, 0.27))
    options = {"preprocessing": preprocessing, "batch": 4, "augment": parse_augment("mixup=0.2,pad=1", "", 8)}
    pixels = np.random.default_rng(0).integers(0, 256, (10, 8, 8, 3), np.uint8)
    source = ArraySource(pixels, np.arange(10) % 2, "ab")
    here, away = (Batches(source, np.arange(10), device=device, **options).epoch(1) for device in ("cpu", "meta"))
    for one, other in zip(here, away, strict=True):
        places = {name: value.device.type for name, value in other._asdict().items()}
        assert places.pop("indices") == places.pop("copies") == "cpu"
        assert set(places.values()) == {"meta"}
        assert torch.equal(one.indices, other.indices)
        assert other.images.shape == one.images.shape
        assert other.images.is_contiguous(memory_format=torch.channels_last)
    transfer = Transfer(torch.device("cpu"), preprocessing, torch.float32)
    expected = torch.from_numpy(normalise(pixels, preprocessing)).permute(0, 3, 1, 2)
    assert torch.equal(transfer.normalised(torch.from_numpy(pixels)), expected)


@pytest.mark.parametrize("augment", ["mixup=0.4,pad=1", "cutmix=1", "mixup=0.4,cutmix=1", "mixup=0.4,trivial"])
def test_images_are_mixed_on_the_device_with_the_numbers_of_the_cpu(monkeypatch, augment):
    preprocessing = Preprocessing(8, 8, mean=(0.2, 0.5, 0.7), std=(0.1, 0.3, 0.27))
    options = {"preprocessing": preprocessing, "batch": 9, "augment": parse_augment(augment, "", 8)}
    pixels = np.random.default_rng(0).integers(0, 256, (25, 8, 8, 3), np.uint8)
    batches = Batches(ArraySource(pixels, np.arange(25) % 2, "ab"), np.arange(25), workers=2, **options)
    here = list(batches.epoch(1))
    monkeypatch.setattr(Batches, "_away", True)  # the branch of another device, with the CPU as that device
    for one, other in zip(here, batches.epoch(1), strict=True):
        assert all(map(torch.equal, one, other))


def test_a_batch_is_begun_before_the_one_ahead_of_it_is_trained_on():
    order = []

    class Noted(Transfer):
        def begin(self, batch):
            order.append(f"begin {batch}")
            return batch

    made = (number for number in range(3))
    for batch in transferred(made, Noted(torch.device("cpu"), Preprocessing(8, 8), torch.float32)):
        order.append(f"train {batch}")
    assert order == ["begin 0", "begin 1", "train 0", "begin 2", "train 1", "train 2"]


def test_processes_of_a_machine_share_its_cores_and_a_gpu_leaves_them_to_decoding(monkeypatch):
    monkeypatch.setattr(loader, "cores", lambda: 16)
    source = ArraySource(np.zeros((4, 8, 8, 3), np.uint8), np.zeros(4, np.int64), "a")
    heavy = parse_augment("trivial", "", 8)
    for given, threads in (("1", [16, 4, 1]), ("6", [6, 4, 1])):  # torchrun itself sets 1
        monkeypatch.setenv("OMP_NUM_THREADS", given)
        made = (Batches(source, np.arange(4), 2, Preprocessing(8, 8), heavy, sharing=each) for each in (1, 4, 64))
        assert [each.workers for each in made] == threads
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    with fitting_threads("cuda:0", 10**12):
        assert torch.get_num_threads() == 1
    with fitting_threads("cpu", 10**12):
        assert torch.get_num_threads() == 3
    torch.set_num_threads(before)
