"""Wrong use of the command line, said in Chinese beside what click says in English."""

from __future__ import annotations

import click


def chinese(exc: click.ClickException) -> str:
    """One line on what is wrong with a command line, and where its help is."""
    return f"用法有误：{_what(exc)}。说明见 {_help(exc)}"


def _what(exc: click.ClickException) -> str:
    if isinstance(exc, click.MissingParameter):
        kind = "选项" if isinstance(exc.param, click.Option) else "参数"
        return f"缺少{kind} {_name(exc)}"
    if isinstance(exc, click.NoSuchOption):
        near = f"，是否指 {'、'.join(exc.possibilities)}" if exc.possibilities else ""
        return f"没有选项 {exc.option_name}{near}"
    if isinstance(exc, click.BadParameter):
        missing = "does not exist" in exc.message
        return f"{_name(exc)} 所指的文件不存在" if missing else f"{_name(exc)} 的值不合适"
    if "No such command" in exc.format_message():
        return "没有这个命令"
    return "命令行写法不对"


def _name(exc: click.BadParameter) -> str:
    if exc.param is None:
        return "参数"
    if isinstance(exc.param, click.Option):
        return exc.param.opts[0]
    return exc.param.make_metavar(exc.ctx) if exc.ctx is not None else str(exc.param.name)


def _help(exc: click.ClickException) -> str:
    ctx = exc.ctx if isinstance(exc, click.UsageError) else None
    return f"{ctx.command_path if ctx is not None else 'cimtwin'} --help"
