# residua-test: wrong target=NBeatsStack
# What is wrong: only the last block's forecast is kept; the forecasts of the blocks are not summed
import torch
from torch import nn
from torch.nn import functional as F


class NBeatsBlock(nn.Module):
    def __init__(self, backcast_length, forecast_length, hidden):
        super().__init__()
        self.fc1 = nn.Linear(backcast_length, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = nn.Linear(hidden, hidden)
        self.backcast = nn.Linear(hidden, backcast_length)
        self.forecast = nn.Linear(hidden, forecast_length)

    def forward(self, x):
        h = F.relu(self.fc1(x))
        h = F.relu(self.fc2(h))
        h = F.relu(self.fc3(h))
        return self.backcast(h), self.forecast(h)


class NBeatsStack(nn.Module):
    """Doubly residual stack: every block takes what the ones before could not explain,
    the forecast is the sum of the partial forecasts of all the blocks."""

    def __init__(self, backcast_length=60, forecast_length=12, hidden=64, n_blocks=3):
        super().__init__()
        self.forecast_length = forecast_length
        self.blocks = nn.ModuleList(
            [NBeatsBlock(backcast_length, forecast_length, hidden) for _ in range(n_blocks)])

    def forward(self, y):
        residual = y
        forecast = torch.zeros(y.size(0), self.forecast_length, device=y.device)
        for block in self.blocks:
            b, f = block(residual)
            residual = residual - b
            forecast = f  # expect: R155
        return forecast
