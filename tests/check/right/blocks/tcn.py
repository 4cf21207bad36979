# residua-test: right target=TCN style='post-activation basic'
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import weight_norm


class TCN(nn.Module):
    def __init__(self, n_inputs, n_outputs, kernel_size=3, stride=1, dilation=2, dropout=0.2):
        super().__init__()
        self.pad = (kernel_size - 1) * dilation
        self.conv1 = weight_norm(nn.Conv1d(n_inputs, n_outputs, kernel_size, stride, self.pad, dilation))
        self.conv2 = weight_norm(nn.Conv1d(n_outputs, n_outputs, kernel_size, stride, self.pad, dilation))
        self.drop = nn.Dropout(dropout)
        self.downsample = nn.Conv1d(n_inputs, n_outputs, 1) if n_inputs != n_outputs else None

    def forward(self, x):
        y = self.drop(F.relu(self.conv1(x)[:, :, : -self.pad].contiguous()))
        y = self.drop(F.relu(self.conv2(y)[:, :, : -self.pad].contiguous()))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))
