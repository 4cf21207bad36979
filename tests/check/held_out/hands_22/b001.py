# residua-test: wrong target=LanguageFusionEncoder
# What is wrong: The attention is built without batch_first although tokens come as (batch, tokens, dim), so it attends across the images of the batch.
import torch
from torch import nn


class EncoderLayer(nn.Module):
    def __init__(self, d_model, nhead, dim_ff, dropout):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d_model, nhead, dropout)  # expect: R210
        self.linear1 = nn.Linear(d_model, dim_ff)
        self.linear2 = nn.Linear(dim_ff, d_model)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)
        self.act = nn.GELU()

    def forward(self, src):
        src2, _ = self.self_attn(src, src, src)
        src = self.norm1(src + self.dropout(src2))
        src2 = self.linear2(self.dropout(self.act(self.linear1(src))))
        return self.norm2(src + self.dropout(src2))


class LanguageFusionEncoder(nn.Module):
    """Open-vocabulary detector: fuses the coarsest feature map with prompt embeddings.

    feat: (B, C, H, W), positions already added; prompt: (B, L, C). Returns both, refined.
    """

    def __init__(self, d_model=64, nhead=4, dim_ff=128, num_layers=2, dropout=0.0):
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(d_model, nhead, dim_ff, dropout) for _ in range(num_layers))

    def forward(self, feat, prompt):
        B, C, H, W = feat.shape
        tokens = torch.cat([feat.flatten(2).transpose(1, 2), prompt], dim=1)
        for layer in self.layers:
            tokens = layer(tokens)
        vis, txt = tokens[:, : H * W], tokens[:, H * W :]
        return vis.transpose(1, 2).reshape(B, C, H, W), txt
