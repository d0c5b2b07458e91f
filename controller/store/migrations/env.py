"""What Alembic runs for an upgrade: the revisions, on the connection and in the transaction that `upgrade` opened.

Belongs here: how revisions are run. Does not belong here: when, or what must hold before and after (__init__.py).
"""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
