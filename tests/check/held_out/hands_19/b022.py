# residua-test: wrong target=EmbeddingNet
# What is wrong: squeeze() without dimensions also removes the batch axis when the batch holds a single image, and normalize(dim=-1) hides it.
# face / whale re-identification: embeddings for arcface
import torch
from torch import nn
from torch.nn import functional as F


class IRBlock(nn.Module):
    def __init__(self, in_channel, depth, stride):
        super().__init__()
        if in_channel == depth:
            self.shortcut_layer = nn.MaxPool2d(1, stride)
        else:
            self.shortcut_layer = nn.Sequential(
                nn.Conv2d(in_channel, depth, (1, 1), stride, bias=False), nn.BatchNorm2d(depth))
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(in_channel),
            nn.Conv2d(in_channel, depth, (3, 3), (1, 1), 1, bias=False),
            nn.PReLU(depth),
            nn.Conv2d(depth, depth, (3, 3), stride, 1, bias=False),
            nn.BatchNorm2d(depth),
        )

    def forward(self, x):
        return self.res_layer(x) + self.shortcut_layer(x)


class EmbeddingNet(nn.Module):
    def __init__(self, emb_dim=128):
        super().__init__()
        self.input_layer = nn.Sequential(nn.Conv2d(3, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32), nn.PReLU(32))
        self.body = nn.Sequential(IRBlock(32, 32, 2), IRBlock(32, 64, 2), IRBlock(64, 64, 1))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(64, emb_dim)

    def forward(self, x):
        x = self.body(self.input_layer(x))
        x = self.pool(x).squeeze()  # expect: R137, R192
        return F.normalize(self.fc(x), dim=-1)
