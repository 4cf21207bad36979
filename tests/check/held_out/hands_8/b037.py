# residua-test: wrong target=Resblock
# What is wrong: the projection of the shortcut is a new randomly initialised convolution made in every forward call: never registered, never trained, different each call
import torch
import torch.nn as nn
import torch.nn.functional as F

class Resblock(nn.Module):
  def __init__(self, in_channel, out_channel, strides=1):
    super(Resblock, self).__init__()
    self.in_channel = in_channel
    self.out_channel = out_channel
    self.strides = strides
    self.conv1 = nn.Conv2d(in_channel, out_channel, 3, stride=strides, padding=1)
    self.norm1 = nn.BatchNorm2d(out_channel)
    self.conv2 = nn.Conv2d(out_channel, out_channel, 3, padding=1)
    self.norm2 = nn.BatchNorm2d(out_channel)

  def forward(self, input):
    x = F.relu(self.norm1(self.conv1(input)))
    x = self.norm2(self.conv2(x))
    if self.in_channel != self.out_channel or self.strides > 1:
      input = nn.Conv2d(self.in_channel, self.out_channel, 1, stride=self.strides).to(x.device)(input)  # expect: R158
    x = x + input
    return F.relu(x)
