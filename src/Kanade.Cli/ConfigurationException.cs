namespace Kanade.Cli;

/// <summary>A configuration that cannot be used: every problem found, each with its place.</summary>
sealed class ConfigurationException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public ConfigurationException(string problem) : this([problem]) { }

    /// <summary>One line a problem: <c>file:line:column: path: problem</c>.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
