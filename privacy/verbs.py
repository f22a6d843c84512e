"""What the trail says, in words. Every verb that is recorded stands here once; a test looks for those that do not.

The words name no person, tier or text: they are read by the person, by the leaders and by the administrator alike.
"""

from django.db.models import TextChoices


class Group(TextChoices):
    """What kind of act it is; lists are narrowed by these."""

    GLASS = "glass", "紧急查看"
    READ = "read", "查阅"
    LISTENING = "listening", "倾听"
    CARE = "care", "关爱与关注"
    LEAVES = "leaves", "导出与打印"
    ROSTER = "roster", "学生与名册"
    PEOPLE = "people", "账号与任职"
    SCHOOL = "school", "学校与要求"
    ENTRY = "entry", "登录"
    HOUSE = "house", "系统"


WORDS: dict[str, tuple[str, Group]] = {
    "glass.open": ("打开了一次紧急查看", Group.GLASS),
    "glass.ask": ("请同事同意在紧急查看中看记录", Group.GLASS),
    "glass.second": ("同意了同事在紧急查看中看记录", Group.GLASS),
    "glass.close": ("结束了一次紧急查看", Group.GLASS),
    "glass.review": ("复核了一次紧急查看", Group.GLASS),
    "care.view": ("打开了关爱页（层级和标签）", Group.READ),
    "list.care": ("打开了重点关爱名单", Group.READ),
    "list.concerns": ("打开了关注名单", Group.READ),
    "list.cases": ("打开了转介名单", Group.READ),
    "referral.view": ("看了一件转介", Group.READ),
    "list.numbers": ("打开了带学号的学生名单", Group.READ),
    "trail.view": ("打开了全校留痕", Group.READ),
    "conversation.log": ("记了一次倾听", Group.LISTENING),
    "conversation.edit": ("更正了一次倾听", Group.LISTENING),
    "conversation.delete": ("删除了一次倾听", Group.LISTENING),
    "conversation.allow_late": ("同意一次补记计入", Group.LISTENING),
    "conversation.note": ("改了一段倾听记录", Group.LISTENING),
    "conversation.add": ("给倾听记录补了一段", Group.LISTENING),
    "check_in.excuse": ("说明了一次免谈", Group.LISTENING),
    "check_in.excuse_late": ("晚了才说明一次免谈", Group.LISTENING),
    "check_in.allow_excuse": ("同意一次晚到的免谈", Group.LISTENING),
    "check_in.make_up": ("给漏谈补上一次", Group.LISTENING),
    "care.card": ("写了支持要点", Group.CARE),
    "care.propose": ("提议了一个关爱层级", Group.CARE),
    "care.confirmed": ("确认了一份提议", Group.CARE),
    "care.declined": ("没有采纳一份提议", Group.CARE),
    "care.withdrawn": ("收回了一份提议", Group.CARE),
    "care.label": ("给了一个标签", Group.CARE),
    "care.label-end": ("取下了一个标签", Group.CARE),
    "care.label-add": ("加了一个可选的标签", Group.CARE),
    "care.label-aside": ("不再提供一个标签", Group.CARE),
    "care.scheme": ("换了分级方案", Group.CARE),
    "student.tier": ("登记了一位同学的层级", Group.CARE),
    "concern.received": ("请心理教师看一看", Group.CARE),
    "concern.seen": ("看到了一条关注", Group.CARE),
    "concern.answered": ("回复了一位上报人", Group.CARE),
    "concern.ended": ("告诉了上报人结果", Group.CARE),
    "referral.report": ("上报了一份关注", Group.CARE),
    "referral.join": ("又上报了一份关注", Group.CARE),
    "referral.accept": ("受理了一份关注", Group.CARE),
    "referral.send_back": ("退回了一份关注", Group.CARE),
    "referral.settle": ("了解了一份关注", Group.CARE),
    "referral.support": ("作了首次评估", Group.CARE),
    "referral.call_panel": ("作了首次评估，请领导小组研判", Group.CARE),
    "referral.to_panel": ("请领导小组研判", Group.CARE),
    "referral.decide_support": ("记下了研判的决定", Group.CARE),
    "referral.decide_meeting": ("记下了研判的决定", Group.CARE),
    "referral.agreed": ("记下了会谈的结果", Group.CARE),
    "referral.refused": ("记下了会谈的结果", Group.CARE),
    "referral.not_reached": ("记下了会谈的结果", Group.CARE),
    "referral.back_in_school": ("收到回执，回到校内支持", Group.CARE),
    "referral.leave": ("登记了休学安排", Group.CARE),
    "referral.apply_return": ("收到了复学申请", Group.CARE),
    "referral.approve": ("同意了复学", Group.CARE),
    "referral.defer": ("暂缓了复学", Group.CARE),
    "referral.grant_appeal": ("答复了申诉", Group.CARE),
    "referral.refuse_appeal": ("答复了申诉", Group.CARE),
    "referral.close": ("确认了结案", Group.CARE),
    "referral.reopen": ("重开了一件事", Group.CARE),
    "referral.plan": ("写了支持计划", Group.CARE),
    "referral.review": ("作了一次复评", Group.CARE),
    "referral.review_to_panel": ("作了一次复评，请领导小组研判", Group.CARE),
    "referral.task": ("分了工", Group.CARE),
    "referral.task_done": ("做完了一件分好的事", Group.CARE),
    "referral.follow_up": ("约了跟踪的日子", Group.CARE),
    "referral.follow_up_kept": ("作了一次跟踪", Group.CARE),
    "referral.paper": ("收了一份材料", Group.CARE),
    "referral.raise": ("加重了等级", Group.CARE),
    "referral.raise_to_panel": ("加重了等级，请领导小组研判", Group.CARE),
    "referral.hurry": ("改得更急", Group.CARE),
    "referral.lower": ("确认了减轻等级", Group.CARE),
    "referral.hand_over": ("换了负责人", Group.CARE),
    "referral.harm": ("标了疑似侵害", Group.CARE),
    "referral.tell_authority": ("登记了强制报告", Group.CARE),
    "referral.clear_harm": ("确认排除疑似侵害", Group.CARE),
    "referral.propose": ("请第二人确认", Group.CARE),
    "referral.take_back": ("没有采纳或收回了一份提议", Group.CARE),
    "referral.escalate": ("请上一级过问", Group.CARE),
    "referral.settings": ("改了转介的设置", Group.SCHOOL),
    "class.print": ("打开了班级汇总表的打印页", Group.LEAVES),
    "class.export": ("导出了班级汇总表", Group.LEAVES),
    "roster.faults": ("导出了名册里要改的行", Group.LEAVES),
    "trail.export": ("导出了留痕", Group.LEAVES),
    "missed.export": ("导出了漏谈名单", Group.LEAVES),
    "roster.export": ("导出了学生名单", Group.LEAVES),
    "concern.export": ("导出了关注名单", Group.LEAVES),
    "roster.upload": ("上传了一份名册", Group.ROSTER),
    "roster.import": ("导入了一份名册", Group.ROSTER),
    "student.add": ("加了一位同学", Group.ROSTER),
    "student.edit": ("改了一位同学的信息", Group.ROSTER),
    "student.move": ("给一位同学调了班", Group.ROSTER),
    "student.pause": ("登记了休学或转出", Group.ROSTER),
    "student.back": ("登记了返校", Group.ROSTER),
    "student.mentor": ("结对了一位导师", Group.ROSTER),
    "student.guardian": ("登记了一位监护人", Group.ROSTER),
    "relative.note": ("登记了一位同学的亲属", Group.PEOPLE),
    "relative.forget": ("取消了一条亲属登记", Group.PEOPLE),
    "account.create": ("建了一个账号", Group.PEOPLE),
    "account.reset": ("重设了一个人的密码", Group.PEOPLE),
    "account.factor-reset": ("重设了一个人的两步验证", Group.PEOPLE),
    "account.password": ("改了自己的密码", Group.PEOPLE),
    "account.factor": ("开启了两步验证", Group.PEOPLE),
    "account.factor-off": ("关闭了两步验证", Group.PEOPLE),
    "account.codes": ("换了一批备用码", Group.PEOPLE),
    "membership.propose": ("提议了一项任职", Group.PEOPLE),
    "membership.grant": ("任命", Group.PEOPLE),
    "membership.confirm": ("同意了一项任职", Group.PEOPLE),
    "membership.decline": ("没有同意一项任职", Group.PEOPLE),
    "membership.withdraw": ("收回了一项任职提议", Group.PEOPLE),
    "membership.end": ("结束任职", Group.PEOPLE),
    "school.create": ("建立了学校", Group.SCHOOL),
    "school.contacts": ("改了求助电话", Group.SCHOOL),
    "school.late_days": ("改了补记的期限", Group.SCHOOL),
    "class.add": ("加了一个班级", Group.SCHOOL),
    "term.save": ("登记了学期", Group.SCHOOL),
    "calendar.day": ("改了校历的一天", Group.SCHOOL),
    "rule.add": ("加了一条倾听要求", Group.SCHOOL),
    "rule.change": ("改了一条倾听要求", Group.SCHOOL),
    "rule.end": ("停了一条倾听要求", Group.SCHOOL),
    "session.in": ("登录", Group.ENTRY),
    "session.out": ("退出", Group.ENTRY),
    "session.end": ("一处登录结束了", Group.ENTRY),
    "session.fail": ("有人没有登录成功", Group.ENTRY),
    "hat.wear": ("换了一个身份", Group.ENTRY),
    "session.lock": ("锁屏", Group.ENTRY),
    "session.unlock": ("解锁", Group.ENTRY),
    "key.known": ("开始用一把钥匙", Group.HOUSE),
    "key.new": ("加了一把新钥匙", Group.HOUSE),
    "key.rotate": ("换了钥匙", Group.HOUSE),
    "key.retire": ("去掉了旧钥匙", Group.HOUSE),
    "key.verify": ("核对了钥匙", Group.HOUSE),
    "key.lost": ("登记了找不回来的钥匙", Group.HOUSE),
    "trail.retire": ("清理了到期的留痕", Group.HOUSE),
    "demo.seed": ("装了演示数据", Group.HOUSE),
}
FAMILIES = {"glass.": ("紧急查看", Group.GLASS)}  # of these a page shows also what has no words of its own yet

TEXTS: dict[tuple[str, str], str] = {
    ("conversation", "note"): "一段倾听记录",
    ("addendum", "note"): "补充的一段倾听记录",
    ("concern", "words"): "一段请心理教师看一看的话",
    ("concern", "tried"): "上报里写的已经做了什么",
    ("concern", "guardian_words"): "上报里写的监护人的话",
    ("concern", "ways"): "上报里写的怎样找孩子",
    ("concern", "reply"): "给上报人的回复",
    ("referral_text", "text"): "转介里的一段文字",
    ("referral_task", "what"): "一件分工",
    ("second_word", "words"): "请第二人确认的小结",
    ("case_paper", "words"): "一份材料的内容",
    ("case_paper", "file"): "一份材料的文件",
    ("care_card", "text"): "支持要点",
    ("guardian", "phone"): "监护人的电话",
    ("break_glass", "reason"): "一次紧急查看的原因",
    ("break_glass", "review_words"): "一次紧急查看的复核",
    ("tier_proposal", "reason"): "一份提议的理由",
    ("student_label", "reason"): "一个标签的理由",
    ("student_label", "end_reason"): "取下一个标签的理由",
}
"""What was read, by table and field."""


def words_of(verb: str) -> str:
    return _find(verb)[0]


def group_of(verb: str) -> Group:
    return _find(verb)[1]


def verbs_of(group: Group) -> list[str]:
    """The verbs of a group that have words."""
    return [verb for verb, (_, of) in WORDS.items() if of is group]


def text_of(table: str, field: str) -> str:
    return TEXTS.get((table, field), "一段文字")


def _find(verb: str) -> tuple[str, Group]:
    if verb in WORDS:
        return WORDS[verb]
    family = next((found for start, found in FAMILIES.items() if verb.startswith(start)), None)
    return family or ("做了一件事", Group.HOUSE)
