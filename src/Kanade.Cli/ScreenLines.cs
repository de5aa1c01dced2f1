namespace Kanade.Cli;

/// <summary>Epochs are few: each is a line. Reports come in order, from the thread that trains.</summary>
sealed class ScreenLines(Screen screen) : IProgress<string>
{
    public void Report(string value) => screen.WriteLine(value);
}
