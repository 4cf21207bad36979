# residua-test: wrong target=TransformerLayer
# What is wrong: The second residual branch calls the attention block again instead of the MLP, which is never used.
import torch
import torch.nn as nn


class SelfAttention(nn.Module):
    def __init__(self, hidden_size, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.head_dim = hidden_size // n_heads
        self.qkv_proj = nn.Linear(hidden_size, 3 * hidden_size)
        self.out_proj = nn.Linear(hidden_size, hidden_size)

    def forward(self, x):
        B, N, C = x.shape
        qkv = self.qkv_proj(x).reshape(B, N, 3, self.n_heads, self.head_dim).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        att = torch.matmul(q, k.transpose(-2, -1)) * (self.head_dim ** (-0.5))
        att = torch.softmax(att, dim=-1)
        out = torch.matmul(att, v).transpose(1, 2).reshape(B, N, C)
        return self.out_proj(out)


class TransformerLayer(nn.Module):
    r"""
    DiT layer (adaLN-Zero):
        scale/shift -> attention -> gate -> residual
        scale/shift -> mlp       -> gate -> residual
    """

    def __init__(self, hidden_size=32, num_heads=4, timestep_emb_dim=32):
        super().__init__()
        ff_hidden = 4 * hidden_size
        self.att_norm = nn.LayerNorm(hidden_size, elementwise_affine=False, eps=1E-6)
        self.attn_block = SelfAttention(hidden_size, num_heads)
        self.ff_norm = nn.LayerNorm(hidden_size, elementwise_affine=False, eps=1E-6)
        self.mlp_block = nn.Sequential(
            nn.Linear(hidden_size, ff_hidden),
            nn.GELU(approximate='tanh'),
            nn.Linear(ff_hidden, hidden_size),
        )
        self.adaptive_norm_layer = nn.Sequential(
            nn.SiLU(),
            nn.Linear(timestep_emb_dim, 6 * hidden_size, bias=True),
        )
        nn.init.constant_(self.adaptive_norm_layer[-1].weight, 0)
        nn.init.constant_(self.adaptive_norm_layer[-1].bias, 0)

    def forward(self, x, condition):
        params = self.adaptive_norm_layer(condition).chunk(6, dim=1)
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = [p.unsqueeze(1) for p in params]
        out = x
        h = self.att_norm(out) * (1 + scale_a) + shift_a
        out = out + gate_a * self.attn_block(h)
        h = self.ff_norm(out) * (1 + scale_m) + shift_m
        out = out + gate_m * self.attn_block(h)  # expect: R126
        return out
