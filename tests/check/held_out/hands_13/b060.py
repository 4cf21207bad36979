# residua-test: wrong target=CausalForecaster
# What is wrong: The chomp cuts the padding off at the left instead of the right, so the output at t sees the future.
import torch
import torch.nn as nn


class CutPadding(nn.Module):
    """conv pads both ends, throw the surplus away"""

    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, x):
        return x[..., self.n:].contiguous()  # expect: R176


def dilated(c_in, c_out, k, d, p):
    pad = d * (k - 1)
    return [nn.Conv1d(c_in, c_out, k, padding=pad, dilation=d), CutPadding(pad), nn.ReLU(), nn.Dropout(p)]


class TCNBlock(nn.Module):
    def __init__(self, c_in, c_out, k, d, p):
        super().__init__()
        self.branch = nn.Sequential(*dilated(c_in, c_out, k, d, p), *dilated(c_out, c_out, k, d, p))
        self.match = nn.Conv1d(c_in, c_out, 1) if c_in != c_out else nn.Identity()

    def forward(self, x):
        return torch.relu(self.branch(x) + self.match(x))


class CausalForecaster(nn.Module):
    """Next step forecast with a TCN: the output at time t may only look at the inputs up to t.

    in: (batch, features, time)   out: (batch, 1, time)
    """

    def __init__(self, features=4, widths=(16, 16, 32), k=3, p=0.1):
        super().__init__()
        sizes = (features,) + tuple(widths)
        self.tcn = nn.Sequential(*[
            TCNBlock(a, b, k, 2 ** i, p) for i, (a, b) in enumerate(zip(sizes, sizes[1:]))
        ])
        self.readout = nn.Conv1d(sizes[-1], 1, 1)

    def forward(self, series):
        return self.readout(self.tcn(series))
