"""What can be wrong with a configuration, said kindly in two languages and never with a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Fault(Enum):
    """Why a key was refused: (Chinese, English). Braces are filled with our own limits only."""

    UNKNOWN = ("没有这个配置项", "there is no such key")
    UNKNOWN_NEAR = ("没有这个配置项，是不是 {near}", "there is no such key; perhaps {near}")
    NOT_SECTION = ("这里应该是一节，写成 [{key}]", "this should be a section, written [{key}]")
    NOT_TEXT = ("这里要一段文字，用引号括起来", "this should be text in quotes")
    NOT_WHOLE_NUMBER = ("这里要一个整数", "this should be a whole number")
    NOT_YES_NO = ("这里要 true 或 false", "this should be true or false")
    NOT_LIST = ("这里要一个列表", "this should be a list")
    NOT_JSON_LIST = (
        '环境变量里的列表要写成 JSON，例如 ["a", "b"]',
        'a list in the environment is JSON, for example ["a", "b"]',
    )
    TOO_SMALL = ("最小是 {ge}", "the least is {ge}")
    TOO_BIG = ("最大是 {le}", "the most is {le}")
    NOT_CHOICE = ("只能是 {expected}", "this should be one of {expected}")
    NOT_UNDERSTOOD = ("这个值读不懂", "this value cannot be read")

    TIMEZONE = ("没有这个时区，例如 Asia/Shanghai", "no such time zone; for example Asia/Shanghai")
    HTTP_URL = (
        "要以 http:// 或 https:// 开头，带主机名，不带口令、? 和 #",
        "should start with http:// or https://, name a host, and have no password, ? or #",
    )
    SOCKET_URL = (
        "要以 wss:// 或 ws:// 开头，带主机名",
        "should start with wss:// or ws:// and name a host",
    )
    DATABASE_URL = (
        "要写成 sqlite:///文件 或 postgresql://用户:口令@主机/库名",
        "should be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE",
    )
    MIGRATE_URL = (
        "留空，或写成 postgresql://，而且 database.url 也要是 postgresql://",
        "leave it empty, or give postgresql:// while database.url is postgresql:// too",
    )
    REDIS_URL = (
        "留空，或以 redis://、rediss://、unix:// 开头",
        "leave it empty, or start with redis://, rediss:// or unix://",
    )
    URL_PATH = (
        "要以 / 开头，只含字母、数字和 / . _ ~ -",
        "should start with / and hold only letters, digits and / . _ ~ -",
    )
    HOST = (
        "要一个地址或主机名，例如 127.0.0.1",
        "should be an address or a host name, e.g. 127.0.0.1",
    )
    ADMIN = (
        "要写成 渠道:账号，例如 telegram:1001 或 wecom:zhangsan",
        "should be CHANNEL:ACCOUNT, for example telegram:1001 or wecom:zhangsan",
    )
    SECRET_KEY = ("太短，至少 32 个字符", "too short: at least 32 characters")
    BOT_TOKEN = (
        "格式不对，应该是 BotFather 给的 数字:字母 那一串",
        "not the form BotFather gives (digits, a colon, letters)",
    )
    WEBHOOK_SECRET = (
        "要 1 到 256 个字符，只含字母、数字、_ 和 -",
        "should be 1 to 256 characters of letters, digits, _ and -",
    )
    AES_KEY = (
        "长度不对，企业微信给的是 43 个字母和数字",
        "wrong length: WeCom gives 43 letters and digits",
    )
    PII_KEY = (
        '要写成 "版本:BASE64"，版本是正整数，BASE64 解开正好 32 字节',
        'should be "VERSION:BASE64": a positive whole number and the base64 of exactly 32 bytes',
    )
    PII_VERSION_TWICE = ("同一个版本号出现了两次", "the same version is there twice")
    CLOCK = (
        "要写成 24 小时制的 时:分，例如 22:00",
        "should be HH:MM on the 24-hour clock, e.g. 22:00",
    )
    QUIET_EMPTY = ("开始和结束不能是同一时刻", "the start and the end cannot be the same")
    RULES_MISSING = ("找不到这个目录", "this folder is not there")

    NEEDED_WITH_POSTGRESQL = (
        "用 PostgreSQL 时必须自己给出（只有内置的 SQLite 会自动生成）",
        "has to be given with PostgreSQL (it is made by itself only with the embedded SQLite)",
    )
    NEEDED_WITH_WEBHOOK = (
        'telegram.mode = "webhook" 时必须给出',
        'has to be given when telegram.mode = "webhook"',
    )
    NEEDED_WITH_OTHERS = (
        "同一节的其他凭据已经填了，这一项也要填（或者全部留空）",
        "other credentials of this section are set: set this one too, or none",
    )
    SAME_AS = ("不能和 {other} 相同", "cannot be the same as {other}")

    FILE_MISSING = ("找不到这个文件", "this file is not there")
    FILE_UNREADABLE = ("这个文件打不开", "this file cannot be opened")
    FILE_NOT_TEXT = ("这个文件不是 UTF-8 文字", "this file is not UTF-8 text")
    FILE_EMPTY = ("这个密钥文件是空的", "this secret file is empty")
    FILE_TOO_BIG = ("这个密钥文件太大", "this secret file is too big")
    NOT_TOML = ("不是合法的 TOML{where_zh}", "not valid TOML{where_en}")
    SECRETS_FOLDER = (
        "自动生成的密钥存不进 data/secrets/，请检查目录权限",
        "the generated secret cannot be kept in data/secrets/; look at its permissions",
    )
    SECRETS_BROKEN = (
        "data/secrets/ 里保存的密钥坏了，请从备份恢复",
        "the secret kept in data/secrets/ is damaged; bring it back from a backup",
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """One key (dotted, or the name of a variable or option) and what is wrong with it."""

    key: str
    fault: Fault
    details: tuple[tuple[str, str], ...] = ()
    origin: str = ""  # the environment variable that the value came from, if it did

    def said(self) -> str:
        """Two lines, Chinese first. Only key names and our own limits appear, never a value."""
        chinese, english = (words.format(**dict(self.details)) for words in self.fault.value)
        name = f"{self.key}（{self.origin}）" if self.origin else self.key
        plain = f"{self.key} ({self.origin})" if self.origin else self.key
        return f"- {name}：{chinese}\n  {plain}: {english}"


class BadValue(ValueError):
    """Raised by validators; carries the fault instead of words about the value."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.name)
        self.fault = fault


class ConfigProblem(Exception):
    """The configuration cannot be used; `problems` names every key at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(", ".join(sorted({problem.key for problem in problems})))
        self.problems = problems

    @property
    def keys(self) -> tuple[str, ...]:
        """The dotted keys that have to be put right, in the order they were found."""
        return tuple(dict.fromkeys(problem.key for problem in self.problems))

    def said(self) -> str:
        """The whole message for the operator, Chinese first."""
        count = len(self.problems)
        head = (
            f"配置里有 {count} 处要改，青团先不启动：\n"
            f"The configuration needs {count} correction(s); Qingtuan has not started:\n"
        )
        return head + "\n".join(problem.said() for problem in self.problems)
