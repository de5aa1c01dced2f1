using System.Text.Json.Serialization;

namespace Kanade.Corpus;

/// <summary>What an utterance is for.</summary>
public enum Split
{
    /// <summary>Weights are fitted to it.</summary>
    Train,

    /// <summary>Watched during training, never fitted to.</summary>
    Validation,

    /// <summary>Kept for the last measurement.</summary>
    Test,
}

/// <summary>What was measured on a recording before it was changed.</summary>
/// <param name="LoudnessLufs">Integrated loudness (EBU R128).</param>
/// <param name="LoudnessRangeLu">Loudness range (EBU Tech 3342).</param>
/// <param name="TruePeakDb">Peak between samples, relative to full scale.</param>
/// <param name="NoiseFloorDb">Level of the quietest twentieth of the 20 ms frames.</param>
/// <param name="SignalToNoiseDb">Level of the speech over that of the pauses; of the quietest frames where there are no pauses.</param>
/// <param name="ClippedShare">Share of samples that stand in runs at the largest value.</param>
/// <param name="BandwidthHz">Frequency under which all but a millionth of the power lies, near enough: where the spectrum ends.</param>
/// <param name="SilenceShare">Share of the recording without speech.</param>
/// <param name="MoraePerSecond">Speaking rate, over what was kept.</param>
/// <param name="F0MedianHz">Median F0 of the voiced frames; 0 when there are none.</param>
/// <param name="VoicedShare">Share of voiced frames.</param>
/// <param name="AlignmentConfidence">How well the text fits the sound, 0 to 1, where <c>kanade align --score</c> has found out; otherwise null.</param>
public sealed record Quality(
    double LoudnessLufs,
    double LoudnessRangeLu,
    double TruePeakDb,
    double NoiseFloorDb,
    double SignalToNoiseDb,
    double ClippedShare,
    double BandwidthHz,
    double SilenceShare,
    double MoraePerSecond,
    double F0MedianHz,
    double VoicedShare,
    double? AlignmentConfidence = null);

/// <summary>One row of the manifest.</summary>
/// <param name="Id">Unique in the dataset; made from the path in the corpus, so that it stays when others come and go.</param>
/// <param name="Speaker">Whose voice.</param>
/// <param name="Style">Style tag; empty when the corpus has none.</param>
/// <param name="Text">As written in the corpus.</param>
/// <param name="Phrases">The frontend's phrases as JSON, as <c>kanade phonemize --json</c> writes them.</param>
/// <param name="Symbols">What the networks read, as text.</param>
/// <param name="Ids">(T) the same as ids, 0 at both ends.</param>
/// <param name="Frames">F, mel frames; even, so that two of them make an aligner frame. The samples are exactly F hops.</param>
/// <param name="SampleRate">Samples a second.</param>
/// <param name="Quality">What was measured on the recording.</param>
/// <param name="Split">What it is for.</param>
/// <param name="Source">Path in the corpus folder, with <c>/</c>.</param>
/// <param name="SourceSha256">Of the recording's file, hexadecimal.</param>
/// <param name="SourceStartSeconds">Where its first sample lies in the recording; below 0 where silence was put before it.</param>
/// <param name="SourceEndSeconds">Where its last one does.</param>
/// <param name="Shard">Number of the shard that holds samples and features.</param>
/// <param name="Row">Row group in the shard.</param>
/// <param name="Seconds">Length of the samples.</param>
/// <param name="Durations">(T) how many aligner frames (two mel frames) each symbol lasts, together half of <paramref name="Frames"/>, where
/// <c>kanade align --durations</c> has found out; otherwise null. No column of the manifest.</param>
public sealed record Utterance(
    string Id,
    string Speaker,
    string Style,
    string Text,
    string Phrases,
    string Symbols,
    int[] Ids,
    double Seconds,
    int Frames,
    int SampleRate,
    Quality Quality,
    Split Split,
    string Source,
    string SourceSha256,
    double SourceStartSeconds,
    double SourceEndSeconds,
    int Shard,
    int Row,
    [property: JsonIgnore] int[]? Durations = null)
{
    /// <summary>The name of its style in a voice: <c>speaker/style</c>, or <c>speaker</c> where the corpus has no styles.</summary>
    public string StyleName => Style.Length > 0 ? $"{Speaker}/{Style}" : Speaker;
}

/// <summary>The sound of an utterance and what was measured on it, frame by frame.</summary>
/// <param name="Samples">(N) full scale ±1; N is F hops.</param>
/// <param name="F0">(F) Hz; 0 where unvoiced.</param>
/// <param name="Energy">(F) log of the norm over the mel bands (<see cref="Kanade.Audio.Energy"/>).</param>
public sealed record UtteranceFeatures(float[] Samples, float[] F0, float[] Energy)
{
    /// <summary>Whether every value is a number; one that is not would spoil a whole batch's gradient.</summary>
    public bool IsFinite => Array.TrueForAll(Samples, float.IsFinite) && Array.TrueForAll(F0, float.IsFinite) && Array.TrueForAll(Energy, float.IsFinite);
}
