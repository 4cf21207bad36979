# residua-test: wrong target=ReluBeforeAdd
# What is wrong: relu on the branch right before the addition (branch can only add non-negative)
import torch
import torch.nn as nn

def cbr(i, o, s=1):
    return nn.Sequential(nn.Conv2d(i, o, 3, s, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))

class ReluBeforeAdd(nn.Module):
    def __init__(self, in_ch, out_ch, stride=1):
        super().__init__()
        self.a = cbr(in_ch, out_ch, stride)
        self.b = cbr(out_ch, out_ch)  # expect
        self.p = nn.Sequential()
        if in_ch != out_ch or stride != 1:
            self.p = nn.Sequential(nn.Conv2d(in_ch, out_ch, 1, stride, bias=False), nn.BatchNorm2d(out_ch))
    def forward(self, x):
        return self.p(x) + self.b(self.a(x))  # expect: R106
