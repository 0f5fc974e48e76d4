"""The durable memory of the shop.

Will hold models and migrations, tenancy, transactions and the embedded PostgreSQL.
"""
