# residua-test: right target=VQResidual
import torch
from torch import nn
import torch.nn.functional as F



class VQResidual(nn.Module):
    def __init__(self, dim=32, codes=64):
        super().__init__()
        self.enc = nn.Linear(dim, dim)
        self.codebook = nn.Embedding(codes, dim)
        self.dec = nn.Linear(dim, dim)

    def forward(self, x):
        z = self.enc(x)
        d = torch.cdist(z.reshape(-1, z.size(-1)), self.codebook.weight)
        q = self.codebook(d.argmin(-1)).view_as(z)
        commit = F.mse_loss(z, q.detach()) + F.mse_loss(q, z.detach())
        q = z + (q - z).detach()
        return x + self.dec(q), commit
