# residua-test: right target=RepBlock
import torch
from torch import nn
import torch.nn.functional as F


def conv_bn(cin, cout, k, stride=1, groups=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2, groups=groups, bias=False), nn.BatchNorm2d(cout))


class RepBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, deploy=False):
        super().__init__()
        self.in_channels, self.out_channels, self.stride = in_channels, out_channels, stride
        self.deploy = deploy
        if deploy:
            self.reparam = nn.Conv2d(in_channels, out_channels, 3, stride, 1)
        else:
            self.dense = conv_bn(in_channels, out_channels, 3, stride)
            self.point = conv_bn(in_channels, out_channels, 1, stride)
            self.identity = nn.BatchNorm2d(in_channels) if in_channels == out_channels and stride == 1 else None

    def forward(self, x):
        if self.deploy:
            return F.relu(self.reparam(x))
        skip = 0 if self.identity is None else self.identity(x)
        return F.relu(self.dense(x) + self.point(x) + skip)

    def _fuse(self, kernel, bn):
        std = (bn.running_var + bn.eps).sqrt()
        t = (bn.weight / std).reshape(-1, 1, 1, 1)
        return kernel * t, bn.bias - bn.running_mean * bn.weight / std

    def kernel_bias(self):
        k3, b3 = self._fuse(self.dense[0].weight, self.dense[1])
        k1, b1 = self._fuse(self.point[0].weight, self.point[1])
        kernel, bias = k3 + F.pad(k1, [1, 1, 1, 1]), b3 + b1
        if self.identity is not None:
            eye = torch.zeros(self.in_channels, self.in_channels, 3, 3)
            for i in range(self.in_channels):
                eye[i, i, 1, 1] = 1
            ki, bi = self._fuse(eye, self.identity)
            kernel, bias = kernel + ki, bias + bi
        return kernel, bias

    @torch.no_grad()
    def switch_to_deploy(self):
        if self.deploy:
            return
        kernel, bias = self.kernel_bias()
        conv = nn.Conv2d(self.in_channels, self.out_channels, 3, self.stride, 1)
        conv.weight.data = kernel
        conv.bias.data = bias
        self.reparam = conv
        del self.dense, self.point, self.identity
        self.deploy = True
