# residua-test: right target=RightHifi
from torch import nn
from torch.nn import functional as F


class RightHifi(nn.Module):
    def __init__(self, channels, kernel_size=3, dilation=(1, 3)):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv1d(channels, channels, kernel_size, 1, padding=d * (kernel_size - 1) // 2, dilation=d) for d in dilation])

    def forward(self, x):
        for c in self.convs:
            xt = F.leaky_relu(x, 0.1)
            xt = c(xt)
            x = xt + x
        return x
