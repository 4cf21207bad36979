# residua-test: wrong target=ResNet34 right=networks/depth_stages_of_one_more
import torch
import torch.nn as nn
import torch.nn.functional as F


class Unit(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout))
        self.skip = nn.Identity()
        if stride != 1 or cin != cout:
            self.skip = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x))


class ResNet34(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.stage1 = self.stage(16, 16, 3, 1)
        self.stage2 = self.stage(16, 32, 4, 2)
        self.stage3 = self.stage(32, 64, 6, 2)
        self.stage4 = self.stage(64, 128, 3, 2)
        self.fc = nn.Linear(128, num_classes)

    @staticmethod
    def stage(cin, cout, count, stride):
        layers = [Unit(cin, cout, stride)]
        layers += [Unit(cout, cout) for _ in range(count)]  # expect: R140
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.stage4(self.stage3(self.stage2(self.stage1(self.stem(x)))))
        return self.fc(x.mean((2, 3)))
