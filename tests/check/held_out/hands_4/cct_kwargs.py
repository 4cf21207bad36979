# residua-test: wrong target=CompactTransformer args=img_size=32,stochastic_depth=0.0
# What is wrong: CompactTransformer hands over stochastic_depth=..., but the classifier's parameter is called stochastic_depth_rate and **kwargs swallows the other name, so the rate is always 0.1
import torch
import torch.nn as nn


class DropPath(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0.:
            return x
        keep = 1. - self.p
        return x * x.new_empty(x.size(0), 1, 1).bernoulli_(keep) / keep


class EncoderLayer(nn.Module):
    def __init__(self, d_model, nhead, dim_feedforward, dropout, drop_path_rate):
        super().__init__()
        self.pre_norm = nn.LayerNorm(d_model)
        self.self_attn = nn.MultiheadAttention(d_model, nhead, batch_first=True)
        self.norm1 = nn.LayerNorm(d_model)
        self.ff = nn.Sequential(nn.Linear(d_model, dim_feedforward), nn.GELU(), nn.Dropout(dropout),
                                nn.Linear(dim_feedforward, d_model), nn.Dropout(dropout))
        self.drop_path = DropPath(drop_path_rate)

    def forward(self, src):
        h = self.pre_norm(src)
        src = src + self.drop_path(self.self_attn(h, h, h, need_weights=False)[0])
        return src + self.drop_path(self.ff(self.norm1(src)))


class TransformerClassifier(nn.Module):
    def __init__(self, seq_len, embedding_dim=128, num_layers=4, num_heads=4, mlp_ratio=2.0, num_classes=10,
                 dropout=0.1, stochastic_depth_rate=0.1, **kwargs):  # expect
        super().__init__()
        self.pos = nn.Parameter(torch.zeros(1, seq_len, embedding_dim))
        nn.init.trunc_normal_(self.pos, std=0.2)
        dpr = torch.linspace(0, stochastic_depth_rate, num_layers).tolist()
        self.blocks = nn.ModuleList([
            EncoderLayer(embedding_dim, num_heads, int(embedding_dim * mlp_ratio), dropout, dpr[i])
            for i in range(num_layers)])
        self.norm = nn.LayerNorm(embedding_dim)
        self.attention_pool = nn.Linear(embedding_dim, 1)
        self.fc = nn.Linear(embedding_dim, num_classes)

    def forward(self, x):
        x = x + self.pos
        for blk in self.blocks:
            x = blk(x)
        x = self.norm(x)
        x = (self.attention_pool(x).softmax(dim=1).transpose(-1, -2) @ x).squeeze(-2)
        return self.fc(x)


class CompactTransformer(nn.Module):
    """CCT: a small convolutional tokenizer, then a transformer with sequence pooling."""

    def __init__(self, img_size=32, embedding_dim=128, n_input_channels=3, dropout=0.1, stochastic_depth=0.1,
                 **kwargs):
        super().__init__()
        self.tokenizer = nn.Sequential(
            nn.Conv2d(n_input_channels, embedding_dim, 3, 1, 1, bias=False), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
            nn.Conv2d(embedding_dim, embedding_dim, 3, 1, 1, bias=False), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        self.classifier = TransformerClassifier(
            seq_len=(img_size // 4) ** 2,
            embedding_dim=embedding_dim,
            dropout=dropout,
            stochastic_depth=stochastic_depth,  # expect: R189
            **kwargs)

    def forward(self, x):
        return self.classifier(self.tokenizer(x).flatten(2).transpose(-2, -1))
