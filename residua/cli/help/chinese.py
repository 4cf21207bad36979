"""What does the help of a verb say in Chinese, for the verbs that take `--lang zh`?"""

from __future__ import annotations

from itertools import pairwise
from types import FunctionType
from typing import Any

# As the docstring of the verb's function: what it does, then each parameter. Defaults stand in the text.
HELP = {
    "check": """用法:residua check [选项] 目标...

    用多种形状运行一个块或网络,指出哪些行使它不是残差的。

    Parameters
    ----------
    targets
        file.py:Class、file.py:function、module:attr、nb.ipynb:Class、整个文件、文件夹或通配符。
    args
        构造函数的参数,写法同调用,如 64,128,stride=2;其余的按名称和尝试得出。
    input
        forward 输入的形状,如 2x3x32x32,或 x=2x3x32x32,t=long[2],mask=bool[2x16];否则通过尝试得出。
    python
        在另一个解释器中运行代码,如 .venv/bin/python;它只需要有 torch。
    output_format
        输出格式:full(默认)、concise(每个发现一行)、github、sarif、json、markdown。
    json
        同 --output-format json。
    sarif
        同 --output-format sarif。
    markdown
        同 --output-format markdown。
    rules
        列出所有规则,然后结束。
    explain
        讲解一条规则,附错误与正确的例子,然后结束。
    published
        列出规则只作提示或不报告的已发表设计,然后结束。
    strict
        未能运行的也算失败。
    pass_empty
        没有找到类或没有类能运行时退出码为 0 而不是 2:用于钩子,它会得到每个改动过的文件。
    lang
        消息的语言:en(默认)或 zh。
    train
        对网络:另外过拟合一个批次。
    diff
        把试过并且有效的修改打印为一个补丁,不写任何文件。
    fix
        把试过并且有效的修改写入文件。
    diagram
        画出每个类和其中的发现;后面给出 FILE.svg 时也写入该文件。
    overwrite
        该文件已存在时替换它。
    no_isolate
        在本进程中运行代码,不限制时间和内存。
    timeout_seconds
        每个目标的时间限制,以秒计(默认 120)。
    quiet
        不打印提示和总计。
    """,
    "learn": """用法:residua learn [选项] [N | check N FILE]

    显示课程列表、一课的内容,或检查你的文件做对了一课的哪些练习。

    Parameters
    ----------
    words
        不写:列出课程。N:显示第 N 课。check N FILE:用第 N 课的练习检查 FILE。
    lang
        课程的语言:en(默认)或 zh。
    json
        打印一个 JSON 文档。
    quiet
        只打印结果和错误。
    """,
}


def asked(verb: str, words: list[str]) -> bool:
    """Tell whether the help of a verb is asked for in Chinese."""
    lang = "--lang=zh" in words or any(pair == ("--lang", "zh") for pair in pairwise(words))
    return lang and verb in HELP and any(word in ("-h", "--help") for word in words)


def settings() -> dict[str, Any]:
    """Return what the parser's own words of a help are replaced by."""
    import cyclopts

    return {
        "usage": "",
        "group_arguments": cyclopts.Group("目标"),
        "group_parameters": cyclopts.Group("选项"),
        "default_parameter": cyclopts.Parameter(negative=(), show_default=False, show_choices=False),
    }


def translated(verb: str, command: FunctionType) -> FunctionType:
    """Return a copy of a verb's function with its help in Chinese."""
    copy = FunctionType(
        command.__code__, command.__globals__, command.__name__, command.__defaults__, command.__closure__
    )
    copy.__kwdefaults__, copy.__annotations__ = command.__kwdefaults__, command.__annotations__
    copy.__doc__ = HELP[verb]
    return copy
