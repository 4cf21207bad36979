# residua-test: right target=ShakeBlock args='shake=(True, True)'
import torch
import torch.nn as nn
import torch.nn.functional as F


class Shake(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x1, x2, alpha, beta):
        ctx.save_for_backward(beta)
        return x1 * alpha + x2 * (1 - alpha)

    @staticmethod
    def backward(ctx, grad):
        (beta,) = ctx.saved_tensors
        return grad * beta, grad * (1 - beta), None, None


class Path(nn.Module):
    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        return self.bn2(self.conv2(F.relu(self.bn1(self.conv1(F.relu(x))))))


class Skip(nn.Module):
    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.stride = stride
        self.conv1 = nn.Conv2d(in_channels, out_channels // 2, 1, bias=False)
        self.conv2 = nn.Conv2d(in_channels, out_channels // 2, 1, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        x = F.relu(x)
        left = self.conv1(F.avg_pool2d(x, 1, self.stride))
        right = self.conv2(F.avg_pool2d(F.pad(x[:, :, 1:, 1:], (0, 1, 0, 1)), 1, self.stride))
        return self.bn(torch.cat([left, right], dim=1))


class ShakeBlock(nn.Module):
    """Shake-Shake (Gastaldi 2017) with an autograd function of its own; it strides only with more channels."""

    def __init__(self, in_channels, out_channels, stride, shake):
        super().__init__()
        self.shake = shake
        self.path1 = Path(in_channels, out_channels, stride)
        self.path2 = Path(in_channels, out_channels, stride)
        self.skip = nn.Sequential()
        if in_channels != out_channels:
            self.skip.add_module("skip", Skip(in_channels, out_channels, stride))

    def forward(self, x):
        forward, backward = self.shake if self.training else (False, False)
        shape = (len(x), 1, 1, 1)
        alpha = torch.rand(shape, device=x.device) if forward else torch.full(shape, 0.5, device=x.device)
        beta = torch.rand(shape, device=x.device) if backward else torch.full(shape, 0.5, device=x.device)
        return self.skip(x) + Shake.apply(self.path1(x), self.path2(x), alpha, beta)
