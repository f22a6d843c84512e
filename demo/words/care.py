"""Why more care, and what helps: a counselor's reasons and the lines on a card. Never a diagnosis, never a tier."""

from random import Random

from demo.words.names import Gender

SEEN = """
近两周话少了很多，课间常一个人坐着
最近几次来谈，都说晚上睡不踏实
班主任说{他}上课走神多了，作业也拖
家里近来有变动，{他}自己不太愿意提
和几位好朋友闹了别扭，还没有缓过来
成绩掉得有些急，{他}说怕让家人失望
请过几次假，都说肚子不舒服
几次谈到“没人懂我”，说得很轻
""".strip().splitlines()

SHOWN = """
吃饭和作息大致正常，愿意再来谈
说愿意试试每周来一次
和家长通过电话，家长愿意配合
班主任也留意到了，会多陪一陪
说有事会先来找老师
自己能说出两样能让心情好一点的事
""".strip().splitlines()

WISHED = """
想多陪一段时间，看看变化
先把见面的次数加上去
先稳住作息和同伴，再看下一步
和班主任说好，每周碰一次情况
""".strip().splitlines()

EASED = """
这一个月的几次谈话都轻松了不少，笑也多了
课间又和同学在一起了，作业也跟上来了
家里的事有了着落，{他}自己也说踏实了
连着几周睡得好，愿意参加班里的活动
""".strip().splitlines()

EASED_WISH = """
见面可以少一些，班主任照常留意
换成每月见一次，有事随时来
""".strip().splitlines()

HELPS = """
上课可以多请{他}答有把握的题，答完给一句具体的肯定
座位尽量靠前、靠近合得来的同学
有话单独说，不在全班面前点名批评
作业可以先完成一部分，交了就肯定
课间看到{他}一个人，走过去聊两句就好，不必追问
考前考后多给一点时间，先问感受，再说分数以外的事
有变动的安排，提前一天告诉{他}
分组活动先帮{他}找好搭档
请假回来的第一天，安排一位同学带一带
{他}说想静一静时，可以去图书角坐十分钟
和家长联系时多说进步，少比较
把班里的一件小事交给{他}，比如浇花、发本子
情绪上来时先陪着，不急着讲道理
发现连着两天没精神，告诉心理教师一声
""".strip().splitlines()


def reason(rng: Random, gender: Gender) -> str:
    """Why more care is proposed."""
    return _said((rng.choice(SEEN), rng.choice(SHOWN), rng.choice(WISHED)), gender)


def reason_for_less(rng: Random, gender: Gender) -> str:
    """Why less is proposed."""
    return _said((rng.choice(EASED), rng.choice(EASED_WISH)), gender)


def card(rng: Random, gender: Gender) -> str:
    """Two or three lines for teachers."""
    return "\n".join(f"{line}。" for line in _filled(rng.sample(HELPS, rng.choice((2, 3))), gender))


def _said(clauses: tuple[str, ...], gender: Gender) -> str:
    return "；".join(_filled(list(clauses), gender)) + "。"


def _filled(clauses: list[str], gender: Gender) -> list[str]:
    return [clause.replace("{他}", "她" if gender == "f" else "他") for clause in clauses]
