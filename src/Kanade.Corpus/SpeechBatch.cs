using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Corpus;

/// <summary>Utterances as padded tensors on the CPU, which it owns: a process's part of a batch. T, N and F are those of the longest of the whole batch, so that
/// padding is the same however many processes share it. Padding is 0 everywhere.
/// F counts the frames of <see cref="Utterance.Frames"/>: the mel spectrogram of the samples has one more, which is dropped.</summary>
public sealed class SpeechBatch : IDisposable
{
    internal SpeechBatch(BatchArrays arrays)
    {
        Utterances = arrays.Utterances;
        UtteranceIds = [.. Utterances.Select(u => u.Id)];
        var count = Utterances.Count;
        using var scope = NewDisposeScope();
        Ids = tensor(arrays.Ids, [count, arrays.Ids.Length / count]).DetachFromDisposeScope();
        IdLengths = tensor(arrays.IdLengths).DetachFromDisposeScope();
        Samples = tensor(arrays.Samples, [count, arrays.Samples.Length / count]).DetachFromDisposeScope();
        SampleLengths = tensor(arrays.SampleLengths).DetachFromDisposeScope();
        F0 = tensor(arrays.F0, [count, arrays.F0.Length / count]).DetachFromDisposeScope();
        Energy = tensor(arrays.Energy, [count, arrays.Energy.Length / count]).DetachFromDisposeScope();
        FrameLengths = tensor(arrays.FrameLengths).DetachFromDisposeScope();
        SpeakerIndex = tensor(arrays.Speakers).DetachFromDisposeScope();
        Durations = arrays.Durations is { } durations ? tensor(durations, [count, durations.Length / count]).DetachFromDisposeScope() : null;
        References = arrays.References?.ToTensors();
    }

    /// <summary>B.</summary>
    public int Count => Utterances.Count;

    /// <summary>The rows of the manifest, in the order of the batch.</summary>
    public IReadOnlyList<Utterance> Utterances { get; }

    /// <summary>Their ids, for messages.</summary>
    public IReadOnlyList<string> UtteranceIds { get; }

    /// <summary>(B, T) int64 symbols.</summary>
    public Tensor Ids { get; }

    /// <summary>(B) int64.</summary>
    public Tensor IdLengths { get; }

    /// <summary>(B, N) float32, full scale ±1.</summary>
    public Tensor Samples { get; }

    /// <summary>(B) int64; each is its frames times the hop.</summary>
    public Tensor SampleLengths { get; }

    /// <summary>(B, F) float32, Hz; 0 where unvoiced.</summary>
    public Tensor F0 { get; }

    /// <summary>(B, F) float32, log of the norm over the mel bands.</summary>
    public Tensor Energy { get; }

    /// <summary>(B) int64, mel frames; even.</summary>
    public Tensor FrameLengths { get; }

    /// <summary>(B) int64, places in <see cref="Dataset.Speakers"/>.</summary>
    public Tensor SpeakerIndex { get; }

    /// <summary>(B, T) int64, aligner frames (two mel frames) of each symbol, together half of its <see cref="FrameLengths"/>; null where one utterance of the whole batch has
    /// none.</summary>
    public Tensor? Durations { get; }

    /// <summary>Another recording of each row's speaker; null where <see cref="BatchConfig.References"/> does not ask for them.</summary>
    public ReferenceSound? References { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ids.Dispose();
        IdLengths.Dispose();
        Samples.Dispose();
        SampleLengths.Dispose();
        F0.Dispose();
        Energy.Dispose();
        FrameLengths.Dispose();
        SpeakerIndex.Dispose();
        Durations?.Dispose();
        References?.Dispose();
    }
}

/// <summary>A batch before it is tensors, so that threads in the background never touch libtorch.</summary>
sealed class BatchArrays
{
    /// <param name="batch">The whole batch.</param>
    /// <param name="rank">This process takes every <paramref name="world"/>th utterance from this one on.</param>
    /// <param name="world">Processes that share the batch.</param>
    /// <param name="dataset">Where they are read from.</param>
    /// <param name="poisoned">Told of each that is not finite.</param>
    /// <param name="references">Draws a reference for each row; null where none are asked for.</param>
    /// <param name="place">Epoch and number of the batch, hashed.</param>
    internal BatchArrays(
        IReadOnlyList<Utterance> batch, int rank, int world, Dataset dataset, Action<Utterance>? poisoned, SpeakerReferences? references = null, ulong place = 0)
    {
        var rows = Finite(batch, rank, world, dataset, poisoned);
        var utterances = Utterances = [.. rows.Select(r => r.Utterance)];
        var (count, hop) = (utterances.Count, dataset.Config.Mel.HopLength);
        var (symbols, frames) = (batch.Max(u => u.Ids.Length), batch.Max(u => u.Frames));
        (Ids, IdLengths, FrameLengths, SampleLengths, Speakers) = (new long[count * symbols], new long[count], new long[count], new long[count], new long[count]);
        Durations = batch.All(u => u.Durations is not null) ? new long[count * symbols] : null;
        (Samples, F0, Energy) = (new float[count * frames * hop], new float[count * frames], new float[count * frames]);
        for (var i = 0; i < count; i++)
        {
            var (utterance, features) = rows[i];
            if (features.Samples.Length != utterance.Frames * hop || features.F0.Length != utterance.Frames || features.Energy.Length != utterance.Frames)
                throw new InvalidDataException($"{dataset.Folder}: {utterance.Id}: shard and manifest do not belong together: preprocess the corpus again");
            for (var t = 0; t < utterance.Ids.Length; t++)
                Ids[i * symbols + t] = utterance.Ids[t];
            for (var t = 0; t < utterance.Ids.Length && Durations is not null; t++)
                Durations[i * symbols + t] = utterance.Durations![t];
            features.Samples.CopyTo(Samples, i * frames * hop);
            features.F0.CopyTo(F0, i * frames);
            features.Energy.CopyTo(Energy, i * frames);
            (IdLengths[i], FrameLengths[i], SampleLengths[i]) = (utterance.Ids.Length, utterance.Frames, utterance.Frames * hop);
            Speakers[i] = dataset.SpeakerIndex(utterance.Speaker);
        }
        References = references is null ? null : new ReferenceArrays(batch, [.. utterances.Select((u, i) => (rank + i * world, u))], references, place);
    }

    /// <summary>This process's utterances, each that is not finite replaced by the next of the whole batch that is.</summary>
    static List<(Utterance Utterance, UtteranceFeatures Features)> Finite(IReadOnlyList<Utterance> batch, int rank, int world, Dataset dataset, Action<Utterance>? poisoned)
    {
        var read = new UtteranceFeatures?[batch.Count];
        var rows = new List<(Utterance, UtteranceFeatures)>();
        for (var own = rank; own < batch.Count; own += world)
        {
            if (!Read(own).IsFinite)
                poisoned?.Invoke(batch[own]);
            var taken = Enumerable.Range(own, batch.Count).Select(i => i % batch.Count).Where(i => Read(i).IsFinite).Cast<int?>().FirstOrDefault()
                ?? throw new InvalidDataException($"{dataset.Folder}: no sound in a whole batch is finite ({string.Join(", ", batch.Take(5).Select(u => u.Id))}): preprocess the corpus again");
            rows.Add((batch[taken], Read(taken)));
        }
        return rows;

        UtteranceFeatures Read(int i) => read[i] ??= dataset.Read(batch[i]);
    }

    internal IReadOnlyList<Utterance> Utterances { get; }

    internal long[] Ids { get; }

    internal long[] IdLengths { get; }

    internal long[] FrameLengths { get; }

    internal long[] SampleLengths { get; }

    internal long[] Speakers { get; }

    internal long[]? Durations { get; }

    internal ReferenceArrays? References { get; }

    internal float[] Samples { get; }

    internal float[] F0 { get; }

    internal float[] Energy { get; }
}
