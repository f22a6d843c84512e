"""Cases: the list, one of them as far as the viewer sees it, what is written on it, and its moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Request, fresh
from privacy import actions as privacy
from referrals import actions, reading
from referrals.case_list import CASES, CaseFilters
from referrals.case_page import HEADINGS, CaseView, texts_of
from referrals.forms import cases as forms
from referrals.models import Concern, Referral, ReferralStep, SecondWord, Task
from referrals.requirements import Need
from referrals.stages import MOVES as TABLE
from referrals.stages import Stage, Verb
from referrals.who_reads import who_reads
from schools.permissions import Permission, allow, holds, schools_of
from students import drafts
from students.notes import NotForYou, Opened


@dataclass(frozen=True, slots=True)
class Move:
    """One move as a page: its form, what it says, and which lines of the table it stands for."""

    form: type[forms.MoveForm]
    title: str
    button: str
    verbs: frozenset[Verb]
    done: str
    says: str = ""
    is_main: bool = False

    @property
    def is_quiet(self) -> bool:
        return all(one.quiet for one in TABLE if one.verb in self.verbs)


def _move(form: type[forms.MoveForm], title: str, button: str, *verbs: Verb, done: str, **more: Any) -> Move:
    return Move(form, title, button, frozenset(verbs), done, **more)


V = Verb
MOVES: Mapping[str, Move] = {
    "accept": _move(
        forms.AcceptForm,
        "受理",
        "受理",
        V.ACCEPT,
        done="受理了，您是负责人。",
        says="受理以后您是负责人；上报的人会知道已经有人在跟进。",
        is_main=True,
    ),
    "assess": _move(
        forms.AssessForm, "首次评估", "保存评估", V.SUPPORT, V.CALL_PANEL, done="评估记下了。", is_main=True
    ),
    "plan": _move(
        forms.PlanForm, "支持计划", "保存计划", V.PLAN, done="支持计划记下了，分到事的老师会收到消息。", is_main=True
    ),
    "review": _move(
        forms.ReviewForm,
        "复评",
        "保存复评",
        V.REVIEW,
        V.REVIEW_TO_PANEL,
        done="复评记下了。",
        says="连续两次没有好转，会请领导小组研判。",
        is_main=True,
    ),
    "confirm": _move(
        forms.ConfirmForm,
        "确认",
        "确认",
        V.CLOSE,
        V.LOWER,
        V.CLEAR_HARM,
        done="确认好了。",
        is_main=True,
        says="请先看过小结。确认以后马上生效。",
    ),
    "decline": _move(
        forms.DeclineForm,
        "不采纳",
        "不采纳",
        V.TAKE_BACK,
        done="没有采纳，一切照旧。",
        says="这件事照旧继续，提出的人可以再提。",
    ),
    "withdraw": _move(
        forms.WithdrawForm,
        "收回",
        "收回",
        V.TAKE_BACK,
        done="收回了，一切照旧。",
        says="不再等第二个人确认，这件事照旧继续。",
    ),
    "task-done": _move(forms.TaskDoneForm, "做完一件事", "做完了", V.TASK_DONE, done="记下了，谢谢您。"),
    "settle-mild": _move(
        forms.SettleForm,
        "我已了解",
        "保存",
        V.SETTLE,
        done="记下了，负责的心理教师会看到。",
        says="您已经了解并照看好了，就在这里说一句。心理教师还可以再打开。",
    ),
    "send-back": _move(forms.SendBackForm, "回复上报人", "发出回复", V.SEND_BACK, done="回复发出了。"),
    "raise-colour": _move(forms.RaiseForm, "加重等级", "保存", V.RAISE, V.RAISE_TO_PANEL, done="等级改好了。"),
    "propose-close": _move(
        forms.ProposeCloseForm,
        "提出结案",
        "请第二个人确认",
        V.PROPOSE,
        done="提出了，等另一位同事确认。",
        says="结案要由另一位心理教师或领导确认。",
    ),
    "hand-over": _move(forms.HandOverForm, "移交", "移交", V.HAND_OVER, done="移交好了，新的负责人会收到消息。"),
    "reopen": _move(forms.ReopenForm, "重开", "重开", V.REOPEN, done="重开了。", is_main=True),
}
DRAFTED = {key: f"case-{key}" for key, one in MOVES.items() if one.form.sealed}


@require_safe
@allow(Permission.REFERRAL_VIEW)
def cases(request: Request) -> HttpResponse:
    """Live cases, what is due first; closed ones when asked. Who opened the list stands in the trail."""
    for school in schools_of(request.user, Permission.REFERRAL_VIEW, at=request.at):
        privacy.record(by_id=request.user.pk, verb="list.cases", at=request.at, school_id=school.pk, kind="list")
    look = CaseFilters(request.GET)
    shown = CASES.page(request, look.narrow(Referral.objects.visible_to(request.user, at=request.at)), look=look)
    return render(request, "referrals/cases.html", {"shown": shown})


def _view(request: Request, uid: UUID) -> CaseView:
    """The case of the address, for whoever sees it; else the absent page."""
    rows = Referral.objects.visible_to(request.user, at=request.at)
    found = get_object_or_404(rows.select_related("school", "student__school", "owner"), uid=uid)
    return CaseView(found, request.user, at=request.at)


@require_safe
@allow(Permission.REFERRAL_TASK, of="case")
def case(request: Request, case: UUID) -> HttpResponse:
    """Where it stands, and as much of its way as this person sees. Who opened it stands in the trail."""
    view = _view(request, case)
    found = view.case
    privacy.record(
        by_id=request.user.pk, verb="referral.view", at=request.at, school_id=found.school_id, kind="referral",
        uid=found.uid,
    )  # fmt: skip
    offered = [
        (reverse("referrals:case-move", args=[found.uid, key]), one) for key, one in MOVES.items() if view.has(key)
    ]
    concerns = Concern.objects.filter(referral=found).for_list() if view.is_inside else []
    context = {
        "view": view,
        "case": found,
        "main_moves": [(url, one) for url, one in offered if one.is_main],
        "other_moves": [(url, one) for url, one in offered if not one.is_main],
        "concerns": concerns,
        "opens_concerns": holds(request.user, Permission.CONCERN_VIEW, at=request.at),
    }
    return render(request, "referrals/case.html", context)


@require_safe
@allow(Permission.REFERRAL_TASK, of="case text")
@fresh
def case_text(request: Request, case: UUID, text: UUID) -> HttpResponse:
    """What was written with one step, one task, or for a second person; each opening with a row in the trail."""
    view = _view(request, case)
    title, opened = _opened(view, text)
    if not opened:
        raise Http404
    context = {"case": view.case, "title": title, "opened": opened}
    return render(request, "referrals/case_text.html", context)


def _opened(view: CaseView, uid: UUID) -> tuple[str, list[tuple[str, Opened]]]:
    """Heading and text of all that this person may open under this number."""
    by, at = view.person, view.at
    try:
        if step := ReferralStep.objects.filter(referral=view.case, uid=uid).first():
            found = []
            for text in texts_of(step):
                if reading.may_open_text(text, by=by, at=at):
                    found.append((HEADINGS.get(Need(text.need), "写下的话"), reading.open_text(text, by=by, at=at)))
            return str(Verb(step.verb).label), found
        for_task = Task.objects.filter(referral=view.case, uid=uid)
        if task := for_task.select_related("school", "assignee", "by", "referral__student", "referral__owner").first():
            return f"{task.assignee.name}的分工", [("做什么", reading.open_task(task, by=by, at=at))]
        for_word = SecondWord.objects.filter(referral=view.case, uid=uid)
        if word := for_word.select_related("school", "by", "referral__student").first():
            opened = reading.open_second_word(word, by=by, at=at)
            return str(Verb(word.verb).label), [("小结" if word.asks_for == Verb.CLOSE else "原因", opened)]
    except NotForYou:
        pass
    return "", []


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Permission.REFERRAL_TASK, of="case move")
def case_move(request: Request, case: UUID, move: str) -> HttpResponse:
    """One move. Absent for whoever may not make it now; a page that came too late says who was first."""
    view = _view(request, case)
    known = MOVES.get(move)
    if known is None:
        raise Http404
    offered = view.has(move)
    # A quiet act holds on any page; to all others a page is outdated once somebody else has moved the case.
    late = request.method == "POST" and not known.is_quiet and _typed_version(request) != view.case.version
    if not offered and not (late and view.could(known.verbs)):
        raise Http404
    place = forms.At(view.case, request.user, request.at, view.word, view.may_finish)
    initial = {"task": request.GET.get("task", "")} if move == "task-done" else None
    form = known.form(request.POST if request.method == "POST" else None, place=place, initial=initial)
    if late:
        return _outdated(request, view, move, form)
    if form.is_valid():
        try:
            with drafts.saving(request, DRAFTED.get(move, move), view.case.uid):
                form.act()
        except actions.Incomplete as lacking:
            for sentence in lacking.sentences:
                form.add_error(None, sentence)
        except (actions.Stale, actions.NotNow):
            return _outdated(request, _view(request, case), move, form)
        except REFUSALS as reason:
            form.add_error(None, WHY[type(reason)])
        except actions.NotYours:
            raise Http404 from None
        else:
            messages.success(request, known.done)
            reached = Referral.objects.visible_to(request.user, at=request.at).filter(uid=case)
            return redirect("referrals:case", case) if reached.exists() else redirect("home")
    return _move_page(request, view, move, form)


def _typed_version(request: Request) -> int:
    """The version of the page on which it was written; 0 where it says none."""
    said = request.POST.get("version", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0


def _outdated(request: Request, view: CaseView, key: str, form: forms.MoveForm) -> HttpResponse:
    """Who was first, and what was typed, still there; sent again it is said of the case as it is now."""
    since = view.moved_since(_typed_version(request)) if _typed_version(request) else []
    form.add_error(None, "刚才有同事先动了这件事。您写的还在这里，请看一下再决定。")
    typed = request.POST.copy()
    typed["version"] = str(view.case.version)
    form.data = typed
    return _move_page(request, view, key, form, since=since)


WHY: Mapping[type[Exception], str] = {
    actions.AlreadyWaiting: "已经有一件事在等第二个人确认，请先答复那一件。",
    actions.AlreadyAnswered: "刚刚有人答复过了，请回到这件事看一看。",
    actions.AlreadyDone: "这件事已经有人记为做完了。",
    actions.NeedsAnother: "要由另外一个人确认。",
    actions.NotHere: "有一位不能安排到这件事里，请换一位老师。",
    actions.LiveCaseStands: "这位同学现在有另一件事在跟进，请写到那一件里。",
}
REFUSALS = tuple(WHY)


def _move_page(
    request: Request, view: CaseView, key: str, form: forms.MoveForm, *, since: Sequence[ReferralStep] = ()
) -> HttpResponse:
    word = view.word if isinstance(form, forms.WordForm) else None
    fields = [
        (one, who_reads(form.sealed.get(one.name, ""), view.case, by=view.person, at=view.at))
        for one in form.visible_fields()
    ]
    folded = [one for one in fields if one[0].name in form.folded]
    context = {
        "case": view.case,
        "move": MOVES[key],
        "form": form,
        "fields": [one for one in fields if one not in folded],
        "folded": folded,
        "since": since,
        "offered": view.has(key),
        "word": word,
        "draft_form": DRAFTED.get(key, ""),
        "is_closing": bool(word and word.asks_for == Verb.CLOSE),
        "stage": Stage(view.case.stage).label,
    }
    return render(request, "referrals/case_move.html", context, status=422 if form.errors else 200)
