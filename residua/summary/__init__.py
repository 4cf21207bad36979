"""What is inside a network: shapes, costs and receptive fields, each with its arithmetic."""

from __future__ import annotations

from residua.summary.cost import LayerCost
from residua.summary.network import Summary, summarize, usual_size

__all__ = ["LayerCost", "Summary", "summarize", "usual_size"]
