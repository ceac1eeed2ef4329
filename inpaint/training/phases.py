"""Which phase of a training a step lies in."""


class Phases:
    """A model's phases one after the other.

    Args:
      phases: `Phase`s; all but the last one of a number of steps.
      max_iters: where the training ends at the latest.

    Attributes:
      end: the step that it ends with.
    """

    def __init__(self, phases, max_iters):
        names = [phase.name for phase in phases]
        if not phases or len(set(names)) < len(names):
            raise ValueError(
                f"`phases` must have names of their own. Received: {names}"
            )
        if any(phase.steps is None for phase in phases[:-1]):
            raise ValueError(
                "`steps` of a phase may be None in the last one only. "
                f"Received: {[phase.steps for phase in phases]}"
            )
        self._phases, self._ends, end = [], [], 0
        for phase in phases:
            end = None if phase.steps is None else end + phase.steps
            if phase.steps == 0:
                continue
            self._phases.append(phase)
            self._ends.append(end)
        self.end = max_iters if end is None else min(end, max_iters)

    def at(self, step):
        """The phase of a step, counted from 0, and its steps left, None: no end.

        After the last phase's end, it.
        """
        for phase, end in zip(self._phases, self._ends):
            if end is None:
                return phase, None
            if step < end:
                return phase, end - step
        return self._phases[-1], 0
