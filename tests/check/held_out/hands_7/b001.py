# residua-test: wrong target=MyViT
# What is wrong: nn.MultiheadAttention is built without batch_first=True although tokens are (B, N, C): attention runs over the images of the batch instead of over the patches (the class token never sees a patch, the patch projection gets no gradient).
import torch
import torch.nn as nn


class TransformerBlock(nn.Module):
    def __init__(self, embed_dim, num_heads, mlp_dim, dropout):
        super().__init__()
        self.ln1 = nn.LayerNorm(embed_dim)
        self.attn = nn.MultiheadAttention(embed_dim, num_heads, dropout=dropout)  # expect: R210
        self.ln2 = nn.LayerNorm(embed_dim)
        self.ff = nn.Sequential(
            nn.Linear(embed_dim, mlp_dim),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(mlp_dim, embed_dim),
            nn.Dropout(dropout),
        )

    def forward(self, x):
        # x : (batch, n_patches + 1, embed_dim)
        y = self.ln1(x)
        x = x + self.attn(y, y, y)[0]
        x = x + self.ff(self.ln2(x))
        return x


class MyViT(nn.Module):
    def __init__(self, chw=(1, 28, 28), patch_size=7, embed_dim=32, num_heads=4, n_layers=2, num_classes=10, dropout=0.0):
        super().__init__()
        c, h, w = chw
        self.patch_size = patch_size
        n = (h // patch_size) * (w // patch_size)
        self.linear = nn.Linear(c * patch_size * patch_size, embed_dim)
        self.cls_token = nn.Parameter(torch.randn(1, 1, embed_dim))
        self.pos = nn.Parameter(torch.randn(1, n + 1, embed_dim))
        self.blocks = nn.ModuleList([TransformerBlock(embed_dim, num_heads, 2 * embed_dim, dropout) for _ in range(n_layers)])
        self.ln = nn.LayerNorm(embed_dim)
        self.mlp_head = nn.Linear(embed_dim, num_classes)

    def patchify(self, x):
        b, c, h, w = x.shape
        p = self.patch_size
        x = x.reshape(b, c, h // p, p, w // p, p)
        return x.permute(0, 2, 4, 1, 3, 5).reshape(b, -1, c * p * p)

    def forward(self, images):
        x = self.linear(self.patchify(images))
        cls = self.cls_token.repeat(images.shape[0], 1, 1)
        x = torch.cat((cls, x), dim=1) + self.pos
        for block in self.blocks:
            x = block(x)
        return self.mlp_head(self.ln(x[:, 0]))
