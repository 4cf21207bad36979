# residua-test: right target=ForecastNet args='seq_len=24, pred_len=12'
from torch import nn


class ForecastNet(nn.Module):
    """NLinear (Zeng 2023): the last level of each series is taken off before the layer, and put back behind it."""

    def __init__(self, seq_len, pred_len):
        super().__init__()
        self.linear = nn.Linear(seq_len, pred_len)

    def forward(self, x):
        last = x[:, :, -1:].detach()
        return self.linear(x - last) + last
