namespace Kanade.Models;

/// <summary>
/// A checkpoint or voice that cannot be used: missing, damaged, of another stage, or with other names and shapes than the networks
/// that shall take it. The message says which file, what is wrong with it and what to do. The command line exits with 5.
/// </summary>
public sealed class CheckpointException : Exception
{
    /// <param name="message">Where, what, what to do; one line.</param>
    public CheckpointException(string message) : base(message) { }

    /// <param name="message">Where, what, what to do; one line.</param>
    /// <param name="cause">What a library said.</param>
    public CheckpointException(string message, Exception cause) : base(message, cause) { }
}
