"""What is seen of a training now and then: its summaries and the static views."""

from inpaint.training.inspection import Inspection
from inpaint.training.summaries import Summaries, Validation


class Review:
    """Looks at a training, which does not depend on how often.

    Args:
      config: a Config.
      strategy: a tf.distribute.Strategy.
      model: the `InpaintingModel` in training.
      average: its generator's `Average`: what the views are filled with.
      views: lists.Pictures of the static views, or None.
      unreadable: data.Unreadable.

    Attributes:
      summaries: `Summaries`.
      validation: `Validation`, or None.
      inspection: `Inspection`.
    """

    def __init__(self, config, strategy, model, average, views, unreadable):
        self._average, self._unreadable = average, unreadable
        self.summaries = Summaries(config.log_dir, config.viz_max_out)
        self.validation = None
        if views is not None:
            self.validation = Validation(config, views, model, unreadable)
        self.inspection = Inspection(model, strategy, config.accumulate)

    def of(self, step, batch, phase, scalars):
        """Write a step's summaries.

        Args:
          step: how many there were.
          batch: a `Batch` of the last one, distributed or not.
          phase: the `Phase` whose gradients are shown, None for none.
          scalars: floats by tag to write along.

        Returns:
          The validation's figures by tag, if any.
        """
        found, row, gradients = self.inspection.of(batch, phase)
        found |= scalars
        if self._unreadable.skip:
            found["skipped_pictures"] = len(self._unreadable.skipped)
        self.summaries.histograms(step, gradients)
        self.summaries.row(step, "raw_incomplete_completed_offsets", row)
        figures = {}
        if self.validation is not None:
            with self._average.applied():
                figures, row = self.validation.run(step)
            self.summaries.row(step, "val/raw_incomplete_completed_offsets", row)
        self.summaries.scalars(step, {**found, **figures})
        return figures

    def close(self):
        """Ends the summaries' file."""
        self.summaries.close()
