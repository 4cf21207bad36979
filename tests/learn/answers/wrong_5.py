"""Wrong answers to lesson 5: all paths, no ratio, the sum still there."""


def paths(blocks, k):
    return 2**blocks


def gain(module, x):
    x = x.clone().requires_grad_()
    module(x).sum().backward()
    return x.grad.norm().item()


def without_sum(block):
    return block
