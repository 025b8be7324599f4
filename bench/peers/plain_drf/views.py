"""`ModelViewSet` and `ModelSerializer`, with the prefetch that a careful author adds."""

from typing import Any

from rest_framework import pagination, serializers, viewsets

from bench.peers.plain_drf.models import Attachment, Todo


class AttachmentSerializer(serializers.ModelSerializer[Attachment]):
    """A file."""

    class Meta:
        model = Attachment
        fields = ("id", "key", "name", "size", "content_type")


class TodoSerializer(serializers.ModelSerializer[Todo]):
    """A to-do."""

    list_id: Any = serializers.PrimaryKeyRelatedField(source="todo_list", read_only=True)
    attachments = AttachmentSerializer(many=True, read_only=True)

    class Meta:
        model = Todo
        fields = (
            "id",
            "list_id",
            "title",
            "notes",
            "due_on",
            "priority",
            "tags",
            "done_at",
            "attachments",
            "version",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("version",)


class TodoPages(pagination.CursorPagination):
    """The cheapest of DRF's paginations: it counts nothing."""

    page_size = 100
    ordering = "id"


class TodoViewSet(viewsets.ModelViewSet[Todo]):
    """All methods of a to-do."""

    serializer_class = TodoSerializer
    pagination_class = TodoPages

    def get_queryset(self) -> Any:
        """One's own."""
        user: Any = self.request.user
        return Todo._default_manager.filter(owner=user.subject).prefetch_related("attachments")

    def perform_create(self, serializer: Any) -> None:
        """As the owner."""
        user: Any = self.request.user
        serializer.save(owner=user.subject)
