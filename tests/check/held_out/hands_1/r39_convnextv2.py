# residua-test: right target=BlockV2
import torch, torch.nn as nn
class GRN(nn.Module):
    def __init__(self, d):
        super().__init__(); self.g = nn.Parameter(torch.zeros(1, 1, 1, d)); self.b = nn.Parameter(torch.zeros(1, 1, 1, d))
    def forward(self, x):
        n = torch.norm(x, p=2, dim=(1, 2), keepdim=True)
        return self.g * (x * n / (n.mean(-1, keepdim=True) + 1e-6)) + self.b + x
class BlockV2(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dw = nn.Conv2d(dim, dim, 7, padding=3, groups=dim); self.n = nn.LayerNorm(dim, eps=1e-6)
        self.p1 = nn.Linear(dim, 4 * dim); self.grn = GRN(4 * dim); self.p2 = nn.Linear(4 * dim, dim)
    def forward(self, x):
        y = self.dw(x).permute(0, 2, 3, 1)
        y = self.p2(self.grn(nn.functional.gelu(self.p1(self.n(y)))))
        return x + y.permute(0, 3, 1, 2)
