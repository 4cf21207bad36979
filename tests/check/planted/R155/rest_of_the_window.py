# residua-test: wrong target=Forecaster
from torch import nn


class Stage(nn.Module):
    def __init__(self, past, future, width=32):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(past, width), nn.GELU(), nn.Linear(width, width), nn.GELU())
        self.explained, self.predicted = nn.Linear(width, past), nn.Linear(width, future)

    def forward(self, window):
        hidden = self.trunk(window)
        return self.explained(hidden), self.predicted(hidden)


class Forecaster(nn.Module):
    """Each stage reads what the stages before it left unexplained."""

    def __init__(self, past=48, future=12, stages=3):
        super().__init__()
        self.future = future
        self.stages = nn.ModuleList(Stage(past, future) for _ in range(stages))

    def forward(self, window):
        forecast = window.new_zeros(window.shape[0], self.future)
        for stage in self.stages:
            explained, predicted = stage(window)
            left = window - explained  # expect: R155
            forecast = forecast + predicted
        return forecast
