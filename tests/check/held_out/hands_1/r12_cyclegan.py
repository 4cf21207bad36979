# residua-test: right target=ResnetBlock
import torch.nn as nn
class ResnetBlock(nn.Module):
    def __init__(self, dim, use_dropout=True):
        super().__init__()
        b = [nn.ReflectionPad2d(1), nn.Conv2d(dim, dim, 3), nn.InstanceNorm2d(dim), nn.ReLU(True)]
        if use_dropout: b += [nn.Dropout(0.5)]
        b += [nn.ReflectionPad2d(1), nn.Conv2d(dim, dim, 3), nn.InstanceNorm2d(dim)]
        self.conv_block = nn.Sequential(*b)
    def forward(self, x):
        return x + self.conv_block(x)
