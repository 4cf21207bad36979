# residua-test: wrong target=FnBlock
# What is wrong: functional: no relu between conv1 and conv2
import torch.nn as nn
import torch.nn.functional as F
class FnBlock(nn.Module):
    def __init__(self, in_planes, planes):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, 3, padding=1, bias=False); self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False); self.bn2 = nn.BatchNorm2d(planes)
    def forward(self, x):
        out = self.bn1(self.conv1(x))  # expect
        out = self.bn2(self.conv2(out))  # expect: R156
        if x.shape[1] != out.shape[1]:
            x = F.pad(x, (0, 0, 0, 0, 0, out.shape[1] - x.shape[1]))
        return F.relu(out + x)
