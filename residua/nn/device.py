"""Where, in which precision and memory format does a network run? Decided here, once; printed; overridable."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
import torch.nn as nn
from torch import Tensor

from residua.errors import SpecError

SMALL_STEP_MACS = 500_000_000  # the digits' steps have 48 million and gain nothing from a second thread
M = TypeVar("M", bound=nn.Module)
DTYPES = {"fp32": torch.float32, "tf32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Placement:
    """Device, precision and memory format of one network; `str()` is the line that every verb prints."""

    device: str
    precision: str
    channels_last: bool
    compiled: bool

    def __str__(self) -> str:
        count = torch.get_num_threads()
        threads = f" ({count} thread{'s' * (count > 1)})" if self.device == "cpu" else ""
        layout = "channels_last" if self.channels_last else "contiguous"
        return f"{self.device}{threads}, {self.precision}, {layout}{', compiled' if self.compiled else ''}"

    def put(self, model: M) -> M:
        """Move `model` there, in place, as torch's own `.to` does; CUDA multiplies from then on as `precision` says."""
        if self.device.startswith("cuda"):
            self._set_products()
        model.to(self.device)
        if self.channels_last:
            model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's stubs
        return model

    def move(self, images: Tensor) -> Tensor:
        """Return (N, C, H, W) images on the device, in its memory format."""
        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        return images.to(self.device, memory_format=layout, non_blocking=True)

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """Return the context in which a forward pass runs."""
        if DTYPES[self.precision] == torch.float32:
            return contextlib.nullcontext()
        return torch.autocast(torch.device(self.device).type, dtype=DTYPES[self.precision])

    def _set_products(self) -> None:
        """Have CUDA multiply float32 numbers whole, or with 10 bits of their 23 where "tf32" was asked for.

        torch by itself does the latter in convolutions and the former in products of matrices. It is a setting of the
        process, since backward passes run outside of any context.
        """
        coarse = self.precision == "tf32"
        torch.backends.cudnn.allow_tf32 = coarse
        torch.backends.cuda.matmul.allow_tf32 = coarse


def processor_name() -> str:
    """Return the processor's name where the system tells it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def choose_placement(
    device: str = "auto", precision: str = "auto", *, channels_last: bool = True, compiled: bool = False
) -> Placement:
    """Return CUDA if there is one, else the CPU; bf16 where the processor multiplies it natively, else fp32.

    bf16 without AVX512_BF16 or AMX is emulated and slower than fp32, so it is chosen there only when asked for.
    `compiled` comes to nothing where `can_compile` is false.
    tf32 is what CUDA's tensor cores make of fp32, and is chosen only when asked for.
    Raises SpecError for a device or a precision that does not exist here.
    """
    if precision not in ("auto", *DTYPES):
        raise SpecError(f"precision {precision!r} is not one of auto, {', '.join(DTYPES)}")
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    _require_device(device)
    if precision == "tf32" and device == "cpu":
        raise SpecError("precision 'tf32' is one of CUDA devices; on a CPU take fp32")
    if precision == "auto":
        precision = "bf16" if _multiplies_bf16(device) else "fp32"
    return Placement(device, precision, channels_last, compiled and can_compile(device))


def can_compile(device: str) -> bool:
    """Return whether torch.compile finds the compiler that it calls: for C++ on a CPU, for C beside CUDA."""
    if device.startswith("cuda"):
        named = os.environ.get("CC")
        return any(shutil.which(name) for name in ((named,) if named else ("gcc", "clang")))
    return shutil.which(os.environ.get("CXX") or ("clang++" if sys.platform == "darwin" else "g++")) is not None


def _require_device(device: str) -> None:
    named = re.fullmatch(r"cpu|cuda(?::(0|[1-9][0-9]{0,3}))?", device)
    if named is None:
        raise SpecError(f"device {device!r} is not one of auto, cpu, cuda, cuda:N")
    if device == "cpu":
        return
    if not torch.cuda.is_available():
        raise SpecError(f"device {device!r} was asked for, but torch sees no CUDA device; use --device cpu")
    count = torch.cuda.device_count()
    if int(named[1] or 0) >= count:
        raise SpecError(f"device {device!r} was asked for, but torch sees {count}, the last of them cuda:{count - 1}")


def _multiplies_bf16(device: str) -> bool:
    if device.startswith("cuda"):
        with torch.cuda.device(device):  # which is asked, and need not be the current one
            return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


@contextlib.contextmanager
def fitting_threads(device: str, macs: int) -> Iterator[None]:
    """Use one CPU thread inside beside a GPU, or when a step of `macs` (its forward pass) is too small for several.

    Beside a GPU the cores are for decoding, by threads that would each call for as many again. In a small step they
    would spend their time waiting for each other, and on a machine that others use as well nearly all of it.
    """
    before = torch.get_num_threads()
    if device != "cpu" or macs < SMALL_STEP_MACS:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
