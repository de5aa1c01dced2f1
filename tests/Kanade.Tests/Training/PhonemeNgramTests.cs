using CsCheck;
using Kanade.Training;

namespace Kanade.Tests.Training;

public sealed class PhonemeNgramTests
{
    const int A = 43, B = 44;

    [Fact]
    public void Probabilities_are_those_of_a_worked_example()
    {
        // "ab" and "aa" between pads: a, b, pad, a, a, pad are counted.
        var model = PhonemeNgram.Train([[0, A, B, 0], [0, A, A, 0]]);

        // Nothing but pads before: from the uniform 1/3 by the order-1 counts a 3, b 1, pad 2 (6 of 3 kinds) to (3 + 3/3) / 9 for a.
        var unigramA = (3 + 3 * (1.0 / 3)) / (6 + 3);
        var unigramB = (1 + 3 * (1.0 / 3)) / (6 + 3);
        // An a after a pad twice, one kind; and so at every longer context of pads.
        var afterPad = unigramA;
        for (var order = 2; order <= PhonemeNgram.Order; order++)
            afterPad = (2 + 1 * afterPad) / (2 + 1);
        Assert.Equal(afterPad, model.Probability([0, 0, 0, 0], A), 12);

        // After an a: b, a and a pad, once each of 3 kinds. After "pad a", "pad pad a" and "pad pad pad a": b and a, once each of 2 kinds.
        var afterA = (1 + 3 * unigramB) / (3 + 3);
        for (var order = 3; order <= PhonemeNgram.Order; order++)
            afterA = (1 + 2 * afterA) / (2 + 2);
        Assert.Equal(afterA, model.Probability([0, 0, 0, A], B), 12);

        // A context that never occurred says what the shorter ones say.
        Assert.Equal(unigramB, model.Probability([A, A, A, 99], B), 12);
    }

    [Fact]
    public void Probabilities_sum_to_one_after_any_history() =>
        Gen.Select(Gen.Int[43, 48].Array[1, 30].List[1, 8], Gen.Int[43, 49].Array[4]).Sample((texts, history) =>
        {
            var model = PhonemeNgram.Train(texts.Select(t => (int[])[0, .. t, 0]));
            return Math.Abs(Enumerable.Range(0, 178).Sum(s => model.Probability(history, s)) - 1) < 1e-9;
        }, iter: 50);

    [Fact]
    public void Both_sides_tell_more_than_one()
    {
        // What follows x depends on what comes after it: x a y, x b z; from the left a, seen twice, is all there is.
        const int X = 50, Y = 51, Z = 52;
        var model = PhonemeNgram.Train([[0, X, A, Y, 0], [0, X, A, Y, 0], [0, X, B, Z, 0]]);
        int[] text = [0, X, B, Z, 0];
        bool[] hidden = [false, false, true, false, false];
        Assert.Equal(A, model.FromTheLeft(text, hidden)[2]);
        Assert.Equal(text, model.FromBothSides(text, hidden));
    }

    [Fact]
    public void What_is_not_hidden_stays_and_what_is_hidden_is_not_looked_at() =>
        Gen.Select(Gen.Int[43, 47].Array[1, 20], Gen.Bool.Array[20], Gen.Int[43, 47].Array[1, 20].List[1, 5]).Sample((inner, mask, texts) =>
        {
            var model = PhonemeNgram.Train(texts.Select(t => (int[])[0, .. t, 0]));
            int[] text = [0, .. inner, 0];
            bool[] hidden = [false, .. mask[..inner.Length], false];
            var blank = text.Select((s, i) => hidden[i] ? 99 : s).ToArray();
            var guesses = model.FromBothSides(text, hidden);
            return guesses.SequenceEqual(model.FromBothSides(blank, hidden)) && guesses.Index().All(g => hidden[g.Index] || g.Item == text[g.Index]);
        }, iter: 100);
}
