# residua-test: right target=RepVGGBlock
import torch
import torch.nn as nn


def conv_bn(in_channels, out_channels, kernel_size, stride, padding):
    result = nn.Sequential()
    result.add_module('conv', nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False))
    result.add_module('bn', nn.BatchNorm2d(out_channels))
    return result


class RepVGGBlock(nn.Module):
    """Multi-branch (training) form: relu(BN(x) + BN(conv1x1(x)) + BN(conv3x3(x)))."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.nonlinearity = nn.ReLU()
        same = out_channels == in_channels and stride == 1
        self.rbr_identity = nn.BatchNorm2d(in_channels) if same else None
        self.rbr_dense = conv_bn(in_channels, out_channels, 3, stride, 1)
        self.rbr_1x1 = conv_bn(in_channels, out_channels, 1, stride, 0)

    def forward(self, inputs):
        id_out = 0 if self.rbr_identity is None else self.rbr_identity(inputs)
        return self.nonlinearity(self.rbr_dense(inputs) + self.rbr_1x1(inputs) + id_out)
