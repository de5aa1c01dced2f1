using System.Globalization;

namespace Kanade.Cli;

/// <summary>
/// Standard error, shared by log lines and the progress bar: a line is written above the bar, never through it.
/// Thread-safe.
/// </summary>
/// <param name="writer">Where lines go.</param>
/// <param name="width">Columns of the terminal; 0 where there is none, and then no bar is drawn.</param>
sealed class Screen(TextWriter writer, int width)
{
    readonly Lock _lock = new();
    string _bar = "";

    /// <summary>Stands before every line: whose it is, where several processes share a terminal.</summary>
    public string Prefix { get; set; } = "";

    public bool IsTerminal => width > 0;

    /// <summary>The process's standard error.</summary>
    public static Screen Open()
    {
        var terminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";
        return new Screen(Console.Error, terminal ? Math.Max(20, Console.WindowWidth) : 0);
    }

    public void WriteLine(string line)
    {
        lock (_lock)
        {
            Erase();
            writer.WriteLine(Prefix + line);
            writer.Write(_bar);
            writer.Flush();
        }
    }

    /// <summary>Replaces the bar at the bottom of a terminal; an empty text takes it away. Does nothing elsewhere.</summary>
    public void ShowBar(string text)
    {
        if (!IsTerminal)
            return;
        lock (_lock)
        {
            Erase();
            _bar = Cut(text, width - 1);
            writer.Write(_bar);
            writer.Flush();
        }
    }

    void Erase()
    {
        if (_bar.Length > 0)
            writer.Write("\r\e[K");
    }

    /// <summary>The longest start of a text that fits; ideographs and kana take two columns.</summary>
    static string Cut(string text, int columns)
    {
        var used = 0;
        var elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            used += elements.GetTextElement()[0] < '\u1100' ? 1 : 2;
            if (used > columns)
                return text[..elements.ElementIndex];
        }
        return text;
    }
}
