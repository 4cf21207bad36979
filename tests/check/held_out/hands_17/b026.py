# residua-test: wrong target=DecoderBlock
# What is wrong: the stream is overwritten by its layer norm before the attention, so the sum adds the normalised input, not the input
import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DecoderBlock(nn.Module):
    def __init__(self, width: int = 64, heads: int = 4, drop: float = 0.1):
        super().__init__()
        self.heads = heads
        self.ln_attn = nn.LayerNorm(width)
        self.ln_mlp = nn.LayerNorm(width)
        self.to_qkv = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.grow = nn.Linear(width, 4 * width)
        self.shrink = nn.Linear(4 * width, width)
        self.drop = nn.Dropout(drop)

    def attend(self, tokens: Tensor) -> Tensor:
        b, t, w = tokens.shape
        q, k, v = self.to_qkv(tokens).chunk(3, dim=-1)
        q, k, v = (z.view(b, t, self.heads, w // self.heads).transpose(1, 2) for z in (q, k, v))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.merge(mixed.transpose(1, 2).reshape(b, t, w))

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.ln_attn(tokens)  # expect: R198
        tokens = tokens + self.drop(self.attend(tokens))
        hidden = F.gelu(self.grow(self.ln_mlp(tokens)))
        return tokens + self.drop(self.shrink(hidden))
