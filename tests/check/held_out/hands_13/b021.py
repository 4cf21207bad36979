# residua-test: right target=FaceResUnit
import torch.nn as nn


class FaceResUnit(nn.Module):
    """unit of my face embedding net: BN first, PReLU in the middle, nothing after the sum"""

    def __init__(self, c_in=32, c_out=32, stride=2):
        super().__init__()
        self.bn_in = nn.BatchNorm2d(c_in)
        self.conv_a = nn.Conv2d(c_in, c_out, 3, padding=1, bias=False)
        self.bn_a = nn.BatchNorm2d(c_out)
        self.prelu = nn.PReLU(c_out)
        self.conv_b = nn.Conv2d(c_out, c_out, 3, stride=stride, padding=1, bias=False)
        self.bn_b = nn.BatchNorm2d(c_out)

        if c_in == c_out:
            # a pool of size 1 only takes every stride-th pixel
            self.side = nn.MaxPool2d(kernel_size=1, stride=stride)
        else:
            self.side = nn.Sequential(
                nn.Conv2d(c_in, c_out, 1, stride=stride, bias=False), nn.BatchNorm2d(c_out))

    def forward(self, faces):
        y = self.bn_a(self.conv_a(self.bn_in(faces)))
        y = self.bn_b(self.conv_b(self.prelu(y)))
        return y + self.side(faces)
