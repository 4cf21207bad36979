# residua-test: right target=CausalForecaster
import torch
from torch import nn
import torch.nn.functional as F


class _ResidualBlock(nn.Module):
    def __init__(self, c_in, c_out, k, dilation_base, level, p):
        super().__init__()
        d = dilation_base ** level
        self.left_padding = (k - 1) * d
        self.conv1 = nn.Conv1d(c_in, c_out, k, dilation=d)
        self.conv2 = nn.Conv1d(c_out, c_out, k, dilation=d)
        self.dropout_fn = nn.Dropout(p)
        self.conv3 = nn.Conv1d(c_in, c_out, 1) if c_in != c_out else None

    def forward(self, x):
        residual = x if self.conv3 is None else self.conv3(x)
        x = F.pad(x, (self.left_padding, 0))
        x = self.dropout_fn(F.relu(self.conv1(x)))
        x = F.pad(x, (self.left_padding, 0))
        x = self.dropout_fn(F.relu(self.conv2(x)))
        return x + residual


class CausalForecaster(nn.Module):
    """(batch, time, n_in) -> one-step forecasts (batch, time, n_out); step t uses steps <= t only"""

    def __init__(self, n_in=3, n_out=1, hidden=24, kernel_size=3, dilation_base=2, target_field=30, dropout=0.1):
        super().__init__()
        # enough levels to see target_field steps back
        levels, field = 0, 1
        while field < target_field:
            field += 2 * (kernel_size - 1) * dilation_base ** levels
            levels += 1
        self.blocks = nn.ModuleList([
            _ResidualBlock(n_in if i == 0 else hidden, hidden, kernel_size, dilation_base, i, dropout)
            for i in range(levels)])
        self.out = nn.Linear(hidden, n_out)

    def forward(self, x):
        x = x.transpose(1, 2)
        for b in self.blocks:
            x = b(x)
        return self.out(x.transpose(1, 2))
