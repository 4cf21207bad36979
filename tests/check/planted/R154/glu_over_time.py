# residua-test: wrong target=GatedConv right=blocks/glu_over_channels
import torch.nn as nn
import torch.nn.functional as F


class GatedConv(nn.Module):
    def __init__(self, channels=32, kernel_size=5):
        super().__init__()
        self.conv = nn.Conv1d(channels, 2 * channels, kernel_size, padding=kernel_size // 2)

    def forward(self, x):
        y = self.conv(F.dropout(x, 0.05, self.training))
        y = F.glu(y)  # expect: R154
        return x + y
