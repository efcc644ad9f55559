"""The command line: names, options and exit codes; each body is imported when it is called."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

# Typer would import rich, for colours that nobody asked for, and show local variables in errors.
os.environ.setdefault("TYPER_USE_RICH", "0")

import typer

if TYPE_CHECKING:
    from bot.config import Config

EXIT_CONFIGURATION = 2

app = typer.Typer(
    name="qingtuan",
    help="青团 Qingtuan：志愿服务、活动、学习和任务，都在聊天里。",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its tracebacks show local variables, and with them secrets
    rich_markup_mode=None,
)

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="配置文件，默认 ./config.toml · the configuration"
    ),
]


class Purpose(StrEnum):
    """What a sentence is read for: hours that were (`log`), or an activity to come (`new`)."""

    LOG = "log"
    NEW = "new"


class Role(StrEnum):
    """Which part of the work this process does."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


@app.command("serve")
def serve(
    role: Annotated[
        Role, typer.Option(help="全部、只答、只做 · all, answering, working")
    ] = Role.ALL,
    config: ConfigFile = None,
) -> None:
    """启动，直到 Ctrl+C。Serve until told to stop."""
    ready = configured(config, secrets=True)
    # structlog would import rich for a colourful console that nobody sees: 0.2 s at every start.
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # None: "cannot be imported"
    from bot.commands import serve as body

    raise typer.Exit(body.run(ready, role.value))


@app.command("migrate")
def migrate(config: ConfigFile = None) -> None:
    """把数据库更新到最新的表结构。Bring the database up to date."""
    ready = configured(config)
    from bot.commands import migrate as body

    raise typer.Exit(body.run(ready))


@app.command("verify-audit")
def verify_audit(config: ConfigFile = None) -> None:
    """核对审计链有没有断。Check that the chain of the audit is whole."""
    ready = configured(config, secrets=True)
    from bot.commands import verify_audit as body

    raise typer.Exit(body.run(ready))


@app.command("retention")
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只数，不删 · only count")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="只输出 JSON · JSON only")] = False,
    config: ConfigFile = None,
) -> None:
    """删掉存够了时间的东西，或先数一数。Let go what has been kept long enough."""
    ready = configured(config, secrets=True)
    from bot.commands import retention as body

    raise typer.Exit(body.run(ready, dry_run=dry_run, as_json=as_json))


@app.command("seed-demo")
def seed_demo(config: ConfigFile = None) -> None:
    """在空数据库里放一个虚构的小区县。Fill an empty database with a small made-up district."""
    ready = configured(config, secrets=True)
    from bot.commands import seed_demo as body

    raise typer.Exit(body.run(ready))


imports = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(imports, name="import", help="导入表格。Read tables in.")


@imports.command("roster")
def import_roster(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Excel、CSV、Word 或文字")],
    unit: Annotated[str | None, typer.Option(metavar="CODE", help="组织代码 · the unit")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看，不写 · only look")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="只输出 JSON · JSON only")] = False,
    config: ConfigFile = None,
) -> None:
    """导入名单：人还没来登记，名字先在。Read a roster in, before anybody registers."""
    ready = configured(config, secrets=not dry_run)
    from bot.commands import import_roster as body

    raise typer.Exit(body.run(ready, file, unit, dry_run=dry_run, as_json=as_json))


@app.command("contacts")
def contacts(
    apply: Annotated[bool, typer.Option("--apply", help="写入，不只是看 · take it over")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="只输出 JSON · JSON only")] = False,
    config: ConfigFile = None,
) -> None:
    """对照企业微信通讯录：先看会变什么。Compare with WeCom's address book; changes nothing yet."""
    ready = configured(config, secrets=True)
    from bot.commands import contacts as body

    raise typer.Exit(body.run(ready, apply=apply, as_json=as_json))


@app.command("check-config")
def check_config(config: ConfigFile = None) -> None:
    """检查配置，说出配了什么。Check the configuration and say what is set."""
    ready = configured(config)
    from bot.commands import check_config as body

    body.run(ready)


@app.command("read")
def read(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="一句话 · a sentence")],
    purpose: Annotated[Purpose, typer.Option("--for", help="补录还是发布活动 · what for")],
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="当作现在的时刻，如 2026-11-22T10:00 · now")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="只输出 JSON · JSON only")] = False,
    config: ConfigFile = None,
) -> None:
    """看看一句话会被读成什么，不用数据库。Show how a sentence is read; needs no database."""
    from bot.commands import read as body

    zone = configured(config).app.timezone if config else body.usual_zone(os.environ)
    raise typer.Exit(body.run(text, purpose.value, at, zone, json_only=as_json))


def configured(given: Path | None, *, secrets: bool = False) -> Config:
    """The checked configuration, or the end of the process with status 2 and every key named.

    With `secrets`, those that the embedded default makes for itself are there too. Before the
    bodies are imported, so that a mistake is answered at once.
    """
    from bot.config import ConfigProblem, find, load, with_secrets

    try:
        config = load(find(given, Path.cwd()), os.environ)
        return with_secrets(config) if secrets else config
    except ConfigProblem as problem:
        typer.echo(problem.said(), err=True)
        raise typer.Exit(EXIT_CONFIGURATION) from None


def main() -> None:
    """The console script."""
    app(prog_name="qingtuan")
