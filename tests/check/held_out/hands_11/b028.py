# residua-test: right target=DeepNormEncoder
import torch
import torch.nn as nn


class DeepNormLayer(nn.Module):
    def __init__(self, d, h, alpha, beta, p=0.1):
        super().__init__()
        self.alpha = alpha
        self.h = h
        self.q, self.k, self.v, self.o = (nn.Linear(d, d, bias=False) for _ in range(4))
        self.fc1, self.fc2 = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.ln1, self.ln2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.drop = nn.Dropout(p)
        for lin in (self.fc1, self.fc2, self.v, self.o):
            nn.init.xavier_normal_(lin.weight, gain=beta)
        for lin in (self.q, self.k):
            nn.init.xavier_normal_(lin.weight, gain=1)

    def attend(self, x, pad_mask):
        b, n, d = x.shape
        heads = lambda t: t.view(b, n, self.h, d // self.h).transpose(1, 2)
        q, k, v = heads(self.q(x)), heads(self.k(x)), heads(self.v(x))
        s = q @ k.transpose(-2, -1) / (d // self.h) ** 0.5
        if pad_mask is not None:
            s = s.masked_fill(pad_mask[:, None, None, :], float('-inf'))
        return self.o((s.softmax(-1) @ v).transpose(1, 2).reshape(b, n, d))

    def forward(self, x, pad_mask=None):
        x = self.ln1(x * self.alpha + self.drop(self.attend(x, pad_mask)))
        x = self.ln2(x * self.alpha + self.drop(self.fc2(torch.relu(self.fc1(x)))))
        return x


class DeepNormEncoder(nn.Module):
    def __init__(self, n_layers, d_model, n_heads):
        super().__init__()
        # encoder only: alpha = (2N)^(1/4), beta = (8N)^(-1/4)
        alpha = (2 * n_layers) ** 0.25
        beta = (8 * n_layers) ** -0.25
        self.layers = nn.ModuleList(
            DeepNormLayer(d_model, n_heads, alpha, beta) for _ in range(n_layers))

    def forward(self, x, pad_mask=None):
        for layer in self.layers:
            x = layer(x, pad_mask)
        return x
