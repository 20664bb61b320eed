"""Everything that the site keeps about one person, as an archive that needs no site to be read."""

from __future__ import annotations

import json
import tempfile
import zipfile
from typing import IO, Any

from allauth.account.models import EmailAddress
from django.db.models import Prefetch

from zero_to_gpt.accounts.models import ApiToken, User
from zero_to_gpt.cohorts.models import Announcement, Authorship, Extension, Membership, Override
from zero_to_gpt.cohorts.roles import invitations_of
from zero_to_gpt.submissions.models import (
    Draft,
    Event,
    OpenedSolution,
    PieceChoice,
    Submission,
    coarse_time,
)

AT_ONCE = 20
ABOUT = """\
What Zero to GPT keeps about you.

account.json                    who you are here, your cohorts and courses, your tokens by name, the
                                  solutions that you opened, the earlier answers that you chose, more
                                  time that you were given, points that were set by hand
drafts/EXERCISE.py              what stands in your editor
drafts/EXERCISE.before.py       what another tab's text took the place of
submissions/EXERCISE/NUMBER.py    the code of each Run and Submit
submissions/EXERCISE/NUMBER.json  its result, and what it printed and drew as long as that is kept

Your password and your tokens are kept only as digests, and are not in here. A course that you write has a
download of its own, on its page.
"""


def archive(user: User) -> IO[bytes]:
    """A ZIP file, open at its beginning, for it may be larger than memory; whoever asks closes it.

    Verdicts are the learner's projection, as on the pages.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115  it goes with its last reader
    try:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as whole:
            whole.writestr("README.txt", ABOUT)
            whole.writestr("account.json", _json(_account(user)))
            for draft in Draft.objects.filter(user=user).select_related("exercise"):
                whole.writestr(f"drafts/{draft.exercise.name}.py", draft.source)
                if draft.previous:
                    whole.writestr(f"drafts/{draft.exercise.name}.before.py", draft.previous)
            events = Prefetch("events", queryset=Event.objects.order_by("pk"))
            mine = Submission.objects.filter(user=user).select_related("exercise").prefetch_related(events)
            for submission in mine.order_by("pk").iterator(chunk_size=AT_ONCE):
                name = f"submissions/{submission.exercise.name}/{submission.pk}"
                whole.writestr(f"{name}.py", submission.source)
                whole.writestr(f"{name}.json", _json(_result(submission)))
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def _account(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "addresses": [
            {"email": each.email, "primary": each.primary, "confirmed": each.verified}
            for each in EmailAddress.objects.filter(user=user).order_by("pk")
        ],
        "name": user.display_name,
        "theme": user.theme,
        "language": user.language,
        "joined": user.date_joined,
        "last_sign_in": user.last_login,
        "cohorts": [
            {"name": each.cohort.name, "role": each.role, "joined": each.joined}
            for each in Membership.objects.filter(user=user).select_related("cohort")
        ],
        "more_time": [
            {"for": each.deadline.place, "cohort": each.deadline.cohort.name, "until": each.due}
            | {"reason": each.reason, "given": each.given}
            for each in Extension.objects.filter(user=user).select_related(
                "deadline__cohort", "deadline__module", "deadline__exercise__current"
            )
        ],
        "points_set_by_hand": [
            {"exercise": each.exercise.name, "cohort": each.cohort.name, "points": each.points}
            | {"reason": each.reason, "since": each.since, "until": each.ended}
            for each in Override.objects.filter(user=user).select_related("cohort", "exercise")
        ],
        "solutions_opened_before_passing": [
            {"exercise": each.exercise.name, "opened": each.opened, "tries": each.tries}
            for each in OpenedSolution.objects.filter(user=user).select_related("exercise")
        ],
        "courses_written": [
            {"title": each.course.title, "since": each.since, "until": each.until}
            for each in Authorship.with_ended.filter(user=user).select_related("course")
        ],
        "tokens": [
            {"name": each.name, "created": each.created, "expires": each.expires, "last_used": each.last_used}
            for each in ApiToken.objects.filter(user=user).order_by("pk")
        ],
        "earlier_answers_chosen": [
            {
                "in": each.exercise.name,
                "of": each.name,
                "submission": each.submission_id or "official",
            }
            for each in PieceChoice.objects.filter(user=user).select_related("exercise").order_by("pk")
        ],
        "announcements_written": [
            {"cohort": each.cohort.name, "title": each.title, "text": each.text, "created": each.created}
            for each in Announcement.objects.filter(by=user).select_related("cohort")
        ],
        "invitations": [each.cohort.name for each in invitations_of(user)],
    }


def _result(submission: Submission) -> dict[str, Any]:
    outcome = submission.outcome_for_learner()
    return {
        "exercise": submission.exercise.name,
        "kind": submission.kind,
        "state": submission.state,
        "word": submission.word,
        "pieces": submission.pieces,
        "points": outcome.points,
        "possible": outcome.possible,
        "created": submission.created,
        "finished": coarse_time(submission.finished_at),
        "verdict": outcome.verdict,
        "events": [
            {"kind": event.kind, "at": coarse_time(event.created), "data": event.data}
            for event in submission.events.all()
        ],
    }


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False, default=str)
