using Kanade.Audio;
using Kanade.Models;
using Kanade.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>Finds when each sound of a text is spoken, with a trained text aligner.</summary>
/// <remarks>Accents and gaps have no time of their own: what the aligner attends to at them is added to the sound before, so that a path may pass
/// them within a frame. Times are multiples of an aligner frame (25 ms at 24 kHz).</remarks>
public sealed class SpeechAligner : IDisposable
{
    readonly TextAligner _network;
    readonly MelSpectrogram _spectrogram;
    readonly MelConfig _mel;

    SpeechAligner(TextAligner network, MelConfig mel) => (_network, _mel, _spectrogram) = (network, mel, new MelSpectrogram(mel));

    /// <summary>The spectrogram that it was trained on.</summary>
    public MelConfig Mel => _mel;

    /// <summary>Takes the aligner of a checkpoint of <c>pretrain aligner</c>.</summary>
    /// <exception cref="CheckpointException">The checkpoint is another stage's, or counts in another symbol table.</exception>
    public static SpeechAligner Open(Checkpoint checkpoint)
    {
        if (checkpoint.State.SymbolTable != SymbolTable.Fingerprint)
            throw new CheckpointException($"{checkpoint.Folder}: made with another symbol table than this program's");
        var mel = checkpoint.Sizes<MelConfig>(AlignerStage.Spectrogram);
        var network = checkpoint.Sizes<AlignerConfig>(AlignerStage.Network).Build(mel.Bands, SymbolTable.Count);
        checkpoint.Load(AlignerStage.Network, network);
        network.eval();
        return new SpeechAligner(network, mel);
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
        var symbols = SymbolTable.SymbolsOf(ids);
        var rows = Rows(symbols);
        if (frames < rows.Count)
            throw new InvalidDataException($"{id}: {rows.Count} sounds and pauses in {frames} aligner frames ({samples.Length / (double)_mel.SampleRate:F2} s): the text is longer than the recording");
        var mel = _spectrogram.Compute(tensor(samples).unsqueeze(0)).narrow(2, 0, 2 * frames);                  // (1, M, 2A)
        var told = tensor(ids.Select(i => (long)i).ToArray()).unsqueeze(0);                                     // (1, T)
        var alignment = _network.forward(mel, told, null);
        var attention = alignment.Attention[0].narrow(0, Environment.GetEnvironmentVariable("ROW") == "0" ? 0 : 1, ids.Count);                                       // (T, A)
        var merged = stack([.. rows.Select(r => attention.narrow(0, r.First, r.Count).sum([0L]))]).unsqueeze(0);   // (1, G, A)
        var path = MonotonicAlignment.Path(merged, tensor(new long[] { rows.Count }), tensor(new long[] { frames }));
        var counts = path[0].sum([1L]).to(ScalarType.Int64).data<long>().ToArray();
        var seconds = samples.Length / (double)_mel.SampleRate;
        var confidence = Math.Exp(-AlignmentLoss.Ctc(alignment.CtcLogits, tensor(new long[] { frames }), told, tensor(new long[] { ids.Count }), SymbolTable.Pad).item<float>());
        return new TimedSpeech(id, text, seconds, confidence, PhoneRecognition.Error(symbols, PhoneRecognition.Greedy(alignment.CtcLogits[0])), Times(rows, counts, seconds));
    }

    /// <summary>Rows of the attention that share a time: the pads, each sound or pause with the marks after it.</summary>
    static List<Row> Rows(string symbols)
    {
        List<Row> rows = [new(0, 1, SymbolGroups.Pause, "")];
        foreach (var group in SymbolGroups.Of(symbols))
        {
            if (group.Kind == SymbolKind.Mark)
                rows[^1] = rows[^1] with { Count = rows[^1].Count + group.Length, Symbols = string.Concat(rows[^1].Symbols, symbols.AsSpan(group.Start, group.Length)) };
            else
                rows.Add(new Row(group.Start + 1, group.Length, group.Phone, symbols.Substring(group.Start, group.Length)));
        }
        rows.Add(new Row(symbols.Length + 1, 1, SymbolGroups.Pause, ""));
        return rows;
    }

    List<TimedPhone> Times(List<Row> rows, long[] counts, double seconds)
    {
        // Aligner frame a is centred on mel frame 2a, and that on sample 2a · hop: it begins one hop before.
        var frame = 2 * _mel.HopSeconds;
        var phones = new List<TimedPhone>(rows.Count);
        var (at, start) = (0L, 0.0);
        for (var i = 0; i < rows.Count; i++)
        {
            at += counts[i];
            var end = i == rows.Count - 1 ? seconds : at * frame - frame / 2;
            phones.Add(new TimedPhone(rows[i].Phone, rows[i].Symbols, start, end));
            start = end;
        }
        return phones;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Dispose();
        _spectrogram.Dispose();
    }

    sealed record Row(int First, int Count, string Phone, string Symbols);
}
