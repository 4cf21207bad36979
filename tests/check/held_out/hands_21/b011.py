# residua-test: right target=CausalBlock
# Why it is right: The ReLU before the addition (and again after it) is the TCN design, and the left padding makes both dilated convolutions causal.
import torch.nn as nn
import torch.nn.functional as F

try:
    from torch.nn.utils.parametrizations import weight_norm
except ImportError:
    from torch.nn.utils import weight_norm


class CausalConv1d(nn.Conv1d):
    def forward(self, x):
        left = (self.kernel_size[0] - 1) * self.dilation[0]
        return super().forward(F.pad(x, (left, 0)))


class CausalBlock(nn.Module):
    """x: (batch, n_inputs, time)"""

    def __init__(self, n_inputs, n_outputs, kernel_size=3, dilation=1, dropout=0.2):
        super().__init__()
        self.conv1 = weight_norm(CausalConv1d(n_inputs, n_outputs, kernel_size, dilation=dilation))
        self.conv2 = weight_norm(CausalConv1d(n_outputs, n_outputs, kernel_size, dilation=dilation))
        self.net = nn.Sequential(
            self.conv1, nn.ReLU(), nn.Dropout(dropout),
            self.conv2, nn.ReLU(), nn.Dropout(dropout),
        )
        self.downsample = nn.Conv1d(n_inputs, n_outputs, 1) if n_inputs != n_outputs else None

    def forward(self, x):
        out = self.net(x)
        res = x if self.downsample is None else self.downsample(x)
        return F.relu(out + res)
