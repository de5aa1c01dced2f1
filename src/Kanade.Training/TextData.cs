using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>Some texts as padded tensors, which it owns.</summary>
/// <param name="UtteranceIds">Whose texts they are.</param>
/// <param name="Rows">The symbols of each, without padding.</param>
/// <param name="Ids">(B, T) int64.</param>
/// <param name="Keep">(B, T) int64, 1 where there is a symbol.</param>
public sealed record TextBatch(IReadOnlyList<string> UtteranceIds, IReadOnlyList<int[]> Rows, Tensor Ids, Tensor Keep) : IDisposable
{
    internal static TextBatch Of(IReadOnlyList<(string Id, int[] Symbols)> texts)
    {
        using var scope = NewDisposeScope();
        var width = texts.Max(t => t.Symbols.Length);
        var (ids, keep) = (new long[texts.Count * width], new long[texts.Count * width]);
        for (var row = 0; row < texts.Count; row++)
        {
            for (var i = 0; i < texts[row].Symbols.Length; i++)
                (ids[row * width + i], keep[row * width + i]) = (texts[row].Symbols[i], 1);
        }
        return new TextBatch(
            [.. texts.Select(t => t.Id)], [.. texts.Select(t => t.Symbols)],
            tensor(ids, [texts.Count, width]).DetachFromDisposeScope(), tensor(keep, [texts.Count, width]).DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ids.Dispose();
        Keep.Dispose();
    }
}

/// <summary>Texts as symbols, for training and for validation.</summary>
/// <param name="Training">At least one.</param>
/// <param name="Validation">At least one.</param>
public sealed record TextData(IReadOnlyList<(string Id, int[] Symbols)> Training, IReadOnlyList<(string Id, int[] Symbols)> Validation)
{
    /// <summary>Endless batches from a step on; a batch is a function of seed and step.</summary>
    public IEnumerable<TextBatch> TrainingBatches(long step, int batchSize, long seed)
    {
        var perEpoch = Math.Max(1, Training.Count / batchSize);
        for (; ; step++)
        {
            var (epoch, index) = Math.DivRem(step, perEpoch);
            var order = Enumerable.Range(0, Training.Count).ToArray();
            new Random((int)(CounterSeed.Of(seed, epoch) & int.MaxValue)).Shuffle(order);
            yield return TextBatch.Of([.. order.Skip((int)index * batchSize).Take(batchSize).Select(i => Training[i])]);
        }
    }

    /// <summary>The validation texts, once, in order.</summary>
    public IEnumerable<TextBatch> ValidationBatches(int batchSize) => Validation.Chunk(batchSize).Select(chunk => TextBatch.Of(chunk));
}
