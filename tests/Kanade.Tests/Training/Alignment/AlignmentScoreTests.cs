using CsCheck;
using Kanade.Training;

namespace Kanade.Tests.Training.Alignment;

public sealed class AlignmentScoreTests
{
    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abc", 0)]
    public void The_edit_distance_counts_steps(string from, string to, int steps) => Assert.Equal(steps, EditDistance.Of([.. from], (char[])[.. to]));

    [Fact]
    public void Matches_are_equal_rise_and_are_as_many_as_the_distance_allows() =>
        Gen.Select(Gen.Char['a', 'c'].Array[0, 8], Gen.Char['a', 'c'].Array[0, 8]).Sample((from, to) =>
        {
            var matches = EditDistance.Matches(from, to);
            return matches.All(m => from[m.From] == to[m.To])
                && matches.Zip(matches.Skip(1)).All(p => p.First.From < p.Second.From && p.First.To < p.Second.To)
                && matches.Count >= Math.Max(from.Length, to.Length) - EditDistance.Of(from, to);
        }, threads: 1);

    [Fact]
    public void Phone_errors_leave_accents_and_pauses_out()
    {
        Assert.Equal((0, 6), PhoneRecognition.Errors("ha↑ɕi, ga", "haɕi↓.ga"));
        Assert.Equal((2, 6), PhoneRecognition.Errors("ha↑ɕi, ga", "ha↑si ɡaa"));
    }

    [Fact]
    public void Boundaries_are_compared_where_the_phones_agree()
    {
        TimedPhone At(string phone, double start) => new(phone, "", start, start + 0.1);
        var score = new BoundaryScore();
        score.Add(
            new TimedSpeech("x", "", 0.6, 1, 0, ["sh", "i", "i"], [At("pau", 0), At("a", 0.11), At("k", 0.20), At("i", 0.31), At("pau", 0.5)]),
            [At("sil", 0), At("a", 0.10), At("sh", 0.22), At("i", 0.30), At("sil", 0.4)]);
        Assert.Equal((2, 2 / 3.0), (score.Boundaries, score.Compared));
        Assert.Equal((3, 2 / 3.0), (score.Phones, score.PhoneError));        // heard "sh i i" of a sh i, whatever the text says
        Assert.Equal(0.01, score.MeanAbsolute, 6);
        Assert.Equal(0.01, score.Bias, 6);
        Assert.Equal((1, 0), (score.Within(0.02), score.Within(0.005)));
    }
}
