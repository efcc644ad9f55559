"""Who and what the demo district is made of. Every name, number and place is made up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

CODE = "QC"
INVITED = "YL01"  # where the invite of the visitors leads to: its secretary sees every new person


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit under the unit of code `parent`."""

    code: str
    kind: str
    name: str
    parent: str | None
    approval: bool = False


@dataclass(frozen=True, slots=True)
class Someone:
    """A person at home in `unit`. Without `account`: a roster line that nobody has claimed.

    `now` and `before` are minutes of approved services, this year and last year; `waits` of a
    claim that waits. `age` is given for those whose age matters.
    """

    name: str
    unit: str
    account: str | None = None
    role: str | None = None
    now: tuple[int, ...] = ()
    before: tuple[int, ...] = ()
    waits: int = 0
    status: str = "league_member"
    number: str | None = None
    age: int | None = None
    joined_days_ago: int | None = None
    language: str | None = None

    def born(self, today: date) -> date | None:
        """A birth date that gives the age."""
        return None if self.age is None else date(today.year - self.age, 1, 1)


UNITS = (
    Unit("QC", "district", "青川区团委", None),
    Unit("YL", "township", "云岭镇团委", "QC"),
    Unit("YL01", "branch", "石桥村团支部", "YL", approval=True),
    Unit("YL02", "branch", "柳溪村团支部", "YL"),
    Unit("YL03", "branch", "云岭镇机关团支部", "YL"),
    Unit("HP", "township", "和平街道团工委", "QC"),
    Unit("HP01", "branch", "槐荫社区团支部", "HP"),
    Unit("HP02", "branch", "青禾电子团支部", "HP"),
    Unit("NP", "school", "南屏中学团委", "QC"),
    Unit("NPG1", "general_branch", "高一团总支", "NP"),
    Unit("NP11", "branch", "高一（1）班团支部", "NPG1", approval=True),
    Unit("NP12", "branch", "高一（2）班团支部", "NPG1"),
    Unit("NP21", "branch", "高二（1）班团支部", "NP"),
)

_FIRST = (
    Someone("周知行", "QC", "demo-officer", "officer"),
    Someone("何晚舟", "QC", "demo-officer-2", "officer"),
    Someone("郑守一", "QC", "demo-auditor", "auditor"),
    Someone("宋雨桐", "YL", "demo-township", "officer"),
    Someone("许立秋", "HP", "demo-street", "officer"),
    Someone("唐若溪", "NP", "demo-school", "officer"),
    # 石桥村: the branch in which a newcomer begins
    Someone("沈知夏", "YL01", "demo-secretary", "secretary", (180, 150), (240, 180)),
    Someone("林晓", "YL01", "demo-member", None, (150, 120, 90), (240, 180, 180, 120)),
    Someone("陈若宁", "YL01", "demo-member-13", None, (180, 150, 210, 120, 150), (240,), 180),
    Someone(
        "方一诺", "YL01", "demo-member-21", None, (240, 210, 180, 240, 150, 240), (240, 240, 180)
    ),
    Someone("吴安安", "YL01", "demo-member-0", status="activist", joined_days_ago=5),
    Someone("高明远", "YL01", "demo-member-w", None, (120,), (180, 120), 150, status="youth"),
    Someone("赵冬青", "YL01", number="YL2024018"),
    Someone("钱小禾", "YL01", number="YL2024019", status="applicant"),
    Someone("孙亦凡", "YL01", number="YL2024020", status="youth"),
    Someone("叶知秋", "YL02", "demo-secretary-2", "secretary", (180,), (240,)),
    Someone("夏子木", "YL02", "demo-person-1", None, (150, 90), (120, 120), 120),
    Someone("谢南乔", "YL02", "demo-person-2", None, (240, 120), (180,)),
    Someone("程以沫", "YL02", "demo-person-3", None, (60,), (90, 90)),
    Someone("邓时雨", "YL02", number="YL2024031"),
    Someone("曹新野", "YL02", number="YL2024032"),
    Someone("杜衡", "YL03", "demo-secretary-3", "secretary", (120, 120), (180,)),
    Someone("彭予安", "YL03", "demo-person-4", None, (180, 180), (240, 120), 240),
    Someone("苏木槿", "YL03", "demo-person-5", None, (90,), (120,)),
    Someone("潘景行", "YL03", number="YL2024041"),
    Someone("罗子谦", "HP01", "demo-organiser", "organiser", (240, 180), (240, 180)),
    Someone("韩清和", "HP01", "demo-secretary-4", "secretary", (150,), (180, 60)),
    Someone("梁思齐", "HP01", "demo-person-6", None, (210, 150), (120,), 90),
    Someone("董未央", "HP01", "demo-person-7", None, (120,), (150, 150)),
    Someone("袁可为", "HP01", "demo-person-8", None, (), (240,), status="youth"),
    Someone("蒋云舒", "HP01", number="HP2024007"),
    Someone("田小满", "HP01", number="HP2024008"),
    Someone("任书遥", "HP01", number="HP2024009", status="applicant"),
)
_SECOND = (
    Someone("贾同舟", "HP02", "demo-secretary-5", "secretary", (120,), (120,)),
    Someone(
        "Maya Chen", "HP02", "demo-english", None, (180, 120), (180,), 120, "youth", language="en"
    ),
    Someone("石磊磊", "HP02", "demo-person-9", None, (90, 120), (90,)),
    Someone("姚望舒", "HP02", "demo-person-10", None, (150,), ()),
    Someone("汪洋洋", "HP02", number="HP2024021"),
    Someone("廖青禾", "HP02", number="HP2024022"),
    Someone("魏星河", "NPG1", "demo-general", "secretary", (120,), (120,)),
    Someone("金小川", "NP11", "demo-secretary-6", "secretary", (90, 90), (60,), age=16),
    Someone("苏小棠", "NP11", "demo-teen", None, (120, 90), (), 90, "activist", age=15),
    Someone("陆一鸣", "NP11", "demo-person-11", None, (90,), (), age=16),
    Someone("白初晨", "NP11", number="NP240105", age=15),
    Someone("顾南星", "NP11", number="NP240106", age=15, status="applicant"),
    Someone("邱泽言", "NP11", number="NP240107", age=15, status="youth"),
    Someone("秦思源", "NP12", "demo-secretary-7", "secretary", (120,), (60,), age=16),
    Someone("江小鱼", "NP12", "demo-person-12", None, (60, 60), (), age=15),
    Someone("史云帆", "NP12", "demo-person-13", None, (120,), (), 60, age=16),
    Someone("龙一心", "NP12", number="NP240205", age=15),
    Someone("万里舟", "NP12", number="NP240206", age=15),
    Someone("段知微", "NP21", "demo-secretary-8", "secretary", (150, 90), (120, 60), age=17),
    Someone("雷雨声", "NP21", "demo-person-14", None, (180, 60), (120,), age=17),
    Someone("尹白露", "NP21", "demo-person-15", None, (120, 120, 90), (180,), age=17),
    Someone("黎小满", "NP21", "demo-person-16", None, (), (60,), age=16),
    Someone("施亦舟", "NP21", number="NP230108", age=17),
    Someone("陶然然", "NP21", number="NP230109", age=17),
    Someone("洪晚晴", "NP21", number="NP230110", age=16),
)
PEOPLE = (*_FIRST, *_SECOND)

WAITING_ACCOUNT = "demo-applicant"
WAITING_NAME = "江月白"  # has registered and waits for the secretary

DEEDS = (
    ("社区清扫", "村口小广场"),
    ("陪老人读报", "日间照料站"),
    ("图书角整理", "青年之家"),
    ("护河巡查", "柳溪河边"),
    ("路口文明引导", "中心小学门口"),
    ("课后作业辅导", "关爱家园"),
    ("植树浇水", "后山苗圃"),
    ("反诈宣传", "集市"),
)
