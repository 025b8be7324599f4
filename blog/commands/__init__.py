"""Everything that changes something in the blog, one function a use case."""

from blog.commands.announcements import announce_release
from blog.commands.authors import ensure_author, read_author_profile
from blog.commands.autosaves import forget_autosave, keep_autosave
from blog.commands.directories import write_directory
from blog.commands.exports import export_folder
from blog.commands.imports import import_folder
from blog.commands.mailings import mail_post, run_mailing, send_test, stop_mailing
from blog.commands.mails import MailEvent, send_mail, settle_doubt, settle_mail
from blog.commands.photos import (
    add_photo,
    begin_photo_upload,
    change_photo,
    delete_photo,
    purge_photo,
    take_arrived_photo,
)
from blog.commands.posts import create_post, delete_post, update_post
from blog.commands.publishing import (
    check_draft,
    publish_post,
    require_publishable,
    unpublish_post,
)
from blog.commands.rebuilding import (
    find_drift,
    request_looks,
    request_rebuild,
    work_off,
)
from blog.commands.renditions import make_renditions, remake_renditions
from blog.commands.renewal import forget_renditions, renew_all, renew_renditions
from blog.commands.revisions import restore_revision, roll_back
from blog.commands.schedules import carry_out, schedule_post
from blog.commands.search import index_tag, rebuild_search
from blog.commands.subscribers import (
    confirm,
    forget_subscriber,
    lift_suppression,
    subscribe,
    suppress,
    unsubscribe,
)
from blog.commands.tags import cleaned_tag_name, ensure_tags, rename_tag

__all__ = [
    "MailEvent",
    "add_photo",
    "announce_release",
    "begin_photo_upload",
    "carry_out",
    "change_photo",
    "check_draft",
    "cleaned_tag_name",
    "confirm",
    "create_post",
    "delete_photo",
    "delete_post",
    "ensure_author",
    "ensure_tags",
    "export_folder",
    "find_drift",
    "forget_autosave",
    "forget_renditions",
    "forget_subscriber",
    "import_folder",
    "index_tag",
    "keep_autosave",
    "lift_suppression",
    "mail_post",
    "make_renditions",
    "publish_post",
    "purge_photo",
    "read_author_profile",
    "rebuild_search",
    "remake_renditions",
    "rename_tag",
    "renew_all",
    "renew_renditions",
    "request_looks",
    "request_rebuild",
    "require_publishable",
    "restore_revision",
    "roll_back",
    "run_mailing",
    "schedule_post",
    "send_mail",
    "send_test",
    "settle_doubt",
    "settle_mail",
    "stop_mailing",
    "subscribe",
    "suppress",
    "take_arrived_photo",
    "unpublish_post",
    "unsubscribe",
    "update_post",
    "work_off",
    "write_directory",
]
