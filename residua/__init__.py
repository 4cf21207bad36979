"""Residual networks for PyTorch: build, load, check, train, study, explain, ship."""

from __future__ import annotations

__version__ = "0.1.0"
