# residua-test: wrong target=K_ViewShortcut
import torch.nn.functional as F
from torch import nn


class K_ViewShortcut(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout)
        self.conv2, self.bn2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout)
        self.stride = stride
        self.proj = nn.Conv2d(cin * stride * stride, cout, 1) if stride != 1 or cin != cout else None
    def forward(self, x):
        n, c, h, w = x.shape
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        s = x
        if self.proj is not None:
            s = self.proj(x.reshape(n, c * self.stride ** 2, h // self.stride, w // self.stride))  # expect: R199
        return F.relu(y + s)
