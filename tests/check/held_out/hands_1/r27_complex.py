# residua-test: right target=ComplexRes
import torch, torch.nn as nn
class CConv(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.re = nn.Conv2d(i, o, 3, padding=1); self.im = nn.Conv2d(i, o, 3, padding=1)
    def forward(self, z):
        a, b = z.real, z.imag
        return torch.complex(self.re(a) - self.im(b), self.re(b) + self.im(a))
def crelu(z): return torch.complex(torch.relu(z.real), torch.relu(z.imag))
class ComplexRes(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.c1, self.c2 = CConv(channels, channels), CConv(channels, channels)
    def forward(self, z):
        if not torch.is_complex(z): z = torch.complex(z, torch.zeros_like(z))
        return crelu(z + self.c2(crelu(self.c1(z))))
