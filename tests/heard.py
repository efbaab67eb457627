"""What a user is told of work under way, stage by stage."""


class Heard:
    """Progress that is kept: stage -> steps done and steps in all, in the order in which they were told."""

    def __init__(self) -> None:
        self.stages: dict[str, list[tuple[int, int]]] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.stages.setdefault(stage, []).append((done, total))

    def faults(self) -> list[str]:
        """Stages that never end, that end before the last thing is told, or that go back."""
        return [f"{stage}: {told}" for stage, told in self.stages.items()
                if told[-1][0] != told[-1][1] or any(done >= total for done, total in told[:-1])
                or [done for done, _ in told] != sorted(done for done, _ in told)]
