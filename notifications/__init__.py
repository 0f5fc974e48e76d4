"""What the shop tells the outside world after something happened.

Will hold domain events, the outbox and its jobs, e-mail, SMS, web and socket pushes, and their templates.
"""
