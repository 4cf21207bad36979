# residua-test: wrong target=VQEncoder
# What is wrong: One Residual object is put into the list n times, so all residual layers share their weights.
import torch
from torch import nn


class ResLayer(nn.Module):
    def __init__(self, ch, inner):
        super().__init__()
        self.f = nn.Sequential(
            nn.ReLU(), nn.Conv2d(ch, inner, 3, padding=1, bias=False),
            nn.ReLU(), nn.Conv2d(inner, ch, 1, bias=False),
        )

    def forward(self, x):
        return x + self.f(x)


class VQEncoder(nn.Module):
    """image -> grid of code vectors (a quarter of the size), n_res residual layers at the small size"""

    def __init__(self, img_ch=3, hidden=64, n_res=3, res_hidden=16, code_dim=32):
        super().__init__()
        self.shrink = nn.Sequential(
            nn.Conv2d(img_ch, hidden // 2, 4, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(hidden // 2, hidden, 4, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(hidden, hidden, 3, padding=1),
        )
        self.stack = nn.ModuleList([ResLayer(hidden, res_hidden)] * n_res)  # expect: R122
        self.to_code = nn.Conv2d(hidden, code_dim, 1)

    def forward(self, img):
        z = self.shrink(img)
        for layer in self.stack:
            z = layer(z)
        return self.to_code(torch.relu(z))
