# residua-test: right target=DRRN
# Why it is right: DRRN shares one pair of convolutions over all recursions and always adds the output of the first convolution; the net predicts the residual image.
# deep recursive residual network, luminance channel, input already upscaled
import torch
import torch.nn as nn


class DRRN(nn.Module):
    def __init__(self, channels=32, recursions=9):
        super().__init__()
        self.recursions = recursions
        self.input = nn.Conv2d(1, channels, 3, padding=1, bias=False)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.output = nn.Conv2d(channels, 1, 3, padding=1, bias=False)
        self.relu = nn.ReLU()
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight)

    def forward(self, x):
        residual = x
        inputs = self.input(self.relu(x))
        out = inputs
        for _ in range(self.recursions):
            out = self.conv2(self.relu(self.conv1(self.relu(out))))
            out = out + inputs
        out = self.output(self.relu(out))
        return out + residual
