"""What the shop remembers: Tortoise models, migrations, tenancy, transactions and the embedded PostgreSQL."""
