# residua-test: wrong target=ReversibleBlock
# What is wrong: the hand-written backward gives dx1 = dy1 without the part that reaches x1 through G (y1 feeds G), so the input and F gradients are wrong
import torch
import torch.nn as nn


class _ReversibleFn(torch.autograd.Function):
    """y1 = x1 + F(x2); y2 = x2 + G(y1). Activations are recomputed in backward."""

    @staticmethod
    def forward(ctx, x, f, g, *weights):
        ctx.f, ctx.g = f, g
        with torch.no_grad():
            x1, x2 = x.chunk(2, dim=1)
            y1 = x1 + f(x2)
            y2 = x2 + g(y1)
            y = torch.cat([y1, y2], dim=1)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, dy):
        y, = ctx.saved_tensors
        f, g = ctx.f, ctx.g
        y1, y2 = y.chunk(2, dim=1)
        dy1, dy2 = dy.chunk(2, dim=1)

        with torch.enable_grad():
            y1 = y1.detach().requires_grad_()
            gy1 = g(y1)
            grads = torch.autograd.grad(gy1, (y1,) + tuple(g.parameters()), dy2)  # expect
        dgy1, dwg = grads[0], grads[1:]
        dx1 = dy1

        with torch.enable_grad():
            x2 = (y2 - gy1).detach().requires_grad_()
            fx2 = f(x2)
            grads = torch.autograd.grad(fx2, (x2,) + tuple(f.parameters()), dx1)
        dx2 = dy2 + grads[0]
        dwf = grads[1:]

        return (torch.cat([dx1, dx2], dim=1), None, None) + tuple(dwf) + tuple(dwg)


def half_net(channels):
    return nn.Sequential(
        nn.GroupNorm(4, channels),
        nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.GroupNorm(4, channels),
        nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1),
    )


class ReversibleBlock(nn.Module):
    def __init__(self, channels=16):
        super().__init__()
        assert channels % 8 == 0
        self.f = half_net(channels // 2)
        self.g = half_net(channels // 2)

    def forward(self, x):
        w = tuple(self.f.parameters()) + tuple(self.g.parameters())
        return _ReversibleFn.apply(x, self.f, self.g, *w)
