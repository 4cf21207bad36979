# residua-test: right target=RightMaxPoolSkip
from torch import nn
from torch.nn import functional as F


class RightMaxPoolSkip(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv1d(in_channels, out_channels, 15, stride=stride, padding=7)
        self.bn1 = nn.BatchNorm1d(out_channels)
        self.conv2 = nn.Conv1d(out_channels, out_channels, 15, padding=7)
        self.bn2 = nn.BatchNorm1d(out_channels)
        self.proj = nn.Conv1d(in_channels, out_channels, 1) if in_channels != out_channels else None
        self.pool = nn.MaxPool1d(stride, stride, ceil_mode=True) if stride > 1 else None

    def forward(self, x):
        s = x
        if self.pool is not None:
            s = self.pool(s)
        if self.proj is not None:
            s = self.proj(s)
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        y += s
        return F.relu(y)
