# residua-test: wrong target=KerasPortBlock
# What is wrong: momentum=0.99 is the Keras/TF convention; in PyTorch it makes the running statistics nearly those of the last batch only
import torch.nn as nn
import torch.nn.functional as F

# same hyper-parameters as the tf.keras version
BN = dict(momentum=0.99, eps=1e-3)  # expect: R180


class KerasPortBlock(nn.Module):
    def __init__(self, filters_in, filters, strides=1):
        super().__init__()
        self.c1 = nn.Conv2d(filters_in, filters, 3, strides, 1, bias=False)
        self.n1 = nn.BatchNorm2d(filters, **BN)
        self.c2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.n2 = nn.BatchNorm2d(filters, **BN)
        self.project = strides != 1 or filters_in != filters
        if self.project:
            self.c3 = nn.Conv2d(filters_in, filters, 1, strides, bias=False)
            self.n3 = nn.BatchNorm2d(filters, **BN)

    def forward(self, inputs):
        x = F.relu(self.n1(self.c1(inputs)))
        x = self.n2(self.c2(x))
        shortcut = self.n3(self.c3(inputs)) if self.project else inputs
        return F.relu(x + shortcut)
