# residua-test: right target=VGGBlock
import torch.nn as nn
class VGGBlock(nn.Module):
    def __init__(self, in_channels, out_channels, n=2):
        super().__init__()
        l = []
        for i in range(n):
            l += [nn.Conv2d(in_channels if i == 0 else out_channels, out_channels, 3, padding=1), nn.ReLU(inplace=True)]
        l.append(nn.MaxPool2d(2, 2))
        self.block = nn.Sequential(*l)
    def forward(self, x):
        return self.block(x)
