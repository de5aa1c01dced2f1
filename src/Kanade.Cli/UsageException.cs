namespace Kanade.Cli;

/// <summary>Arguments that parse but cannot be meant together; the message says which, and what to write instead.</summary>
sealed class UsageException(string message) : Exception(message);
