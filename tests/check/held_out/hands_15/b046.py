# residua-test: wrong target=IdentityBlock
# What is wrong: the skip is detached, so no gradient flows through it
import torch
import torch.nn as nn


class IdentityBlock(nn.Module):
    # port of the identity_block from my old keras notebook
    def __init__(self, filters=(64, 64, 256), kernel_size=3):
        super(IdentityBlock, self).__init__()
        f1, f2, f3 = filters
        # 2a
        self.conv2a = nn.Conv2d(f3, f1, 1)
        self.bn2a = nn.BatchNorm2d(f1, eps=1e-3, momentum=0.01)
        # 2b
        self.conv2b = nn.Conv2d(f1, f2, kernel_size, padding='same')
        self.bn2b = nn.BatchNorm2d(f2, eps=1e-3, momentum=0.01)
        # 2c
        self.conv2c = nn.Conv2d(f2, f3, 1)
        self.bn2c = nn.BatchNorm2d(f3, eps=1e-3, momentum=0.01)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        x_shortcut = x.clone().detach()  # expect: R127

        x = self.relu(self.bn2a(self.conv2a(x)))
        x = self.relu(self.bn2b(self.conv2b(x)))
        x = self.bn2c(self.conv2c(x))

        x = x + x_shortcut
        return self.relu(x)
