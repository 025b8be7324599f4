from django.db import migrations
from django.db.models import F


def plan_what_is_shown(apps, schema_editor):
    """The files say what they show; what awaits its files is taken over by the next job."""
    apps.get_model("blog", "Post").objects.update(planned_revision=F("shown_revision"), planned_at=F("shown_at"))
    apps.get_model("blog", "Author").objects.exclude(slug=None).update(planned_slug=F("slug"))


class Migration(migrations.Migration):

    dependencies = [
        ('blog', '0003_planned'),
    ]

    operations = [
        migrations.RunPython(plan_what_is_shown, migrations.RunPython.noop),
    ]
