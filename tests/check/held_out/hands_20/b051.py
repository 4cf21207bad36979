# residua-test: wrong target=NBeats
# What is wrong: Each block's backcast is subtracted from the network's input instead of from the running residual, so later blocks see what earlier ones already explained.
import torch
import torch.nn as nn


class GenericBlock(nn.Module):
    def __init__(self, backcast_len, forecast_len, units=64, theta=16, layers=4):
        super().__init__()
        sizes = [backcast_len] + [units] * layers
        self.fc = nn.Sequential(*[
            nn.Sequential(nn.Linear(a, b), nn.ReLU()) for a, b in zip(sizes[:-1], sizes[1:])])
        self.theta_b = nn.Linear(units, theta, bias=False)
        self.theta_f = nn.Linear(units, theta, bias=False)
        self.back = nn.Linear(theta, backcast_len)
        self.fore = nn.Linear(theta, forecast_len)

    def forward(self, x):
        h = self.fc(x)
        return self.back(self.theta_b(h)), self.fore(self.theta_f(h))


class NBeats(nn.Module):
    """Doubly residual stacking for univariate forecasting, (B, backcast_len) -> (B, forecast_len)."""

    def __init__(self, backcast_len=24, forecast_len=6, n_blocks=3):
        super().__init__()
        self.forecast_len = forecast_len
        self.blocks = nn.ModuleList(
            [GenericBlock(backcast_len, forecast_len) for _ in range(n_blocks)])

    def forward(self, x):
        residual = x
        forecast = x.new_zeros(x.size(0), self.forecast_len)
        for block in self.blocks:
            backcast, block_forecast = block(residual)
            residual = x - backcast  # expect: R241
            forecast = forecast + block_forecast
        return forecast
