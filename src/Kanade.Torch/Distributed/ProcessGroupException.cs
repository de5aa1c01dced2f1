namespace Kanade.Torch;

/// <summary>A launcher started several processes that cannot find each other. The command line exits with 3.</summary>
/// <param name="message">What, and what to do; one line.</param>
public sealed class ProcessGroupException(string message) : Exception(message);
