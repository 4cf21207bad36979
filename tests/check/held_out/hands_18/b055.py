# residua-test: wrong target=FlowResidual
# What is wrong: The second conv takes the block input instead of the first conv's output, so conv1 is dead and the residual unit is one conv deep.
import torch
import torch.nn as nn
import torch.nn.functional as F


class FlowResidual(nn.Module):
    def __init__(self, dim=32, k=3, n_blocks=4):
        super().__init__()
        self.n_blocks = n_blocks
        for b in range(n_blocks):
            setattr(self, f'res1_{b}', nn.Conv2d(dim, dim, k, padding=k // 2))
            setattr(self, f'res2_{b}', nn.Conv2d(dim, dim, k, padding=k // 2))
            setattr(self, f'n1_{b}', nn.InstanceNorm2d(dim, affine=True))
            setattr(self, f'n2_{b}', nn.InstanceNorm2d(dim, affine=True))

    def residual_block(self, inp, b):
        _ = getattr(self, f'res1_{b}')(inp)
        _ = F.leaky_relu(getattr(self, f'n1_{b}')(_), 0.2)
        _ = getattr(self, f'res2_{b}')(inp)  # expect: R103
        _ = getattr(self, f'n2_{b}')(_)
        return F.leaky_relu(_ + inp, 0.2)

    def forward(self, x):
        for b in range(self.n_blocks):
            x = self.residual_block(x, b)
        return x
