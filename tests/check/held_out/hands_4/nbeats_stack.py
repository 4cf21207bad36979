# residua-test: wrong target=NBeats
# What is wrong: The backcast residual is computed but the next block is again called with the raw input x, so the doubly residual stacking is lost
import torch
from torch import nn


class GenericBlock(nn.Module):
    def __init__(self, backcast_length, forecast_length, units, thetas_dim):
        super().__init__()
        self.fc = nn.Sequential(
            nn.Linear(backcast_length, units), nn.ReLU(),
            nn.Linear(units, units), nn.ReLU(),
            nn.Linear(units, units), nn.ReLU(),
            nn.Linear(units, units), nn.ReLU(),
        )
        self.theta_b = nn.Linear(units, thetas_dim, bias=False)
        self.theta_f = nn.Linear(units, thetas_dim, bias=False)
        self.backcast_fc = nn.Linear(thetas_dim, backcast_length)
        self.forecast_fc = nn.Linear(thetas_dim, forecast_length)

    def forward(self, x):
        h = self.fc(x)
        return self.backcast_fc(self.theta_b(h)), self.forecast_fc(self.theta_f(h))


class NBeats(nn.Module):
    """Univariate forecaster, input (batch, backcast_length), output (batch, forecast_length).

    Cada bloque resta su backcast de la entrada del siguiente; los forecasts se suman.
    """

    def __init__(self, backcast_length: int = 48, forecast_length: int = 12, n_blocks: int = 4, units: int = 64,
                 thetas_dim: int = 16):
        super().__init__()
        self.forecast_length = forecast_length
        self.blocks = nn.ModuleList(
            [GenericBlock(backcast_length, forecast_length, units, thetas_dim) for _ in range(n_blocks)])

    def forward(self, x):
        residual = x
        forecast = x.new_zeros(x.size(0), self.forecast_length)
        for block in self.blocks:
            b, f = block(x)  # expect
            residual = residual - b  # expect: R155
            forecast = forecast + f
        return forecast
