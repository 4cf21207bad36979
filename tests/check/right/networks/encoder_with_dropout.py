# residua-test: right target=EncoderBlock
from torch import nn


class EncoderBlock(nn.Module):
    """Torch's own layers: in eval mode each is one operation, with its sums inside."""

    def __init__(self, dim=64, heads=4, depth=2):
        super().__init__()
        layer = nn.TransformerEncoderLayer(dim, heads, 2 * dim, dropout=0.1, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, depth)
        self.out = nn.Linear(dim, dim)

    def forward(self, x):
        return self.out(self.layers(x))
