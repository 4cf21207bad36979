# residua-test: wrong target=Critic
# What is wrong: nn.LeakyReLU(True) sets the negative slope to 1 (its first argument is the slope, not inplace), so the activation is the identity and the critic is almost linear.
import torch
import torch.nn as nn


class DownRes(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        act = nn.LeakyReLU(True)  # expect: R239
        self.main = nn.Sequential(
            act,
            nn.Conv2d(cin, cout, 3, padding=1),
            act,
            nn.Conv2d(cout, cout, 3, padding=1),
            nn.AvgPool2d(2),
        )
        self.side = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(cin, cout, 1))

    def forward(self, x):
        return self.main(x) + self.side(x)


class Critic(nn.Module):
    """WGAN-GP critic for 32x32 images, no normalisation."""

    def __init__(self, in_channels=3, ch=32):
        super().__init__()
        self.stem = nn.Conv2d(in_channels, ch, 3, padding=1)
        self.blocks = nn.Sequential(DownRes(ch, ch), DownRes(ch, 2 * ch), DownRes(2 * ch, 4 * ch))
        self.score = nn.Linear(4 * ch, 1)

    def forward(self, img):
        h = self.blocks(self.stem(img))
        return self.score(h.sum(dim=(2, 3))).squeeze(1)


def gradient_penalty(critic, real, fake):
    eps = torch.rand(real.size(0), 1, 1, 1, device=real.device)
    mix = (eps * real + (1 - eps) * fake).requires_grad_(True)
    grad, = torch.autograd.grad(critic(mix).sum(), mix, create_graph=True)
    return (grad.flatten(1).norm(dim=1) - 1).pow(2).mean()
