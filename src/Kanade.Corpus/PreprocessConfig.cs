using System.Numerics;
using Kanade.Audio;

namespace Kanade.Corpus;

/// <summary>How a corpus becomes a dataset.</summary>
/// <param name="Mel">Sample rate of the dataset and frames of its features.</param>
/// <param name="Level">Loudness of the dataset.</param>
/// <param name="Trim">Silence at the ends, and long recordings.</param>
/// <param name="Quality">What is thrown away.</param>
/// <param name="F0">The F0 estimator.</param>
/// <param name="Split">Train, validation and test.</param>
/// <param name="Samples">How samples are stored.</param>
public sealed record PreprocessConfig(
    MelConfig Mel,
    LevelConfig Level,
    TrimConfig Trim,
    QualityConfig Quality,
    F0Config F0,
    SplitConfig Split,
    SampleFormat Samples = SampleFormat.Pcm16)
{
    /// <summary>Every default.</summary>
    public static PreprocessConfig Default { get; } = new(new(), new(), new(), new(), new(), new());

    /// <summary>Rules between keys.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (Mel.HopLength * Mel.Bands <= 0 || Mel.WindowLength > Mel.FftSize)
            yield return (nameof(Mel), $"window_length {Mel.WindowLength} is longer than fft_size {Mel.FftSize}");
        if (Split.ValidationShare + Split.TestShare is < 0 or >= 1)
            yield return (nameof(Split), "validation_share and test_share leave nothing to train on");
        if (Quality.ShortestSeconds >= Quality.LongestSeconds)
            yield return (nameof(Quality), $"shortest_seconds {Quality.ShortestSeconds} is not less than longest_seconds {Quality.LongestSeconds}");
        if (!BitOperations.IsPow2(Mel.FftSize) || Mel.FftSize < 8)
            yield return (nameof(Mel), $"fft_size {Mel.FftSize} must be a power of two, of 8 at least");
        if (F0.FloorHz >= F0.CeilingHz || F0.CeilingHz * 4 > Mel.SampleRate)
            yield return (nameof(F0), $"floor_hz {F0.FloorHz} and ceiling_hz {F0.CeilingHz} do not go together at {Mel.SampleRate} Hz");
    }
}

/// <summary>Loudness of a dataset.</summary>
/// <param name="TargetLufs">Integrated loudness of every utterance (EBU R128); null leaves the level alone.</param>
/// <param name="CeilingDb">True peak that the gain must not pass: a peaky utterance stays quieter rather than being limited.</param>
/// <param name="MostGainDb">More gain than this would lift the noise, and is not given.</param>
public sealed record LevelConfig(double? TargetLufs = -23, double CeilingDb = -1, double MostGainDb = 30);

/// <summary>Silence at the ends.</summary>
/// <param name="Enabled">Whether the ends are trimmed.</param>
/// <param name="PaddingSeconds">Silence that stays at both ends; where the recording has less, it is filled up with zeros.</param>
/// <param name="AboveFloorDb">How far over the noise floor speech has to be.</param>
/// <param name="BelowPeakDb">How far under the loud parts speech may be, however low the noise floor is.</param>
public sealed record TrimConfig(bool Enabled = true, double PaddingSeconds = 0.1, double AboveFloorDb = 9, double BelowPeakDb = 45);

/// <summary>What is thrown away. A null threshold is not applied.</summary>
/// <param name="ShortestSeconds">From the first sound to the last.</param>
/// <param name="LongestSeconds">Of what is left after trimming, with its padding.</param>
/// <param name="MostClippedShare">Share of samples that stand in runs at the largest value.</param>
/// <param name="LeastSignalToNoiseDb">Speech over pauses.</param>
/// <param name="LeastBandwidthHz">Where the spectrum has to reach; sound that was once sampled at half the rate does not.</param>
/// <param name="MostSilenceShare">Share of the recording without speech.</param>
/// <param name="LeastMoraePerSecond">Slower means that the text leaves out much of what is said.</param>
/// <param name="MostMoraePerSecond">Faster means that the recording leaves out much of the text.</param>
/// <param name="LeastLoudnessLufs">Of the recording as it came.</param>
/// <param name="MostUnreadable">Pieces of the text that the frontend could not read.</param>
/// <param name="Duplicates">Whether a recording with the same sound as another is thrown away.</param>
public sealed record QualityConfig(
    double ShortestSeconds = 0.15,
    double LongestSeconds = 20,
    double? MostClippedShare = 0.001,
    double? LeastSignalToNoiseDb = 15,
    double? LeastBandwidthHz = 5000,
    double? MostSilenceShare = 0.9,
    double? LeastMoraePerSecond = 0.8,
    double? MostMoraePerSecond = 18,
    double? LeastLoudnessLufs = -55,
    int MostUnreadable = 0,
    bool Duplicates = true);

/// <summary>How utterances are shared out. An utterance goes where the hash of its text puts it, so that the same sentence is never on two sides.</summary>
/// <param name="ValidationShare">Share of texts for validation.</param>
/// <param name="TestShare">Share of texts for the last test.</param>
/// <param name="Seed">Another number, another split.</param>
public sealed record SplitConfig(double ValidationShare = 0.05, double TestShare = 0.05, int Seed = 0);
