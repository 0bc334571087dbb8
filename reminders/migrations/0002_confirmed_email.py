from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reminders', '0001_reminders'),
    ]

    operations = [
        migrations.AddField(
            model_name='duereminder',
            name='rests_until_ms',
            field=models.BigIntegerField(blank=True, help_text='It could not be worked on, and is not tried again before.', null=True),
        ),
        migrations.AddField(
            model_name='remindersettings',
            name='confirmed_email',
            field=models.EmailField(blank=True, db_default='', default='', editable=False, help_text='The last address whose reader agreed to get mails for this user.', max_length=254),
        ),
        migrations.AlterField(
            model_name='notification',
            name='kind',
            field=models.CharField(choices=[('reminder', 'Reminder'), ('digest', 'Daily summary'), ('test', 'Test'), ('confirm', 'Confirmation of an address')], max_length=8),
        ),
        migrations.AddField(
            model_name='listplan',
            name='since_ms',
            field=models.BigIntegerField(blank=True, help_text='The first change that is being planned, until that has ended.', null=True),
        ),
    ]
