using Kanade.Cli;

namespace Kanade.Tests.Cli;

public sealed class ProgressLineTests : IDisposable
{
    sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }

    readonly Clock _clock = new();
    readonly StringWriter _written = new() { NewLine = "\n" };

    public void Dispose() => _written.Dispose();

    [Fact]
    public void Without_a_terminal_one_line_every_few_seconds_and_the_last_one()
    {
        using (var progress = new ProgressLine(new Screen(_written, 0), "preprocess", _clock))
        {
            for (var done = 0; done <= 12; done++, _clock.Seconds++)
                progress.Report(done, 12);
        }
        Assert.Equal("""
            preprocess 5/12 (42 %), 1/s, 7 s left
            preprocess 10/12 (83 %), 1/s, 2 s left
            preprocess 12/12 (100 %), 1/s

            """, _written.ToString());
    }

    [Fact]
    public void What_an_earlier_run_had_done_is_not_speed()
    {
        using (var progress = new ProgressLine(new Screen(_written, 0), "train", _clock))
        {
            progress.Report(1000, 2000);
            _clock.Seconds = 10;
            progress.Report(1010, 2000, "loss 0.5");
        }
        Assert.Equal("train 1010/2000 (50 %), 1/s, 16 min 30 s left, loss 0.5\n", _written.ToString());
    }

    [Fact]
    public void On_a_terminal_log_lines_stay_above_the_bar_and_no_bar_is_left_behind()
    {
        var screen = new Screen(_written, 40);
        using (var progress = new ProgressLine(screen, "t", _clock))
        {
            _clock.Seconds = 1;
            progress.Report(1, 2);
            screen.WriteLine("a line");
        }
        var rows = Draw(_written.ToString());
        Assert.Equal(["a line", "t [############............] 1/2 (50 %)"], rows);
    }

    [Fact]
    public void A_bar_never_wraps_and_counts_kana_as_two_columns()
    {
        var screen = new Screen(_written, 10);
        screen.ShowBar("あいうえおか");
        Assert.Equal("あいうえ", _written.ToString());
    }

    /// <summary>What a terminal shows at the end: carriage return and erase-to-end-of-line are all it needs to know.</summary>
    static string[] Draw(string written) =>
        [.. written.Split('\n').Select(row => row.Split("\r\e[K")[^1]).Where(row => row.Length > 0)];
}
