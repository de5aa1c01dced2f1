namespace Kanade.Training;

/// <summary>Over what a loss that is not a plain mean (a ratio of sums, a median) takes its statistics.</summary>
public enum LossScope
{
    /// <summary>Over each utterance, then the mean: a batch's loss is the mean of its utterances' losses, so it does not depend on how they
    /// are divided into batches or among processes.</summary>
    Utterance,

    /// <summary>Over the whole batch, as StyleTTS 2 has it.</summary>
    Batch,
}
