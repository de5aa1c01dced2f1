using System.Globalization;

namespace Kanade.Cli;

/// <summary>A length of time as people say it: <c>8.4 s</c>, <c>3 min 07 s</c>, <c>2 h 15 min</c>, <c>4 d 6 h</c>.</summary>
static class Duration
{
    public static string Of(TimeSpan time) => time switch
    {
        { TotalSeconds: < 59.95 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds:00} s"),
        { TotalDays: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Hours} h {time.Minutes:00} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)Math.Min(time.TotalDays, 99_999)} d {time.Hours} h"),
    };
}
