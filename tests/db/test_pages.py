"""What each person gets from the pages: alice learns, bob teaches her, charlie is elsewhere, dora runs it."""

import json

import pytest
from django.urls import reverse
from django.utils.html import escape

from grader.verdict import Kind, State, Word
from tests.conftest import PASSWORD, make_ready, new_revision
from zero_to_gpt.accounts.services import make_token
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.submissions import drafts, leasing, releasing
from zero_to_gpt.submissions.models import Draft, Submission

PAGE = "/exercises/01-maths/01-slope-at/"
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def as_person(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def bearer(person):
    return {"Authorization": f"Bearer {make_token(user=person)}"}


def send(client, kind="run", **fields):
    data = {"kind": kind, "source": "x = 1\n", "idempotency_key": "k1", **fields}
    return client.post(f"{PAGE}submit/", data, **JSON)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/course/",
        "/search/?q=slope",
        "/lessons/01-maths/slope/",
        PAGE,
        "/help/",
        "/privacy/",
        "/accessibility/",
    ],
)
def test_visitors_may_read(client, exercise, path, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/progress/", "/cohorts/", "/cohorts/spring/", "/account/", "/fleet/"])
def test_visitors_are_asked_to_sign_in(client, spring, path):
    response = client.get(path)
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")


@pytest.mark.parametrize(
    "path", ["/", "/course/", "/lessons/01-maths/slope/", PAGE, "/progress/", "/cohorts/", "/account/"]
)
def test_pages_of_a_student_cost_few_queries(as_person, alice, graded, path, django_assert_max_num_queries):
    for index in range(5):
        graded(alice, Word.FAILED, idempotency_key=f"q{index}")
    client = as_person(alice)
    with django_assert_max_num_queries(12):
        assert client.get(path).status_code == 200


def test_the_text_of_a_draft_stands_in_the_editor(as_person, alice, exercise):
    drafts.save_draft(user=alice, exercise=exercise, source="mine = '</textarea><b>'\n")
    content = as_person(alice).get(PAGE).content.decode()
    assert "mine = &#x27;&lt;/textarea&gt;&lt;b&gt;&#x27;" in content


def test_run_answers_with_where_to_follow(as_person, alice, exercise):
    response = send(as_person(alice))
    assert response.status_code == 201
    answer = response.json()
    submission = Submission.objects.get(pk=answer["id"])
    assert (submission.kind, submission.state) == (Kind.RUN, State.QUEUED)
    assert answer["events"] == reverse("submission_events", args=[submission.pk])


def test_a_double_click_is_one_submission(as_person, alice, exercise):
    client = as_person(alice)
    assert send(client, "submit").json()["id"] == send(client, "submit").json()["id"]


def test_without_scripts_the_form_goes_to_the_submission(as_person, alice, exercise):
    response = as_person(alice).post(f"{PAGE}submit/", {"kind": "submit", "source": "a = 1\r\nb = 2\r\n"})
    assert response.status_code == 303
    page = response.wsgi_request and as_person(alice).get(response.url)
    assert "It waits for a free place" in page.content.decode()
    assert Submission.objects.get().source == "a = 1\nb = 2\n"


def test_without_scripts_what_was_sent_is_the_draft(as_person, alice, exercise):
    client = as_person(alice)
    client.post(f"{PAGE}submit/", {"kind": "run", "source": "mine = 1\n"})
    assert "mine = 1" in client.get(PAGE).content.decode()


def test_a_run_that_a_newer_one_replaced_says_so(as_person, alice, handed_in):
    older = handed_in(alice, kind=Kind.RUN)
    handed_in(alice, kind=Kind.RUN)
    page = as_person(alice).get(f"/submissions/{older.pk}/result/").content.decode()
    assert "A newer Run took its place" in page


def test_the_way_to_a_new_password_is_offered_once_and_an_address_has_one_name(client, db):
    for page in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"):
        content = client.get(page).content.decode()
        assert ">E-mail</label>" in content
        assert "Email" not in content
    assert client.get("/accounts/login/").content.decode().count("Forgot your password?") == 1


def test_the_modules_of_the_home_page_lead_to_the_course(as_person, alice, exercise):
    assert '<a class="title-link" href="/course/#01-maths">' in as_person(alice).get("/").content.decode()


def test_a_visitor_who_runs_is_told_to_sign_in_and_sent_back(client, exercise):
    assert send(client).status_code == 401
    response = client.post(f"{PAGE}submit/", {"kind": "run", "source": "x"})
    assert response.url == f"/accounts/login/?next={PAGE}"


def test_five_megabytes_of_source_get_a_sentence(as_person, alice, exercise):
    response = send(as_person(alice), source="x" * 5_000_000)
    assert response.status_code == 413
    assert "the limit is 256 kB" in response.json()["error"]
    page = as_person(alice).post(f"{PAGE}submit/", {"kind": "run", "source": "y" * 5_000_000})
    assert page.status_code == 413
    assert "the limit is 256 kB" in page.content.decode()


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"source": "x" * 300_000}, 413, "source_too_large"),
        ({"source": "a\0"}, 422, "unreadable_source"),
        ({"revision": "long-gone"}, 409, "revision_changed"),
    ],
)
def test_page_draft_and_api_refuse_alike(as_person, alice, exercise, changed, status, code):
    client = as_person(alice)
    data = {"exercise": exercise.name, "source": "x = 1\n", **changed}
    told = client.post("/api/v1/submissions", data, "application/json", headers=bearer(alice)).json()
    assert (told["status"], told["code"]) == (status, code)
    found = send(client, "submit", **changed)
    assert (found.status_code, found.json()["reason"]) == (status, code)
    assert found.json()["error"] == told["detail"]
    page = client.post(f"{PAGE}submit/", {"kind": "submit", "source": "x = 1\n", **changed})
    assert page.status_code == status
    assert escape(told["detail"]) in page.content.decode()
    if "source" in changed:
        draft = client.post(f"{PAGE}draft/", changed, **JSON)
        assert (draft.status_code, draft.json()["error"]) == (status, told["detail"])


def test_too_fast_says_when_the_next_is_possible(as_person, alice, exercise, settings):
    settings.SUBMITS_PER_MINUTE = 1
    client = as_person(alice)
    send(client, "submit")
    response = send(client, "submit", idempotency_key="k2")
    assert response.status_code == 429
    assert response.json()["retry_after"] == int(response["Retry-After"]) > 0


def test_a_changed_exercise_is_refused_with_words_and_shown_on_the_page(as_person, alice, exercise):
    client = as_person(alice)
    drafts.save_draft(user=alice, exercise=exercise, source="mine", revision="digest-1")
    make_ready(new_revision(exercise, "digest-2", starter="def slope(f, x, h):\n    ...\n"))
    response = send(client, revision="digest-1")
    assert response.status_code == 409
    assert response.json()["reason"] == "revision_changed"
    page = client.get(PAGE).content.decode()
    assert "This exercise changed since you began" in page
    assert "+ def slope(f, x, h):" in page


def test_an_exercise_without_expected_values_says_so(as_person, alice, exercise):
    new_revision(exercise, "digest-3")
    client = as_person(alice)
    assert "This exercise is being prepared" in client.get(PAGE).content.decode()
    assert send(client).json()["reason"] == "not_ready"


def test_nonsense_in_the_form_is_a_sentence(as_person, alice, exercise):
    assert send(as_person(alice), kind="cheat").status_code == 400


def test_two_tabs_the_newest_wins_and_the_other_comes_back(as_person, alice, exercise):
    client = as_person(alice)

    def save(source, version):
        return client.post(
            f"{PAGE}draft/", {"source": source, "version": version, "revision": "digest-1"}
        ).json()

    assert save("first tab", 0) | {"updated": ""} == {"version": 1, "updated": "", "replaced": None}
    assert save("first tab, more", 1)["replaced"] is None
    answer = save("second tab", 0)
    assert answer["replaced"] == "first tab, more"
    late = save("second tab", answer["version"] - 1)
    assert late["replaced"] is None, "the same text takes the place of nothing, and of nothing older either"
    assert Draft.objects.get().source == "second tab"


def test_a_learner_sees_the_verdict_and_never_the_hidden_example(as_person, alice, graded):
    submission = graded(alice)
    for path in (f"/submissions/{submission.pk}/", f"/submissions/{submission.pk}/result/", PAGE):
        content = as_person(alice).get(path).content.decode()
        assert "1 of 2 checks pass" in content
        assert "canary-of-a-hidden-probe" not in content


def test_their_teacher_sees_all_of_it(as_person, alice, bob, graded):
    submission = graded(alice)
    content = as_person(bob).get(f"/submissions/{submission.pk}/").content.decode()
    assert "canary-of-a-hidden-probe" in content
    assert "Alice" in content
    assert "Grade again" in content


def test_others_do_not_learn_that_it_exists(as_person, alice, charlie, graded):
    submission = graded(alice)
    for path in ("", "result/"):
        assert as_person(charlie).get(f"/submissions/{submission.pk}/{path}").status_code == 404
    assert as_person(charlie).post(f"/submissions/{submission.pk}/cancel/").status_code == 404
    assert as_person(charlie).post(f"/submissions/{submission.pk}/regrade/").status_code == 404


def test_only_its_author_stops_a_run(as_person, alice, bob, handed_in):
    submission = handed_in(alice, kind=Kind.RUN)
    assert as_person(bob).post(f"/submissions/{submission.pk}/cancel/").status_code == 403
    assert as_person(alice).post(f"/submissions/{submission.pk}/cancel/", **JSON).json() == {"stopped": True}
    assert as_person(alice).post(f"/submissions/{submission.pk}/cancel/", **JSON).status_code == 409
    assert "Stopped" in as_person(alice).get(f"/submissions/{submission.pk}/").content.decode()


def test_a_teacher_has_something_graded_again_and_a_learner_cannot(as_person, alice, bob, graded):
    submission = graded(alice)
    assert as_person(alice).post(f"/submissions/{submission.pk}/regrade/").status_code == 403
    assert as_person(bob).post(f"/submissions/{submission.pk}/regrade/").status_code == 302
    submission.refresh_from_db()
    assert submission.state == State.QUEUED
    assert (
        "It waits for a free place" in as_person(bob).get(f"/submissions/{submission.pk}/").content.decode()
    )
    # Its page follows the new grading, not the end of the old one.
    page = as_person(alice).get(PAGE)
    asked = submission.events.get(kind="requeued").pk
    assert page.context["page_data"]["active"]["events"].endswith(f"?after={asked}")


def test_signing_up_and_in_says_nothing_that_the_page_shows_itself(client, exercise, mailoutbox):
    fields = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    response = client.post(f"/accounts/signup/?next={PAGE}", fields, follow=True)
    assert response.redirect_chain[-1][0] == PAGE
    assert [str(message) for message in response.context["messages"]] == []
    assert "no mail server" not in client.get("/accounts/signup/").content.decode()


def test_a_passed_exercise_leads_on_also_after_a_reload(as_person, alice, exercise, graded):
    following = Exercise.objects.create(
        module=exercise.module, lesson=exercise.lesson, slug="02-next", name="01-maths/02-next", position=1
    )
    make_ready(new_revision(following, "digest-next", title="The one after"))
    graded(alice, Word.PASSED)
    verdict = as_person(alice).get(PAGE).content.decode().partition("<article")[2].partition("</article>")[0]
    assert "Next: The one after" in verdict


def test_two_submissions_can_be_compared(as_person, alice, graded):
    first = graded(alice, source="a = 1\n", idempotency_key="d1")
    second = graded(alice, source="a = 2\n", idempotency_key="d2")
    content = as_person(alice).get(f"/submissions/{second.pk}/?against={first.pk}").content.decode()
    assert '<span class="del">- a = 1</span><span class="add">+ a = 2</span>' in content
    assert as_person(alice).get(f"/submissions/{second.pk}/?against=x").status_code == 200


def test_one_can_go_on_from_an_earlier_submission_of_ones_own(as_person, alice, charlie, graded):
    submission = graded(alice, source="a = 'earlier'\n")
    path = f"{PAGE}?from={submission.pk}"
    assert "a = &#x27;earlier&#x27;" in as_person(alice).get(path).content.decode()
    assert "earlier" not in as_person(charlie).get(path).content.decode()


def test_the_cohort_grid_is_for_those_who_teach_it(as_person, alice, bob, charlie, dora, graded):
    graded(alice, Word.PASSED)
    for teacher in (bob, dora):
        content = as_person(teacher).get("/cohorts/spring/").content.decode()
        assert "Alice" in content
        assert "passed" in content
    student = as_person(alice).get("/cohorts/spring/").content.decode()
    assert "Who teaches" in student
    assert "Progress of every student" not in student
    assert as_person(charlie).get("/cohorts/spring/").status_code == 404


def test_the_grid_is_filtered_by_name(as_person, alice, bob):
    path = "/cohorts/spring/?q=nobody"
    part = as_person(bob).get(path, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="grid"')
    assert "Nobody here has" in part


def test_a_students_page_is_for_those_who_teach_them(as_person, alice, bob, charlie, graded):
    submission = graded(alice)
    path = f"/cohorts/spring/students/{alice.pk}/"
    content = as_person(bob).get(path).content.decode()
    assert f"/submissions/{submission.pk}/" in content
    assert as_person(bob).get(path + "?exercise=01-maths/01-slope-at").status_code == 200
    assert as_person(alice).get(path).status_code == 403
    assert as_person(charlie).get(path).status_code == 404
    for nobody in (charlie.pk, 10**18 - 1, 10**18, 10**30):
        assert as_person(bob).get(f"/cohorts/spring/students/{nobody}/").status_code == 404


def test_the_fleet_is_for_staff(as_person, alice, bob, dora):
    assert as_person(alice).get("/fleet/").status_code == 403
    assert as_person(bob).get("/fleet/").status_code == 403
    assert "No worker is alive" in as_person(dora).get("/fleet/").content.decode()


def test_what_broke_says_whose_fault_it_was(as_person, alice, dora, handed_in):
    submission = handed_in(alice)
    for _ in range(releasing.MOST_ATTEMPTS):
        claimed = leasing.claim(submission_id=submission.pk, worker="w")
        releasing.release(submission_id=submission.pk, attempt=claimed.attempt, reason="the box fell over")
    submission.refresh_from_db()
    content = as_person(alice).get(f"/submissions/{submission.pk}/").content.decode()
    assert "The grader failed, not your code" in content
    assert submission.support_code in content
    assert "the box fell over" not in content
    assert submission.support_code in as_person(dora).get("/fleet/").content.decode()


@pytest.mark.parametrize("word", list(Word))
def test_every_word_has_its_picture_and_its_words(as_person, alice, graded, word):
    submission = graded(alice, word)
    content = as_person(alice).get(f"/submissions/{submission.pk}/").content.decode()
    assert f'data-word="{word}"' in content
    assert "data-headline" in content


def test_people_choose_their_name_and_their_light(as_person, alice):
    client = as_person(alice)
    client.post("/account/", {"display_name": "Al <b>", "theme": "dark"})
    content = client.get("/account/").content.decode()
    assert 'data-theme="dark"' in content
    assert "Al &lt;b&gt;" in content
    assert client.post("/account/", {"display_name": "x", "theme": "pink"}).status_code == 200


def test_mails_that_stay_here_are_announced(client, db, settings):
    settings.MAIL_ON_CONSOLE = True
    for path in ("/accounts/password/reset/", "/accounts/password/reset/done/"):
        assert "printed in the terminal" in client.get(path).content.decode()
    settings.MAIL_ON_CONSOLE = False
    assert "printed in the terminal" not in client.get("/accounts/signup/").content.decode()


def test_somebody_signs_up_and_in(client, exercise):
    data = {"email": "eve@example.org", "password1": PASSWORD + "!", "password2": PASSWORD + "!"}
    assert client.post("/accounts/signup/", data).status_code == 302
    client.logout()
    response = client.post("/accounts/login/", {"login": "eve@example.org", "password": PASSWORD + "!"})
    assert response.url == "/"
    assert "eve" in client.get("/").content.decode()


ELSEWHERE = ["//example.com", "http://example.com/", "/\\example.com", "http://localhost/", "javascript:1"]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_a_sign_in_leads_to_a_page_of_this_site(client, alice, address):
    data = {"login": alice.email, "password": PASSWORD}
    assert client.post("/accounts/login/", data | {"next": address}).url == "/"
    assert client.get("/accounts/login/", {"next": address}).url == "/"
    assert client.post("/accounts/logout/", {"next": address}).url == "/"
    assert client.post("/accounts/login/", data | {"next": "/progress/?page=2"}).url == "/progress/?page=2"


@pytest.mark.parametrize("path", ["/accounts/password/change/", "/accounts/email/", "/accounts/logout/"])
def test_the_pages_of_an_account_have_our_frame(as_person, alice, path):
    content = as_person(alice).get(path).content.decode()
    assert "site-header" in content
    assert "<h1" in content


def test_refusals_have_pages_of_ours(client, as_person, alice, db):
    assert "There is no such page" in client.get("/nowhere/").content.decode()
    client.handler.enforce_csrf_checks = True
    response = client.post("/account/", {})
    assert response.status_code == 403
    assert "open for too long" in response.content.decode()
    answer = json.loads(client.post("/account/", {}, **JSON).content)
    assert answer["reason"] == "csrf"


def test_no_page_allows_a_foreign_or_an_inline_script(client, exercise):
    policy = client.get(PAGE)["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["script-src"] == "'self'"
    assert "unsafe" not in directives["style-src"]


def test_the_site_says_that_it_is_well(client, db):
    assert client.get("/healthz").json() == {"ok": True, "database": True}


def test_an_exercise_whose_libraries_are_not_there_says_which_and_opens_when_they_are(
    as_person, alice, exercise
):
    revision = new_revision(exercise, "digest-4", profile="torch")
    client = as_person(alice)
    told = "PyTorch (about 260 MB) is being fetched."
    sign = WorkerSign.objects.create(name="host:1", profiles={"numpy": "box"}, lacking={"torch": told})
    page = client.get(PAGE).content.decode()
    assert told in page
    assert "exercises that need only NumPy are open meanwhile" in page
    refused = send(client).json()
    assert (refused["reason"], told in refused["error"]) == ("not_ready", True)
    WorkerSign.objects.create(name="host:2", profiles={"torch": "box"})  # one host that has it is enough
    assert told not in client.get(PAGE).content.decode()
    sign.delete()
    make_ready(revision)
    assert "data-closed" not in client.get(PAGE).content.decode()


def test_a_numpy_exercise_whose_author_needs_torch_waits_for_it_too(as_person, alice, exercise):
    new_revision(exercise, "digest-5", files={"probes.py": "def truth(inputs):\n    import torch\n"})
    WorkerSign.objects.create(name="host:1", lacking={"author-torch": "We could not fetch PyTorch."})
    assert "We could not fetch PyTorch." in as_person(alice).get(PAGE).content.decode()
