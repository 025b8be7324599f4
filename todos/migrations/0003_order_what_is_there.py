from django.db import migrations, models

from todos.ranks import rank_of_time


def order_what_is_there(apps, schema_editor):
    """What was made before there were ranks stands in the order in which it was made."""
    for name in ("TodoList", "Todo"):
        model = apps.get_model("todos", name)
        rows = []
        for row in model.objects.only("id", "created_at").iterator():
            row.rank = rank_of_time(row.created_at)
            rows.append(row)
            if len(rows) == 500:
                model.objects.bulk_update(rows, ["rank"])
                rows.clear()
        model.objects.bulk_update(rows, ["rank"])
    apps.get_model("todos", "Todo").objects.update(next_on=models.F("due_on"))
    apps.get_model("todos", "Account").objects.update(
        lists_version=models.F("version"), todos_version=models.F("version")
    )


class Migration(migrations.Migration):

    dependencies = [
        ('todos', '0002_sync'),
    ]

    operations = [
        migrations.RunPython(order_what_is_there, migrations.RunPython.noop),
    ]
