# residua-test: wrong target=SpeechEncoder args=feat_in=80,d_model=64,n_layers=1
# What is wrong: The linear drop schedule divides by (n_layers - 1), so a one-layer encoder raises ZeroDivisionError at construction
from typing import List, Optional

import torch
from torch import nn


def compute_drop_probs(num_layers: int, drop_prob: float = 0.1, mode: str = "linear") -> List[float]:
    """Layer-wise drop probabilities for stochastic depth."""
    if not 0 <= drop_prob < 1.0:
        raise ValueError("stochastic_depth_drop_prob must be in [0, 1).")
    L = num_layers
    if mode == "linear":
        return [l / (L - 1) * drop_prob for l in range(L)]  # expect: R161
    elif mode == "uniform":
        return [drop_prob] * L
    raise ValueError(f"stochastic_depth_mode={mode!r}")


class SpeechEncoderLayer(nn.Module):
    def __init__(self, d_model: int, n_heads: int, ff: int):
        super().__init__()
        self.norm1 = nn.LayerNorm(d_model)
        self.attn = nn.MultiheadAttention(d_model, n_heads, batch_first=True)
        self.norm2 = nn.LayerNorm(d_model)
        self.ff = nn.Sequential(nn.Linear(d_model, ff), nn.SiLU(), nn.Linear(ff, d_model))

    def forward(self, x, pad_mask=None):
        h = self.norm1(x)
        x = x + self.attn(h, h, h, key_padding_mask=pad_mask, need_weights=False)[0]
        return x + self.ff(self.norm2(x))


class SpeechEncoder(nn.Module):
    def __init__(self, feat_in: int = 80, d_model: int = 176, n_layers: int = 16, n_heads: int = 4,
                 stochastic_depth_drop_prob: float = 0.1, stochastic_depth_mode: str = "linear"):
        super().__init__()
        self.pre_encode = nn.Linear(feat_in, d_model)
        self.layers = nn.ModuleList(
            [SpeechEncoderLayer(d_model, n_heads, 4 * d_model) for _ in range(n_layers)])
        self.layer_drop_probs = compute_drop_probs(n_layers, stochastic_depth_drop_prob,  # expect
                                                   stochastic_depth_mode)

    def forward(self, audio_signal: torch.Tensor, pad_mask: Optional[torch.Tensor] = None) -> torch.Tensor:
        x = self.pre_encode(audio_signal)
        for drop_prob, layer in zip(self.layer_drop_probs, self.layers):
            original = x
            x = layer(x, pad_mask)
            if self.training and drop_prob > 0.0:
                if torch.rand(1).item() < drop_prob:
                    x = x * 0.0 + original
                else:
                    x = (x - original) / (1.0 - drop_prob) + original
        return x
