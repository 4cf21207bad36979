# residua-test: right target=TableNet
from torch import nn


class RowUnit(nn.Module):
    def __init__(self, d, factor=2, p=0.1):
        super().__init__()
        self.steps = nn.Sequential(nn.BatchNorm1d(d), nn.Linear(d, factor * d), nn.ReLU(), nn.Dropout(p), nn.Linear(factor * d, d))

    def forward(self, rows):
        return rows + self.steps(rows)


class TableNet(nn.Module):
    """Rows of a table with any number of columns."""

    def __init__(self, d=32, depth=3, outputs=1):
        super().__init__()
        self.columns = nn.LazyLinear(d)
        self.units = nn.Sequential(*(RowUnit(d) for _ in range(depth)))
        self.outputs = nn.Sequential(nn.BatchNorm1d(d), nn.ReLU(), nn.Linear(d, outputs))

    def forward(self, rows):
        return self.outputs(self.units(self.columns(rows)))
