# residua-test: wrong target=LowDoseCT
# What is wrong: One conv layer and one transposed conv layer are created and called several times, so the encoder and decoder layers share weights instead of the ten separate layers of the network.
from torch import nn


class LowDoseCT(nn.Module):
    """Residual encoder/decoder for low-dose CT slices: ten layers (five 5x5 convolutions,
    five 5x5 transposed convolutions, no padding), three skips.
    """

    def __init__(self, width=32):
        super().__init__()
        self.enc_in = nn.Conv2d(1, width, 5)
        self.enc = nn.Conv2d(width, width, 5)
        self.dec = nn.ConvTranspose2d(width, width, 5)
        self.dec_out = nn.ConvTranspose2d(width, 1, 5)
        self.act = nn.ReLU()

    def forward(self, ct):
        act = self.act

        # down, every conv eats 4 pixels
        h1 = act(self.enc_in(ct))
        h2 = act(self.enc(h1))
        h3 = act(self.enc(h2))  # expect: R208
        h4 = act(self.enc(h3))
        h5 = act(self.enc(h4))

        # and up again
        d = act(self.dec(h5) + h4)
        d = act(self.dec(d))
        d = act(self.dec(d) + h2)
        d = act(self.dec(d))
        return act(self.dec_out(d) + ct)
