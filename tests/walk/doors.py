"""Every address of the application and who may open it. An address that is not declared here fails the walk."""

from __future__ import annotations

# Anybody: pages for respondents, logging in, health, files.
PUBLIC = frozenset(
    {
        "static",
        "ckeditor.static",
        "web.healthz",
        "web.readyz",
        "media.file",
        "public.index",
        "public.form",
        "public.submit",
        "public.done",
        "auth.login",
        "auth.logout",
        "auth.setup",
        "links.forgot",
        "links.reset",
        "links.welcome",
    }
)

# Programs, by what they have to show: no token, one if they have it, one to ask with or one to get another with. No
# session opens any of these.
PROGRAMS: dict[str, str] = {
    "classic_api.register": "none",
    "classic_api.login": "none",
    "classic_api.log_out_access": "access",
    "classic_api.log_out_refresh": "refresh",
    "classic_api.refresh": "refresh",
    "classic_api.users": "access",
    "classic_api.delete_users": "access",
    "classic_api.add_survey": "access",
    "classic_api.add_question": "access",
    "classic_api.get_surveys": "access",
    "classic_api.active_surveys": "none",
    # A token shows more of it.
    "classic_api.get_questions": "none",
    "classic_api.add_reply": "none",
    "classic_api.get_stats": "access",
}

# Whoever asked for it, or may see all of it: everybody else finds nothing there.
OWN = frozenset(
    {
        "work.index",
        "work.report",
        "work.cancel",
        "work.resume",
        "undo.index",
        "undo.entry",
        "trash.record",
        "trash.restore",
        "trash.purge",
    }
)

# Whoever sent the file, whatever rights others have.
MINE = frozenset({f"survey_reply_import.{view}" for view in ("columns", "report", "findings", "cancel", "discard")})

# Everybody who is logged in.
LOGGED_IN = OWN | frozenset(
    {
        "admin.index",
        "admin.customise",
        "trash.index",
        "search.index",
        "search.found",
        "search.shortcuts",
        "editor.frame",
        "auth.password",
        "confirm.page",
        "account.profile",
        "account.rights",
        "account.sessions",
        "account.end_session",
        "account.end_others",
        "account.revoke",
        "account.theme",
        "account.here",
        "view_as.stop",
    }
)

# The rest by right: a letter on a resource, or an ability.
RIGHTS: dict[str, tuple[str, str] | str] = {
    "media_upload.upload": ("media", "C"),
    "setting.index": "setting.change",
    "role.duplicate_view": ("role", "C"),
    "role.view_as_view": ("role", "R"),
    "user.ajax_lookup": ("user", "R"),
    "role.ajax_lookup": ("role", "R"),
    "survey.ajax_lookup": ("survey", "R"),
    "audit.ajax_lookup": ("audit", "R"),
    "user_sessions.end": ("user", "U"),
    "user_sessions.revoke": ("user", "U"),
    "user_links.invite": ("user", "U"),
    "user_links.reset_link": ("user", "U"),
    "survey_results.index": ("reply", "R"),
    "trash.listed": ("reply", "D"),
    "trash.restore_chosen": ("reply", "D"),
    "survey_results.state": ("reply", "R"),
    "survey_results.texts": "reply.free_text",
    "reply_export.index": "reply.export",
    "reply_export.take": "reply.export",
    "reply_export.file": "reply.export",
    "reply_export.cancel": "reply.export",
    "reply.note_view": ("reply", "U"),
    "reply.note_delete_view": ("reply", "U"),
    "reply.answer_view": "reply.edit_answers",
    "reply.undo_answer_view": "reply.edit_answers",
    "survey_replies.index": ("reply", "R"),
    "survey_reply_import.index": ("reply", "C"),
    "survey_reply_import.columns": ("reply", "C"),
    "survey_reply_import.report": ("reply", "C"),
    "survey_reply_import.findings": ("reply", "C"),
    "survey_reply_import.cancel": ("reply", "C"),
    "survey_reply_import.discard": ("reply", "C"),
    "survey_versions.index": ("survey", "R"),
    "survey_build.index": ("question", "R"),
    "survey_export.index": ("question", "R"),
    "survey_export.file": ("question", "R"),
    "survey_import.index": ("survey", "C"),
    "survey_import.findings": ("survey", "C"),
    "survey_build.state": ("question", "R"),
    "survey_build.change": ("question", "U"),
    "survey_share.index": ("survey", "R"),
    "survey_share.svg": ("survey", "R"),
    "survey_share.png": ("survey", "R"),
    "survey_share.poster": ("survey", "R"),
    "survey_share.listing": ("survey", "U"),
    "survey_versions.look": ("question", "R"),
    "survey_versions.compare": ("question", "R"),
    "survey_preview.index": ("question", "R"),
    "survey_preview.version": ("question", "R"),
    "survey_tests.index": ("reply", "R"),
    "survey_tests.form": ("question", "R"),
    "survey_tests.check": ("question", "U"),
    "survey_tests.send": ("reply", "C"),
    "survey_tests.purge": ("reply", "D"),
    "survey_tests.purge_all": ("reply", "D"),
    "survey_publish.index": ("question", "R"),
    "survey_publish.publish": "survey.publish",
    "survey_publish.discard": ("question", "U"),
    "survey_publish.give_up": ("question", "U"),
    "survey.duplicate_view": ("survey", "C"),
    **dict.fromkeys(("audit.export_view", "audit.batch_view", "audit.chain_view"), ("audit", "R")),
    "survey.open_view": "survey.publish",
    "survey.pause_view": "survey.publish",
    "survey.close_view": "survey.publish",
    "survey.archive_view": "survey.publish",
}

# The console's model views: endpoint and the letters they offer.
MODEL_VIEWS = {
    "user": "CRUD",
    "role": "CRUD",
    "survey": "CRUD",
    "question": "RD",
    "reply": "RD",
    "audit": "R",
    "job": "R",
}
_VIEWS = {"index_view": "R", "details_view": "R", "create_view": "C", "edit_view": "U", "delete_view": "D"}

for _endpoint, _letters in MODEL_VIEWS.items():
    for _view, _letter in _VIEWS.items():
        if _letter in _letters:
            RIGHTS[f"{_endpoint}.{_view}"] = (_endpoint, _letter)
    if _endpoint not in {"audit", "job"}:
        RIGHTS[f"{_endpoint}.cell_view"] = (_endpoint, "U")
    if _endpoint != "audit":
        RIGHTS[f"{_endpoint}.history_view"] = ("audit", "R")
    if _endpoint not in {"audit", "job"}:
        RIGHTS[f"{_endpoint}.history_at_view"] = ("audit", "R")
        RIGHTS[f"{_endpoint}.history_revert_view"] = ("audit", "R")
    RIGHTS[f"{_endpoint}.action_view"] = (_endpoint, "R")
    if _endpoint != "role":
        RIGHTS[f"{_endpoint}.facets_view"] = (_endpoint, "R")
    RIGHTS[f"{_endpoint}.width_view"] = (_endpoint, "R")
    RIGHTS[f"{_endpoint}.views_view"] = (_endpoint, "R")
    RIGHTS[f"{_endpoint}.preferences_view"] = (_endpoint, "R")

# What takes another right beside the one above: bringing a record back is editing it.
BESIDE = {rule: (rule.split(".")[0], "U") for rule in RIGHTS if rule.endswith(".history_revert_view")}

DECLARED = PUBLIC | set(PROGRAMS) | LOGGED_IN | set(RIGHTS)
