# residua-test: right target=WaveNetLayer
import torch, torch.nn as nn, torch.nn.functional as F
class WaveNetLayer(nn.Module):
    def __init__(self, residual_channels, skip_channels=32, kernel_size=2, dilation=1):
        super().__init__()
        self.pad = (kernel_size - 1) * dilation
        self.dil = nn.Conv1d(residual_channels, 2 * residual_channels, kernel_size, dilation=dilation)
        self.res = nn.Conv1d(residual_channels, residual_channels, 1)
        self.skip = nn.Conv1d(residual_channels, skip_channels, 1)
    def forward(self, x):
        a, b = self.dil(F.pad(x, (self.pad, 0))).chunk(2, 1)
        z = torch.tanh(a) * torch.sigmoid(b)
        return x + self.res(z), self.skip(z)
