# residua-test: right target=RRDB
import torch, torch.nn as nn
class RDB(nn.Module):
    def __init__(self, nf=64, gc=32):
        super().__init__()
        self.conv1 = nn.Conv2d(nf, gc, 3, 1, 1)
        self.conv2 = nn.Conv2d(nf + gc, gc, 3, 1, 1)
        self.conv3 = nn.Conv2d(nf + 2 * gc, nf, 3, 1, 1)
        self.lrelu = nn.LeakyReLU(0.2, inplace=True)
    def forward(self, x):
        a = self.lrelu(self.conv1(x))
        b = self.lrelu(self.conv2(torch.cat((x, a), 1)))
        c = self.conv3(torch.cat((x, a, b), 1))
        return c * 0.2 + x
class RRDB(nn.Module):
    def __init__(self, nf, gc=32):
        super().__init__()
        self.r1, self.r2, self.r3 = RDB(nf, gc), RDB(nf, gc), RDB(nf, gc)
    def forward(self, x):
        return self.r3(self.r2(self.r1(x))) * 0.2 + x
