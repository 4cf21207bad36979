# residua-test: wrong target=WideResNet
# What is wrong: The TensorFlow decay 0.9 is passed as PyTorch's momentum, whose meaning is the opposite (should be 1 - decay = 0.1): running statistics follow only the last batch.
# Converted from our TF1 code base (wrn_cifar.py)
import torch
import torch.nn as nn
import torch.nn.functional as F

BATCH_NORM_DECAY = 0.9
BATCH_NORM_EPSILON = 1e-5


def batch_norm(n):
    # tf.layers.batch_normalization(x, momentum=BATCH_NORM_DECAY, epsilon=BATCH_NORM_EPSILON)
    return nn.BatchNorm2d(n, momentum=BATCH_NORM_DECAY, eps=BATCH_NORM_EPSILON)  # expect: R180


class WideBlock(nn.Module):
    def __init__(self, nin, nout, stride):
        super().__init__()
        self.bn1 = batch_norm(nin)
        self.conv1 = nn.Conv2d(nin, nout, 3, stride=stride, padding=1, bias=False)
        self.bn2 = batch_norm(nout)
        self.conv2 = nn.Conv2d(nout, nout, 3, padding=1, bias=False)
        self.proj = None
        if nin != nout or stride > 1:
            self.proj = nn.Conv2d(nin, nout, 1, stride=stride, bias=False)

    def forward(self, x):
        pre = F.relu(self.bn1(x))
        sc = x if self.proj is None else self.proj(pre)
        y = self.conv1(pre)
        y = self.conv2(F.relu(self.bn2(y)))
        return y + sc


class WideResNet(nn.Module):
    def __init__(self, depth=10, k=2, num_classes=10):
        super().__init__()
        assert (depth - 4) % 6 == 0
        n = (depth - 4) // 6
        widths = [16, 16 * k, 32 * k, 64 * k]
        self.conv1 = nn.Conv2d(3, widths[0], 3, padding=1, bias=False)
        self.group1 = self._group(widths[0], widths[1], n, 1)
        self.group2 = self._group(widths[1], widths[2], n, 2)
        self.group3 = self._group(widths[2], widths[3], n, 2)
        self.bn = batch_norm(widths[3])
        self.fc = nn.Linear(widths[3], num_classes)

    def _group(self, nin, nout, n, stride):
        return nn.Sequential(*[WideBlock(nin if i == 0 else nout, nout, stride if i == 0 else 1)
                               for i in range(n)])

    def forward(self, x):
        x = self.conv1(x)
        x = self.group3(self.group2(self.group1(x)))
        x = F.relu(self.bn(x))
        x = x.mean(dim=(2, 3))
        return self.fc(x)
