# residua-test: right target=DoublyResidualNet
# Why it is right: N-BEATS with flipped time axis and the last value as base level: each block's backcast is subtracted from the running residual, its forecast is added.
import torch
import torch.nn as nn


class TrendBlock(nn.Module):
    def __init__(self, size_in, size_out, degree=3, width=64):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(size_in, width), nn.ReLU(),
                                  nn.Linear(width, width), nn.ReLU())
        self.theta = nn.Linear(width, 2 * (degree + 1))
        powers = torch.arange(degree + 1).float()[:, None]
        self.register_buffer("b_basis", (torch.arange(size_in).float() / size_in)[None] ** powers)
        self.register_buffer("f_basis", (torch.arange(size_out).float() / size_out)[None] ** powers)

    def forward(self, x):
        tb, tf = self.theta(self.body(x)).chunk(2, dim=-1)
        return tb @ self.b_basis, tf @ self.f_basis


class DoublyResidualNet(nn.Module):
    """x, mask: (B, lookback); mask is 1 where a value was observed."""

    def __init__(self, lookback=20, horizon=5, blocks=3):
        super().__init__()
        self.blocks = nn.ModuleList(TrendBlock(lookback, horizon) for _ in range(blocks))

    def forward(self, x, mask=None):
        mask = torch.ones_like(x) if mask is None else mask
        residuals = x.flip(dims=(1,))
        mask = mask.flip(dims=(1,))
        forecast = x[:, -1:]
        for block in self.blocks:
            backcast, part = block(residuals)
            residuals = (residuals - backcast) * mask
            forecast = forecast + part
        return forecast
