# residua-test: wrong target=Res1dBlock
# What is wrong: One BatchNorm module is used after both convolutions, so its running statistics mix two different distributions and eval differs from training.
import torch.nn as nn


class Res1dBlock(nn.Module):
    # ECG signals, (batch, channels, samples)
    def __init__(self, channels=16, kernel_size=7, p=0.2):
        super().__init__()
        self.conv1 = nn.Conv1d(channels, channels, kernel_size, padding=kernel_size // 2, bias=False)
        self.conv2 = nn.Conv1d(channels, channels, kernel_size, padding=kernel_size // 2, bias=False)
        self.bn = nn.BatchNorm1d(channels)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(p)

    def forward(self, x):
        residual = x
        out = self.conv1(x)
        out = self.relu(self.bn(out))
        out = self.dropout(out)
        out = self.conv2(out)
        out = self.bn(out)  # expect: R121
        return self.relu(out + residual)
