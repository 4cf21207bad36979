# residua-test: wrong target=ShiftBottleneck args='inplanes=32, planes=8'
# What is wrong: The shifted tensor starts from zeros and the channels that are not shifted are never copied, so three quarters of the branch input are zero.
import torch
import torch.nn as nn


class TemporalShift(nn.Module):
    def __init__(self, n_segment=4, fold_div=8):
        super().__init__()
        self.n_segment = n_segment
        self.fold_div = fold_div

    def forward(self, x):
        nt, c, h, w = x.size()
        x = x.view(nt // self.n_segment, self.n_segment, c, h, w)
        fold = c // self.fold_div
        out = torch.zeros_like(x)  # expect
        out[:, :-1, :fold] = x[:, 1:, :fold]
        out[:, 1:, fold:2 * fold] = x[:, :-1, fold:2 * fold]
        return out.view(nt, c, h, w)  # expect


class ShiftBottleneck(nn.Module):
    """2D bottleneck with a temporal shift on the branch; frames are folded into the batch (N*T, C, H, W)."""

    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None, n_segment=4):
        super().__init__()
        self.shift = TemporalShift(n_segment)
        self.conv1 = nn.Conv2d(inplanes, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, planes * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(self.shift(x))))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return self.relu(out + identity)
