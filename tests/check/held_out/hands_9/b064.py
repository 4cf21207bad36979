# residua-test: wrong target=SupConResNet
# What is wrong: `.squeeze()` without a dim also drops the batch axis when the batch is one image, and F.normalize(dim=1) then fails
import torch
import torch.nn as nn
import torch.nn.functional as F


class BasicBlock(nn.Module):

    def __init__(self, in_planes, planes, stride=1):
        super(BasicBlock, self).__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride=stride, padding=1, bias=False)
        self.gn1 = nn.GroupNorm(8, planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.gn2 = nn.GroupNorm(8, planes)
        if stride != 1 or in_planes != planes:
            self.shortcut = nn.Conv2d(in_planes, planes, 1, stride=stride, bias=False)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        out = F.relu(self.gn1(self.conv1(x)))
        out = self.gn2(self.conv2(out))
        return F.relu(out + self.shortcut(x))


class SupConResNet(nn.Module):
    """small resnet encoder + projection head; used for training and to embed single images"""

    def __init__(self, in_channel=3, width=32, feat_dim=128):
        super(SupConResNet, self).__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(in_channel, width, 3, padding=1, bias=False),
            nn.GroupNorm(8, width),
            nn.ReLU(),
            BasicBlock(width, width),
            BasicBlock(width, width * 2, 2),
            BasicBlock(width * 2, width * 4, 2),
            nn.AdaptiveAvgPool2d((1, 1)),
        )
        dim_in = width * 4
        self.head = nn.Sequential(
            nn.Linear(dim_in, dim_in),
            nn.ReLU(inplace=True),
            nn.Linear(dim_in, feat_dim),
        )

    def forward(self, x):
        feat = self.encoder(x).squeeze()  # expect: R192
        unnorm_features = self.head(feat)
        features = F.normalize(unnorm_features, dim=1)
        return features
