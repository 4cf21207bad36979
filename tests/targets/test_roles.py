"""Do the arguments of other people's constructors get the roles that they have?"""

from __future__ import annotations

import inspect
from inspect import Parameter

import pytest

from residua.targets.roles import Role, signature_of


def roles(text: str) -> dict[str, Role]:
    """Return the roles of a constructor whose parameters are written as in `cin, stride=1`."""
    made = eval(f"lambda {text}: None")
    return dict(signature_of(made).roles)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in_channels, out_channels, stride=1", [Role.IN, Role.OUT, Role.STRIDE]),
        ("inplanes, planes, downsample=None", [Role.IN, Role.OUT, Role.DOWN]),
        ("channels", [Role.BOTH]),
        ("in_channels, channels", [Role.IN, Role.OUT]),  # the second is what goes out
        ("channels, out_channels", [Role.IN, Role.OUT]),  # the first is what comes in
        ("out_channels", [Role.BOTH]),
        ("in_channels", [Role.BOTH]),
        ("hidden", [Role.BOTH]),
        ("foo, bar", [Role.IN, Role.OUT]),  # required integers of unknown spelling: first in, then out
        ("in_channels, bar", [Role.IN, Role.OUT]),
        ("channels, bar", [Role.BOTH, Role.OTHER]),
        ("channels, num_layers", [Role.BOTH, Role.OTHER]),  # a count is no width
        ("channels, downsample=False", [Role.BOTH, Role.PROJECT]),  # a flag is no module
        ("n_filters_in, n_filters_out", [Role.IN, Role.OUT]),  # by the parts of a longer spelling
        ("cfg", [Role.OTHER]),
    ],
)
def test_roles_come_from_spelling_default_and_place(text: str, expected: list[Role]) -> None:
    assert list(roles(text).values()) == expected


def test_what_is_no_integer_is_no_width() -> None:
    def make(foo, norm) -> None: ...

    make.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what inspect reads first
        [
            Parameter("foo", Parameter.POSITIONAL_OR_KEYWORD),
            Parameter("norm", Parameter.POSITIONAL_OR_KEYWORD, annotation=str),
        ]
    )
    assert signature_of(make).roles == {"foo": Role.BOTH, "norm": Role.OTHER}


def test_further_keywords_and_expansion_are_part_of_a_signature() -> None:
    class Block:
        expansion = 4

        def __init__(self, in_channels, *args, **kwargs) -> None: ...

    signature = signature_of(Block)
    assert list(signature.parameters) == ["in_channels"]
    assert signature.takes_any
    assert signature.expansion == 4
    assert signature.required() == ["in_channels"]
