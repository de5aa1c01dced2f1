using Kanade.Audio;
using Kanade.Models;
using Kanade.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>Finds when each sound of a text is spoken, with a trained text aligner.</summary>
/// <remarks>By its recogniser (<see cref="CtcAlignment"/>), whose boundaries are several times closer to the true ones than those of the
/// attention that the acoustic stage learns from. CTC hears a sound in one or two frames of it and nothing in the others, so that two
/// sounds meet in the middle of the frames between them: taken to last until the next is heard, they would end half a frame late. Accents
/// and gaps have no time of their own and belong to the sound before. Times are multiples of half an aligner frame (12.5 ms at 24
/// kHz).</remarks>
public sealed class SpeechAligner : IDisposable
{
    /// <summary>Aligner frames between two sounds that are shared by both; of more (a pause) all but so many are the first one's.</summary>
    internal const int MostBetween = 2;

    readonly TextAligner _network;
    readonly MelSpectrogram _spectrogram;
    readonly MelConfig _mel;

    SpeechAligner(TextAligner network, MelConfig mel, string hash) =>
        (_network, _mel, _spectrogram, Hash) = (network, mel, new MelSpectrogram(mel), hash);

    /// <summary>The spectrogram that it was trained on.</summary>
    public MelConfig Mel => _mel;

    /// <summary>SHA-256 of the checkpoint that it was taken from.</summary>
    public string Hash { get; }

    /// <summary>Takes the aligner of a checkpoint of <c>pretrain aligner</c>.</summary>
    /// <exception cref="CheckpointException">The checkpoint is another stage's, or counts in another symbol table.</exception>
    public static SpeechAligner Open(Checkpoint checkpoint)
    {
        if (checkpoint.State.SymbolTable != SymbolTable.Fingerprint)
            throw new CheckpointException($"{checkpoint.Folder}: made with another symbol table than this program's");
        var mel = checkpoint.State.HeardMel
            ?? throw new CheckpointException($"{checkpoint.Folder}: does not say what spectrogram its aligner hears");
        var network = checkpoint.Sizes<AlignerConfig>(AlignerStage.Network).Build(mel.Bands, SymbolTable.Count);
        checkpoint.Load(AlignerStage.Network, network);
        network.eval();
        return new SpeechAligner(network, mel, checkpoint.ManifestHash);
    }

    /// <summary>What is said in a sound, whatever its text.</summary>
    /// <param name="samples">(N) at the aligner's rate.</param>
    /// <returns>The symbols that are recognised (<see cref="PhoneRecognition.Greedy"/>).</returns>
    public string Hear(float[] samples)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var frames = samples.Length / _mel.HopLength / 2;
        return frames == 0 ? "" : PhoneRecognition.Greedy(Recognize(samples, frames));
    }

    /// <summary>Aligns one utterance.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="text">As written.</param>
    /// <param name="ids">(T) its symbols, with the pad at both ends.</param>
    /// <param name="samples">(N) at the aligner's rate.</param>
    /// <exception cref="InvalidDataException">There are more sounds in the text than frames in the recording.</exception>
    public TimedSpeech Align(string id, string text, IReadOnlyList<int> ids, float[] samples)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var frames = samples.Length / _mel.HopLength / 2;
        var seconds = samples.Length / (double)_mel.SampleRate;
        var symbols = SymbolTable.SymbolsOf(ids);
        var logits = frames == 0 ? zeros(0, SymbolTable.Count) : Recognize(samples, frames);                    // (A, V)
        (int First, int Last)[] spans;
        try
        {
            spans = CtcAlignment.Spans(logits, ids, SymbolTable.Pad);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException(FormattableString.Invariant($"{id}: {symbols.Length} symbols in {seconds:F2} s: the text is longer than the recording"), e);
        }
        var told = tensor(ids.Select(i => (long)i).ToArray()).unsqueeze(0);                                     // (1, T)
        var perSymbol = AlignmentLoss.Ctc(logits.unsqueeze(0), tensor(new long[] { frames }), told, tensor(new long[] { ids.Count }), SymbolTable.Pad);
        var heard = PhoneRecognition.Greedy(logits);
        var confidence = Math.Exp(-perSymbol.item<float>()); // not a number where the sound is not
        return new TimedSpeech(
            id, text, seconds, confidence, PhoneRecognition.Error(symbols, heard), SymbolGroups.Phones(heard),
            Times(symbols, spans, 2 * _mel.HopSeconds, seconds),
                double.IsFinite(confidence) ? SymbolDurations.Of(ids, spans, frames) : null);
    }

    Tensor Recognize(float[] samples, int frames)
    {
        var mel = _spectrogram.Compute(tensor(samples).unsqueeze(0)).narrow(2, 0, 2 * frames);                  // (1, M, 2A)
        return _network.Recognize(mel)[0];
    }

    /// <param name="symbols">The text's.</param>
    /// <param name="spans">Of the pad before them, and of each.</param>
    /// <param name="frame">Seconds of an aligner frame.</param>
    /// <param name="seconds">Of the recording.</param>
    internal static IReadOnlyList<TimedPhone> Times(string symbols, (int First, int Last)[] spans, double frame, double seconds)
    {
        List<TimedPhone> phones = [new(SymbolGroups.Pause, "", 0, seconds)];
        var before = -1;                                                                                        // the last frame of the sound before
        foreach (var group in SymbolGroups.Of(symbols))
        {
            var written = symbols.Substring(group.Start, group.Length);
            if (group.Kind == SymbolKind.Mark)
            {
                phones[^1] = phones[^1] with { Symbols = phones[^1].Symbols + written };
                continue;
            }
            // The pad stands before the first symbol. A frame is centred on its first mel frame, so that it begins half of itself earlier.
            var (first, last) = (spans[group.Start + 1].First, spans[group.Start + group.Length].Last);
            var between = Math.Min(first - before - 1, MostBetween);
            var start = Math.Max(phones[^1].StartSeconds, (first - 0.5 - between / 2.0) * frame);
            before = last;
            phones[^1] = phones[^1] with { EndSeconds = start };
            phones.Add(new TimedPhone(group.Phone, written, start, seconds));
        }
        return phones;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Dispose();
        _spectrogram.Dispose();
    }
}
