# residua-test: right target=RightFiLM
import torch.nn as nn
import torch.nn.functional as F


class RightFiLM(nn.Module):
    def __init__(self, in_place, out_place):
        super().__init__()
        self.conv1 = nn.Conv2d(in_place, out_place, 1)
        self.conv2 = nn.Conv2d(out_place, out_place, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(out_place)

    def forward(self, img, beta, gamma):
        x = F.relu(self.conv1(img))
        out = self.norm2(self.conv2(x))
        out = out * gamma + beta
        return F.relu(out) + x
