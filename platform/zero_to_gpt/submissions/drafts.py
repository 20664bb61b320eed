"""What stands in somebody's editor, kept between two visits and two tabs."""

from __future__ import annotations

from django.db import transaction

from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.fleet import clock
from zero_to_gpt.submissions.models import Draft
from zero_to_gpt.submissions.sources import check_source


def draft_for(*, user: User, exercise: Exercise) -> Draft | None:
    return Draft.objects.filter(user=user, exercise=exercise).first()


def save_draft(
    *, user: User, exercise: Exercise, source: str, revision: str = "", version: int | None = None
) -> Draft:
    """Keep what stands in the editor; the newest wins. Raises SourceTooLarge or UnreadableSource.

    `version` is the one this tab saw last. If another tab saved since, its text is kept in `previous`.
    """
    check_source(source)
    now = clock.now()
    with transaction.atomic():
        draft, made = Draft.objects.select_for_update().get_or_create(
            user=user,
            exercise=exercise,
            defaults={"source": source, "revision": revision, "updated": now},
        )
        if made:
            return draft
        if version is not None and version != draft.version and draft.source != source:
            draft.previous = draft.replaced = draft.source
        draft.source = source
        draft.revision = revision or draft.revision
        draft.version += 1
        draft.updated = now
        draft.save()
    return draft
