# residua-test: wrong target=EncoderLayer
# What is wrong: in the norm_first branch x itself is replaced by norm(x), so the residual stream is the normalised tensor (norm(x) + f(norm(x))) instead of x + f(norm(x))
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class LayerConfig:
    d_model: int = 32
    n_head: int = 4
    d_ff: int = 64
    dropout: float = 0.0
    norm_first: bool = True     # pre-LN (Xiong et al. 2020) if set, else the 2017 post-LN


class EncoderLayer(nn.Module):
    def __init__(self, cfg: LayerConfig = LayerConfig()):
        super().__init__()
        self.cfg = cfg
        self.self_attn = nn.MultiheadAttention(cfg.d_model, cfg.n_head, dropout=cfg.dropout, batch_first=True)  # found: R147
        self.ff = nn.Sequential(
            nn.Linear(cfg.d_model, cfg.d_ff),
            nn.ReLU(),
            nn.Dropout(cfg.dropout),
            nn.Linear(cfg.d_ff, cfg.d_model),
        )
        self.norm1 = nn.LayerNorm(cfg.d_model)
        self.norm2 = nn.LayerNorm(cfg.d_model)
        self.drop = nn.Dropout(cfg.dropout)

    def _attend(self, x: Tensor) -> Tensor:
        return self.self_attn(x, x, x, need_weights=False)[0]

    def _sublayer(self, x: Tensor, norm: nn.Module, fn) -> Tensor:
        if self.cfg.norm_first:
            x = norm(x)  # expect
            return x + self.drop(fn(x))
        return norm(x + self.drop(fn(x)))

    def forward(self, x: Tensor) -> Tensor:
        x = self._sublayer(x, self.norm1, self._attend)
        x = self._sublayer(x, self.norm2, self.ff)
        return x
