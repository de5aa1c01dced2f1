using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>The mLSTM's memory (Beck et al. 2024, "xLSTM", eqs. 19-27) in three forms that give the same numbers.
/// With log forget gates f and input gates i, position t reads what the positions j up to t have written:
/// h_t = sum_j w_tj (q_t . k_j / sqrt(D)) v_j / max(|sum_j w_tj (q_t . k_j / sqrt(D))|, 1),  w_tj = exp(f_{j+1} + ... + f_t + i_j).
/// Every form divides row t of w by exp(m_t), m_t its largest exponent, and adds 1e-6 to the divisor, as the published weights were trained.
/// Write b_t for f_1 + ... + f_t and a_j for i_j - b_j: the exponent is b_t + a_j, m_t = b_t + max a_j, and the scaled weight exp(a_j - max a)
/// does not depend on b_t. Since h_t does not depend on the choice of the maximum, the maximum is a constant to the gradient.</summary>
/// <remarks>All tensors are float32; exponents are summed and subtracted in float64, because b reaches tens of thousands
/// where forget gates are closed, and the differences that matter are of the order of one.</remarks>
internal static class MLstmRecurrence
{
    const double Epsilon = 1e-6;

    // exp(80) is a finite float; a divisor that large already gives zero.
    const double LargestExponent = 80;

    const int SegmentChunks = 16;

    /// <summary>All pairs of positions at once: quadratic in S, and the fastest for short sequences.</summary>
    /// <param name="queries">(H, S, D), where H counts the heads of all items.</param>
    /// <param name="keys">(H, S, D).</param>
    /// <param name="values">(H, S, D).</param>
    /// <param name="inputGates">(H, S) before the exponential.</param>
    /// <param name="forgetGates">(H, S) before the sigmoid.</param>
    /// <returns>(H, S, D).</returns>
    public static Tensor Parallel(Tensor queries, Tensor keys, Tensor values, Tensor inputGates, Tensor forgetGates)
    {
        using var scope = NewDisposeScope();
        var length = queries.shape[1];
        var decay = F.logsigmoid(forgetGates).to(float64).cumsum(-1);                       // (H, S) b
        var written = inputGates.to(float64) - decay;                                       // (H, S) a
        var largest = written.detach().cummax(-1).values;                                   // (H, S)

        var later = ones(length, length, dtype: @bool, device: queries.device).triu(1);     // (S, S)
        var weights = (written.unsqueeze(-2) - largest.unsqueeze(-1)).to(float32)
            .masked_fill(later, double.NegativeInfinity).exp();                             // (H, S, S)
        var scores = (queries / Math.Sqrt(queries.shape[2])).bmm(keys.transpose(1, 2)) * weights;
        var divisor = Divisor(scores.sum(-1), decay + largest);                             // (H, S)
        return (scores.bmm(values) / divisor.unsqueeze(-1)).MoveToOuterDisposeScope();
    }

    /// <summary>Pairs within chunks, and a memory matrix from chunk to chunk: linear in S.</summary>
    /// <param name="queries">(H, S, D), where H counts the heads of all items.</param>
    /// <param name="keys">(H, S, D).</param>
    /// <param name="values">(H, S, D).</param>
    /// <param name="inputGates">(H, S) before the exponential.</param>
    /// <param name="forgetGates">(H, S) before the sigmoid.</param>
    /// <param name="chunk">Positions a chunk.</param>
    /// <returns>(H, S, D).</returns>
    public static Tensor Chunkwise(Tensor queries, Tensor keys, Tensor values, Tensor inputGates, Tensor forgetGates, int chunk)
    {
        using var scope = NewDisposeScope();
        var (heads, length, size) = (queries.shape[0], queries.shape[1], queries.shape[2]);
        var padding = (chunk - length % chunk) % chunk;     // after the end, so that no real position sees it
        var padded = length + padding;
        Tensor Pad(Tensor x) => padding == 0 ? x : F.pad(x, (0, 0, 0, padding));
        var (q, k, v) = (Pad(queries / Math.Sqrt(size)), Pad(keys), Pad(WithOnes(values)));

        var decay = F.pad(F.logsigmoid(forgetGates).to(float64), (0, padding)).cumsum(-1);  // (H, S') b
        var written = F.pad(inputGates.to(float64), (0, padding)) - decay;                  // (H, S') a
        var largest = written.detach().cummax(-1).values;                                   // (H, S')

        // A segment at a time: what a segment needs stays in the processor's cache however long the sequence is.
        var state = (Memory: zeros(heads, size, size + 1, device: queries.device), Scale: full_like(largest.narrow(1, 0, 1), double.NegativeInfinity));
        var reads = new List<Tensor>();
        for (long start = 0; start < padded; start += chunk * SegmentChunks)
        {
            var count = Math.Min(padded - start, chunk * SegmentChunks);
            Tensor Part(Tensor x) => x.narrow(1, start, count);
            var segment = ReadSegment(Part(q), Part(k), Part(v), Part(written), Part(largest), state.Memory, state.Scale, chunk);
            reads.Add(segment.Read);
            state = (segment.Memory, largest.narrow(1, start + count - 1, 1));
        }
        var read = cat(reads, dim: 1).narrow(1, 0, length);                                 // (H, S, D + 1)
        var divisor = Divisor(read.narrow(2, size, 1), (decay + largest).narrow(1, 0, length).unsqueeze(-1));
        return (read.narrow(2, 0, size) / divisor).MoveToOuterDisposeScope();
    }

    /// <param name="q">(H, NL, D), scaled.</param>
    /// <param name="k">(H, NL, D).</param>
    /// <param name="v">(H, NL, D + 1).</param>
    /// <param name="written">(H, NL) a.</param>
    /// <param name="largest">(H, NL) the largest a so far.</param>
    /// <param name="memory">(H, D, D + 1) what the segment finds.</param>
    /// <param name="memoryScale">(H, 1) the exponent it is divided by.</param>
    /// <param name="chunk">L.</param>
    /// <returns>(H, NL, D + 1), not divided, and the memory after the segment.</returns>
    static (Tensor Read, Tensor Memory) ReadSegment(
        Tensor q, Tensor k, Tensor v, Tensor written, Tensor largest, Tensor memory, Tensor memoryScale, int chunk)
    {
        using var scope = NewDisposeScope();
        var (heads, length, size) = (q.shape[0], q.shape[1], q.shape[2]);
        var chunks = length / chunk;
        Tensor Split(Tensor x) => x.reshape(heads * chunks, chunk, -1);
        (q, k, v) = (Split(q), Split(k), Split(v));                                         // (HN, L, D or D + 1)
        (written, largest) = (written.reshape(heads, chunks, chunk), largest.reshape(heads, chunks, chunk));

        // The memory after a chunk has the scale of the chunk's last position.
        var scale = largest.narrow(2, chunk - 1, 1);                                        // (H, N, 1)
        var previous = cat([memoryScale.unsqueeze(1), scale.narrow(1, 0, chunks - 1)], dim: 1);
        var writeWeights = Split((written - scale).exp().to(float32));                      // (HN, L, 1)
        var additions = (k * writeWeights).transpose(1, 2).bmm(v).reshape(heads, chunks, size, size + 1);
        var memories = Scan(memory, additions, (previous - scale).exp().to(float32));
        var before = stack(memories.Take(memories.Count - 1), dim: 1).flatten(0, 1);        // (HN, D, D + 1)

        var later = ones(chunk, chunk, dtype: @bool, device: q.device).triu(1);             // (L, L)
        var weights = (written.unsqueeze(-2) - largest.unsqueeze(-1)).to(float32)
            .masked_fill(later, double.NegativeInfinity).exp().reshape(heads * chunks, chunk, chunk);
        var readWeights = Split((previous - largest).exp().to(float32));                    // (HN, L, 1)
        var read = (q.bmm(k.transpose(1, 2)) * weights).bmm(v) + (q * readWeights).bmm(before);
        return (read.reshape(heads, length, size + 1).MoveToOuterDisposeScope(), memories[^1].MoveToOuterDisposeScope());
    }

    /// <summary>One position after another, with a memory of constant size: the definition, and the form to compare the others with.</summary>
    /// <param name="queries">(H, S, D), where H counts the heads of all items.</param>
    /// <param name="keys">(H, S, D).</param>
    /// <param name="values">(H, S, D).</param>
    /// <param name="inputGates">(H, S) before the exponential.</param>
    /// <param name="forgetGates">(H, S) before the sigmoid.</param>
    /// <returns>(H, S, D).</returns>
    public static Tensor Recurrent(Tensor queries, Tensor keys, Tensor values, Tensor inputGates, Tensor forgetGates)
    {
        using var scope = NewDisposeScope();
        var (heads, length, size) = (queries.shape[0], queries.shape[1], queries.shape[2]);
        var q = queries / Math.Sqrt(size);
        var v = WithOnes(values);                                                           // (H, S, D + 1)
        var forget = F.logsigmoid(forgetGates).to(float64);
        var input = inputGates.to(float64);

        var memory = zeros(heads, size, size + 1, device: queries.device);
        var decay = zeros(heads, 1, dtype: float64, device: queries.device);
        var largest = full_like(decay, double.NegativeInfinity);
        var outputs = new List<Tensor>();
        for (long t = 0; t < length; t++)
        {
            decay = decay + forget.narrow(1, t, 1);
            var written = input.narrow(1, t, 1) - decay;                                    // (H, 1)
            var before = largest;
            largest = maximum(before, written).detach();
            var kept = (before - largest).exp().to(float32).unsqueeze(-1);                  // (H, 1, 1)
            var added = (written - largest).exp().to(float32).unsqueeze(-1);
            memory = memory * kept + keys.narrow(1, t, 1).transpose(1, 2).bmm(v.narrow(1, t, 1)) * added;
            var read = q.narrow(1, t, 1).bmm(memory);                                       // (H, 1, D + 1)
            var divisor = Divisor(read.narrow(2, size, 1), (decay + largest).unsqueeze(-1));
            outputs.Add(read.narrow(2, 0, size) / divisor);
        }
        return cat(outputs, dim: 1).MoveToOuterDisposeScope();
    }

    /// <summary>A column of ones carries the sum of the weights through the same products as the values.</summary>
    static Tensor WithOnes(Tensor values) => cat([values, ones_like(values.narrow(2, 0, 1))], dim: 2);

    /// <summary>The lower bound of one on the divisor, in the row's scale: max(|sum|, exp(-m)) + 1e-6.</summary>
    static Tensor Divisor(Tensor sum, Tensor scale) =>
        maximum(sum.abs(), scale.neg().clamp_max(LargestExponent).exp().to(float32)) + Epsilon;

    /// <param name="memory">(H, D, D + 1) at the beginning.</param>
    /// <param name="additions">(H, N, D, D + 1).</param>
    /// <param name="keep">(H, N, 1), the part of the memory that is left after each chunk.</param>
    /// <returns>N + 1 memories (H, D, D + 1), before each chunk and after the last.</returns>
    static List<Tensor> Scan(Tensor memory, Tensor additions, Tensor keep)
    {
        var memories = new List<Tensor> { memory };
        foreach (var (addition, factor) in additions.unbind(1).Zip(keep.unsqueeze(-1).unbind(1)))
            memories.Add(addcmul(addition, memories[^1], factor, 1));
        return memories;
    }
}
