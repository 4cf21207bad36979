"""What does one step do: forward, backward, gradient norm, update, running mean?"""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from residua.data.feed.batch import Batch
from residua.data.feed.loader import Batches
from residua.errors import TrainError
from residua.train.distributed import held_back
from residua.train.settings.config import TrainConfig
from residua.train.setup.data import MEASURED_AT_ONCE
from residua.train.state import Context, Step, TrainState
from residua.train.step.objective import Labels, Teacher, losses, right, weights_of
from residua.train.step.optimizer import begin_momentum, refuse, refuses, set_lr, take_gradients
from residua.train.step.recompute import Recomputing, still

Forward = Callable[[Tensor], Tensor]
Require = Callable[[Step], None]
FULL = ("CUDA error: out of memory", "STATUS_ALLOC_FAILED")  # the driver's, and cuDNN's and cuBLAS's, without a type
MOST_SHAPES = 64  # torch itself would give up after 8: growing images have as many sizes as multiples of the stride


class Reading:
    """What a step gave, on its way from the device: loss, right answers, flags, and last the norm of the gradient.

    It goes through pinned memory, so that only who takes it waits. require: see `Updater.one_step`.
    """

    def __init__(self, values: Tensor, count: int, require: Require) -> None:
        self.values, self.count, self.require = values, count, require
        self.there: torch.cuda.Event | None = None
        if values.is_cuda:
            self.values = torch.empty(values.shape, dtype=values.dtype, pin_memory=True)
            self.values.copy_(values, non_blocking=True)
            self.there = torch.cuda.current_stream(values.device).record_event()

    def take(self) -> Step:
        """Return the step, once the device has come so far."""
        if self.there is not None:
            self.there.synchronize()
        loss_sum, correct, *seen, length = self.values.tolist()
        return Step(loss_sum, round(correct), self.count, length, tuple(value > 0 for value in seen))


@dataclass
class Updater:
    """One step after another on `state`, beside a teacher where there is one.

    batches: where the steps' images come from, by which each process knows how many the others have; without them they
    ask. class_weights: what each class's loss is multiplied by, if by anything. truths: see `losses`. late: whether a
    step is read when the next one has been given to the device, which then never runs out of work. pending: that step.
    """

    context: Context
    state: TrainState
    teacher: Teacher | None = None
    batches: Batches | None = None
    class_weights: list[float] | None = None
    truths: Tensor | None = None
    late: bool = field(init=False)
    pending: Reading | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        device = self.context.placement.device
        self.late = device != "cpu" and all(map(refuses, self.state.optimizers))
        self.lost = torch.zeros((), device=device)  # 1 once a loss was not finite
        self.weights = torch.tensor(self.class_weights or [], device=device)
        if self.truths is not None:
            self.truths = self.truths.to(device)
        self._set_modes()
        self._build_forward()

    def begin_epoch(self, epoch: int) -> None:
        """Let the classifier alone learn during `head_epochs`, and afterwards everything but a whitening stem."""
        config = self.context.config
        whole = epoch >= config.head_epochs
        changed = False
        for name, parameter in self.state.model.named_parameters():
            learns = name.startswith("fc.") or (whole and not (config.whiten and name == "conv1.weight"))
            changed |= parameter.requires_grad != learns
            parameter.requires_grad_(learns)
        if changed:
            self._build_forward()
        self._set_modes()
        begin_momentum(self.state.optimizers)

    @property
    def taken(self) -> int:
        """How many steps the run has taken, with the one that is not read yet."""
        return self.state.progress.steps + (self.pending is not None)

    def one_step(
        self, batch: Batch, lr: float, size: int, flags: tuple[bool, ...] = (), require: Require = lambda step: None
    ) -> Step | None:
        """Take one step on the mean loss over all processes' images, shown at `size` pixels; return what it gave.

        Where steps are read late, that is the step before, or None if there is none. flags: of this process; the answer
        says of each whether any process raised it. require: raises, before any weight is changed, where the loss is not
        to be learnt from; read late, losses that are not finite change no weight, and what has leapt is one step past.
        """
        state, world, steps = self.state, self.context.world, self.taken + 1
        self._begin_step(lr)
        images, labels = self._hardest(*self._on_device(batch, size))
        copies = int(batch.copies[0])
        learnt = self._learnt(len(images), copies)
        count = len(images) if copies == world.size else sum(learnt)
        # DDP takes the mean over processes; the mean over images is wanted, of which each may hold others
        weight = world.size / (count * copies)
        sums = torch.zeros(2, dtype=torch.float64, device=images.device)
        for part, sharing in self._parts(len(images), min(learnt)):
            with sharing:
                loss, hits = self._forward_pass(images[part], labels[part])
                torch.autograd.backward(state.scaler.scale(loss.sum() * weight))
                sums += torch.stack([loss.detach().double().sum(), hits.double()])
        norm = self._gradient_norm()
        raised = sums.new_zeros(len(flags))
        for flag in itertools.compress(raised, flags):  # none in most steps: a copy from the CPU would wait
            flag.fill_(1)
        totals = world.total(torch.cat([sums / copies, raised]))
        reading = Reading(torch.cat([totals, norm.double().view(1)]), count, require)
        if self.late:
            self._refuse_on_device(totals[0], norm)
            self._update_weights(steps)
            given, self.pending = self.pending, reading
            return None if given is None else self._heed(given)
        step = self._heed(reading)
        self._update_weights(steps, passed_over=not math.isfinite(step.gradient_norm))
        return step

    def settle(self) -> Step | None:
        """Read the step that is pending, if one is, and return it."""
        given, self.pending = self.pending, None
        return None if given is None else self._heed(given)

    def _heed(self, reading: Reading) -> Step:
        """Return what a step gave, which counts from here on, if it is what is required."""
        step = reading.take()
        reading.require(step)
        self.state.progress.add(step)
        return step

    def _learnt(self, images: int, copies: int) -> list[int]:
        """Return how many images each process learns from in a step of which this one has `images`.

        The plan of the epoch says so, unless some may turn out unreadable: then they tell each other.
        """
        world, config = self.context.world, self.context.config
        if copies == world.size:
            return [images] * world.size
        if self.batches is None or config.skip_bad:
            return world.gather(torch.tensor([images])).tolist()
        whole = min(self.batches.batch, len(self.batches.indices) - self.state.progress.seen)
        return [self._hard(each) if config.hardest < 1 else each for each in self.batches.shares(whole)]

    def counts(self, images: int) -> set[int]:
        """Return how many images go through the network at once in a step of which this process has `images`."""
        learnt = self._hard(images) if self.context.config.hardest < 1 else images
        return {part.stop - part.start for part in self._slices(learnt, self.context.world.least(learnt))}

    def _begin_step(self, lr: float) -> None:
        """Set the learning rate, and forget the last step's gradient."""
        set_lr(self.state.optimizers, lr)
        self.state.model.zero_grad(set_to_none=True)  # the network's: what Muon updates are views of its kernels

    def _set_modes(self) -> None:
        """Go to training mode, which only validating leaves."""
        model = self.state.model
        model.train()
        if self.context.config.frozen_norms:
            for module in model.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()

    def _forward_pass(self, images: Tensor, labels: Labels) -> tuple[Tensor, Tensor]:
        """Return the loss of each image, the teacher's share in it, and how many answers are right."""
        with self.context.placement.autocast():
            logits = self.forward(images)
        logits = logits.float()
        loss = losses(logits, labels, self.context.config, self.truths)
        if self.class_weights is not None:
            loss = loss * weights_of(labels, self.weights)
        if self.teacher is not None:
            loss = self.teacher.blend(loss, logits, self.teacher.answers(images))
        return loss, right(logits, labels.own, self.truths).sum()

    def _gradient_norm(self) -> Tensor:
        """Return the norm of the whole gradient, which is clipped if the configuration says so."""
        state, most = self.state, self.context.config.clip_norm
        if state.scaler.is_enabled():
            for optimizer in state.optimizers:
                take_gradients(optimizer)
                if _has_gradients(optimizer):  # while the classifier alone learns, Muon has none
                    state.scaler.unscale_(optimizer)
        learning = [parameter for parameter in state.model.parameters() if parameter.grad is not None]
        norm = nn.utils.get_total_norm([each.grad for each in learning if each.grad is not None])
        if most:
            nn.utils.clip_grads_with_norm_(learning, most, norm)
        return norm

    def _refuse_on_device(self, loss_sum: Tensor, norm: Tensor) -> None:
        """Have no optimizer change a weight from the first loss on that is not finite, or with fp16 by such a gradient.

        As the host would have it, if it read the step before it is taken: the weights stay those that gave that loss.
        """
        self.lost = torch.maximum(self.lost, (~loss_sum.isfinite()).float())
        overflown = self.state.scaler.is_enabled()
        refuse(self.state.optimizers, torch.maximum(self.lost, (~norm.isfinite()).float()) if overflown else self.lost)

    def _update_weights(self, steps: int, *, passed_over: bool = False) -> None:
        """Let all optimizers take their step, with fp16, whose gradients may overflow, or none; the mean follows."""
        state = self.state
        if not (state.scaler.is_enabled() and passed_over):
            for optimizer in state.optimizers:
                optimizer.step()
        if state.scaler.is_enabled():
            state.scaler.update()
        if state.mean is not None:
            state.mean.follow(steps)

    def _on_device(self, batch: Batch, size: int) -> tuple[Tensor, Labels]:
        placement = self.context.placement
        images = placement.move(batch.images)
        if images.shape[-1] != size:
            images = F.interpolate(images, size=(size, size), mode="bilinear", antialias=True)
            images = placement.move(images)
        if self.context.config.whiten and self.state.model.spec.norm == "group":
            # torch's group norm of channels_last maps on CPUs crashes where its input needs no gradient
            images = images.detach().requires_grad_()
        own, other, share = batch.labels.to(images.device, non_blocking=True), batch.other_labels, batch.own_share
        if other is None or share is None:
            return images, Labels(own)
        moved = (each.to(images.device, non_blocking=True) for each in (other, share))
        return images, Labels(own, *moved)

    def _hardest(self, images: Tensor, labels: Labels) -> tuple[Tensor, Labels]:
        """Return the share of the batch with the largest loss (Jiang 2019), in the batch's order."""
        config, model = self.context.config, self.state.model
        if config.hardest == 1:
            return images, labels
        with torch.no_grad(), still(model), self.context.placement.autocast():
            each = losses(model(images).float(), labels, config, self.truths)
        rows = each.topk(self._hard(len(images))).indices.sort().values
        return images[rows], labels[rows]

    def _hard(self, count: int) -> int:
        """Return how many of `count` images are learnt from; batch norm needs two."""
        return min(count, max(2, round(self.context.config.hardest * count)))

    def _parts(self, count: int, least: int) -> Iterator[tuple[slice, contextlib.AbstractContextManager[object]]]:
        """Yield the parts of a step's images; processes share the gradient once, in the last one's backward pass."""
        parts = list(self._slices(count, least))
        for part in parts:
            yield part, contextlib.nullcontext() if part is parts[-1] else held_back(self.shared)

    def _slices(self, count: int, least: int) -> Iterator[slice]:
        """Yield `accumulate` slices of nearly equal length, none of fewer than two images; as many in all processes.

        least: the smallest count of any of them.
        """
        parts = max(1, min(self.context.config.accumulate, least // 2))
        bounds = [round(part * count / parts) for part in range(parts + 1)]
        return (slice(start, end) for start, end in itertools.pairwise(bounds))

    def _build_forward(self) -> None:
        """Set `forward`, what a step's images go through, and `shared`, the part of it that the compiler wraps."""
        config, world, placement = self.context.config, self.context.world, self.context.placement
        inner: nn.Module = Recomputing(self.state.model) if config.recompute else self.state.model
        self.shared: Forward = world.share_gradients(inner, placement.device)
        self.forward = self.shared
        if placement.compiled:
            share = config.batch // world.size if self.batches is None else self.batches.share
            # a graph's gradients lie where its next replay writes: nothing may add to them or send them in between
            alone = world.size == 1 and config.accumulate == 1 and not config.recompute
            self.forward = Compiled(self.shared, self.counts(share), graphs=alone and placement.device != "cpu")


@contextlib.contextmanager
def memory_named(config: TrainConfig, *, measuring: bool = False) -> Iterator[None]:
    """Make a TrainError of a GPU's memory that is full: it says which settings need less.

    measuring: whether images are only answered inside, in batches that `accumulate` does not divide.
    """
    try:
        yield
    except RuntimeError as error:
        if not isinstance(error, torch.OutOfMemoryError) and not any(words in str(error) for words in FULL):
            raise
        what = _measured_in_less(config) if measuring else _learnt_in_less(config)
        raise TrainError(f"the GPU's memory is too small {what}") from None


def _learnt_in_less(config: TrainConfig) -> str:
    parts = f"--accumulate {2 * config.accumulate} (the same result but for batch norm's statistics)"
    again = "" if config.recompute else ", --recompute (slower)"
    return f"for {config.model} with --batch {config.batch}; try {parts}{again}, or a smaller --batch"


def _measured_in_less(config: TrainConfig) -> str:
    count = max(config.batch, MEASURED_AT_ONCE)
    smaller = "a smaller --batch"
    if config.batch <= MEASURED_AT_ONCE:
        smaller = "several processes, which share them, or a smaller --size (no smaller --batch needs less)"
    elsewhere = "a run that has begun goes on with --resume RUN --device cpu"
    return f"to measure {config.model} on {count} images at once; try {smaller}; {elsewhere}"


def _has_gradients(optimizer: torch.optim.Optimizer) -> bool:
    return any(each.grad is not None for group in optimizer.param_groups for each in group["params"])


class Compiled:
    """`inner` compiled for batches of the usual numbers of images; others, an epoch's last, take it as it is.

    Each count of images is compiled for itself, which takes a minute, and so is each size of growing images: more
    shapes than torch would compile before it gave up. graphs: whether CUDA is handed each pass as one graph, since
    narrow networks are bound by their many small launches.
    """

    def __init__(self, inner: Forward, counts: Collection[int], *, graphs: bool) -> None:
        self.inner, self.counts, self.graphs = inner, counts, graphs
        torch._dynamo.config.recompile_limit = max(MOST_SHAPES, torch._dynamo.config.recompile_limit)
        self.compiled: Forward = torch.compile(inner, dynamic=False, mode="reduce-overhead" if graphs else None)

    def __call__(self, images: Tensor) -> Tensor:
        if len(images) not in self.counts:
            return self.inner(images)
        if self.graphs:
            torch.compiler.cudagraph_mark_step_begin()  # what the last step's graphs gave has been used
        return self.compiled(images)
