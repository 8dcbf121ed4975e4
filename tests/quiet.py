"""A listener for gradings that nobody watches."""


class Quiet:
    """Hears everything, shows nothing, and keeps what it is told to say."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        """A line that a user would read."""
        self.said.append(text)

    def __getattr__(self, name: str) -> object:
        return lambda *args: None
