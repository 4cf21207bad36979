# residua-test: right target=RevUnit
import torch
from torch import nn
from torch.autograd import Function


class RevFunction(Function):

    @staticmethod
    def forward(ctx, x, fm, gm, *params):
        a, b = torch.chunk(x, 2, dim=1)
        with torch.no_grad():
            ya = a + fm(b)
            yb = b + gm(ya)
        out = torch.cat((ya, yb), dim=1)
        ctx.fm, ctx.gm, ctx.params = fm, gm, params
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad_out):
        out, = ctx.saved_tensors
        ya, yb = torch.chunk(out.detach(), 2, dim=1)
        # inputs back from the outputs
        with torch.no_grad():
            b = yb - ctx.gm(ya)
            a = ya - ctx.fm(b)
        # and one ordinary pass with graph
        with torch.enable_grad():
            a.requires_grad_(True)
            b.requires_grad_(True)
            ya = a + ctx.fm(b)
            yb = b + ctx.gm(ya)
            again = torch.cat((ya, yb), dim=1)
            grads = torch.autograd.grad(again, (a, b) + ctx.params, grad_out)
        return (torch.cat(grads[:2], dim=1), None, None) + tuple(grads[2:])


class RevUnit(nn.Module):
    """
    additive coupling on the two channel halves
    no batchnorm and no dropout inside: fm and gm run several times per step
    """

    def __init__(self, channels=16, hidden=24):
        super().__init__()
        assert channels % 2 == 0
        self.fm = self.make(channels // 2, hidden)
        self.gm = self.make(channels // 2, hidden)

    @staticmethod
    def make(ch, hidden):
        return nn.Sequential(nn.Conv2d(ch, hidden, 3, padding=1), nn.ELU(), nn.Conv2d(hidden, ch, 3, padding=1))

    def forward(self, x):
        params = list(self.fm.parameters()) + list(self.gm.parameters())
        return RevFunction.apply(x, self.fm, self.gm, *params)

    @torch.no_grad()
    def inverse(self, y):
        ya, yb = torch.chunk(y, 2, dim=1)
        b = yb - self.gm(ya)
        return torch.cat((ya - self.fm(b), b), dim=1)
