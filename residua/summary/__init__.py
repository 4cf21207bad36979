"""What is inside a network: shapes, costs and receptive fields, each with its arithmetic."""

from __future__ import annotations

from residua.summary.cost import LayerCost
from residua.summary.network import Summary, summarize

__all__ = ["LayerCost", "Summary", "summarize"]
