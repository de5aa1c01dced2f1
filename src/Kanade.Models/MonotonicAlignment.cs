using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>
/// The monotonic path of greatest total attention: each frame belongs to one token, tokens come in order and none is left out
/// (monotonic alignment search, Kim et al. 2020, Glow-TTS, algorithm 1, on the attention itself and not on its logarithm).
/// Sums are float32 and ties stay on the token, so that a path equals that of the published systems bit for bit.
/// </summary>
public static class MonotonicAlignment
{
    const float Unreachable = -1e9f;

    /// <summary>Finds the path of each row of a batch.</summary>
    /// <param name="attention">(B, T, A) how much each token is attended to at each aligner frame; no gradient goes through the path.</param>
    /// <param name="lengths">(B) tokens of each row, at least 1.</param>
    /// <param name="frames">(B) aligner frames of each row, at least as many as its tokens.</param>
    /// <returns>(B, T, A) 1 where a frame belongs to a token, 0 elsewhere and in the padding; type and device of the attention.</returns>
    /// <exception cref="ArgumentException">
    /// A row has more tokens than frames, where no path exists (the published code then reads outside its arrays), or lengths do not fit.
    /// </exception>
    public static Tensor Path(Tensor attention, Tensor lengths, Tensor frames)
    {
        if (attention.dim() != 3)
            throw new ArgumentException($"attention has {attention.dim()} axes, not (B, T, A)", nameof(attention));
        using var scope = NewDisposeScope();
        var (batch, tokens, time) = ((int)attention.shape[0], (int)attention.shape[1], (int)attention.shape[2]);
        var tokenCounts = Counts(lengths, batch, tokens, nameof(lengths));
        var frameCounts = Counts(frames, batch, time, nameof(frames));
        for (var row = 0; row < batch; row++)
        {
            if (tokenCounts[row] > frameCounts[row])
                throw new ArgumentException(
                    $"row {row} has {tokenCounts[row]} tokens in {frameCounts[row]} aligner frames: there is no monotonic path", nameof(lengths));
        }
        var values = attention.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        var path = new float[values.Length];
        for (var row = 0; row < batch; row++)
        {
            var size = tokens * time;
            var token = Search(values.AsSpan(row * size, size), time, tokenCounts[row], frameCounts[row]);
            for (var frame = 0; frame < token.Length; frame++)
                path[row * size + token[frame] * time + frame] = 1;
        }
        return tensor(path, [batch, tokens, time]).to(attention.dtype).to(attention.device).MoveToOuterDisposeScope();
    }

    /// <summary>The path of one row.</summary>
    /// <param name="attention">T × <paramref name="stride"/> values, token by token.</param>
    /// <param name="stride">Values from one token to the next; at least <paramref name="frames"/>.</param>
    /// <param name="tokens">Tokens, at least 1.</param>
    /// <param name="frames">Frames, at least <paramref name="tokens"/>.</param>
    /// <returns>The token that each frame belongs to.</returns>
    internal static int[] Search(ReadOnlySpan<float> attention, int stride, int tokens, int frames)
    {
        // best[frame, token]: greatest sum over paths that end there. Only cells from which both ends can be reached are filled.
        var best = new float[frames * tokens];
        for (var frame = 0; frame < frames; frame++)
        {
            var (here, before) = (frame * tokens, (frame - 1) * tokens);
            for (var token = Math.Max(0, tokens + frame - frames); token <= Math.Min(tokens - 1, frame); token++)
            {
                var stay = token == frame ? Unreachable : best[before + token];
                var advance = (token, frame) switch
                {
                    (0, 0) => 0,
                    (0, _) => Unreachable,
                    _ => best[before + token - 1],
                };
                best[here + token] = attention[token * stride + frame] + Math.Max(stay, advance);
            }
        }
        var path = new int[frames];
        var at = tokens - 1;
        for (var frame = frames - 1; frame >= 0; frame--)
        {
            path[frame] = at;
            if (at > 0 && (at == frame || best[(frame - 1) * tokens + at] < best[(frame - 1) * tokens + at - 1]))
                at--;
        }
        return path;
    }

    static int[] Counts(Tensor counts, int batch, int limit, string name)
    {
        var values = counts.to(ScalarType.Int32).cpu().data<int>().ToArray();
        if (values.Length != batch)
            throw new ArgumentException($"{values.Length} counts for a batch of {batch}", name);
        foreach (var value in values)
        {
            if (value < 1 || value > limit)
                throw new ArgumentException($"a count of {value} in an attention that holds 1 to {limit}", name);
        }
        return values;
    }
}
