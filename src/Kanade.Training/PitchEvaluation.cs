using System.Diagnostics;
using System.Globalization;
using Kanade.Audio;
using Kanade.Models;

namespace Kanade.Training;

/// <summary>Who says what the F0 of a recording is.</summary>
public enum PitchJudge
{
    /// <summary>A file beside it.</summary>
    File,

    /// <summary>The dataset's estimator on the clean recording: how much noise costs, whatever estimator and other judges differ in.</summary>
    Teacher,
}

/// <summary>What one that finds the pitch made of one kind of sound.</summary>
public sealed class PitchListening
{
    TimeSpan _sound, _taken;

    /// <summary>By the judge.</summary>
    public PitchScore Judged { get; } = new();

    /// <summary>By its own contour of the clean recording, where the judge says anything: how far noise moves it. No judge's errors are in it, and nothing says
    /// that what did not move was right.</summary>
    public PitchScore Moved { get; } = new();

    /// <summary>Seconds of sound heard in a second by the clock.</summary>
    public double TimesRealTime => _sound / _taken;

    internal void Add(float[] found, float[] clean, float[] judged, TimeSpan sound, TimeSpan taken)
    {
        Judged.Add(found, judged);
        Moved.Add(found, [.. judged.Zip(clean, (j, c) => float.IsNaN(j) ? j : c)]);
        (_sound, _taken) = (_sound + sound, _taken + taken);
    }
}

/// <summary>How a pitch extractor and the dataset's own F0 estimator, its teacher, agree with a judge under the same sound.</summary>
/// <param name="Sound">What was done to the recordings: clean, white or pink noise.</param>
/// <param name="Network">The extractor.</param>
/// <param name="Teacher">The estimator.</param>
public sealed record PitchComparison(string Sound, PitchListening Network, PitchListening Teacher);

/// <summary>
/// Scores on recordings by the teacher's own F0 without noise, or by a judge's that lies beside them: <c>x.wav</c> and <c>x.f0</c>, rows of seconds TAB Hz at equal distances, 0 where unvoiced.
/// What the synthesiser spoke with (scripts/generated-corpus.sh) or what Praat hears (scripts/score-pitch.sh) are such judges.
/// </summary>
public static class PitchEvaluation
{
    const double TargetLufs = -23;

    static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase) { ".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff" };

    /// <param name="folder">Recordings, in it or below it; if files judge, recordings without one are left out.</param>
    /// <param name="judge">Who judges.</param>
    /// <param name="network">In evaluation mode.</param>
    /// <param name="mel">What the network was trained on.</param>
    /// <param name="teacher">Settings of the estimator.</param>
    /// <param name="snr">Level of the recordings over the noise in dB.</param>
    /// <param name="learnt">Recordings that do not count, by <see cref="NameOf"/>: what the network was trained on.</param>
    /// <param name="progress">Told of each recording: done and all.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="InvalidDataException">There is no recording with a judge, or one cannot be read.</exception>
    public static IReadOnlyList<PitchComparison> Score(
        string folder, PitchJudge judge, PitchExtractor network, MelConfig mel, F0Config teacher, double snr,
        IReadOnlySet<string>? learnt = null, Action<int, int>? progress = null, CancellationToken cancel = default)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{folder}: there is no such folder");
        var recordings = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => Extensions.Contains(Path.GetExtension(path)) && (judge == PitchJudge.Teacher || File.Exists(JudgeOf(path)))).Order(StringComparer.Ordinal).ToArray();
        if (recordings.Length == 0)
            throw new InvalidDataException(judge == PitchJudge.Teacher
                ? $"{folder}: there is no recording in it"
                : $"{folder}: no recording has a .f0 file beside it: make them with scripts/generated-corpus.sh or scripts/score-pitch.sh, or let the teacher judge (--judge teacher)");
        recordings = [.. recordings.Where(path => learnt?.Contains(NameOf(path)) != true)];
        if (recordings.Length == 0)
            throw new InvalidDataException($"{folder}: every recording that is judged was trained on");
        using var spectrogram = new MelSpectrogram(mel);
        var estimator = new F0Estimator(mel.SampleRate, mel.HopLength, teacher);
        (string Name, double? Slope)[] sounds =
            [("clean", null), (string.Create(CultureInfo.InvariantCulture, $"white {snr} dB"), 0), (string.Create(CultureInfo.InvariantCulture, $"pink {snr} dB"), 1)];
        var comparisons = sounds.Select(s => new PitchComparison(s.Name, new(), new())).ToArray();
        for (var i = 0; i < recordings.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var clean = Read(recordings[i], mel.SampleRate);
            var judged = judge == PitchJudge.Teacher ? estimator.Estimate(clean) : F0File.Read(JudgeOf(recordings[i])).At(mel.Frames(clean.Length), mel.HopSeconds);
            float[]? cleanNetwork = null, cleanTeacher = null;
            foreach (var ((_, slope), comparison) in sounds.Zip(comparisons))
            {
                var heard = slope is { } colour
                    ? PitchExamples.WithNoise(clean, mel.SampleRate, snr, colour, Path.GetRelativePath(folder, recordings[i]))
                    : clean;
                var length = TimeSpan.FromSeconds((double)heard.Length / mel.SampleRate);
                var (byNetwork, byTeacher) = (Timed(() => PitchTracker.Track(network, spectrogram, heard)), Timed(() => estimator.Estimate(heard)));
                comparison.Network.Add(byNetwork.F0, cleanNetwork ??= byNetwork.F0, judged, length, byNetwork.Taken);
                comparison.Teacher.Add(byTeacher.F0, cleanTeacher ??= byTeacher.F0, judged, length, byTeacher.Taken);
            }
            progress?.Invoke(i + 1, recordings.Length);
        }
        return comparisons;
    }

    /// <summary>What a recording is known by, in whatever folder and format: its file's name without the ending.</summary>
    public static string NameOf(string path) => Path.GetFileNameWithoutExtension(path).Normalize();

    static (float[] F0, TimeSpan Taken) Timed(Func<float[]> listen)
    {
        var start = Stopwatch.GetTimestamp();
        return (listen(), Stopwatch.GetElapsedTime(start));
    }

    static string JudgeOf(string recording) => Path.ChangeExtension(recording, ".f0");

    /// <summary>A recording as preprocessing would hand it to the networks: rate and loudness; but whole, so that the judge's times hold.</summary>
    static float[] Read(string path, int rate)
    {
        var sound = Resampler.Resample(AudioFile.Read(path), rate);
        var loudness = Loudness.Integrated(sound);
        var gain = double.IsFinite(loudness) ? (float)Math.Pow(10, (TargetLufs - loudness) / 20) : 1;
        return Array.ConvertAll(sound.Samples, s => s * gain);
    }
}
