# residua-test: right target=SEBasic style='post-activation basic'
import torch.nn as nn
import torch.nn.functional as F


def conv3x3(cin, cout, stride=1, groups=1, dilation=1):
    return nn.Conv2d(cin, cout, 3, stride, dilation, dilation, groups, bias=False)


class SEBasic(nn.Module):
    def __init__(self, cin, cout, stride=1, reduction=16):
        super().__init__()
        self.conv1, self.bn1 = conv3x3(cin, cout, stride), nn.BatchNorm2d(cout)
        self.conv2, self.bn2 = conv3x3(cout, cout), nn.BatchNorm2d(cout)
        self.fc = nn.Sequential(nn.Linear(cout, cout // reduction), nn.ReLU(), nn.Linear(cout // reduction, cout), nn.Sigmoid())
        self.down = None
        if cin != cout or stride != 1:
            self.down = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        w = self.fc(y.mean((2, 3)))[:, :, None, None]
        y = y * w
        return F.relu(y + (x if self.down is None else self.down(x)))
