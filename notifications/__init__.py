"""What the shop tells the outside world after something happened.

Domain events and the outbox that carries them, how people are named in events, and the texts and pictures of mails.
"""
