"""What Alembic runs: the steps, on the connection that the database hands over."""

from alembic import context

from fourfold.study.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter most of a table in place
)
with context.begin_transaction():
    context.run_migrations()
