# residua-test: wrong target=NBeatsStack
# What is wrong: The forecasts of the blocks are not summed: each block overwrites the one before, so only the last block's forecast is returned.
import torch
from torch import nn


class GenericBlock(nn.Module):
    def __init__(self, backcast_len, forecast_len, units=64, n_layers=3):
        super().__init__()
        fc = [nn.Linear(backcast_len, units), nn.ReLU()]
        for _ in range(n_layers - 1):
            fc += [nn.Linear(units, units), nn.ReLU()]
        self.fc = nn.Sequential(*fc)
        self.backcast = nn.Linear(units, backcast_len)
        self.forecast = nn.Linear(units, forecast_len)

    def forward(self, x):
        h = self.fc(x)
        return self.backcast(h), self.forecast(h)


class NBeatsStack(nn.Module):
    """
    N-BEATS: doubly residual stacking.
    Every block takes its backcast away from the input of the next one, the forecast of the
    stack is the sum over the blocks.
    Returns (what is left of the input, forecast).
    """

    def __init__(self, backcast_len=30, forecast_len=7, n_blocks=3, units=64):
        super().__init__()
        self.forecast_len = forecast_len
        self.blocks = nn.ModuleList(
            [GenericBlock(backcast_len, forecast_len, units) for _ in range(n_blocks)])

    def forward(self, x):
        forecast = x.new_zeros(x.size(0), self.forecast_len)
        for block in self.blocks:
            b, f = block(x)
            x = x - b
            forecast = f  # expect: R155
        return x, forecast
