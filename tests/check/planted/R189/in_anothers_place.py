# residua-test: wrong target=Net right=networks/pools_by_its_stride
import torch
from torch import nn


class Pool(nn.Module):
    def __init__(self, kernel_size=2, stride=None):
        super().__init__()
        self.pool = nn.AvgPool2d(kernel_size, stride)

    def forward(self, x):
        return self.pool(x)


class Block(nn.Module):
    def __init__(self, cin, cout, res_scale=1.0, relu_first=False):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)  # found: R172
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.skip = None
        if cin != cout:
            self.skip = nn.Sequential(nn.Conv2d(cin, cout, 1, bias=False), nn.BatchNorm2d(cout))
        self.res_scale, self.relu_first = res_scale, relu_first

    def forward(self, x):
        y = torch.relu(x) if self.relu_first else x
        y = self.res_scale * self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(y)))))
        return torch.relu(y + (x if self.skip is None else self.skip(x)))


class Net(nn.Module):
    def __init__(self, width=16, stride=2, relu_first=False, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(), Pool(stride)
        )
        self.block1 = Block(width, width, 1, relu_first)
        self.block2 = Block(width, 2 * width, relu_first)  # expect: R189
        self.fc = nn.Linear(2 * width, num_classes)

    def forward(self, x):
        return self.fc(self.block2(self.block1(self.stem(x))).mean((2, 3)))
