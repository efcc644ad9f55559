"""Names of people and units: cleaned, shown as an alias, compared for look-alikes."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

LONGEST_NAME = 40  # characters after cleaning; the longest transliterated names stay below
_LONGEST_INPUT = 400  # more is not normalised at all: a compatibility character may grow 18-fold
_MOST_MARKS = 4  # combining marks on one letter; Tibetan needs three, "zalgo" dozens

_COMPOUND = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 "
    "尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 "
    "公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 "
    "闾丘 子车 亓官 司寇 巫马 公西 颛孙 "
    "壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 "
    "呼延 东郭 南门 羊舌 微生 公户 公玉 "
    "公仪 梁丘 公仲 公上 公门 公山 公坚 左丘 公伯 西门 公祖 第五 "
    "公乘 贯丘 公皙 南荣 东里 东宫 仲长 "
    "子书 子桑 即墨 淳于 达奚 褚师 纳兰 完颜 耶律 歐陽 司馬 諸葛 東方 長孫 鮮于"
)
COMPOUND_SURNAMES = frozenset(_COMPOUND.split())

# Letters and marks that show nothing, though Unicode does not call them "format".
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    chr(point) for point in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
)
_DOTS = re.compile(r"(?<=\w)\s*[·•‧∙⋅・・.]\s*(?=\w)")


class NameProblem(StrEnum):
    """Why a text cannot be the name of a person."""

    EMPTY = "name_empty"
    TOO_LONG = "name_too_long"
    UNPRINTABLE = "name_unprintable"
    NO_LETTER = "name_without_letter"
    OFFICIAL = "name_looks_official"
    UNUSUAL = "name_unlike_any"  # typed in a chat: code, a sentence, letters buried in marks


def is_han(char: str) -> bool:
    """A Chinese character, also one that this Python's Unicode tables do not know yet."""
    return "\u3400" <= char <= "\u9fff" or char == "〇" or "\U00020000" <= char <= "\U0003fffd"


def strip_invisible(text: str) -> str:
    """NFKC without direction marks, zero-width characters and other things that show nothing."""
    normal = unicodedata.is_normalized("NFKC", text)
    if normal and text.isprintable() and _INVISIBLE.isdisjoint(text):
        return text  # nearly every cell of a big roster
    plain = unicodedata.normalize("NFKC", text)
    return "".join(c for c in plain if unicodedata.category(c) != "Cf" and c not in _INVISIBLE)


_WIDE = re.compile("[（），：；]")


def strip_but_wide(text: str) -> str:
    """`strip_invisible`, but what is Chinese keeps its wide marks: 高一（4）班 is written so."""
    if not any(map(is_han, text)):
        return strip_invisible(text)
    kept = iter(_WIDE.findall(text))
    return "".join(part + next(kept, "") for part in map(strip_invisible, _WIDE.split(text)))


def _is_unprintable(char: str) -> bool:
    point = ord(char)
    return (
        (unicodedata.category(char) == "Cc" and char not in "\t\n\r")
        or 0xD800 <= point <= 0xDFFF  # half a surrogate pair cannot be stored or sent
        or point == 0xFFFD  # the trace of a wrong decoding
        or 0xFDD0 <= point <= 0xFDEF
        or point & 0xFFFE == 0xFFFE  # not characters: XML, and so Excel and Word, refuse them
    )


def _has_too_many_marks(text: str) -> bool:
    run = 0
    for char in text:
        run = run + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if run > _MOST_MARKS:
            return True
    return False


def _tidy_spaces(text: str) -> str:
    """One space between words, none between Chinese characters: forms pad 王　明 to three."""
    words = text.split()
    tidy = "".join(words[:1])
    for word in words[1:]:
        tidy += word if is_han(tidy[-1]) and is_han(word[0]) else " " + word
    return tidy


def _one_dot(found: re.Match[str]) -> str:
    text = found.string
    if not (is_han(text[found.start() - 1]) and is_han(text[found.end()])):
        return found.group()
    return "·"


def tidy_name(text: str) -> str:
    """The name of a unit as it is shown: spaces as in `clean_name`, wide marks as typed."""
    return _tidy_spaces(strip_but_wide(text))


def clean_name(text: str) -> str | NameProblem:
    """The name as it is stored, or why it cannot be one (QUALITY A22, A26).

    Formula-like text stays text; the writers of Excel and CSV defuse it.
    """
    if len(text) > _LONGEST_INPUT:
        return NameProblem.TOO_LONG
    if any(map(_is_unprintable, text)):
        return NameProblem.UNPRINTABLE
    visible = strip_invisible(text)
    if _has_too_many_marks(visible):
        return NameProblem.UNPRINTABLE
    name = _DOTS.sub(_one_dot, _tidy_spaces(visible))
    if not name:
        return NameProblem.EMPTY
    if len(name) > LONGEST_NAME:
        return NameProblem.TOO_LONG
    if not any(is_han(c) or unicodedata.category(c)[0] == "L" for c in name):
        return NameProblem.NO_LETTER
    return NameProblem.OFFICIAL if looks_official(name) else name


def is_usual_name(name: str) -> bool:
    """Whether a cleaned name looks like one that people have; the others are asked about."""
    if sum(map(is_han, name)) > 8 and "·" not in name:
        return False
    return not name[0].isdigit() and all(
        is_han(c) or unicodedata.category(c)[0] in "LM" or c in " ·'’-.()0123456789" for c in name
    )


_SAYS_NAME = re.compile(
    r"(?:你好[,，。]?\s*)?(?:我的(?:名字|姓名)[是叫为]?|我名叫|我叫做?|我是|名字[是叫]|姓名是?"
    r"|my name is|i am|i'm)\s*[:：]?\s*",
    re.IGNORECASE,
)
_GREETINGS = frozenset(
    (
        "你好 您好 你好呀 你好啊 大家好 嗨 哈喽 哈啰 在吗 早上好 下午好 晚上好 谢谢 好的 "
        "hello hi hey ok thanks"
    ).split()
)
_LOOSE_MARKS = re.compile("[\u0300-\u036f\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]")
_MOST_LOOSE = 2  # marks that no composed letter takes in; names in Latin letters need one at most


def spoken_name(text: str) -> str | NameProblem:
    """A name as somebody types it in a chat: 我叫王小明 is 王小明, `<b>x</b>` is none."""
    said = _SAYS_NAME.match(text.strip())
    name = clean_name(text.strip()[said.end() :].rstrip("。.，,！!") if said else text)
    if isinstance(name, NameProblem):
        return name
    if name.casefold() in _GREETINGS:
        return NameProblem.UNUSUAL
    loose = len(_LOOSE_MARKS.findall(name))
    return name if is_usual_name(name) and loose <= _MOST_LOOSE else NameProblem.UNUSUAL


def alias(name: str) -> str:
    """How a person appears where the full name must not: 王*明, 王*, 欧阳*, J***.

    One star whatever the length, so that the alias does not tell it.
    """
    name = name.strip()
    if not name or not is_han(name[0]):
        return first_letter(name).upper() + "***" if name else "*"
    if len(name) == 1:
        return "*"
    surname = name[:2] if name[:2] in COMPOUND_SURNAMES and len(name) > 2 else name[0]
    last = name[-1] if len(name) > len(surname) + 1 and is_han(name[-1]) else ""
    return f"{surname}*{last}"


def first_letter(name: str) -> str:
    """The first letter with the marks that belong to it; empty if there is none."""
    start = next((i for i, c in enumerate(name) if unicodedata.category(c)[0] == "L"), None)
    if start is None:
        return ""
    end = start + 1
    while end < len(name) and unicodedata.category(name[end])[0] == "M":
        end += 1
    return name[start:end]


# Groups of characters that are taken for each other on a screen, or are two ways to write one
# thing; each is compared as its first. Small on purpose: a look-alike is a warning, no refusal.
_LOOK_ALIKES = (
    "aаαɑ bьв cсϲ dԁ eеєε gɡ hһн iı jј kкκ mм nп oоοσ0〇零○ pрρ qԛ rг sѕ tтτ uυ vνѵ wԝ xхχ yуγ "
    "l1iі|ι一丨 2二贰两 3三叁з 4四肆 5五伍 6六陆 7七柒 8八捌 9九玖 日曰 已己巳 末未 土士 人入 口囗 "
    "团團糰 员員 总總 国國 区區 县縣 学學 级級 组組 织織 书書 记記 党黨 华華 东東 张張 陈陳 刘劉 "
    "杨楊 赵趙 黄黃 吴吳 会會 处處 乡鄉 镇鎮 军軍 业業 办辦 队隊 统統 机機 实實 体體"
)
_CONFUSABLE = str.maketrans(
    {char: group[0] for group in _LOOK_ALIKES.split() for char in group[1:]}
)


def skeleton(text: str) -> str:
    """What is left of a text when everything is removed that the eye passes over."""
    plain = unicodedata.normalize("NFD", strip_invisible(text).casefold())
    kept = "".join(c for c in plain if unicodedata.category(c)[0] in "LN" or c in "|○")
    return kept.translate(_CONFUSABLE).translate(_CONFUSABLE)


def near_duplicate(one: str, other: str) -> bool:
    """Whether two names of units are taken for each other: 高一（3）班 and 高一三班."""
    return skeleton(one) == skeleton(other)


# Texts that speak for the system or the organisation (QUALITY A26).
_PARTS = (
    "管理员 系统通知 系统消息 系统管理 系统助手 官方 客服 公告 机器人 团委 团支部 团总支 "
    "团支书 书记 共青团 青团助手 审核员"
)
_WORDS = "admin administrator moderator official system qingtuan sysadmin superuser superadmin"
_NAMES = "系统 通知 青团 匿名 助手 root bot support telegram wecom null none undefined"
_OFFICIAL_PARTS = tuple(map(skeleton, _PARTS.split()))
_OFFICIAL_WORDS = frozenset(map(skeleton, _WORDS.split()))
_OFFICIAL_NAMES = frozenset(map(skeleton, _NAMES.split()))


def looks_official(name: str) -> bool:
    """Whether a name pretends to be the system or an office: 管理员, Аdmin, 系统通知."""
    bare = skeleton(name)
    words = {skeleton(word) for word in re.split(r"[\W_]+", name)}
    return (
        bare in _OFFICIAL_NAMES
        or bare in _OFFICIAL_WORDS
        or not _OFFICIAL_WORDS.isdisjoint(words)
        or any(part in bare for part in _OFFICIAL_PARTS)
    )
