"""`qingtuan check-config`: what is set, in words, and never a secret."""

from __future__ import annotations

import typer

from bot.config import Config


def run(config: Config) -> None:
    """Say what a checked configuration turns on. Writes nothing."""
    typer.echo("配置没有问题。The configuration is fine.")
    for chinese, english, value in _lines(config):
        typer.echo(f"- {chinese}（{english}）：{value}")


def _lines(config: Config) -> tuple[tuple[str, str, str], ...]:
    web = f"http://{config.web.host}:{config.web.port}/"
    return (
        ("数据库", "database", _database(config)),
        ("渠道", "channels", "、".join(config.channels) or "还没有 none yet"),
        ("试玩页面", "playground", f"开 on {web}" if config.playground else "关 off"),
        ("网页", "web", web),
        (
            "多副本共用",
            "shared",
            "Redis" if config.redis.url.get_secret_value() else "无 in process",
        ),
        ("时区", "time zone", config.app.timezone.key),
        ("运维的人", "admins", f"{len(config.app.admins)}"),
        ("免打扰", "quiet hours", f"{config.quiet.begins:%H:%M}-{config.quiet.ends:%H:%M}"),
    )


def _database(config: Config) -> str:
    if config.database.kind == "postgresql":
        return "PostgreSQL"
    return f"SQLite {config.database.sqlite_path}"
