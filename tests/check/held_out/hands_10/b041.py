# residua-test: right target=AntiAliasedStage
import torch
from torch import nn
import torch.nn.functional as F


class BlurPool(nn.Module):
    def __init__(self, channels, filt_size=3, stride=2):
        super().__init__()
        row = {1: [1.], 2: [1., 1.], 3: [1., 2., 1.], 4: [1., 3., 3., 1.], 5: [1., 4., 6., 4., 1.]}[filt_size]
        a = torch.tensor(row)
        filt = a[:, None] * a[None, :]
        filt = filt / filt.sum()
        self.register_buffer("filt", filt[None, None].repeat(channels, 1, 1, 1))
        lo, hi = (filt_size - 1) // 2, filt_size // 2
        self.pad = nn.ReflectionPad2d([lo, hi, lo, hi])
        self.stride = stride

    def forward(self, x):
        return F.conv2d(self.pad(x), self.filt, stride=self.stride, groups=x.shape[1])


class Block(nn.Module):
    def __init__(self, cin, cout, stride=1, filt_size=3):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.relu = nn.ReLU(inplace=True)
        # conv at full resolution - relu - blur and subsample - conv
        self.blur = nn.Identity() if stride == 1 else BlurPool(cout, filt_size, stride)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        short = []
        if stride != 1:
            short.append(BlurPool(cin, filt_size, stride))
        if stride != 1 or cin != cout:
            short += [nn.Conv2d(cin, cout, 1, bias=False), nn.BatchNorm2d(cout)]
        self.short = nn.Sequential(*short)

    def forward(self, x):
        y = self.blur(self.relu(self.bn1(self.conv1(x))))
        y = self.bn2(self.conv2(y))
        return self.relu(y + self.short(x))


class AntiAliasedStage(nn.Sequential):
    def __init__(self, cin, cout, n, stride=2, filt_size=4):
        super().__init__(*[Block(cin if i == 0 else cout, cout, stride if i == 0 else 1, filt_size) for i in range(n)])
