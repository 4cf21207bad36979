# residua-test: wrong target=CustomRes3
# What is wrong: One BatchNorm layer per width (bn64, bn128) is reused after every convolution of that width, so different layers share one gamma/beta and running statistics, and eval differs from training.
import torch
import torch.nn as nn


class CustomRes3(nn.Module):
    # resnet step by step, 3 classes
    def __init__(self):
        super(CustomRes3, self).__init__()
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn64 = nn.BatchNorm2d(64)
        # layer 1
        self.conv2 = nn.Conv2d(64, 64, kernel_size=3, padding=1, bias=False)
        self.conv3 = nn.Conv2d(64, 64, kernel_size=3, padding=1, bias=False)
        self.conv4 = nn.Conv2d(64, 64, kernel_size=3, padding=1, bias=False)
        self.conv5 = nn.Conv2d(64, 64, kernel_size=3, padding=1, bias=False)
        # layer 2
        self.conv6_downsample = nn.Conv2d(64, 128, kernel_size=1, stride=2, bias=False)
        self.conv6 = nn.Conv2d(64, 128, kernel_size=3, stride=2, padding=1, bias=False)
        self.conv7 = nn.Conv2d(128, 128, kernel_size=3, padding=1, bias=False)
        self.bn128 = nn.BatchNorm2d(128)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(128, 3)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn64(self.conv1(x))))

        # first block
        identity = x
        x = self.relu(self.bn64(self.conv2(x)))  # expect: R121
        x = self.bn64(self.conv3(x))
        x = self.relu(x + identity)

        # second block
        identity = x
        x = self.relu(self.bn64(self.conv4(x)))
        x = self.bn64(self.conv5(x))
        x = self.relu(x + identity)

        # layer 2
        identity = self.bn128(self.conv6_downsample(x))
        x = self.relu(self.bn128(self.conv6(x)))  # expect: R121
        x = self.bn128(self.conv7(x))
        x = self.relu(x + identity)

        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)
