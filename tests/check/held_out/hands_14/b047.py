# residua-test: wrong target=ViTForCifar
# What is wrong: nn.MultiheadAttention is created without batch_first=True but gets (batch, tokens, dim), so it attends over the batch instead of over the tokens of one image and the class token never sees a patch.
import torch
from torch import nn


class EncoderBlock(nn.Module):
    def __init__(self, embed_dim, hidden_dim, num_heads, dropout=0.0):
        super().__init__()
        self.layer_norm_1 = nn.LayerNorm(embed_dim)
        self.attn = nn.MultiheadAttention(embed_dim, num_heads, dropout=dropout)  # expect: R210
        self.layer_norm_2 = nn.LayerNorm(embed_dim)
        self.linear = nn.Sequential(
            nn.Linear(embed_dim, hidden_dim),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden_dim, embed_dim),
            nn.Dropout(dropout),
        )

    def forward(self, x):
        inp_x = self.layer_norm_1(x)
        x = x + self.attn(inp_x, inp_x, inp_x, need_weights=False)[0]
        x = x + self.linear(self.layer_norm_2(x))
        return x


class ViTForCifar(nn.Module):
    def __init__(self, embed_dim=64, hidden_dim=128, num_heads=4, num_layers=3, patch=4, num_classes=10, dropout=0.1):
        super().__init__()
        n = (32 // patch) ** 2
        self.patchify = nn.Conv2d(3, embed_dim, patch, patch)
        self.cls_token = nn.Parameter(torch.randn(1, 1, embed_dim) * 0.02)
        self.pos_embedding = nn.Parameter(torch.randn(1, 1 + n, embed_dim) * 0.02)
        self.transformer = nn.Sequential(
            *(EncoderBlock(embed_dim, hidden_dim, num_heads, dropout) for _ in range(num_layers))
        )
        self.mlp_head = nn.Sequential(nn.LayerNorm(embed_dim), nn.Linear(embed_dim, num_classes))

    def forward(self, x):
        x = self.patchify(x).flatten(2).transpose(1, 2)     # [B, N, D]
        cls = self.cls_token.expand(x.shape[0], -1, -1)
        x = torch.cat([cls, x], dim=1) + self.pos_embedding
        x = self.transformer(x)
        return self.mlp_head(x[:, 0])
