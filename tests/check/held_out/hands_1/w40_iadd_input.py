# residua-test: wrong target=AddInput
# What is wrong: x += f(x) changes the caller's tensor
import torch.nn as nn

class AddInput(nn.Module):
    def __init__(self, num_filters):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(num_filters, num_filters, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(num_filters, num_filters, 3, padding=1))
    def forward(self, x):
        r = self.body(x.clone())
        x += r  # expect: R108
        return x
