"""Is the line that constructed a module found, inside the constructor that was called and nowhere above it?"""

from __future__ import annotations

from torch import nn

from residua.targets import Candidate, construct


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU()
        self.conv = _conv(4)


def _conv(channels: int) -> nn.Conv2d:
    return nn.Conv2d(channels, channels, 3)


def test_a_site_names_function_parameters_and_class() -> None:
    built = construct(Candidate("Block", Block, __file__))
    conv = built.sites[id(built.module.conv)]
    assert [(site.function, site.parameters, site.owner) for site in conv] == [
        ("_conv", ("channels",), None),
        ("__init__", ("self",), "Block"),
    ]
    assert conv[0].file == __file__


def test_nothing_above_the_call_of_the_constructor_is_a_site() -> None:
    built = construct(Candidate("Block", Block, __file__))
    assert [site.function for site in built.sites[id(built.module.relu)]] == ["__init__"]


def test_modules_that_are_not_kept_are_noted_too() -> None:
    class Replaced(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 1, 1)
            self.conv = nn.Conv2d(2, 2, 1)

    built = construct(Candidate("Replaced", Replaced, __file__))
    assert [type(module).__name__ for module in built.made] == ["Replaced", "Conv2d", "Conv2d"]
