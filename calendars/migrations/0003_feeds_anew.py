# A feed's list is its calendar's, and its id is the UUID that its token comes from. No version that had the
# former table could make feeds, so that it is empty wherever it stands.

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calendars', '0002_builds'),
    ]

    operations = [
        migrations.DeleteModel(name='Feed'),
        migrations.CreateModel(
            name='Feed',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('generation', models.IntegerField(default=1, editable=False, help_text='Rises when the address is rotated.')),
                ('token_hash', models.CharField(editable=False, help_text='SHA-256 of the token, in hexadecimal.', max_length=64, unique=True)),
                ('clients', models.JSONField(default=dict, editable=False, help_text='For each kind of client, its last fetch.')),
                ('last_fetched_at', models.DateTimeField(editable=False, help_text='To the minute.', null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feeds', to='calendars.calendar')),
            ],
        ),
    ]
