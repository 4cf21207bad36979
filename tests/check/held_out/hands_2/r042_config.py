# residua-test: right target=ConfigBlock
import torch
from dataclasses import dataclass
from torch import nn


@dataclass
class BlockConfig:
    c_in: int = 32
    c_out: int = 64
    stride: int = 2
    groups: int = 8
    act: str = "SiLU"


class ConfigBlock(nn.Module):
    def __init__(self, cfg=BlockConfig()):
        super().__init__()
        act = getattr(nn, cfg.act)
        self.main = nn.Sequential(
            nn.Conv2d(cfg.c_in, cfg.c_out, 3, cfg.stride, 1, bias=False),
            nn.GroupNorm(cfg.groups, cfg.c_out),
            act(),
            nn.Conv2d(cfg.c_out, cfg.c_out, 3, 1, 1, bias=False),
            nn.GroupNorm(cfg.groups, cfg.c_out),
        )
        if cfg.stride == 1 and cfg.c_in == cfg.c_out:
            self.skip = nn.Identity()
        else:
            self.skip = nn.Sequential(
                nn.Conv2d(cfg.c_in, cfg.c_out, 1, cfg.stride, bias=False),
                nn.GroupNorm(cfg.groups, cfg.c_out))
        self.act = act()

    def forward(self, x):
        return self.act(torch.add(self.main(x), self.skip(x)))
