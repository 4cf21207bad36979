# residua-test: wrong target=ResConcat
# What is wrong: concatenates instead of adding then 1x1 reduces
import torch
import torch.nn as nn

class ResConcat(nn.Module):
    """Residual block: output = F(x) + x"""
    def __init__(self, in_c, out_c):
        super().__init__()
        self.conv1 = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.conv2 = nn.Conv2d(out_c, out_c, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(out_c)
        self.bn2 = nn.BatchNorm2d(out_c)
        self.relu = nn.ReLU()

    def forward(self, x):
        residual = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out = torch.cat([out, residual], dim=1)  # expect: R153
        return self.relu(out)
