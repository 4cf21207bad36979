# residua-test: wrong target=Res
# What is wrong: detach on the residual branch: convs get no gradient
import torch, torch.nn as nn
class Res(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.f = nn.Sequential(nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c), nn.ReLU(),
                               nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c))
    def forward(self, x):
        fx = self.f(x).detach()  # expect: R127
        return torch.relu(fx + x)
