using System.Globalization;

namespace Kanade.Cli;

/// <summary>
/// How far a long work is: a bar on a terminal, elsewhere one plain line every few seconds and one at the end. Rate and time left are
/// of this run: what an earlier run had done counts as done, not as speed. Thread-safe.
/// </summary>
sealed class ProgressLine : IDisposable
{
    static readonly TimeSpan BarInterval = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);
    const int BarWidth = 24;

    readonly Screen _screen;
    readonly string _title;
    readonly TimeProvider _time;
    readonly Lock _lock = new();
    readonly long _start;
    long _shown;
    long _doneAtStart = -1;
    string _last = "";
    bool _lastShown = true;

    public ProgressLine(Screen screen, string title, TimeProvider? time = null)
    {
        (_screen, _title, _time) = (screen, title, time ?? TimeProvider.System);
        _start = _shown = _time.GetTimestamp();
    }

    /// <param name="done">Units that are done.</param>
    /// <param name="total">Units in all; 0 where nobody knows.</param>
    /// <param name="detail">What else is worth a glance: a loss, a file.</param>
    public void Report(long done, long total = 0, string detail = "")
    {
        lock (_lock)
        {
            if (_doneAtStart < 0)
                _doneAtStart = done;
            _last = Describe(done, total, detail);
            _lastShown = _time.GetElapsedTime(_shown) >= (_screen.IsTerminal ? BarInterval : LineInterval);
            if (_lastShown)
                Show();
        }
    }

    /// <summary>Takes the bar away; where there is none, writes the last line if it was held back.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_screen.IsTerminal)
                _screen.ShowBar("");
            if (_last.Length > 0 && (_screen.IsTerminal || !_lastShown))
                _screen.WriteLine(_last);
            (_last, _lastShown) = ("", true);
        }
    }

    void Show()
    {
        _shown = _time.GetTimestamp();
        if (_screen.IsTerminal)
            _screen.ShowBar(_last);
        else
            _screen.WriteLine(_last);
    }

    string Describe(long done, long total, string detail)
    {
        var seconds = _time.GetElapsedTime(_start).TotalSeconds;
        var rate = seconds > 0 ? (done - _doneAtStart) / seconds : 0;
        var parts = new List<string>();
        if (total > 0)
        {
            var share = Math.Clamp((double)done / total, 0, 1);
            var filled = (int)(share * BarWidth);
            var bar = _screen.IsTerminal ? $"[{new string('#', filled)}{new string('.', BarWidth - filled)}] " : "";
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{bar}{done}/{total} ({100 * share:F0} %)"));
        }
        else
        {
            parts.Add(done.ToString(CultureInfo.InvariantCulture));
        }
        if (rate > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{rate:0.##}/s"));
        if (rate > 0 && total > done)
            parts.Add($"{Duration.Of(TimeSpan.FromSeconds((total - done) / rate))} left");
        if (detail.Length > 0)
            parts.Add(detail);
        return $"{_title} {string.Join(", ", parts)}";
    }
}
