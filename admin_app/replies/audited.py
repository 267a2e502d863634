"""What the audit log says of replies."""

from __future__ import annotations

from flask_babel import lazy_gettext

ACTIONS = {
    "reply.import": lazy_gettext("Replies imported"),
    "reply.test": lazy_gettext("Test reply sent"),
    "reply.purge_tests": lazy_gettext("Test replies deleted"),
    "reply.approve": lazy_gettext("Reply approved"),
    "reply.flag": lazy_gettext("Reply flagged"),
    "reply.spam": lazy_gettext("Reply marked as spam"),
    "reply.renew": lazy_gettext("Reply put back for review"),
    "reply.mark_test": lazy_gettext("Reply marked as a test"),
    "reply.unmark_test": lazy_gettext("Reply no longer marked as a test"),
    "reply.delete": lazy_gettext("Reply deleted"),
    "reply.restore": lazy_gettext("Reply brought back"),
    "reply.purge": lazy_gettext("Reply deleted for ever"),
    "survey.purge": lazy_gettext("Survey deleted for ever"),
    "reply.tag": lazy_gettext("Tag put on a reply"),
    "reply.untag": lazy_gettext("Tag taken off a reply"),
    "reply.add_note": lazy_gettext("Note written"),
    "reply.delete_note": lazy_gettext("Note deleted"),
    "reply.edit_answer": lazy_gettext("Answer changed"),
}
