"""Facts that updates announces, each sent inside the transaction that makes it true."""

from django.dispatch import Signal

# `artifact_id`: all bytes of an artifact have arrived.
artifact_uploaded = Signal()
# `release_id`: all files of a release are verified, and one of them is a difference.
delta_brought = Signal()
# `upload_key`, `upload_id`: nobody will need what was uploaded there.
upload_abandoned = Signal()
# `release_id`: the edge has served a release.
release_published = Signal()
# `product_id`: the edge has stopped to name a release of this product.
release_withdrawn = Signal()
# `release_id`, `due_at`: from then on a release is to be offered to more.
rollout_planned = Signal()
