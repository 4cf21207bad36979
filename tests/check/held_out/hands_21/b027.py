# residua-test: right target=DRRN
# Why it is right: DRRN shares one pair of convolutions over all recursions and always adds the first feature map: the sharing is the method.
import torch.nn as nn


class DRRN(nn.Module):
    """Deep recursive residual network for super-resolution of the Y channel.

    The input is already enlarged by bicubic interpolation.
    """

    def __init__(self, width=32, recursions=6):
        super().__init__()
        self.recursions = recursions
        self.relu = nn.ReLU()
        self.input = nn.Conv2d(1, width, 3, padding=1, bias=False)
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.output = nn.Conv2d(width, 1, 3, padding=1, bias=False)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")

    def forward(self, x):
        first = self.input(self.relu(x))
        out = first
        for _ in range(self.recursions):
            out = self.conv2(self.relu(self.conv1(self.relu(out))))
            out = out + first
        return x + self.output(self.relu(out))
