"""What children say, by topic, and what is agreed on it: plain lines under headings of tone and stage.

An agreement that suits only some details begins with the words that call for it: `早饭|没吃》约好明天吃了早饭再来`.
Slots: {他} the child's pronoun, {亲} somebody at home, {伴} a classmate, {科} a subject, {日} a day soon.
"""

from demo.words.details import body, feelings, future, home, interests, peers, sleep, study

TOPICS: dict[str, tuple[str, str]] = {
    "学业": (study.TEXT, study.AGREED),
    "同伴": (peers.TEXT, peers.AGREED),
    "家里": (home.TEXT, home.AGREED),
    "情绪": (feelings.TEXT, feelings.AGREED),
    "睡眠": (sleep.TEXT, sleep.AGREED),
    "身体": (body.TEXT, body.AGREED),
    "兴趣": (interests.TEXT, interests.AGREED),
    "将来": (future.TEXT, future.AGREED),
}
