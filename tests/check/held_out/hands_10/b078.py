# residua-test: right target=ShakeResNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class ShakeFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x1, x2, alpha, beta):
        ctx.save_for_backward(beta)
        return alpha * x1 + (1 - alpha) * x2

    @staticmethod
    def backward(ctx, grad_output):
        beta, = ctx.saved_tensors
        return beta * grad_output, (1 - beta) * grad_output, None, None


def shake(x1, x2, training):
    if not training:
        return 0.5 * (x1 + x2)
    n = x1.size(0)
    # "image" level, one number per sample
    alpha = torch.rand(n, 1, 1, 1, device=x1.device, dtype=x1.dtype)
    beta = torch.rand(n, 1, 1, 1, device=x1.device, dtype=x1.dtype)
    return ShakeFunction.apply(x1, x2, alpha, beta)


class SkippingPath(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.stride = stride
        self.path1 = nn.Conv2d(cin, cout // 2, 1, bias=False)
        self.path2 = nn.Conv2d(cin, cout - cout // 2, 1, bias=False)
        self.bn = nn.BatchNorm2d(cout)

    def forward(self, x):
        x = F.relu(x)
        a = F.avg_pool2d(x, 1, self.stride)
        # second path sees the image shifted by one pixel
        b = F.avg_pool2d(F.pad(x, (-1, 1, -1, 1)), 1, self.stride)
        return self.bn(torch.cat([self.path1(a), self.path2(b)], dim=1))


class ShakeBlock(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.b1, self.b2 = self._branch(cin, cout, stride), self._branch(cin, cout, stride)
        self.skip = nn.Identity() if cin == cout and stride == 1 else SkippingPath(cin, cout, stride)

    @staticmethod
    def _branch(cin, cout, stride):
        return nn.Sequential(
            nn.ReLU(inplace=False),
            nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        return self.skip(x) + shake(self.b1(x), self.b2(x), self.training)


class ShakeResNet(nn.Module):
    def __init__(self, n=1, base=16, classes=10):
        super().__init__()
        layers, c = [nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)], 16
        for i, w in enumerate((base, 2 * base, 4 * base)):
            for j in range(n):
                layers.append(ShakeBlock(c, w, 2 if i > 0 and j == 0 else 1))
                c = w
        self.body = nn.Sequential(*layers)
        self.fc = nn.Linear(c, classes)

    def forward(self, x):
        h = F.relu(self.body(x))
        return self.fc(h.mean((2, 3)))
