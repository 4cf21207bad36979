# residua-test: wrong target=Block
# What is wrong: bn1 is used after both convs; bn2 is built and never used
import torch, torch.nn as nn

class Block(nn.Module):
  def __init__(self, in_c, out_c):
    super().__init__()
    self.conv1 = nn.Conv2d(in_c, out_c, 3, 1, 1, bias=False)
    self.bn1 = nn.BatchNorm2d(out_c)
    self.conv2 = nn.Conv2d(out_c, out_c, 3, 1, 1, bias=False)
    self.bn2 = nn.BatchNorm2d(out_c)  # expect
    self.act = nn.SiLU()
    self.skip = nn.Conv2d(in_c, out_c, 1) if in_c != out_c else nn.Identity()

  def forward(self, x):
    out = self.act(self.bn1(self.conv1(x)))
    out = self.bn1(self.conv2(out))  # expect: R121
    return self.act(out + self.skip(x))
