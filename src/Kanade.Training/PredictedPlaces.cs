using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>Places in the rows of a batch at which something is predicted.</summary>
/// <param name="Cells">Row by row: row · T + column.</param>
/// <param name="Classes">What is right there.</param>
/// <param name="Weights">One part of a row's mean, so that a batch's loss is the mean of its rows': processes can share it.</param>
sealed record PredictedPlaces(long[] Cells, long[] Classes, float[] Weights)
{
    /// <param name="batch">The rows.</param>
    /// <param name="places">For each row where.</param>
    /// <param name="classOf">What is right at a place of a row.</param>
    /// <param name="group">The processes that share the batch: a row's part is that of the mean over all of them. Null for one.</param>
    public static PredictedPlaces Of(TextBatch batch, IReadOnlyList<IReadOnlyList<int>> places, Func<TextRow, int, long> classOf, IProcessGroup? group = null)
    {
        double own = places.Count(p => p.Count > 0);
        var (width, rows) = (batch.Width, group?.Mean(own) ?? own);
        return new PredictedPlaces(
            [.. places.SelectMany((p, row) => p.Select(at => (long)row * width + at))],
            [.. places.SelectMany((p, row) => p.Select(at => classOf(batch.Rows[row], at)))],
            [.. places.SelectMany(p => Enumerable.Repeat((float)(1 / (p.Count * rows)), p.Count))]);
    }

    /// <summary>The places that are hidden, each with its symbol.</summary>
    public static PredictedPlaces OfHidden(TextBatch batch, IReadOnlyList<bool[]> hidden, IProcessGroup? group = null) => Of(
        batch, [.. hidden.Select(h => (IReadOnlyList<int>)[.. h.Index().Where(c => c.Item).Select(c => c.Index)])], (row, at) => row.Symbols[at] & PhonemeShard.IdBits, group);

    /// <param name="encoded">(B, T, H)</param>
    /// <param name="head">H to classes.</param>
    /// <returns>(places, classes) float32.</returns>
    public Tensor Logits(Tensor encoded, Linear head)
    {
        using var scope = NewDisposeScope();
        return head.forward(encoded.flatten(0, 1).index_select(0, tensor(Cells))).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <returns>A scalar; 0 where nothing is predicted.</returns>
    public Tensor Loss(Tensor logits)
    {
        using var scope = NewDisposeScope();
        return (nn.functional.cross_entropy(logits, tensor(Classes), reduction: nn.Reduction.None) * tensor(Weights)).sum().MoveToOuterDisposeScope();
    }

    /// <summary>At how many places the likeliest class is right.</summary>
    public long Right(Tensor logits)
    {
        using var scope = NewDisposeScope();
        return Cells.Length == 0 ? 0 : logits.argmax(1).eq(tensor(Classes)).sum().item<long>();
    }
}
