# residua-test: right target=TCN
# Why it is right: The temporal convolutional network of Bai et al.: symmetric padding with the surplus cut off at the end is causal, 1x1 shortcut where widths differ.
import torch
import torch.nn as nn
from torch.nn.utils.parametrizations import weight_norm


class Chomp1d(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x):
        return x[:, :, :-self.size].contiguous()


class TemporalBlock(nn.Module):
    def __init__(self, cin, cout, k, dilation, dropout):
        super().__init__()
        pad = (k - 1) * dilation

        def unit(a, b):
            return [weight_norm(nn.Conv1d(a, b, k, padding=pad, dilation=dilation)),
                    Chomp1d(pad), nn.ReLU(), nn.Dropout(dropout)]

        self.net = nn.Sequential(*unit(cin, cout), *unit(cout, cout))
        self.downsample = nn.Conv1d(cin, cout, 1) if cin != cout else None
        self.relu = nn.ReLU()

    def forward(self, x):
        res = x if self.downsample is None else self.downsample(x)
        return self.relu(self.net(x) + res)


class TCN(nn.Module):
    def __init__(self, input_size=4, channels=(16, 16, 24), kernel_size=3, dropout=0.1, output_size=1):
        super().__init__()
        sizes = [input_size, *channels]
        self.network = nn.Sequential(*[
            TemporalBlock(a, b, kernel_size, 2 ** i, dropout)
            for i, (a, b) in enumerate(zip(sizes[:-1], sizes[1:]))])
        self.linear = nn.Linear(sizes[-1], output_size)

    def forward(self, x):
        return self.linear(self.network(x)[:, :, -1])
