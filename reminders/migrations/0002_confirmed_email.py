from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reminders', '0001_reminders'),
    ]

    operations = [
        migrations.AddField(
            model_name='listplan',
            name='since_ms',
            field=models.BigIntegerField(blank=True, help_text='The first change that is being planned, until that has ended.', null=True),
        ),
    ]
