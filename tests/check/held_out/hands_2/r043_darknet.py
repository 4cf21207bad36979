# residua-test: right target=DarkResidual
import torch.nn as nn


def conv_batch(in_num, out_num, kernel_size=3, padding=1, stride=1):
    return nn.Sequential(
        nn.Conv2d(in_num, out_num, kernel_size=kernel_size, stride=stride, padding=padding, bias=False),
        nn.BatchNorm2d(out_num),
        nn.LeakyReLU(0.1))


class DarkResidual(nn.Module):
    """Darknet-53 residual block (YOLOv3)."""

    def __init__(self, filters):
        super().__init__()
        reduced = filters // 2
        self.layer1 = conv_batch(filters, reduced, kernel_size=1, padding=0)
        self.layer2 = conv_batch(reduced, filters)

    def forward(self, x):
        residual = x
        out = self.layer1(x)
        out = self.layer2(out)
        out += residual
        return out
