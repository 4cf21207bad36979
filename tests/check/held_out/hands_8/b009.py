# residua-test: right target=SharedLayerEncoder
import torch
import torch.nn as nn


class SharedLayerEncoder(nn.Module):
    """ALBERT-like text classifier. All layers share one set of weights.

    ids: (batch, length) int64, 0 is padding (position 0 is never padding)
    """

    def __init__(self, vocab_size=120, emb=16, hidden=32, heads=4, num_layers=3, max_len=64, n_classes=3):
        super().__init__()
        self.num_layers = num_layers
        self.tok = nn.Embedding(vocab_size, emb, padding_idx=0)
        self.pos = nn.Embedding(max_len, emb)
        self.up = nn.Linear(emb, hidden)
        self.attn = nn.MultiheadAttention(hidden, heads, batch_first=True)
        self.ln_a = nn.LayerNorm(hidden)
        self.ffn = nn.Sequential(nn.Linear(hidden, 4 * hidden), nn.GELU(), nn.Linear(4 * hidden, hidden))
        self.ln_f = nn.LayerNorm(hidden)
        self.cls = nn.Linear(hidden, n_classes)

    def layer(self, x, pad):
        a, _ = self.attn(x, x, x, key_padding_mask=pad, need_weights=False)
        x = self.ln_a(x + a)
        return self.ln_f(x + self.ffn(x))

    def forward(self, ids):
        pad = ids == 0
        pad[:, 0] = False
        pos = torch.arange(ids.shape[1], device=ids.device)
        x = self.up(self.tok(ids) + self.pos(pos))
        for _ in range(self.num_layers):
            x = self.layer(x, pad)
        return self.cls(x[:, 0])
