# residua-test: wrong target=DeepNormLayer
# What is wrong: DeepNorm's alpha (> 1) scales the branch instead of the skip: LN(x + alpha*f(x)) where LN(alpha*x + f(x)) is meant.
import math
import torch
import torch.nn as nn


class DeepNormLayer(nn.Module):
    """Encoder layer of DeepNet (post-LN, alpha = (2N)^(1/4), beta = (8N)^(-1/4)) for N layers."""

    def __init__(self, d_model=32, nhead=4, dim_ff=64, num_layers=12):
        super().__init__()
        self.alpha = math.pow(2.0 * num_layers, 0.25)
        beta = math.pow(8.0 * num_layers, -0.25)
        self.q_proj = nn.Linear(d_model, d_model)
        self.k_proj = nn.Linear(d_model, d_model)
        self.v_proj = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.fc1 = nn.Linear(d_model, dim_ff)
        self.fc2 = nn.Linear(dim_ff, d_model)
        self.attn_ln = nn.LayerNorm(d_model)
        self.ffn_ln = nn.LayerNorm(d_model)
        self.nhead = nhead
        for name, p in self.named_parameters():
            if p.dim() < 2:
                continue
            scaled = any(k in name for k in ('fc1', 'fc2', 'out_proj', 'v_proj'))
            nn.init.xavier_normal_(p, gain=beta if scaled else 1.0)

    def residual_connection(self, x, y):
        return x + self.alpha * y  # expect: R212

    def attention(self, x):
        b, t, d = x.shape
        q, k, v = (f(x).view(b, t, self.nhead, -1).transpose(1, 2)
                   for f in (self.q_proj, self.k_proj, self.v_proj))
        w = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(d // self.nhead), dim=-1)
        return self.out_proj((w @ v).transpose(1, 2).reshape(b, t, d))

    def forward(self, x):
        x = self.attn_ln(self.residual_connection(x, self.attention(x)))
        x = self.ffn_ln(self.residual_connection(x, self.fc2(torch.relu(self.fc1(x)))))
        return x
