"""Which processor is this, and which engines of which versions run on it? No torch."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from functools import cache
from pathlib import Path
from typing import Any

_OF_INTEREST = ("avx2", "avx512f", "avx512_bf16", "avx512_vnni", "avx_vnni", "amx_int8", "amx_bf16", "asimd", "bf16")
_PACKAGES = {"openvino": "openvino", "onnxruntime": "onnxruntime"}


@cache
def processor() -> str:
    """Return the kind of processor: its model's name, or the architecture where the system does not say."""
    named = re.search(r"^model name\s*:\s*(.+)$", _cpuinfo(), re.MULTILINE)
    return named[1].strip() if named else platform.processor() or platform.machine()


@cache
def instructions() -> tuple[str, ...]:
    """Return which of the instruction sets that speed and rounding depend on the processor has."""
    named = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", _cpuinfo(), re.MULTILINE)
    have = named[1].split() if named else []
    return tuple(name for name in _OF_INTEREST if name in have)


def has_int8() -> bool:
    """Whether 8-bit products are one instruction here; without it int8 is right and about as slow as fp32."""
    return bool({"avx512_vnni", "avx_vnni", "amx_int8", "asimd"} & set(instructions()))


def has_bf16() -> bool:
    """Whether the processor multiplies bf16 itself."""
    return bool({"avx512_bf16", "amx_bf16", "bf16"} & set(instructions()))


def engine_version(engine: str) -> str:
    """Return the version of an engine's package, empty where it is not installed."""
    try:
        return importlib.metadata.version(_PACKAGES[engine])
    except importlib.metadata.PackageNotFoundError:
        return ""


def describe(engine: str) -> dict[str, Any]:
    """Return what decides how an engine computes here: the processor, its instructions, the engine's version."""
    return {
        "processor": processor(),
        "instructions": list(instructions()),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "engine": f"{engine} {engine_version(engine)}",
    }


@cache
def _cpuinfo() -> str:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
