using Kanade.Training.Scores;

namespace Kanade.Tests.Training.Scores;

public sealed class SpokenSummaryTests
{
    [Fact]
    public void Correlations_pool_as_if_all_pairs_had_been_added_to_one()
    {
        var random = new Random(3);
        (double X, double Y)[] pairs = [.. Enumerable.Range(0, 50).Select(_ => (random.NextDouble(), random.NextDouble()))];
        var (one, first, second) = (new Correlation(), new Correlation(), new Correlation());
        foreach (var (i, (x, y)) in pairs.Index())
        {
            one.Add(x, y);
            (i < 20 ? first : second).Add(x, y);
        }
        first.Add(second);
        first.Add(new Correlation());
        Assert.Equal((one.Count, 0.0), (first.Count, new Correlation().Value));
        Assert.Equal(one.Value, first.Value, 1e-12);
        var (mx, my) = (pairs.Average(p => p.X), pairs.Average(p => p.Y));
        var (squaresX, squaresY) = (pairs.Sum(p => (p.X - mx) * (p.X - mx)), pairs.Sum(p => (p.Y - my) * (p.Y - my)));
        var expected = pairs.Sum(p => (p.X - mx) * (p.Y - my)) / Math.Sqrt(squaresX * squaresY);
        Assert.Equal(expected, one.Value, 1e-12);
    }

    [Fact]
    public void Counts_are_pooled_and_what_cannot_be_aligned_counts_as_wrong()
    {
        var summary = new SpokenSummary();
        var speech = SpokenScoreTests.Speech();
        summary.Add("a", "", SpokenScore.Compare(speech, speech, 5), clock: 1, sound: 4);
        summary.Add("a", "", SpokenScore.Compare(null, speech, 15), clock: 3, sound: 4);
        summary.Add("a", "", SpokenScore.Compare(speech, null, 5));
        Assert.Equal((3, 1, 1), (summary.Utterances, summary.Unaligned, summary.WithoutReference));
        Assert.Equal((new PhoneErrors(17, 25), new PhoneErrors(7, 15)), (summary.Spoken, summary.Recorded));
        Assert.Equal(0.5, summary.F0Correlation, 1e-6);         // 1 and 0; the third has nothing to be compared with
        Assert.Equal(1, summary.PooledF0Correlation, 1e-6);
        Assert.Equal(0.5, summary.RealTimeFactor);
        Assert.Equal((0.0, 0.0), (summary.DurationError, summary.TotalDurationError));
    }

    [Fact]
    public void Durations_of_both_signs_cancel_in_the_total_only()
    {
        var summary = new SpokenSummary();
        var speech = SpokenScoreTests.Speech();
        summary.Add("a", "", SpokenScore.Compare(SpokenScoreTests.Speech(1.5), speech, 5));
        summary.Add("a", "", SpokenScore.Compare(SpokenScoreTests.Speech(0.5), speech, 5));
        Assert.Equal(0.5, summary.DurationError, 1e-6);
        Assert.Equal(0, summary.TotalDurationError, 1e-6);
    }

    [Fact]
    public void Styles_stand_in_order_for_each_speaker()
    {
        SpokenScore Score(double spoken, double recorded) => SpokenScore.Compare(At(spoken), At(recorded), 5);
        MeasuredSpeech At(double pitch)
        {
            var speech = SpokenScoreTests.Speech();
            return speech with { F0 = [.. speech.F0.Select(f => (float)(f * pitch))] };
        }

        var summary = new SpokenSummary();
        summary.Add("a", "angry", Score(1.1, 1.5));
        summary.Add("a", "neutral", Score(1.0, 1.0));
        summary.Add("a", "sad", Score(1.05, 0.9));
        summary.Add("b", "neutral", Score(2, 2));               // another speaker's style is in no pair with these
        Assert.Equal(new StyleOrder(2, 3), summary.F0Order);    // sad and neutral are exchanged
        Assert.False(summary.F0Order.IsSame);
        Assert.True(summary.EnergyOrder.IsSame);                // equal everywhere
        Assert.Equal(["angry", "neutral", "sad", "neutral"], summary.Styles.Select(s => s.Style));
        Assert.Equal(1.5 / 1.1, summary.Styles[0].F0.Recorded / summary.Styles[0].F0.Spoken, 1e-4);
    }

    [Fact]
    public void No_utterance_at_all_is_no_NaN()
    {
        var summary = new SpokenSummary();
        Assert.Equal(
            [0, 0, 0, 0, 0, 0, 0],
            [
                summary.F0Correlation, summary.PooledF0Correlation, summary.EnergyCorrelation, summary.DurationError,
                summary.TotalDurationError, summary.RealTimeFactor, summary.Spoken.Rate,
            ]);
    }
}
