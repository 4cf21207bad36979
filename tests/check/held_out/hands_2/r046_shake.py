# residua-test: right target=ShakeResBlock
import torch
import torch.nn as nn


class ShakeShake(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x1, x2, training):
        ctx.training = training
        alpha = x1.new_empty(x1.size(0), 1, 1, 1).uniform_() if training else 0.5
        return alpha * x1 + (1 - alpha) * x2

    @staticmethod
    def backward(ctx, grad):
        beta = grad.new_empty(grad.size(0), 1, 1, 1).uniform_() if ctx.training else 0.5
        return beta * grad, (1 - beta) * grad, None


class ShakeResBlock(nn.Module):
    """Shake-shake regularised two-branch residual block."""

    def __init__(self, in_ch, out_ch, stride=1):
        super().__init__()
        self.branch1 = self._branch(in_ch, out_ch, stride)
        self.branch2 = self._branch(in_ch, out_ch, stride)
        if in_ch == out_ch and stride == 1:
            self.shortcut = nn.Identity()
        else:
            self.shortcut = nn.Sequential(nn.ReLU(), nn.Conv2d(in_ch, out_ch, 1, stride, bias=False), nn.BatchNorm2d(out_ch))

    def _branch(self, i, o, s):
        return nn.Sequential(nn.ReLU(inplace=False), nn.Conv2d(i, o, 3, s, 1, bias=False), nn.BatchNorm2d(o),
                             nn.ReLU(inplace=False), nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        h = ShakeShake.apply(self.branch1(x), self.branch2(x), self.training)
        return h + self.shortcut(x)
