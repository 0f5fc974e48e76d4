"""What can be wrong with a written amount, percentage or currency code."""


class MoneyFault(ValueError):
    """Base of the faults below; `message` names the value, `hint` says the way out.

    Both are kept apart so that a located diagnostic can show each in its own place.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        # Both go to args, so the fault survives pickling between worker processes.
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class UnknownCurrency(MoneyFault):
    """The code is not an active ISO 4217 currency."""


class BadAmount(MoneyFault):
    """The value cannot be an amount of its currency without guessing or rounding."""


class BadPercent(MoneyFault):
    """The value cannot be an exact percentage."""
