using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Models.Layers;

/// <summary>A bidirectional LSTM over a batch of sequences of different lengths.</summary>
static class PackedRecurrence
{
    /// <summary>The backward direction starts at each item's last position, not in its padding.</summary>
    /// <param name="lstm">Batch first, bidirectional, H each way.</param>
    /// <param name="x">(B, T, E).</param>
    /// <param name="lengths">(B) int64 positions of each item, on the host.</param>
    /// <returns>(B, T, 2H), zero where padding.</returns>
    public static Tensor Run(LSTM lstm, Tensor x, Tensor lengths)
    {
        if (lengths.eq(x.shape[1]).all().item<bool>())
            return lstm.call(x).Item1;
        var packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first: true, enforce_sorted: false);
        var (hidden, _) = nn.utils.rnn.pad_packed_sequence(lstm.call(packed).Item1, batch_first: true, total_length: x.shape[1]);
        return hidden;
    }
}
