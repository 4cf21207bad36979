# residua-test: wrong target=VQEncoder
# What is wrong: The residual branch starts with an in-place ReLU that overwrites the block's input, so the skip adds ReLU(input) and not the pre-activation input.
import torch
from torch import nn


def res_unit(dim, hidden):
    """relu - 3x3 - relu - 1x1, used below with a skip"""
    return nn.Sequential(
        nn.ReLU(inplace=True),  # expect: R108
        nn.Conv2d(dim, hidden, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(hidden, dim, 1),
    )


class VQEncoder(nn.Module):
    # encoder of the discrete autoencoder, output goes to the codebook
    def __init__(self, in_ch=3, dim=32, hidden=16, n_res=2, code_dim=8):
        super().__init__()
        self.down = nn.Sequential(
            nn.Conv2d(in_ch, dim // 2, 4, 2, 1), nn.ReLU(inplace=True),
            nn.Conv2d(dim // 2, dim, 4, 2, 1), nn.ReLU(inplace=True),
            nn.Conv2d(dim, dim, 3, 1, 1),
        )
        self.res = nn.ModuleList([res_unit(dim, hidden) for _ in range(n_res)])
        self.to_code = nn.Sequential(nn.ReLU(), nn.Conv2d(dim, code_dim, 1))

    def forward(self, img):
        z = self.down(img)
        for unit in self.res:
            branch = unit(z)
            z = branch + z
        return self.to_code(z)
