# residua-test: right target=ResidualQuantizer
import torch
from torch import nn
import torch.nn.functional as F


class ResidualQuantizer(nn.Module):
    """Each codebook quantises what the ones before it left over."""

    def __init__(self, dim=32, codes=64, levels=4):
        super().__init__()
        self.books = nn.ModuleList([nn.Embedding(codes, dim) for _ in range(levels)])

    def forward(self, z):
        rest, total, loss = z, torch.zeros_like(z), 0.0
        for book in self.books:
            d = torch.cdist(rest.reshape(-1, rest.size(-1)), book.weight)
            q = book(d.argmin(-1)).view_as(rest)
            loss = loss + F.mse_loss(q, rest.detach()) + 0.25 * F.mse_loss(rest, q.detach())
            q = rest + (q - rest).detach()
            rest = rest - q
            total = total + q
        return total, loss
