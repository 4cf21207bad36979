# residua-test: wrong target=GPTBlock
# What is wrong: the mask built with diagonal=0 also blocks the own position, so the first row of the scores is all -inf and its softmax is NaN
import math
import torch
import torch.nn as nn


class GPTBlock(nn.Module):
    """decoder-only block, pre-LN. x: (B, T, n_embd), T <= block_size"""

    def __init__(self, n_embd=64, n_head=4, block_size=32, resid_pdrop=0.1):
        super().__init__()
        self.n_head = n_head
        self.ln_1 = nn.LayerNorm(n_embd)
        self.ln_2 = nn.LayerNorm(n_embd)
        self.key = nn.Linear(n_embd, n_embd)
        self.query = nn.Linear(n_embd, n_embd)
        self.value = nn.Linear(n_embd, n_embd)
        self.proj = nn.Linear(n_embd, n_embd)
        self.mlp = nn.Sequential(
            nn.Linear(n_embd, 4 * n_embd),
            nn.GELU(),
            nn.Linear(4 * n_embd, n_embd),
        )
        self.drop = nn.Dropout(resid_pdrop)
        # True = this position must not be seen
        mask = torch.triu(torch.ones(block_size, block_size, dtype=torch.bool), diagonal=0)  # expect: R232
        self.register_buffer("mask", mask)

    def attend(self, h):
        B, T, C = h.shape
        k = self.key(h).view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        q = self.query(h).view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        v = self.value(h).view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        att = (q @ k.transpose(-2, -1)) / math.sqrt(k.size(-1))
        att = att.masked_fill(self.mask[:T, :T], float('-inf')).softmax(dim=-1)
        return self.proj((att @ v).transpose(1, 2).reshape(B, T, C))

    def forward(self, x):
        x = x + self.drop(self.attend(self.ln_1(x)))
        x = x + self.drop(self.mlp(self.ln_2(x)))
        return x
