# residua-test: wrong target=SensorTCN
# What is wrong: The trimming removes the first pad steps instead of the last ones, so the output is shifted into the future and the causal network sees later inputs.
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm


class TCNLayer(nn.Module):
    def __init__(self, cin, cout, k, d, p):
        super().__init__()
        self.pad = (k - 1) * d
        # conv1d pads on both sides, the surplus is cut off afterwards
        self.c1 = weight_norm(nn.Conv1d(cin, cout, k, padding=self.pad, dilation=d))
        self.c2 = weight_norm(nn.Conv1d(cout, cout, k, padding=self.pad, dilation=d))
        self.drop = nn.Dropout(p)
        self.res = nn.Conv1d(cin, cout, 1) if cin != cout else None

    def cut(self, t):
        return t[:, :, self.pad:]  # expect: R176

    def forward(self, x):
        y = self.drop(torch.relu(self.cut(self.c1(x))))
        y = self.drop(torch.relu(self.cut(self.c2(y))))
        return torch.relu(y + (x if self.res is None else self.res(x)))


class SensorTCN(nn.Module):
    """Online model: the value at time t may only use the sensor readings up to t."""

    def __init__(self, sensors, channels, k=2, p=0.1):
        super().__init__()
        dims = [sensors] + list(channels)
        self.layers = nn.Sequential(*[
            TCNLayer(a, b, k, 2 ** i, p) for i, (a, b) in enumerate(zip(dims[:-1], dims[1:]))])
        self.out = nn.Conv1d(dims[-1], 1, 1)

    def forward(self, x):
        return self.out(self.layers(x)).squeeze(1)
