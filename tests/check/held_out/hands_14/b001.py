# residua-test: right target=NHiTS
import torch
import torch.nn as nn
import torch.nn.functional as F


class HiTSBlock(nn.Module):
    def __init__(self, lookback, horizon, pool, freq, units):
        super().__init__()
        self.lookback, self.horizon = lookback, horizon
        self.pool = nn.MaxPool1d(pool, stride=pool, ceil_mode=True)
        n_in = (lookback + pool - 1) // pool
        self.knots = max(horizon // freq, 1)
        self.mlp = nn.Sequential(
            nn.Linear(n_in, units), nn.ReLU(),
            nn.Linear(units, units), nn.ReLU(),
            nn.Linear(units, lookback + self.knots),
        )

    def forward(self, x):
        z = self.pool(x.unsqueeze(1)).squeeze(1)
        theta = self.mlp(z)
        backcast, knots = theta[:, :self.lookback], theta[:, self.lookback:]
        forecast = F.interpolate(knots.unsqueeze(1), size=self.horizon, mode="linear").squeeze(1)
        return backcast, forecast


class NHiTS(nn.Module):
    def __init__(self, lookback=48, horizon=12, pools=(8, 4, 1), freqs=(6, 3, 1), units=64):
        super().__init__()
        self.blocks = nn.ModuleList([
            HiTSBlock(lookback, horizon, p, f, units) for p, f in zip(pools, freqs)
        ])

    def forward(self, x):
        forecast = x[:, -1:]                # naive forecast as level
        residual = x.flip(-1)               # newest value first
        for block in self.blocks:
            backcast, part = block(residual)
            residual = residual - backcast
            forecast = forecast + part
        return forecast
