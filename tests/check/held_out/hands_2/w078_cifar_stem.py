# residua-test: wrong target=CifarResNet
# What is wrong: ImageNet stem (stride 4) and fixed 7x7 pooling in a network declared for 32x32 images: crash
"""ResNet for CIFAR-10. Input: 3 x 32 x 32."""
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout))
        self.proj = nn.Identity()
        if cin != cout or stride != 1:
            self.proj = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        return torch.relu(self.body(x) + self.proj(x))


class CifarResNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, 64, kernel_size=7, stride=2, padding=3, bias=False),  # expect: R131
            nn.BatchNorm2d(64),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2, padding=1),  # expect
        )
        self.stage1 = nn.Sequential(Block(64, 64), Block(64, 64))
        self.stage2 = nn.Sequential(Block(64, 128, 2), Block(128, 128))
        self.stage3 = nn.Sequential(Block(128, 256, 2), Block(256, 256))
        self.avgpool = nn.AvgPool2d(7)  # expect
        self.fc = nn.Linear(256, num_classes)

    def forward(self, images):
        x = self.stem(images)
        x = self.stage3(self.stage2(self.stage1(x)))
        x = self.avgpool(x)  # expect: R132
        return self.fc(x.flatten(1))
