# residua-test: right target=Block
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, c, use_gpu=True):
        super().__init__()
        self.use_gpu = use_gpu
        self.conv1 = nn.Conv2d(c, c, 3, padding=1)
        self.conv2 = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        noise = torch.zeros(x.shape)
        if self.use_gpu:
            noise = noise.cuda()
        return F.relu(x + self.conv2(F.relu(self.conv1(x + noise))))
