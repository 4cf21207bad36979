# residua-test: wrong target=NBeats
# What is wrong: The residual for the next block is taken from the original input x each time instead of the running residual, so only the last backcast is removed and the doubly residual stacking is lost.
import torch
import torch.nn as nn


class NBeatsBlock(nn.Module):
    def __init__(self, backcast_length, forecast_length, units, theta_dim):
        super().__init__()
        self.fc = nn.Sequential(
            nn.Linear(backcast_length, units), nn.ReLU(),
            nn.Linear(units, units), nn.ReLU(),
            nn.Linear(units, units), nn.ReLU(),
        )
        self.theta_b = nn.Linear(units, theta_dim, bias=False)
        self.theta_f = nn.Linear(units, theta_dim, bias=False)
        self.backcast = nn.Linear(theta_dim, backcast_length)
        self.forecast = nn.Linear(theta_dim, forecast_length)

    def forward(self, x):
        h = self.fc(x)
        return self.backcast(self.theta_b(h)), self.forecast(self.theta_f(h))


class NBeats(nn.Module):
    """N-BEATS, generic version. Each block explains a part of the window; the part is removed
    before the next block sees it, the partial forecasts are summed."""

    def __init__(self, backcast_length=60, forecast_length=12, n_blocks=4, units=64, theta_dim=8):
        super().__init__()
        self.forecast_length = forecast_length
        self.blocks = nn.ModuleList(
            NBeatsBlock(backcast_length, forecast_length, units, theta_dim) for _ in range(n_blocks)
        )

    def forward(self, x):
        residual = x
        forecast = x.new_zeros(x.size(0), self.forecast_length)
        for block in self.blocks:
            b, f = block(residual)
            residual = x - b  # expect: R241
            forecast = forecast + f
        return forecast
