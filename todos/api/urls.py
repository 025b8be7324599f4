"""Addresses under `/api/todos/v1/`."""

from django.urls import path

from todos.api import files_views, sync_views, todo_views, views

urlpatterns = [
    # First what is asked for most.
    path("sync", sync_views.SyncView.as_view(), name="todos-sync"),
    path("todos", todo_views.TodosView.as_view(), name="todos-todos"),
    path("snapshot", sync_views.SnapshotView.as_view(), name="todos-snapshot"),
    path("calendar", files_views.CalendarView.as_view(), name="todos-calendar"),
    path("calendar/<str:secret>.ics", files_views.CalendarFileView.as_view(), name="todos-calendar-file"),
    path("export.json", files_views.ExportView.as_view(), name="todos-export"),
    path("export.csv", files_views.ExportTableView.as_view(), name="todos-export-table"),
    path("import", files_views.ImportView.as_view(), name="todos-import"),
    path("conflicts", sync_views.ConflictsView.as_view(), name="todos-conflicts"),
    path("conflicts/<uuid:conflict_id>", sync_views.ConflictView.as_view(), name="todos-conflict"),
    path("lists", views.ListsView.as_view(), name="todos-lists"),
    path("lists/<uuid:list_id>", views.ListView.as_view(), name="todos-list"),
    path("todos/<uuid:todo_id>", todo_views.TodoView.as_view(), name="todos-todo"),
    path("todos/<uuid:todo_id>/complete", todo_views.CompleteView.as_view(), name="todos-complete"),
    path("todos/<uuid:todo_id>/reopen", todo_views.ReopenView.as_view(), name="todos-reopen"),
    path("todos/<uuid:todo_id>/completions", todo_views.CompletionsView.as_view(), name="todos-completions"),
    path("todos/<uuid:todo_id>/attachments", todo_views.AttachmentsView.as_view(), name="todos-attachments"),
    path(
        "todos/<uuid:todo_id>/attachments/<uuid:attachment_id>",
        todo_views.AttachmentView.as_view(),
        name="todos-attachment",
    ),
]
