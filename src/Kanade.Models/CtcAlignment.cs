using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>
/// The likeliest way in which a recogniser trained with CTC says a given text (Viterbi over the symbols with a blank between any two,
/// Graves et al. 2006, section 4; as used for segmentation by Kürzinger et al. 2020).
/// </summary>
public static class CtcAlignment
{
    const float Unreachable = float.NegativeInfinity;

    /// <summary>Finds where each symbol is heard.</summary>
    /// <param name="logits">(A, V) of one utterance, its own frames alone.</param>
    /// <param name="ids">The symbols of the text; blanks among them are not counted as symbols and are heard where the one before is.</param>
    /// <param name="blank">The symbol that stands for "nothing new".</param>
    /// <returns>For each symbol the first and the last frame in which it is heard, blanks between symbols belonging to none; a blank before the first symbol has frame 0.</returns>
    /// <exception cref="ArgumentException">The frames are too few: a symbol needs one, and one more where it repeats the one before.</exception>
    public static (int First, int Last)[] Spans(Tensor logits, IReadOnlyList<int> ids, int blank)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (frames, symbols) = ((int)logits.shape[0], (int)logits.shape[1]);
        var scores = logits.to(ScalarType.Float32).log_softmax(1).cpu().contiguous().data<float>().ToArray();
        int[] spoken = [.. ids.Where(id => id != blank)];
        var needed = spoken.Length + spoken.Where((id, i) => i > 0 && id == spoken[i - 1]).Count();
        if (needed > frames)
            throw new ArgumentException($"{needed} frames are needed for {spoken.Length} symbols, there are {frames}", nameof(ids));
        var heard = Search(scores, symbols, frames, spoken, blank);
        var spans = new (int First, int Last)[ids.Count];
        for (var (i, next) = (0, 0); i < ids.Count; i++)
            spans[i] = ids[i] != blank ? heard[next++] : i == 0 ? (0, 0) : spans[i - 1];
        return spans;
    }

    /// <summary>State 2i is the blank before symbol i, state 2i + 1 symbol i; the last state is the blank after all.</summary>
    static (int First, int Last)[] Search(float[] scores, int symbols, int frames, int[] spoken, int blank)
    {
        var states = 2 * spoken.Length + 1;
        var (best, before) = (new float[states], new float[states]);
        var steps = new byte[frames * states];
        for (var frame = 0; frame < frames; frame++)
        {
            (best, before) = (before, best);
            for (var state = 0; state < states; state++)
            {
                var symbol = state % 2 == 0 ? blank : spoken[state / 2];
                var (score, step) = (Unreachable, 0);
                if (frame == 0)
                {
                    score = state <= 1 ? 0 : Unreachable;
                }
                else
                {
                    var skips = state % 2 == 1 && state > 1 && symbol != spoken[state / 2 - 1];
                    for (var back = 0; back <= (skips ? 2 : 1) && back <= state; back++)
                    {
                        if (before[state - back] > score)
                            (score, step) = (before[state - back], back);
                    }
                }
                best[state] = score + scores[frame * symbols + symbol];
                steps[frame * states + state] = (byte)step;
            }
        }
        var at = states > 1 && best[states - 2] > best[states - 1] ? states - 2 : states - 1;
        var spans = new (int First, int Last)[spoken.Length];
        var after = -1;
        for (var frame = frames - 1; frame >= 0; frame--)
        {
            if (at % 2 == 1)
                spans[at / 2] = (frame, at == after ? spans[at / 2].Last : frame);
            after = at;
            at -= steps[frame * states + at];
        }
        return spans;
    }
}
