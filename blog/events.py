"""The facts that the blog announces. Each is sent within the transaction that made it one."""

from django.dispatch import Signal

# A photo's original is in the private bucket. `photo_id`
photo_added = Signal()
# A photo was deleted; its files are still there. `photo_id`
photo_deleted = Signal()
# A photo that readers have is to get its files anew. `photo_id`
photo_outdated = Signal()
# Files of photos have others in their place, and are still there.
renditions_retired = Signal()
# A post was published, for the first time or anew. `post_id`, `author_id`
post_published = Signal()
# A tag has another name, on every post. `tag_id`
tag_renamed = Signal()
# A post is to be published or taken back at a time. `schedule_id`, `due_at`
post_scheduled = Signal()
# An address asked for mails, for the first time or anew. `subscriber_id`, `mail_id`: its welcome mail
subscriber_added = Signal()
# A mail is to be sent, or sent again. `mail_id`
mail_queued = Signal()
# A post is to be mailed to its subscribers, or there is more of it to do. `post_id`
mailing_due = Signal()
