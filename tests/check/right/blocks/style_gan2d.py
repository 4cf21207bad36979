# residua-test: right target=StyleGAN2D style='linear-output basic'
import math
import torch.nn as nn
import torch.nn.functional as F


class StyleGAN2D(nn.Module):
    def __init__(self, in_channel, out_channel):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channel, in_channel, 3, padding=1)
        self.conv2 = nn.Conv2d(in_channel, out_channel, 3, 2, 1)
        self.skip = nn.Conv2d(in_channel, out_channel, 1, 2, bias=False)

    def forward(self, input):
        out = F.leaky_relu(self.conv1(input), 0.2)
        out = F.leaky_relu(self.conv2(out), 0.2)
        return (out + self.skip(input)) / math.sqrt(2)
