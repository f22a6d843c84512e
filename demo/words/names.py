"""Invented names of children, staff and guardians. The same random source gives the same people."""

from random import Random
from typing import Literal, NamedTuple

Gender = Literal["m", "f"]

CLASS_SIZE = 45

# Surname and about how many of a thousand people bear it.
SURNAMES = {
    "王": 72, "李": 72, "张": 68, "刘": 54, "陈": 50, "杨": 34, "黄": 24, "赵": 23, "周": 22, "吴": 21,
    "徐": 17, "孙": 16, "胡": 14, "朱": 14, "高": 13, "林": 13, "何": 13, "郭": 13, "马": 12, "罗": 11,
    "梁": 10, "宋": 9, "郑": 9, "谢": 9, "韩": 8, "唐": 8, "冯": 7, "于": 7, "董": 7, "萧": 2,
    "程": 6, "曹": 6, "袁": 6, "邓": 6, "许": 6, "傅": 5, "沈": 6, "曾": 6, "彭": 6, "吕": 5,
    "苏": 5, "卢": 5, "蒋": 5, "蔡": 5, "贾": 4, "丁": 5, "魏": 5, "薛": 4, "叶": 5, "阎": 2,
    "余": 4, "潘": 4, "杜": 4, "戴": 3, "夏": 4, "钟": 4, "汪": 4, "田": 4, "任": 4, "姜": 4,
    "范": 4, "方": 4, "石": 4, "姚": 3, "谭": 4, "廖": 4, "邹": 3, "熊": 3, "金": 3, "陆": 3,
    "郝": 3, "孔": 3, "白": 3, "崔": 3, "康": 3, "毛": 2, "邱": 3, "秦": 3, "江": 3, "史": 2,
    "顾": 3, "侯": 3, "邵": 2, "孟": 3, "龙": 2, "万": 2, "段": 2, "钱": 3, "汤": 2, "尹": 2,
    "黎": 2, "易": 2, "常": 2, "武": 2, "乔": 2, "贺": 2, "赖": 2, "龚": 2, "文": 2, "温": 2,
    "施": 2, "颜": 2, "柯": 1, "覃": 1, "鲁": 1, "莫": 1, "欧阳": 1, "司马": 1, "上官": 1, "诸葛": 1,
}  # fmt: skip

GIVEN: dict[Gender, str] = {
    "m": """
    子轩 浩宇 宇航 子涵 梓轩 博文 子墨 宇轩 嘉豪 俊豪 明轩 思远 沐阳 奕辰 泽宇 天佑 凯文
    一诺 牧阳 景行 子昂 家乐 浩轩 宸宇 皓轩 睿哲 铭泽 晨阳 逸飞 承泽 子默 昊天 文博 志远 鹏飞 家豪
    梓睿 思齐 若谷 嘉树 云帆 星野 一帆 立言 修远 怀瑾 致远 子安 予安 天宇 泽楷 瑞霖 振宇 佳明
    俊熙 梓豪 煜城 文轩 旭东 子谦 允文 锦程 启航 子健 乐天 正阳 弘毅 安澜 嘉木 青山 小川 辰逸 宇辰 星辰
    德宇 建安 家宝 恩泽 子瑜 君浩 子扬 少华 永康 文昊 景天 晓峰 一凡 钧瑞 子恒 雨泽 俊驰 世杰 楚河
    """,
    "f": """
    知夏 若楠 雨桐 若兰 子涵 梓涵 欣怡 诗涵 佳琪 雨欣 一诺 嘉怡 思彤 书瑶 若曦 雅琪 晨曦 书涵
    念慈 灵秀 欣妍 安然 依依 梓萱 诗琪 可馨 静怡 雨萱 紫萱 佳怡 思涵 艺涵 雨涵 心怡 梦瑶 钰涵 语桐 婉清
    思琪 晓彤 佳慧 文静 怡然 如意 嘉宁 乐瑶 清婉 沐晴 星语 念安 初夏 知微 知意 南枝 青禾 可欣 宛如 映雪
    芷若 锦瑟 诗雨 婧怡 羽桐 子衿 采薇 若溪 沐瑶 云舒 舒窈 言蹊 语晨 梓晴 雨晴 晓雯 佳颖 静雯 美琳
    心妍 悦溪 茗萱 晴岚 玥彤 苡沫 桑榆 兰心 春晓 秋怡 雪莹 思雨 月华 小满 立夏 晓芸
    """,
}
SINGLE: dict[Gender, str] = {
    "m": "睿 航 阳 博 川 昊 屹 然 恒 骁 煦 澄 朗 衡 岳",
    "f": "悦 琳 萱 婷 欣 妍 瑾 萌 桐 蕊 彤 苒 禾 芮 蓁",
}

# Whole names of children of other peoples, now and then one.
WHOLE: dict[Gender, str] = {
    "m": """
    艾力·吐尔逊 买买提·玉素甫 阿迪力·库尔班 巴特尔 哈斯图 才让多杰 扎西顿珠 洛桑次仁 木沙·热合曼 吉克阿木
    叶尔兰·赛力克 朝克图
    """,
    "f": """
    阿依古丽·买买提 古丽娜尔·艾山 热依扎·吐尔逊 其其格 娜仁托娅 卓玛央金 德吉卓嘎 白玛拉姆 阿依努尔·克里木
    吉克阿依 萨仁高娃 米日古丽·玉素甫
    """,
}
WHOLE_SHARE = 0.008

# People with a part of their own in the demo county; nobody else may bear their names.
PERSONAS = """
林知夏 沈牧阳 周子涵 许若楠 欧阳若兰 韩雨桐 马依依 郑凯文 吴天佑 林知远
程远山 顾文静 刘敏 王海涛 沈岚 周立新 周立 何建国 钱进 孙莉
"""
RESERVED = frozenset(PERSONAS.split())

STAFF_GIVEN: dict[Gender, str] = {
    "m": """
    建军 建华 立群 海峰 庆华 世昌 维民 树林 文杰 伟 海波 文斌 永刚 立民 振华 明亮 少平 家栋 学文 洪涛 春生 卫东
    志明 大伟 云飞 广平 国栋 新民 长青 守义 成林 德昌 宏伟 俊峰 斌 向阳 远航
    """,
    "f": """
    丽华 秀英 小兰 慧珍 春梅 玉洁 文芳 晓琳 丽 艳 娟 霞 燕 晓梅 慧芳 雪梅 玉兰 红梅 春燕 晓红 海燕 淑珍 桂芳 文娟 雅琴
    婷婷 蓉 敏华 佩玲 月娥 秋菊 小芳 彩云 素芬 莉莉 晓燕 冬梅 凤英 美华
    """,
}

# Plainly made up; 138 0013 8000 is an operator's own line and is left out.
PHONE_STEMS = ("1390000", "1380013")


class Child(NamedTuple):
    """A child's name and gender (`Student.Gender`)."""

    name: str
    gender: Gender


class GuardianName(NamedTuple):
    """A guardian: 姓名, relation to the child, mobile number as digits."""

    name: str
    relation: str
    phone: str


def surname(rng: Random) -> str:
    return rng.choices(tuple(SURNAMES), tuple(SURNAMES.values()))[0]


def child(rng: Random, gender: Gender | None = None) -> Child:
    """One child; the name may have been given before, a reserved one never is."""
    who: Gender = gender or rng.choices(("m", "f"), (52, 48))[0]
    if rng.random() < WHOLE_SHARE:
        return Child(rng.choice(WHOLE[who].split()), who)
    family = surname(rng)
    given = rng.choice((SINGLE if rng.random() < 0.1 else GIVEN)[who].split())
    if family + given in RESERVED or given.startswith(family):
        return child(rng, who)
    return Child(family + given, who)


def children(rng: Random, n: int) -> list[Child]:
    """n children, in order class by class: a name may come again in the school, not among 45 that follow each other."""
    found: list[Child] = []
    while len(found) < n:
        one = child(rng)
        if all(one.name != near.name for near in found[-(CLASS_SIZE - 1) :]):
            found.append(one)
    return found


def staff(rng: Random, n: int, *, besides: frozenset[str] = frozenset()) -> list[Child]:
    """n adults of a school, no two of one name, none of a name in `besides` or of a persona."""
    found: dict[str, Child] = {}
    while len(found) < n:
        who: Gender = rng.choices(("m", "f"), (38, 62))[0]
        name = surname(rng) + rng.choice(STAFF_GIVEN[who].split())
        if name not in RESERVED and name not in besides:
            found.setdefault(name, Child(name, who))
    return list(found.values())


def family_name(name: str) -> str:
    """欧阳 of 欧阳若兰, 林 of 林知夏; nothing of a name without a surname."""
    if "·" in name or name in WHOLE["m"].split() + WHOLE["f"].split():
        return ""
    return name[:2] if name[:2] in SURNAMES else name[:1]


def phone(rng: Random) -> str:
    """An invented number, by its look: 139 0000 xxxx or 138 0013 xxxx."""
    number = f"{rng.choice(PHONE_STEMS)}{rng.randrange(10_000):04d}"
    return phone(rng) if number == "13800138000" else number


def guardian_for(rng: Random, one: Child) -> GuardianName:
    """The person who is called first: mostly mother or father, now and then a grandparent."""
    relation = rng.choices(("母亲", "父亲", "祖母", "祖父", "外祖母", "外祖父"), (50, 36, 5, 3, 4, 2))[0]
    who: Gender = "m" if relation in ("父亲", "祖父", "外祖父") else "f"
    own = family_name(one.name)
    if not own:
        return GuardianName(rng.choice(WHOLE[who].split()), relation, phone(rng))
    family = own if relation in ("父亲", "祖父") else surname(rng)
    name = family + rng.choice(STAFF_GIVEN[who].split())
    while name in RESERVED:
        name = family + rng.choice(STAFF_GIVEN[who].split())
    return GuardianName(name, relation, phone(rng))


def called(relation: str) -> str:
    """What a teacher calls a guardian in a note: 妈妈 for 母亲."""
    names = {"母亲": "妈妈", "父亲": "爸爸", "祖母": "奶奶", "祖父": "爷爷", "外祖母": "外婆", "外祖父": "外公"}
    return names.get(relation, "家长")
