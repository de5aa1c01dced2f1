namespace Kanade.Training;

/// <summary>
/// A training that no longer learns (losses or gradients that stay infinite or NaN after every rollback). The message names the step,
/// the loss terms and the utterances. The command line exits with 6.
/// </summary>
/// <param name="message">Where, what, what to do; one line.</param>
public sealed class DivergedException(string message) : Exception(message);
