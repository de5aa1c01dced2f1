using System.Globalization;

namespace Kanade.Audio;

/// <summary>A contour that somebody else found: what a synthesiser spoke with, a laryngograph measured, Praat heard or a hand corrected. Text, rows of
/// seconds TAB Hz at equal distances, 0 where unvoiced.</summary>
public sealed class F0File
{
    readonly double _first, _period;
    readonly float[] _hz;

    F0File(double first, double period, float[] hz) => (_first, _period, _hz) = (first, period, hz);

    /// <exception cref="InvalidDataException">The file is not such rows; the message names the line.</exception>
    public static F0File Read(string path)
    {
        var rows = File.ReadLines(path).Select((line, i) =>
            line.Split('\t') is [var at, var pitch]
            && double.TryParse(at, CultureInfo.InvariantCulture, out var seconds) && float.TryParse(pitch, CultureInfo.InvariantCulture, out var hz)
            && double.IsFinite(seconds) && float.IsFinite(hz) && hz >= 0
                ? (Seconds: seconds, Hz: hz)
                : throw new InvalidDataException($"{path}: line {i + 1} is not 'seconds TAB Hz'")).ToArray();
        if (rows.Length < 2)
            throw new InvalidDataException($"{path}: fewer than two rows");
        var period = (rows[^1].Seconds - rows[0].Seconds) / (rows.Length - 1);
        if (!(period > 0))
            throw new InvalidDataException($"{path}: the rows are not in the order of time");
        return new(rows[0].Seconds, period, [.. rows.Select(r => r.Hz)]);
    }

    /// <summary>The row nearest to each frame.</summary>
    /// <param name="frames">F.</param>
    /// <param name="hopSeconds">From frame to frame.</param>
    /// <param name="startSeconds">Where the first frame lies.</param>
    /// <returns>(F) Hz, 0 = unvoiced; NaN before the first row and after the last.</returns>
    public float[] At(int frames, double hopSeconds, double startSeconds = 0)
    {
        var f0 = new float[frames];
        for (var i = 0; i < frames; i++)
        {
            var row = (int)Math.Round((startSeconds + i * hopSeconds - _first) / _period);
            f0[i] = row >= 0 && row < _hz.Length ? _hz[row] : float.NaN;
        }
        return f0;
    }
}
