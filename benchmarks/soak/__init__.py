"""A whole service under mixed load for a while, whose parts are killed by chance; then the books.

Web, two workers, PostgreSQL, Redis, and emulators of a bucket, of Stripe and of SendGrid, which are
those of the tests.
"""
