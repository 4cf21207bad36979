# residua-test: right target=FiLMResBlock args='cfg=FiLMConfig(channels=16, cond_dim=12)'
from dataclasses import dataclass
import torch
from torch import nn, Tensor


@dataclass
class FiLMConfig:
    channels: int = 128
    cond_dim: int = 64
    kernel: int = 3


class FiLMResBlock(nn.Module):
    """FiLM (Perez et al. 2018): 1x1 conv + ReLU, whose output is the identity of
    conv -> BN (no affine) -> FiLM -> ReLU."""

    def __init__(self, cfg: FiLMConfig):
        super().__init__()
        c = cfg.channels
        self.inp = nn.Conv2d(c, c, 1)
        self.conv = nn.Conv2d(c, c, cfg.kernel, padding=cfg.kernel // 2)
        self.bn = nn.BatchNorm2d(c, affine=False)
        self.film = nn.Linear(cfg.cond_dim, 2 * c)

    def forward(self, x: Tensor, cond: Tensor) -> Tensor:
        identity = torch.relu(self.inp(x))
        out = self.bn(self.conv(identity))
        gamma, beta = self.film(cond).unflatten(1, (2, -1)).unbind(dim=1)
        out = (1 + gamma)[:, :, None, None] * out + beta[:, :, None, None]
        return identity + torch.relu(out)
