# residua-test: wrong target=FunctionalBlock
# What is wrong: F.batch_norm is always called with training=True: eval uses batch statistics
import torch
import torch.nn as nn
import torch.nn.functional as F


class FunctionalBlock(nn.Module):
    def __init__(self, planes):
        super().__init__()
        for i in (1, 2):
            w = torch.empty(planes, planes, 3, 3)
            nn.init.kaiming_normal_(w)
            setattr(self, f"w{i}", nn.Parameter(w))
            setattr(self, f"g{i}", nn.Parameter(torch.ones(planes)))
            setattr(self, f"b{i}", nn.Parameter(torch.zeros(planes)))
            self.register_buffer(f"mean{i}", torch.zeros(planes))
            self.register_buffer(f"var{i}", torch.ones(planes))

    def conv_bn(self, x, i):
        x = F.conv2d(x, getattr(self, f"w{i}"), padding=1)
        return F.batch_norm(x, getattr(self, f"mean{i}"), getattr(self, f"var{i}"),  # expect: R147
                            getattr(self, f"g{i}"), getattr(self, f"b{i}"), training=True, momentum=0.1)  # expect

    def forward(self, x):
        h = F.relu(self.conv_bn(x, 1))
        return F.relu(x + self.conv_bn(h, 2))
