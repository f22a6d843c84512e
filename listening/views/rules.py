"""倾听要求: as words for everybody who works by them; added, changed and ended by those who keep them."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Request
from listening import actions, rule_words
from listening.models import QuotaRule
from listening.rule_form import RuleForm
from listening.rule_preview import preview
from listening.words import day_words
from schools.calendar import PeriodKind
from schools.models import School
from schools.permissions import Permission, allow, holds, schools_of
from schools.views.frame import school_of


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One requirement as words."""

    rule: QuotaRule
    whom: str
    until: str  # 11月24日起改为下面这条, 到 11月23日为止; empty while it runs on
    since: str  # of one that has not begun
    edit_url: str

    @property
    def rhythm(self) -> str:
        rule = self.rule
        often = rule_words.how_often((PeriodKind(rule.period), rule.weeks))
        return f"{often}{rule_words.times(rule.minimum, rule.maximum) if rule.minimum else '，只是建议'}"


@require_safe
@allow(Permission.RULE_VIEW)
def rules(request: Request) -> HttpResponse:
    """The requirements in use and to come; those of counselors alone are for counselors and leaders."""
    today = timezone.localdate(request.at)
    schools = schools_of(request.user, Permission.RULE_VIEW, at=request.at)
    known = QuotaRule.objects.filter(school__in=schools).not_over_on(today).in_order().select_related("school")
    if not holds(request.user, Permission.SCHOOL_FIGURES_VIEW, at=request.at):
        known = known.teachers()
    edits = set(schools_of(request.user, Permission.RULE_EDIT, at=request.at))
    names_care = set(schools_of(request.user, Permission.COUNSELING_VIEW, at=request.at)) | edits
    found = list(known.prefetch_related("tiers", "labels"))
    follows = {rule.lineage for rule in found if rule.valid_from and rule.valid_from > today}
    rows = [
        RuleRow(
            rule=rule,
            whom=_whom(rule, names_care=rule.school in names_care),
            until=_until(rule, followed=rule.lineage in follows),
            since=f"{day_words(rule.valid_from)}起" if rule.valid_from and rule.valid_from > today else "",
            edit_url=reverse("listening:rule-edit", args=[rule.uid])
            if rule.school in edits and rule.valid_to is None
            else "",
        )
        for rule in found
    ]
    may_add = holds(request.user, Permission.RULE_CREATE, at=request.at)
    return render(request, "listening/rules.html", {"rows": rows, "actions": _actions(may_add=may_add)})


def _actions(*, may_add: bool) -> list[tuple[str, str, str, bool]]:
    return [("加一条要求", reverse("listening:rule-new"), "plus", False)] if may_add else []


def _whom(rule: QuotaRule, *, names_care: bool) -> str:
    """和谁. Which tiers and labels are meant is for counselors and for those who keep the requirements."""
    chosen = [row.name for row in rule.tiers.all()] + [row.name for row in rule.labels.all()]
    if not chosen:
        return str(rule.get_per_display())
    return f"{'、'.join(chosen)}的同学" if names_care else "一部分同学，名单在各自的清单里"


def _until(rule: QuotaRule, *, followed: bool) -> str:
    if rule.valid_to is None:
        return ""
    last = day_words(rule.valid_to)
    return f"到 {last}为止，之后按新的" if followed else f"到 {last}为止"


@require_http_methods(["GET", "POST"])
@allow(Permission.RULE_CREATE)
def rule_new(request: Request) -> HttpResponse:
    """Ask for something new."""
    return _page(request, school_of(request, Permission.RULE_CREATE), None)


@require_http_methods(["GET", "POST"])
@allow(Permission.RULE_EDIT, of="rule")
def rule_edit(request: Request, uid: UUID) -> HttpResponse:
    """Ask otherwise; an older version leads to the newest one."""
    rule = _rule(request, uid)
    if newest := _newer(rule):
        return redirect("listening:rule-edit", newest.uid)
    return _page(request, rule.school, rule)


@require_http_methods(["GET", "POST"])
@allow(Permission.RULE_EDIT, of="rule")
def rule_end(request: Request, uid: UUID) -> HttpResponse:
    """Ask no more, once the running period is over."""
    rule = _rule(request, uid)
    if newest := _newer(rule):
        return redirect("listening:rule-end", newest.uid)
    if request.method == "POST":
        last = actions.end_rule(by=request.user, rule=rule, at=request.at)
        until = f"，{day_words(last)}以前开始的照旧" if last else ""
        messages.success(request, f"“{rule.name}”不再要求了{until}。")
        return redirect("listening:rules")
    return render(request, "listening/rule_end.html", {"rule": rule})


def _rule(request: Request, uid: UUID) -> QuotaRule:
    schools = schools_of(request.user, Permission.RULE_EDIT, at=request.at)
    seen = QuotaRule.objects.filter(school__in=schools).select_related("school").prefetch_related("tiers", "labels")
    rule = get_object_or_404(seen, uid=uid)
    if rule.valid_to is not None and _newer(rule) is None:
        get_object_or_404(seen.none(), uid=uid)  # ended: nothing is left to change
    return rule


def _newer(rule: QuotaRule) -> QuotaRule | None:
    if rule.valid_to is None:
        return None
    return QuotaRule.objects.filter(school=rule.school_id, lineage=rule.lineage, valid_to=None).first()


def _page(request: Request, school: School, rule: QuotaRule | None) -> HttpResponse:
    """The form, then what it would mean, then, confirmed, saved."""
    form = RuleForm(request.POST or None, school=school, rule=rule)
    context = {"form": form, "rule": rule}
    if not form.is_valid() or "back" in request.POST:
        return render(request, "listening/rule_form.html", context, status=422 if form.errors else 200)
    if form.says_the_same:
        messages.info(request, "和原来一样，没有改动。")
        return redirect("listening:rules")
    if "confirm" in request.POST:
        return _save(request, school, rule, form)
    shown = preview(
        school,
        form.words,
        on=timezone.localdate(request.at),
        rule=rule,
        sees_numbers=holds(request.user, Permission.MISSED_VIEW, at=request.at),
    )
    return render(request, "listening/rule_preview.html", context | {"preview": shown})


def _save(request: Request, school: School, rule: QuotaRule | None, form: RuleForm) -> HttpResponse:
    if rule is None:
        saved = actions.add_rule(by=request.user, school=school, at=request.at, **form.words)
    else:
        saved = actions.change_rule(by=request.user, rule=rule, at=request.at, **form.words)
    since = f"，{day_words(saved.valid_from)}起生效" if saved.valid_from else ""
    messages.success(request, f"“{saved.name}”保存好了{since}。")
    return redirect("listening:rules")
