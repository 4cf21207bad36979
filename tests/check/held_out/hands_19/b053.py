# residua-test: right target=TemporalBlock args='n_inputs=8, n_outputs=16, kernel_size=3, stride=1, dilation=2, padding=4'
# Why it is right: the TCN block: both convolutions are padded on two sides and their last `padding` steps are cut off, which makes them causal.
import torch.nn as nn
from torch.nn.utils import weight_norm


class Chomp1d(nn.Module):
    def __init__(self, chomp_size):
        super().__init__()
        self.chomp_size = chomp_size

    def forward(self, x):
        return x[:, :, :-self.chomp_size].contiguous()


class TemporalBlock(nn.Module):
    def __init__(self, n_inputs, n_outputs, kernel_size, stride, dilation, padding, dropout=0.2):
        super().__init__()

        def half(cin):
            conv = nn.Conv1d(cin, n_outputs, kernel_size, stride=stride, padding=padding, dilation=dilation)
            nn.init.normal_(conv.weight, 0, 0.01)
            return [weight_norm(conv), Chomp1d(padding), nn.ReLU(), nn.Dropout(dropout)]

        self.net = nn.Sequential(*half(n_inputs), *half(n_outputs))
        self.downsample = nn.Conv1d(n_inputs, n_outputs, 1) if n_inputs != n_outputs else None
        self.relu = nn.ReLU()

    def forward(self, x):
        out = self.net(x)
        res = x if self.downsample is None else self.downsample(x)
        return self.relu(out + res)
