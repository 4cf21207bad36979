# residua-test: right target=DeepNormEncoderLayer
import torch
import torch.nn as nn


class DeepNormEncoderLayer(nn.Module):
    def __init__(self, d_model=32, nhead=4, dim_feedforward=64, num_layers=18, dropout=0.0):
        super().__init__()
        self.alpha = (2 * num_layers) ** 0.25
        beta = (8 * num_layers) ** -0.25
        self.attn = nn.MultiheadAttention(d_model, nhead, batch_first=True)
        self.ffn = nn.Sequential(nn.Linear(d_model, dim_feedforward), nn.ReLU(), nn.Linear(dim_feedforward, d_model))
        self.norm = nn.ModuleList([nn.LayerNorm(d_model), nn.LayerNorm(d_model)])
        self.drop = nn.Dropout(dropout)
        with torch.no_grad():
            for lin in (self.ffn[0], self.ffn[2], self.attn.out_proj):
                nn.init.xavier_normal_(lin.weight, gain=beta)
            q, k, v = self.attn.in_proj_weight.chunk(3)
            nn.init.xavier_normal_(q, gain=1.0)
            nn.init.xavier_normal_(k, gain=1.0)
            nn.init.xavier_normal_(v, gain=beta)

    def forward(self, x):
        y = self.attn(x, x, x, need_weights=False)[0]
        x = self.norm[0](x * self.alpha + self.drop(y))
        y = self.ffn(x)
        x = self.norm[1](x * self.alpha + self.drop(y))
        return x
