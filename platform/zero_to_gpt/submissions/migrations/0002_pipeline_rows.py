"""Verdicts packed, attempts that only grow, and indexes that SQLite uses too."""

from __future__ import annotations


from typing import Any

from django.conf import settings
from django.db import migrations, models

import zero_to_gpt.submissions.packing

AT_ONCE = 200
WORDS = [
    "passed",
    "failed",
    "not_attempted",
    "not_gradable",
    "crashed",
    "timed_out",
    "out_of_memory",
    "too_much_output",
]


def pack(apps: Any, schema_editor: Any) -> None:
    """Every verdict, some at a time: one is up to a megabyte of JSON."""
    submissions = apps.get_model("submissions", "Submission")
    graded = submissions.objects.using(schema_editor.connection.alias).filter(verdict__isnull=False)
    after = 0
    while True:
        some = list(graded.filter(pk__gt=after).order_by("pk").only("verdict")[:AT_ONCE])
        if not some:
            return
        for submission in some:
            submission.packed_verdict = submission.verdict
        submissions.objects.using(schema_editor.connection.alias).bulk_update(some, ["packed_verdict"])
        after = some[-1].pk


class Migration(migrations.Migration):
    dependencies = [("submissions", "0001_initial")]

    operations = [
        migrations.AddField(
            "submission", "packed_verdict", zero_to_gpt.submissions.packing.PackedField(blank=True, null=True)
        ),
        migrations.RunPython(pack, migrations.RunPython.noop),
        migrations.RemoveConstraint("submission", "graded_means_a_word_and_a_verdict"),
        migrations.RemoveField("submission", "verdict"),
        migrations.RenameField("submission", "packed_verdict", "verdict"),
        migrations.AddField("submission", "attempts_before", models.PositiveIntegerField(default=0)),
        # Both keys begin an index of several columns.
        migrations.AlterField(
            "submission",
            "user",
            models.ForeignKey(
                db_index=False,
                on_delete=models.deletion.CASCADE,
                related_name="submissions",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            "submission",
            "exercise",
            models.ForeignKey(
                db_index=False,
                on_delete=models.deletion.CASCADE,
                related_name="submissions",
                to="catalog.exercise",
            ),
        ),
        migrations.AddIndex(
            "submission", models.Index(fields=["user", "id"], name="submission_of_anybody")
        ),
        migrations.RemoveIndex("submission", "submission_active"),
        migrations.AddIndex(
            "submission", models.Index(fields=["state", "queued_at"], name="submission_waiting")
        ),
        migrations.AddIndex("submission", models.Index(fields=["state", "id"], name="submission_newest")),
        migrations.AddIndex(
            "submission", models.Index(fields=["kind", "finished_at"], name="submission_ended")
        ),
        migrations.AddConstraint(
            "submission",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "graded"), ("verdict__isnull", False), ("word__in", WORDS)),
                    models.Q(models.Q(("state", "graded"), _negated=True), ("word", "")),
                    _connector="OR",
                ),
                name="graded_means_a_word_and_a_verdict",
            ),
        ),
    ]
