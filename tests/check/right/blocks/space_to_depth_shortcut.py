# residua-test: right target=Folded
import torch.nn.functional as F
from torch import nn


class Folded(nn.Module):
    """Folds 2×2 pixels into channels on the shortcut, so that nothing is lost."""

    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout)
        self.conv2, self.bn2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout)
        self.stride, self.project = stride, None
        if stride != 1 or cin != cout:
            self.project = nn.Sequential(nn.Conv2d(cin * stride * stride, cout, 1, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.project is not None:
            rows, columns = x.size(2) % self.stride, x.size(3) % self.stride
            x = F.pad(x, (0, columns, 0, rows))
            n, c, h, w = x.shape
            x = x.view(n, c, h // self.stride, self.stride, w // self.stride, self.stride)
            x = self.project(x.permute(0, 1, 3, 5, 2, 4).reshape(n, -1, h // self.stride, w // self.stride))
        return F.relu(y + x)
